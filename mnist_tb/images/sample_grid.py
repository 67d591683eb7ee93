"""Samples with what the model predicts for them → a picture."""

from collections.abc import Sequence
from math import ceil, isnan, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from mnist_tb.images import CARD_WIDTH, LINE, MISTAKE, PAPER, QUIET_TEXT, RIGHT, TEXT, WHITE
from mnist_tb.images.arrays import DataFormat, Draw, Tile, make_tiles
from mnist_tb.images.text import LINE_HEIGHT, Line, draw_lines, largest_size, shorten, text_width, with_lines, wrap

FULL_WIDTH = 816  # of all tiles
EMPTY_WIDTH = 528
GAP = 26  # between tiles
FRAME = 6  # around a mistake, outside its tile
BIGGEST_TILE = 300
SMALLEST_TILE = 80
BIGGEST_PIXEL_ART = 64  # up to which a picture's own pixels are worth seeing
CAPTION = "predicted class, confidence · ✓ right · ✗ wrong, with the true class"
INK = {"": TEXT, "✓": RIGHT, "✗": MISTAKE}


def sample_grid_image(
    samples: Sequence[Any] | NDArray[Any],
    true: ArrayLike | None,
    predicted: ArrayLike,
    confidence: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    title: str = "",
    columns: int | None = None,
    image_shape: Sequence[int] | None = None,
    data_format: DataFormat = None,
    draw: Draw | None = None,
    empty: str = "no mistakes",
) -> Image.Image:
    """A grid of samples, each with the predicted class, the confidence and, if that is wrong, the true class.

    Mistakes stand out without colour too: by a thick frame, a ✗ and a second name.

    Args:
        samples: N samples, up to 36 of which are legible: numbers that are pictures, see `prepare_pictures`;
            strings or bytes, shown as wrapped text; other things, shown by their values.
        true: (N,) int, the true classes, −1 for an unknown one; None if none is known.
        predicted: (N,) int, the predicted classes.
        confidence: (N,) in [0, 1], NaN for an unknown one.
        class_names: the names of the classes; by default their numbers.
        title: first line; "" for none.
        columns: tiles side by side; by default about as many as there are rows.
        image_shape: the shape of one picture, such as (28, 28) for samples of 784 numbers.
        data_format: "channels_first" or "channels_last"; by default it is told from the shape.
        draw: turns one sample into a picture, (H, W) or (H, W, 1 | 3 | 4), or into a text.
        empty: what the picture says when there are no samples.

    Returns:
        A `PIL.Image.Image`, RGB, which a notebook shows by itself; about 860 wide for 25 samples.

    Raises:
        ValueError: the arrays are not of one length, `columns` is less than 1, or the samples can't be drawn.

    Example:
        >>> sample_grid_image(np.zeros((4, 28, 28)), [1, 2, 3, 4], [1, 2, 3, 9], [0.9, 0.8, 1, 0.6]).mode
        'RGB'
    """
    if columns is not None and columns < 1:
        raise ValueError(f"columns must be at least 1, but is {columns}; leave it out to have it chosen.")
    tiles = make_tiles(samples, image_shape=image_shape, data_format=data_format, draw=draw)
    true = np.full(len(tiles), -1) if true is None else true
    arrays = {"true": np.asarray(true), "predicted": np.asarray(predicted), "confidence": np.asarray(confidence)}
    for name, array in arrays.items():
        if array.shape != (len(tiles),):
            raise ValueError(
                f"{name} must hold one value for each of the {len(tiles)} samples, but has the shape {array.shape}; "
                f"give an array of shape ({len(tiles)},)."
            )
    rows = zip(*arrays.values(), strict=True)
    answers = [_answer(int(label), int(guess), share, class_names) for label, guess, share in rows]
    grid = _Grid(tiles, answers, min(columns or ceil(sqrt(len(tiles))), len(tiles)))
    below = Line(CAPTION, grid.size(8.5), QUIET_TEXT) if tiles else Line(empty, grid.size(12), QUIET_TEXT)
    return with_lines(grid.draw(), [Line(title, grid.size(12), bold=True)], [below])


class _Answer(NamedTuple):
    """What stands under a tile."""

    predicted: str
    confidence: str
    true: str  # "true" and the name; "" if the prediction is right or the true class unknown
    mark: str  # "✓" or "✗"; "" if the true class is unknown


def _answer(true: int, predicted: int, confidence: float, class_names: Sequence[str] | None) -> _Answer:
    mark = "" if true < 0 else "✓" if true == predicted else "✗"
    true_name = f"true {_name(true, class_names)}" if mark == "✗" else ""
    return _Answer(_name(predicted, class_names), whole_percent(confidence), true_name, mark)


def whole_percent(share: float) -> str:
    """A confidence as whole per cent, "–" for NaN."""
    return "–" if isnan(share) else f"{100 * share:.0f} %"


