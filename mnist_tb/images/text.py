"""Text on a Pillow image: measured, shortened, wrapped and drawn.

Letters are drawn once by FreeType and then kept as small masks: a text costs 50 µs the first time and 9 µs
from then on, and a confusion matrix holds 200 that hardly change from epoch to epoch.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mnist_tb.images.colors import TEXT, Color

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

# TensorBoard shows a picture in a card of this width; sizes of text are thought in pixels of the card.
CARD_WIDTH = 340
ELLIPSIS = "…"
# Six strengths of ink look as smooth as 256, and keep the picture within a palette (see colors.NUM_SHADES).
NUM_STRENGTHS = 6
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
    """The text broken into at most `max_lines` lines of at most `width` pixels, "…" where it is cut off."""
    words = one_line(text).split()
    lines: list[str] = []
    while words and len(lines) < max_lines:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", size, bold) <= width:
            line = f"{line} {words.pop(0)}"
        is_cut = bool(words) and len(lines) == max_lines - 1
        lines.append(shorten(f"{line} {words[0]}" if is_cut else line, width, size, bold))
    return lines


def largest_size(texts: Iterable[str], width: float, biggest: int, smallest: int, bold: bool = False) -> int:
    """The largest font size, from `smallest` to `biggest`, at which each text fits into `width` pixels."""
    widest = max((text_width(text, biggest, bold) for text in texts), default=0.0)
    return biggest if widest <= width else max(smallest, int(biggest * width / widest))


def draw_text(
    draw: ImageDraw,
    xy: tuple[float, float],
    text: str,
    size: int,
    *,
    color: Color = TEXT,
    bold: bool = False,
    align: Literal["left", "center", "right"] = "left",
    upwards: bool = False,
) -> None:
    """Draw a one-line text.

    Args:
        draw: of an RGB image, which is changed in place.
        xy: the point on which the text starts, is centred or ends, half-way up its capitals and figures.
        text: one line.
        size: pixels per em.
        color: of the letters.
        bold: the bold cut.
        align: which part of the text lies at `xy`.
        upwards: turned by 90°, so that it reads from bottom to top; "left" is then the bottom end.
    """
    if not text:
        return
    mask = _text_mask(text, size, bold, upwards)
    length = (mask.height if upwards else mask.width) - 2 * _PAD
    before = _PAD + {"left": 0.0, "center": 0.5, "right": 1.0}[align] * length
    x, y = xy
    left, top = (x - mask.width / 2, y + before - mask.height) if upwards else (x - before, y - mask.height / 2)
    draw.bitmap((round(left), round(top)), mask, color)


_PAD = 2  # some letters, such as an italic f, reach beyond their box


@lru_cache(maxsize=4096)
def _text_mask(text: str, size: int, bold: bool, upwards: bool) -> Image:
    """The letters as an "L" image in `NUM_STRENGTHS` strengths; the middle of the capitals is its own."""
    import PIL.Image
    from PIL.ImageDraw import Draw

    width = round(text_width(text, size, bold)) + 2 * _PAD
    # Capitals and figures of DejaVu are 0.73 em high; accents and descenders fit into 0.8 em on each side.
    middle = round(0.8 * size)
    mask = PIL.Image.new("L", (width, 2 * middle))
    baseline = middle + round(0.73 * size / 2)
    Draw(mask).text((_PAD, baseline), text, fill=255, font=font(size, bold, text.isascii()), anchor="ls")
    strongest = NUM_STRENGTHS - 1
    mask = mask.point([round(level * strongest / 255) * 255 // strongest for level in range(256)])
    return mask.transpose(PIL.Image.Transpose.ROTATE_90) if upwards else mask
