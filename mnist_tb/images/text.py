"""Text on pictures: fonts found as matplotlib finds them, and text measured, shortened, wrapped and drawn."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from mnist_tb.images.style import TEXT, Color

# TensorBoard shows a picture in a card of this width; sizes of text are thought in pixels of the card.
CARD_WIDTH = 340
ELLIPSIS = "…"
# Nothing longer fits into any picture; measuring a novel would take long.
LONGEST_TEXT = 400
_CAPITALS = 0.73  # height of capitals and figures, in em; of DejaVu Sans

_logger = logging.getLogger("mnist_tb")
_reported: set[str] = set()  # characters that no font has


def font_paths(bold: bool = False) -> tuple[str, ...]:
    """The files of the fonts that `matplotlib.rcParams["font.family"]` asks for, the preferred one first."""
    import matplotlib

    return _font_paths(tuple(matplotlib.rcParams["font.family"]), bold)


@lru_cache(maxsize=8)
def _font_paths(families: tuple[str, ...], bold: bool) -> tuple[str, ...]:
    from matplotlib import font_manager

    paths = []
    for family in (*families, "DejaVu Sans"):
        wanted = font_manager.FontProperties(family=family, weight="bold" if bold else "normal")
        try:
            paths.append(str(font_manager.findfont(wanted, fallback_to_default=False)))
        except ValueError:  # no such family
            continue
    return tuple(dict.fromkeys(paths))


@lru_cache(maxsize=256)
def _characters(path: str) -> frozenset[int]:
    """The code points that a font has a glyph for; none where it can't be read."""
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(path).get_charmap())
    except (RuntimeError, OSError):  # such as fonts of bitmaps
        return frozenset()


@lru_cache(maxsize=4096)
def _path_for(char: str, bold: bool, preferred: tuple[str, ...]) -> str:
    """The font for a character, one of those preferred or any of the machine; "" where none has it."""
    from matplotlib import font_manager

    # matplotlib's "Last Resort" has a box for every character.
    entries = (entry for entry in font_manager.fontManager.ttflist if not entry.name.startswith("Last Resort"))
    others = (str(entry.fname) for entry in entries)
    for paths in (preferred, others):
        for path in paths:
            if ord(char) in _characters(path):
                return path
    return ""


@lru_cache(maxsize=256)
def font(path: str, size: int, ascii_only: bool = False) -> ImageFont.FreeTypeFont:
    """A font of `size` pixels per em, laid out by Pillow's best engine, which knows scripts that join their letters.

    The basic one sets plain letters one after the other, in half of the time.
    """
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC if ascii_only else None)


def _runs(text: str, size: int, bold: bool) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
    """The parts of a text that one font draws; a space belongs to what stands before it."""
    preferred = font_paths(bold)
    if text.isascii():
        yield text, font(preferred[0], size, ascii_only=True)
        return
    paths: list[str] = []
    for char in text:
        paths.append(paths[-1] if char.isspace() and paths else _path_for(char, bold, preferred))
    _report_missing({char for char, path in zip(text, paths, strict=True) if not path})
    start = 0
    for path, group in groupby(paths):
        end = start + len(list(group))
        yield text[start:end], font(path or preferred[0], size)
        start = end


def _report_missing(chars: set[str]) -> None:
    """Say once which characters are drawn as boxes."""
    new = sorted(chars - _reported)
    if new:
        _reported.update(new)
        _logger.warning("mnist_tb: no font of this machine has the characters %s: install one that has", " ".join(new))


@lru_cache(maxsize=4096)
def one_line(text: str) -> str:
    """The text without line breaks, control characters and broken characters."""
    whole = text[:LONGEST_TEXT].encode("utf-8", "replace").decode()  # a lone surrogate becomes "?"
    return " ".join("".join(char if char.isprintable() else " " for char in whole).split())


@lru_cache(maxsize=4096)
def text_width(text: str, size: int, bold: bool = False) -> float:
    """Pixels from the start of a one-line text to its end."""
    return sum(part_font.getlength(part) for part, part_font in _runs(text, size, bold)) if text else 0.0


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
    image: Image.Image,
    xy: tuple[float, float],
    text: str,
    size: int,
    *,
    color: Color = TEXT,
    bold: bool = False,
    align: Literal["left", "center", "right"] = "left",
    upwards: bool = False,
) -> None:
    """Draw a one-line text; what reaches beyond the image is cut off.

    Args:
        image: RGB.
        xy: the point on which the text starts, is centred or ends, half-way up its capitals and figures.
        text: one line.
        size: pixels per em.
        color: of the letters.
        bold: the bold cut.
        align: which part of the text lies at `xy`.
        upwards: turned by 90°, so that it reads from bottom to top; "left" is then the bottom end.
    """
    x, y = xy
    before = {"left": 0.0, "center": 0.5, "right": 1.0}[align] * text_width(text, size, bold)
    if not upwards:
        draw, left = ImageDraw.Draw(image), x - before
        for part, part_font in _runs(text, size, bold) if text else ():
            draw.text((round(left), y + _CAPITALS * size / 2), part, fill=color, font=part_font, anchor="ls")
            left += part_font.getlength(part)
        return
    mask = Image.new("RGB", (round(text_width(text, size, bold)) + 4, 2 * size), 0)
    draw_text(mask, (2, size), text, size, color=(255, 255, 255), bold=bold)
    turned = mask.convert("L").transpose(Image.Transpose.ROTATE_90)
    image.paste(color, (round(x - size), round(y + before - turned.height + 2)), turned)
