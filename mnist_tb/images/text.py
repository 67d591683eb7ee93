"""Text on pictures: fonts found as matplotlib finds them, and text measured, shortened, wrapped and drawn."""

import logging
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Literal, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from mnist_tb.images import TEXT, WHITE, Color

MARGIN = 16
LINE_HEIGHT = 1.4  # em
LONGEST_TEXT = 1000  # nothing longer fits into a picture, and measuring a novel would take long
_JOINERS = "\u200c\u200d"  # break and make ligatures, as in Persian and in emoji of families; nothing is drawn for them
_CAPITALS = 0.73  # height of capitals and figures, in em; of DejaVu Sans

_logger = logging.getLogger("mnist_tb")
_reported: set[str] = set()  # characters that no font has


@lru_cache(maxsize=8)
def font_paths(families: tuple[str, ...], bold: bool = False) -> tuple[str, ...]:
    """The files of these families as far as there are such, then of all other fonts of the machine."""
    from matplotlib import font_manager

    paths = []
    for family in (*families, "DejaVu Sans"):
        wanted = font_manager.FontProperties(family=family, weight="bold" if bold else "normal")
        with suppress(ValueError):  # no such family
            paths.append(str(font_manager.findfont(wanted, fallback_to_default=False)))
    # matplotlib's "Last Resort" has a box for every character.
    others = (entry for entry in font_manager.fontManager.ttflist if not entry.name.startswith("Last Resort"))
    return tuple(dict.fromkeys([*paths, *(str(entry.fname) for entry in others)]))


@cache
def _characters(path: str) -> str:
    """The characters that a font has a glyph for; none where it can't be read."""
    from matplotlib.ft2font import FT2Font

    try:
        return "".join(map(chr, FT2Font(path).get_charmap()))
    except (RuntimeError, OSError, ValueError):  # such as fonts of bitmaps
        return ""


@lru_cache(maxsize=256)
def _font(path: str, size: int, is_ascii: bool) -> ImageFont.FreeTypeFont:
    # Pillow's best engine knows scripts that join their letters; the basic one sets figures in half of the time.
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC if is_ascii else None)


def runs(text: str, size: int, bold: bool = False) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    """The parts of a text that one font draws, and these fonts, `size` pixels per em."""
    import matplotlib

    return _runs_of(tuple(matplotlib.rcParams["font.family"]), text, size, bold)


@lru_cache(maxsize=4096)
def _runs_of(families: tuple[str, ...], text: str, size: int, bold: bool) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    text, fonts, paths = one_line(text), font_paths(families, bold), [""]
    for char in text:
        # What is not seen belongs to what stands before it: words of Arabic must be laid out together.
        is_inside = char in f" {_JOINERS}" and len(paths) > 1
        paths.append(paths[-1] if is_inside else next((path for path in fonts if char in _characters(path)), ""))
    groups = groupby(zip(paths[1:], text, strict=True), itemgetter(0))
    parts = [(path, "".join(char for _, char in group)) for path, group in groups]
    missing = {char for path, part in parts if not path for char in part if char not in f" {_JOINERS}"} - _reported
    if missing:
        _reported.update(missing)
        chars = " ".join(sorted(missing))
        _logger.warning("mnist_tb: no font of this machine has the characters %s: install one that has", chars)
    return [(part, _font(path or fonts[0], size, part.isascii())) for path, part in parts]


def one_line(text: str) -> str:
    """The text without line breaks, control characters (but joiners) and broken characters."""
    whole = text[:LONGEST_TEXT].encode("utf-8", "replace").decode()  # a lone surrogate becomes "?"
    return " ".join("".join(char if char.isprintable() or char in _JOINERS else " " for char in whole).split())


def text_width(text: str, size: int, bold: bool = False) -> float:
    """Pixels from the start of a one-line text to its end."""
    return sum(font.getlength(part) for part, font in runs(text, size, bold))


def shorten(text: str, width: float, size: int, bold: bool = False) -> str:
    """The text on one line, its end replaced by "…" where it is wider than `width` pixels."""
    text = one_line(text)
    if text_width(text, size, bold) <= width:
        return text
    starts = [text[:end].rstrip() + "…" for end in range(len(text))]
    return starts[max(0, bisect_right(starts, width, key=lambda start: text_width(start, size, bold)) - 1)]


class Line(NamedTuple):
    """A line of text above, below or within a picture; `size` is its pixels per em."""

    text: str
    size: int
    color: Color = TEXT
    bold: bool = False


def wrap(line: Line, width: float, max_lines: int) -> list[Line]:
    """At most `max_lines` lines of at most `width` pixels; its breaks are kept, and "…" cuts off what does not fit."""
    texts: list[str] = []
    for part in line.text[:LONGEST_TEXT].splitlines():
        if len(texts) < max_lines:
            texts.append("")
        for word in part.split():
            longer = f"{texts[-1]} {word}".lstrip()
            if not texts[-1] or len(texts) == max_lines or text_width(longer, line.size, line.bold) <= width:
                texts[-1] = longer
            else:
                texts.append(word)
    return [line._replace(text=shorten(text, width, line.size, line.bold)) for text in texts]


def largest_size(texts: Iterable[str], width: float, biggest: int, smallest: int) -> int:
    """The largest font size, from `smallest` to `biggest`, at which each text fits into `width` pixels."""
    unique = set(texts)
    sizes = range(biggest, smallest, -1)
    return next((size for size in sizes if all(text_width(text, size) <= width for text in unique)), smallest)


def draw_text(
    image: Image.Image, xy: tuple[float, float], line: Line, align: Literal["left", "center", "right"] = "left"
) -> None:
    """Draw a line that starts, is centred or ends at `xy`, the height of which is half-way up its capitals."""
    draw, (x, y) = ImageDraw.Draw(image), xy
    x -= {"left": 0.0, "center": 0.5, "right": 1.0}[align] * text_width(line.text, line.size, line.bold)
    for part, font in runs(line.text, line.size, line.bold):
        draw.text((round(x), y + _CAPITALS * line.size / 2), part, fill=line.color, font=font, anchor="ls")
        x += font.getlength(part)


def draw_lines(image: Image.Image, x: float, y: float, lines: Iterable[Line]) -> None:
    """Draw lines of text under each other; `x` and `y` are the upper left corner."""
    for line in lines:
        draw_text(image, (x, y + LINE_HEIGHT * line.size / 2), line)
        y += LINE_HEIGHT * line.size


def with_lines(picture: Image.Image, above: Sequence[Line], below: Sequence[Line]) -> Image.Image:
    """The picture between lines of text, which are wrapped to its width, with a margin; empty ones take no room."""
    top, bottom = ([part for line in lines for part in wrap(line, picture.width, 3)] for lines in (above, below))
    picture_y, end = (MARGIN + round(LINE_HEIGHT * sum(line.size for line in lines)) for lines in (top, bottom))
    bottom_y = picture_y + picture.height
    image = Image.new("RGB", (picture.width + 2 * MARGIN, bottom_y + end), WHITE)
    draw_lines(image, MARGIN, MARGIN / 2, top)
    image.paste(picture, (MARGIN, picture_y))
    draw_lines(image, MARGIN, bottom_y, bottom)
    return image
