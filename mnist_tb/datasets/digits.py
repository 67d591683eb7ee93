"""A picture file of one handwritten digit, prepared as the digits of MNIST were."""

import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from mnist_tb.datasets.mnist import one_line

_Grey: TypeAlias = npt.NDArray[Any]  # of floats, (height, width)

_Cells: TypeAlias = npt.NDArray[np.int32]  # (cells, 2): their rows and columns

_SIDE, _BOX = 28, 20  # of the picture, and of the box the digit is scaled into
_CENTRE = 14  # the pixel MNIST has the centre of mass at: 13.996 and 14.007 over its 70,000 pictures
_LONGEST = 1000  # pixels; a photo is averaged down to this, which costs no stroke and takes away noise
_FINE = 100  # pixels; what ink hangs together is told in a picture of this size
_COARSE = 64  # pixels; shadows are looked for in a picture of this size
_WIDEST = 0.4  # of the longer side; no stroke is as wide
_FAINTEST = 8  # of 255 grey levels; what differs less from the paper is no ink


def read_digit(path: str | os.PathLike[str]) -> npt.NDArray[np.uint8]:
    """The handwritten digit in a picture file, as MNIST would show it.

    For a photo, a scan or a drawing of one digit with plain paper on all sides, dark on light or light on dark; strokes
    as thick as an eighth of the digit's height are what MNIST has. Uneven light, dust, faint lines of the paper, a dark
    edge and a stroke that is broken do no harm; the hard edge of a deep shadow may. A picture of 28×28 that looks like
    MNIST already, bright ink and a black border, is only made grey.

    Args:
        path: any file that Pillow opens; `~` is expanded. A photo is turned as its EXIF data say, and transparent parts
            are paper.

    Returns:
        uint8 (28, 28), 0 (paper) to 255 (ink). The digit fills a box of 20×20, its aspect kept, and its centre of mass
        is at the centre.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not a picture, or shows no ink, or several digits that do not touch.

    Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
    Proceedings of the IEEE 86 (1998), section III.A.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> paper = np.full((200, 300), 220, np.uint8)
        >>> paper[40:160, 200:215] = 30  # a one
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.fromarray(paper).save(f"{folder}/one.png")
        ...     digit = read_digit(f"{folder}/one.png")
        >>> rows, columns = np.nonzero(digit > 127)
        >>> digit.shape, int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
        ((28, 28), 20, 2)
    """
    source = Path(path).expanduser()
    if not source.exists():
        raise FileNotFoundError(f"{source} does not exist: read_digit needs a picture file")
    try:
        grey = _read_grey(source)
    except Exception as error:  # each of Pillow's readers has its own for damaged files
        raise ValueError(f"{source} can't be read as a picture: {one_line(error)}") from error
    if _is_like_mnist(grey):
        return np.rint(grey).astype(np.uint8)
    digits = _find_digits(_without_paper(grey))
    if not digits:
        raise ValueError(f"{source} shows no ink: read_digit needs a digit that stands out from plain paper")
    if len(digits) > 1:
        raise ValueError(
            f"{source} shows {len(digits)} digits, or shapes as large: read_digit needs one alone, so crop the picture"
        )
    return _placed(digits[0])