def _name(index: int, class_names: Sequence[str] | None) -> str:
    """The name of a class; its number where there is none."""
    if class_names is not None and 0 <= index < len(class_names):
        return str(class_names[index])
    return str(index) if index >= 0 else "?"


class _Grid:
    """Tiles in rows, with an answer under each; all measures are pixels."""

    def __init__(self, tiles: Sequence[Tile], answers: Sequence[_Answer], columns: int) -> None:
        self.tiles, self.answers, self.columns = tiles, answers, columns
        self.tile = self._tile_size()
        self.width = columns * (self.tile + GAP) - GAP + 2 * FRAME if tiles else EMPTY_WIDTH
        room = self.text_room = self.tile + GAP - 12
        size = self.size(10.5)
        texts = [f"{answer.predicted} · 100 %" for answer in answers]
        texts += [f"{answer.mark} {answer.true}" for answer in answers]
        self.is_short = all(text_width(text, size) <= room for text in texts)  # else the confidence has its own line
        names = [name for answer in answers for name in (answer.predicted, answer.true)]
        self.text_size = largest_size(names, room, size, self.size(8.5))
        self.row_height = self.tile + round((3.3 if self.is_short else 4.6) * self.text_size) + GAP // 2

    def _tile_size(self) -> int:
        """Width and height of a tile: a multiple of a small picture's, so that its pixels stay squares."""
        room = min(BIGGEST_TILE, max(SMALLEST_TILE, (FULL_WIDTH + GAP) // max(1, self.columns) - GAP))
        longest = max((max(tile.shape[:2]) for tile in self.tiles if not isinstance(tile, str)), default=0)
        return longest * max(1, round(room / longest)) if 0 < longest <= BIGGEST_PIXEL_ART else room

    def size(self, card_pixels: float) -> int:
        """Pixels of the picture that are so many on the card; small pictures aren't shrunk to the card."""
        return round(card_pixels * max(1.6, self.width / CARD_WIDTH))

    def draw(self) -> Image.Image:
        """The picture; of no height where there are no tiles."""
        num_rows = ceil(len(self.tiles) / max(1, self.columns))
        image = Image.new("RGB", (self.width, num_rows * self.row_height), WHITE)
        for index, (tile, answer) in enumerate(zip(self.tiles, self.answers, strict=True)):
            row, column = divmod(index, self.columns)
            x, y = FRAME + column * (self.tile + GAP), FRAME + row * self.row_height
            self._draw_tile(image, x, y, tile, is_mistake=answer.mark == "✗")
            self._draw_answer(image, x, y + self.tile + FRAME, answer)
        return image

    def _draw_tile(self, image: Image.Image, x: int, y: int, tile: Tile, is_mistake: bool) -> None:
        right, bottom = x + self.tile - 1, y + self.tile - 1
        draw = ImageDraw.Draw(image)
        if is_mistake:
            draw.rectangle((x - FRAME, y - FRAME, right + FRAME, bottom + FRAME), MISTAKE)
        draw.rectangle((x - 1, y - 1, right + 1, bottom + 1), PAPER, LINE)
        if not isinstance(tile, str):
            picture = _fitted(tile, self.tile)
            image.paste(picture, (x + (self.tile - picture.width) // 2, y + (self.tile - picture.height) // 2))
            return
        size = self.size(9.5)
        room = self.tile - size
        lines = wrap(Line(tile, size), room, max(1, int(room / (LINE_HEIGHT * size))))
        draw_lines(image, x + size / 2, y + size / 2, lines)

    def _draw_answer(self, image: Image.Image, x: int, y: int, answer: _Answer) -> None:
        ink, size = INK[answer.mark], self.text_size
        lines = [(answer.predicted, TEXT), (f"{answer.mark} {answer.confidence}", ink), (answer.true, ink)]
        if self.is_short:
            lines = [(answer.predicted, TEXT), (f"{answer.mark} {answer.true}", ink)]
            after_name = x + text_width(answer.predicted, size) + 0.6 * size
            draw_lines(image, after_name, y, [Line(answer.confidence, size, QUIET_TEXT)])
        draw_lines(image, x, y, [Line(shorten(text, self.text_room, size), size, color) for text, color in lines])


def _fitted(picture: NDArray[np.uint8], side: int) -> Image.Image:
    """The picture, (H, W, 3), as large as fits into a square."""
    image = Image.fromarray(picture)
    factor = side / max(image.size)
    if max(image.size) <= min(BIGGEST_PIXEL_ART, side):
        return image.resize((image.width * int(factor), image.height * int(factor)), Image.Resampling.NEAREST)
    # Bilinear in Pillow takes the mean of all pixels when it makes a picture smaller.
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BILINEAR)
