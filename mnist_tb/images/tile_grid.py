"""Tiles in rows and columns, with a few words under each, as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_tb.images.arrays import Tile
from mnist_tb.images.style import LINE, MISTAKE, PAPER, QUIET_TEXT, WHITE, Color
from mnist_tb.images.text import CARD_WIDTH, draw_text, largest_size, shorten, text_width, wrap

FULL_WIDTH = 860
EMPTY_WIDTH = 560
MARGIN = 22
GAP = 26  # between tiles
FRAME = 6  # around a mistake, outside its tile
BIGGEST_TILE = 300
SMALLEST_TILE = 80
# Up to this size a picture's own pixels are worth seeing.
BIGGEST_PIXEL_ART = 64
CAPTION = "predicted class, confidence · ✓ right · ✗ wrong, with the true class"


@dataclass(frozen=True)
class Answer:
    """What stands under a tile.

    Attributes:
        predicted: name of the predicted class.
        confidence: per cent.
        true: "true" and the name of the true class; "" if the prediction is right or the true class unknown.
        mark: "✓" or "✗"; "" if the true class is unknown.
        color: of the mark and what follows it.
    """

    predicted: str
    confidence: str
    true: str
    mark: str
    color: Color


class TileGrid:
    """Where everything stands, in pixels.

    Args:
        tiles: N pictures, (H, W, 3) uint8, or texts.
        answers: N of them.
        columns: tiles side by side.
        title: first line, bold; "" for none.
        empty: what is said if there are no tiles.
    """

    def __init__(self, tiles: Sequence[Tile], answers: Sequence[Answer], columns: int, title: str, empty: str) -> None:
        self.tiles, self.answers, self.empty = tiles, answers, empty
        self.tile = self._tile_size(columns)
        self.text_room = self.tile + GAP - 12
        self.width = 2 * MARGIN + columns * (self.tile + GAP) - GAP if tiles else EMPTY_WIDTH
        # Where name and confidence don't fit side by side everywhere, each has a line of its own.
        texts = [f"{answer.predicted}  100 %" for answer in answers]
        texts += [f"{answer.mark} {answer.true}" for answer in answers]
        self.is_short = all(text_width(text, self.size(10.5)) <= self.text_room for text in texts)
        names = [name for answer in answers for name in (answer.predicted, answer.true)]
        self.text_size = largest_size(names, self.text_room, self.size(10.5), self.size(8.5))
        row_height = self.tile + round((3.3 if self.is_short else 4.6) * self.text_size) + GAP // 2
        self.title_lines = wrap(title, self.width - 2 * MARGIN, self.size(12), 3, bold=True)
        self.top = MARGIN + FRAME + round(1.5 * self.size(12)) * len(self.title_lines)
        self.captions = wrap(CAPTION, self.width - 2 * MARGIN, self.size(8.5), 4) if tiles else []
        self.bottom = self.top + (-(-len(tiles) // columns) * row_height if tiles else self.size(60))
        places = (divmod(index, columns) for index in range(len(tiles)))
        self.corners = [(MARGIN + x * (self.tile + GAP), self.top + y * row_height) for y, x in places]

    def _tile_size(self, columns: int) -> int:
        """Width and height of a tile: a multiple of a small picture's, so that its pixels stay squares."""
        room = (FULL_WIDTH - 2 * MARGIN + GAP) // max(1, columns) - GAP
        room = min(BIGGEST_TILE, max(SMALLEST_TILE, room))
        longest = max((max(tile.shape[:2]) for tile in self.tiles if not isinstance(tile, str)), default=0)
        return longest * max(1, round(room / longest)) if 0 < longest <= BIGGEST_PIXEL_ART else room

    def size(self, card_pixels: float) -> int:
        """Pixels of the picture that are so many on the card; small pictures aren't shrunk to the card."""
        return round(card_pixels * max(1.6, self.width / CARD_WIDTH))

    def draw(self) -> Image.Image:
        """The picture."""
        line_height = round(1.4 * self.size(8.5))
        height = self.bottom + line_height * len(self.captions) + MARGIN
        image = Image.new("RGB", (self.width, height), WHITE)
        for index, line in enumerate(self.title_lines):
            y = MARGIN + self.size(12) * (1.5 * index + 0.5)
            draw_text(image, (MARGIN, y), line, self.size(12), bold=True)
        for corner, tile, answer in zip(self.corners, self.tiles, self.answers, strict=True):
            self._draw_tile(image, corner, tile, answer)
            self._draw_answer(image, corner, answer)
        if not self.tiles:
            self._draw_empty(image)
        for index, line in enumerate(self.captions):
            y = self.bottom + line_height * (index + 0.5)
            draw_text(image, (MARGIN, y), line, self.size(8.5), color=QUIET_TEXT)
        return image

    def _draw_tile(self, image: Image.Image, corner: tuple[int, int], tile: Tile, answer: Answer) -> None:
        x, y = corner
        right, bottom = x + self.tile - 1, y + self.tile - 1
        draw = ImageDraw.Draw(image)
        if answer.mark == "✗":
            draw.rectangle((x - FRAME, y - FRAME, right + FRAME, bottom + FRAME), MISTAKE)
        draw.rectangle((x - 1, y - 1, right + 1, bottom + 1), PAPER, LINE)
        if isinstance(tile, str):
            self._draw_wrapped(image, x, y, tile)
        else:
            picture = _fitted(tile, self.tile)
            image.paste(picture, (x + (self.tile - picture.width) // 2, y + (self.tile - picture.height) // 2))

    def _draw_wrapped(self, image: Image.Image, x: int, y: int, text: str) -> None:
        size = self.size(9.5)
        padding, line_height = size // 2, 1.25 * size
        room = self.tile - 2 * padding
        for index, line in enumerate(wrap(text, room, size, max(1, int(room / line_height)))):
            draw_text(image, (x + padding, y + padding + line_height * (index + 0.5)), line, size)

    def _draw_answer(self, image: Image.Image, corner: tuple[int, int], answer: Answer) -> None:
        size = self.text_size
        x, y = corner[0], corner[1] + self.tile + FRAME
        first, second, third = (y + size * (0.8 + 1.3 * index) for index in range(3))
        draw_text(image, (x, first), shorten(answer.predicted, self.text_room, size), size)
        if self.is_short:
            after_name = x + text_width(f"{answer.predicted}  ", size)
            draw_text(image, (after_name, first), answer.confidence, size, color=QUIET_TEXT)
            draw_text(image, (x, second), f"{answer.mark} {answer.true}".strip(), size, color=answer.color)
        else:
            draw_text(image, (x, second), f"{answer.mark} {answer.confidence}".strip(), size, color=answer.color)
            draw_text(image, (x, third), shorten(answer.true, self.text_room, size), size, color=answer.color)

    def _draw_empty(self, image: Image.Image) -> None:
        box = (MARGIN, self.top, self.width - MARGIN, self.bottom)
        ImageDraw.Draw(image).rectangle(box, PAPER, LINE)
        size = self.size(12)
        text = shorten(self.empty, box[2] - box[0] - size, size)
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        draw_text(image, middle, text, size, color=QUIET_TEXT, align="center")


def _fitted(picture: NDArray[np.uint8], side: int) -> Image.Image:
    """The picture, (H, W, 3), as large as fits into a square."""
    height, width = picture.shape[:2]
    longest = max(height, width)
    image = Image.fromarray(picture)
    if longest <= min(BIGGEST_PIXEL_ART, side):
        factor = side // longest
        return image.resize((width * factor, height * factor), Image.Resampling.NEAREST)
    size = (max(1, round(width * side / longest)), max(1, round(height * side / longest)))
    # Bilinear in Pillow takes the mean of all pixels when it makes a picture smaller.
    return image.resize(size, Image.Resampling.BILINEAR)