def _read_grey(source: Path) -> _Grey:
    """The picture upright and grey, float32 (height, width), 0 to 255."""
    from PIL import Image, ImageOps

    with Image.open(source) as file:
        image = ImageOps.exif_transpose(file)
    if image.mode[0] in "IF":  # 16 and 32 bits and floats, which Pillow would clip at 255
        values = np.nan_to_num(np.asarray(image, np.float64), posinf=0, neginf=0).clip(0)
        white = next(white for white in (1, 255, 65535, values.max()) if values.max() <= white)
        grey = (values * (255 / white)).astype(np.float32)
    else:
        image = image.convert("RGBA")
        for paper in ("white", "black"):  # white ink on nothing shows only on black
            sheet = Image.new("RGBA", image.size, paper)
            sheet.alpha_composite(image)
            grey = np.asarray(sheet.convert("L"), np.float32)
            if np.ptp(grey) > 0:
                break
    reduction = -(-max(grey.shape) // _LONGEST)
    return np.asarray(Image.fromarray(grey).reduce(reduction)) if reduction > 1 else grey


def _is_like_mnist(grey: _Grey) -> bool:
    """Whether it is 28×28, with a black border and bright ink; all 70,000 pictures of MNIST are."""
    return bool(grey.shape == (_SIDE, _SIDE) and grey[_is_border(grey)].mean() < 16 and grey.max() >= 128)


def _is_border(grey: _Grey) -> npt.NDArray[np.bool_]:
    """Where the outermost pixels are, bool (height, width)."""
    border = np.ones(grey.shape, bool)
    border[1:-1, 1:-1] = False
    return border


def _without_paper(grey: _Grey) -> _Grey:
    """How much of each pixel is ink, 0 to 1: the paper's shade is taken away and the contrast stretched."""
    border = _is_border(grey)  # paper, to which a surface is fitted, since light falls in from one side or a lamp
    y, x = (np.linspace(-1, 1, side, dtype=np.float32) for side in grey.shape)
    y, x = np.meshgrid(y, x, indexing="ij")
    surface = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    rest = grey - np.median(grey[border])
    for _ in range(2):  # the second time without what is no paper: ink may touch the border
        paper = border & (np.abs(rest) <= 3 * _spread(rest[border]) + 1)
        rest = grey - surface @ np.linalg.lstsq(surface[paper], grey[paper], rcond=None)[0]
    ink = rest * np.sign((rest**3).sum())  # noise is symmetric, and cubes leave the strong: the ink
    ink = ink - _wider_than_strokes(ink)
    ink -= np.median(ink[border])
    smooth = _mean_of_neighbours(ink)
    full = smooth[smooth >= smooth.max() / 2].mean()
    if full < max(_FAINTEST, 3 * _spread(ink[border])):
        return np.zeros_like(grey)
    # A quarter of full ink is still paper, three quarters are ink: the levels between smooth the edges.
    return np.asarray(np.clip(2 * ink / full - 0.5, 0, 1), np.float32)


def _spread(values: _Grey) -> float:
    """The standard deviation that normal values would have, though some of them are none."""
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def _wider_than_strokes(ink: _Grey) -> _Grey:
    """What of `ink` is shadow: an opening by a square that no stroke has room for, but the edge of a shadow does."""
    from PIL import Image, ImageFilter

    image = Image.fromarray(ink.astype(np.float32))
    small = image.reduce(-(-max(ink.shape) // _COARSE))
    side = int(_WIDEST * max(small.size)) | 1  # odd
    opened = small.filter(ImageFilter.MinFilter(side)).filter(ImageFilter.MaxFilter(side))
    return np.asarray(opened.resize(image.size, Image.Resampling.BILINEAR))


def _mean_of_neighbours(values: _Grey) -> _Grey:
    """The mean over 3×3 pixels, of the shape of `values`; outside is nothing."""
    padded = np.pad(values, 1)
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9)


def _find_digits(ink: _Grey) -> list[_Grey]:
    """The parts of `ink` that hold one digit each: what is broken is joined, dust and what lies at the edge is left."""
    solid = (ink > 0.5) & (_mean_of_neighbours(ink) > 0.25)  # a speck of one pixel is none
    step = -(-max(solid.shape) // _FINE)
    padded = np.pad(solid, [(0, -side % step) for side in solid.shape])
    cells: npt.NDArray[np.bool_] = np.max(padded.reshape(padded.shape[0] // step, step, -1, step), axis=(1, 3))
    inside, at_edge = _pieces(cells)
    if sum(map(len, inside)) < sum(map(len, at_edge)) / 5:  # else the edge of a sheet or a scanner's shadow
        inside += at_edge
    found = []
    for piece in _joined(inside):
        (top, left), (bottom, right) = piece.min(axis=0) * step, (piece.max(axis=0) + 1) * step
        rows, columns = (np.flatnonzero(solid[top:bottom, left:right].any(axis=axis)) for axis in (1, 0))
        found.append(ink[top + rows[0] : top + rows[-1] + 1, left + columns[0] : left + columns[-1] + 1])
    return found


def _pieces(cells: npt.NDArray[np.bool_]) -> tuple[list[_Cells], list[_Cells]]:
    """Cells that hang together, piece by piece: those inside, and those that touch the edge of the picture."""
    last = np.array(cells.shape) - 1
    left = {(int(row), int(column)) for row, column in np.argwhere(cells)}
    inside: list[_Cells] = []
    at_edge: list[_Cells] = []
    while left:
        piece = [left.pop()]
        for row, column in piece:  # which grows while it is gone through
            around = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left
            left -= around
            piece.extend(around)
        found = np.array(piece, np.int32)
        touches = (found.min(axis=0) == 0).any() or (found.max(axis=0) == last).any()
        (at_edge if touches else inside).append(found)
    return inside, at_edge


def _joined(pieces: list[_Cells]) -> list[_Cells]:
    """The digits that pieces are of, each with one of at least half the height of the tallest; dust is left out."""
    digits: list[_Cells] = []
    pieces = [piece for piece in pieces if 50 * len(piece) >= max(map(len, pieces))]  # no dust
    tallest = max(map(_height, pieces), default=0)
    for piece in sorted(pieces, key=_height, reverse=True):
        gaps = [_gap(piece, digit) / tallest for digit in digits]
        nearest = int(np.argmin(gaps)) if gaps else -1
        if gaps and _is_part(piece, digits[nearest], gaps[nearest], tallest):
            digits[nearest] = np.concatenate([digits[nearest], piece])
        elif _height(piece) >= tallest / 2:
            digits.append(piece)
    return digits


def _is_part(piece: _Cells, digit: _Cells, gap: float, tallest: int) -> bool:
    """Whether a piece is of a digit that is broken; 10 of 5,000 digits of MNIST are taken for two."""
    if _height(piece) < tallest / 2:  # such as the bar of a five
        return gap <= 0.2
    rows, columns = np.ptp(np.concatenate([piece, digit]), axis=0)
    return gap <= 0.05 or bool(gap <= 0.15 and columns < rows)


def _height(piece: _Cells) -> int:
    """How many rows a piece is high."""
    return int(np.ptp(piece[:, 0])) + 1


def _gap(piece: _Cells, other: _Cells) -> float:
    """How many cells of nothing are between two pieces."""
    few, many = sorted((piece, other), key=len)
    return min(float(np.sqrt(((many - cell) ** 2).sum(axis=1).min())) for cell in few) - 1


def _placed(ink: _Grey) -> npt.NDArray[np.uint8]:
    """`ink` scaled to 20 pixels on its longer side, on 28×28 black ones, its centre of mass at theirs where it fits."""
    from PIL import Image

    height, width = (max(1, round(side * _BOX / max(ink.shape))) for side in ink.shape)
    resized = Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC)
    scaled = np.asarray(resized, np.float32).clip(0)  # bicubic overshoots
    top = round(_CENTRE - float(np.average(np.arange(height), weights=scaled.sum(axis=1))))
    left = round(_CENTRE - float(np.average(np.arange(width), weights=scaled.sum(axis=0))))
    top, left = min(max(top, 0), _SIDE - height), min(max(left, 0), _SIDE - width)
    digit = np.zeros((_SIDE, _SIDE), np.uint8)
    digit[top : top + height, left : left + width] = np.rint(scaled * (255 / scaled.max()))
    return digit
