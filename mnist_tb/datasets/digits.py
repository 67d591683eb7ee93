"""A picture file of one handwritten digit, prepared as the digits of MNIST were."""

import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from mnist_tb.datasets.mnist import one_line

_Grey: TypeAlias = npt.NDArray[Any]  # of floats, (height, width)

_SIDE, _BOX = 28, 20  # of the picture, and of the box the digit is scaled into
_CENTRE = 14  # the pixel MNIST has the centre of mass at: 13.996 and 14.007 over its 70,000 pictures
_LONGEST = 1000  # pixels; a photo is averaged down to this, which costs no stroke and takes away noise
_FAINTEST = 8  # of 255 grey levels; what differs less from the paper is no ink


def read_digit(path: str | os.PathLike[str]) -> npt.NDArray[np.uint8]:
    """The handwritten digit in a picture file, as MNIST would show it.

    For a photo, a scan or a drawing of one digit with plain paper on all sides, dark on light or light on dark; strokes
    as thick as an eighth of the digit's height are what MNIST has. A picture of 28×28 that looks like MNIST already,
    bright ink and a black border, is only made grey.

    Args:
        path: any file that Pillow opens; `~` is expanded. A photo is turned as its EXIF data say, and transparent parts
            are paper.

    Returns:
        uint8 (28, 28), 0 (paper) to 255 (ink). The digit fills a box of 20×20, its aspect kept, and its centre of mass
        is at the centre.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not a picture, or shows no ink.

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
    ink = _crop_to_ink(_without_paper(grey))
    if not ink.size:
        raise ValueError(f"{source} shows no ink: read_digit needs a digit that stands out from plain paper")
    return _placed(ink)


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
    border = _is_border(grey)  # paper, to which a plane is fitted, since light falls in from one side
    rows, columns = np.indices(grey.shape, np.float32)
    plane = np.stack([rows, columns, np.ones_like(rows)], axis=-1)
    rest = grey - np.median(grey[border])
    for _ in range(2):  # the second time without what is no paper: ink may touch the border
        noise = 1.4826 * np.median(np.abs(rest[border]))  # the standard deviation, if it were normal
        paper = border & (np.abs(rest) <= 3 * noise + 1)
        rest = grey - plane @ np.linalg.lstsq(plane[paper], grey[paper], rcond=None)[0]
    ink = rest * np.sign((rest**3).sum())  # noise is symmetric, and cubes leave the strong: the ink
    smooth = _mean_of_neighbours(ink)
    full = smooth[smooth >= smooth.max() / 2].mean()
    if full < max(_FAINTEST, 3 * rest[paper].std()):
        return np.zeros_like(grey)
    # A quarter of full ink is still paper, three quarters are ink: the levels between smooth the edges.
    return np.asarray(np.clip(2 * ink / full - 0.5, 0, 1), np.float32)


def _mean_of_neighbours(values: _Grey) -> _Grey:
    """The mean over 3×3 pixels, of the shape of `values`; outside is nothing."""
    padded = np.pad(values, 1)
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9)


def _crop_to_ink(ink: _Grey) -> _Grey:
    """The part that holds the ink; of size 0 where there is none."""
    solid = (ink > 0.5) & (_mean_of_neighbours(ink) > 0.25)  # a speck of one pixel is none
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not rows.size:
        return ink[:0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


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
