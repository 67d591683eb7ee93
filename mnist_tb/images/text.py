"""Text on a canvas of palette codes: measured, shortened, wrapped and drawn.

Letters are drawn once by FreeType and then kept as small masks: a text costs 50 µs the first time and 4 µs
from then on, and a confusion matrix holds 200 that hardly change from epoch to epoch.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_tb.images.palette import NUM_STRENGTHS, TEXT_INK

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

# TensorBoard shows a picture in a card of this width; sizes of text are thought in pixels of the card.
CARD_WIDTH = 340
ELLIPSIS = "…"
# Nothing longer fits into any picture; measuring a novel would take long.
LONGEST_TEXT = 400


@lru_cache(maxsize=64)
def font(size: int, bold: bool = False, plain: bool = True) -> FreeTypeFont:
    """DejaVu Sans, which matplotlib brings along.

    Args:
        size: pixels per em.
        bold: the bold cut.
        plain: letters are set one after the other, which is twice as fast; otherwise by Pillow's best engine,
            which also knows scripts that run from right to left or join their letters.

    Returns:
        Pillow's font.
    """
    import matplotlib
    from PIL import ImageFont

    path = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")
    engine = ImageFont.Layout.BASIC if plain else None
    return ImageFont.truetype(str(path), size, layout_engine=engine)


@lru_cache(maxsize=4096)
def one_line(text: str) -> str:
    """The text without line breaks, control characters and broken characters."""
    whole = text[:LONGEST_TEXT].encode("utf-8", "replace").decode()  # a lone surrogate becomes "?"
    return " ".join("".join(char if char.isprintable() else " " for char in whole).split())


@lru_cache(maxsize=4096)
def text_width(text: str, size: int, bold: bool = False) -> float:
    """Pixels from the start of a one-line text to its end."""
    return font(size, bold, text.isascii()).getlength(text)


@lru_cache(maxsize=4096)
def shorten(text: str, width: float, size: int, bold: bool = False) -> str:
    """The text on one line, its end replaced by "…" where it is wider than `width` pixels."""
    text = one_line(text)
    if text_width(text, size, bold) <= width:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if text_width(text[:middle].rstrip() + ELLIPSIS, size, bold) <= width:
            fits = middle
        else:
            too_long = middle
    return text[:fits].rstrip() + ELLIPSIS


def wrap(text: str, width: float, size: int, max_lines: int, bold: bool = False) -> list[str]:
    """The text in at most `max_lines` lines of at most `width` pixels: its own ones, broken where they are too long.

    What is left over goes to the last line, which is cut off with "…" where it is too long.
    """
    words = [word for line in str(text).splitlines() for word in (*one_line(line).split(), "\n")]
    lines: list[str] = []
    while words and len(lines) < max_lines:
        line = ""
        while words[0] != "\n" and (not line or text_width(f"{line} {words[0]}", size, bold) <= width):
            line = f"{line} {words.pop(0)}".lstrip()
        if words[0] == "\n":
            words.pop(0)
        is_last = len(lines) == max_lines - 1
        rest = [word for word in words if word != "\n"] if is_last else []
        lines.append(shorten(" ".join([line, *rest]), width, size, bold))
    return lines


def largest_size(texts: Iterable[str], width: float, biggest: int, smallest: int, bold: bool = False) -> int:
    """The largest font size, from `smallest` to `biggest`, at which each text fits into `width` pixels."""
    widest = max((text_width(text, biggest, bold) for text in texts), default=0.0)
    return biggest if widest <= width else max(smallest, int(biggest * width / widest))


def draw_text(
    canvas: NDArray[np.uint8],
    xy: tuple[float, float],
    text: str,
    size: int,
    *,
    ink: int = TEXT_INK,
    bold: bool = False,
    align: Literal["left", "center", "right"] = "left",
    upwards: bool = False,
) -> None:
    """Draw a one-line text; what reaches beyond the canvas is cut off.

    Args:
        canvas: (H, W), codes of a palette, which are changed in place.
        xy: the point on which the text starts, is centred or ends, half-way up its capitals and figures.
        text: one line.
        size: pixels per em.
        ink: the code of the ground that the text is drawn on, see `mnist_tb.images.palette`.
        bold: the bold cut.
        align: which part of the text lies at `xy`.
        upwards: turned by 90°, so that it reads from bottom to top; "left" is then the bottom end.
    """
    if not text:
        return
    # Titles, which are bold, and whole sentences say something else at each epoch: they would fill the memory.
    is_lasting = not bold and len(text) <= 24
    letters = (_letters if is_lasting else _letters.__wrapped__)(text, size, bold, upwards)
    height, width = letters.is_ink.shape
    length = (height if upwards else width) - 2 * _PAD
    before = _PAD + _SHARE_BEFORE[align] * length
    x, y = xy
    left, top = (x - width / 2, y + before - height) if upwards else (x - before, y - height / 2)
    _put(canvas, letters, ink, round(left), round(top))


_PAD = 2  # some letters, such as an italic f, reach beyond their box
_SHARE_BEFORE = {"left": 0.0, "center": 0.5, "right": 1.0}


class _Letters(NamedTuple):
    """A text, ready to be put on a canvas: how strong the ink is, below `NUM_STRENGTHS`, and where there is any."""

    strengths: NDArray[np.uint8]
    is_ink: NDArray[np.bool_]


def _put(canvas: NDArray[np.uint8], letters: _Letters, ink: int, left: int, top: int) -> None:
    """Replace what lies under the letters; codes added to those of other letters would be any colour."""
    height, width = letters.is_ink.shape
    area = canvas[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
    if area.shape != letters.is_ink.shape:
        from_top, from_left = max(0, -top), max(0, -left)
        part = np.s_[from_top : from_top + area.shape[0], from_left : from_left + area.shape[1]]
        letters = _Letters(letters.strengths[part], letters.is_ink[part])
    np.copyto(area, letters.strengths + ink, where=letters.is_ink)


@lru_cache(maxsize=2048)
def _letters(text: str, size: int, bold: bool, upwards: bool) -> _Letters:
    """The letters of a text; their capitals and figures stand half-way up."""
    import PIL.Image
    from PIL.ImageDraw import Draw

    width = round(text_width(text, size, bold)) + 2 * _PAD
    # Capitals and figures of DejaVu are 0.73 em high; accents and descenders fit into 0.8 em on each side.
    middle = round(0.8 * size)
    image = PIL.Image.new("L", (width, 2 * middle))
    baseline = middle + round(0.73 * size / 2)
    Draw(image).text((_PAD, baseline), text, fill=255, font=font(size, bold, text.isascii()), anchor="ls")
    strengths = _STRENGTHS.take(np.asarray(image))
    # Figures leave half of the rows blank. As many go on both sides, so that the middle stays the middle, and an even
    # number, so that halves of pixels are rounded as they would be without it.
    inked = np.flatnonzero(strengths.max(axis=1))
    blank = int(min(inked.min(), 2 * middle - 1 - inked.max())) // 2 * 2 if inked.size else 0
    strengths = strengths[blank : 2 * middle - blank]
    strengths = np.rot90(strengths).copy() if upwards else strengths
    return _Letters(strengths, strengths > 0)


_STRENGTHS: NDArray[np.uint8] = np.rint(np.arange(256) * (NUM_STRENGTHS - 1) / 255).astype(np.uint8)
