"""Palettes: which colour each code of an indexed picture stands for.

Text is drawn on a plain ground. An ink is the code of such a ground; the codes after it are that ground with ever
more of the text's colour, so a pixel of text is `ink + strength`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mnist_tb.images.colors import (
    LINE,
    MISTAKE,
    NUM_SHADES,
    PAPER,
    QUIET_TEXT,
    RIGHT,
    TEXT,
    WHITE,
    Color,
    shade_table,
    text_color,
)

# None, and five strengths of ink: they look as smooth as 255, and fit into a palette.
NUM_STRENGTHS = 6

_GROUNDS_AND_INKS = (
    (WHITE, TEXT),
    (WHITE, QUIET_TEXT),
    (WHITE, MISTAKE),
    (WHITE, RIGHT),
    (PAPER, TEXT),
    (PAPER, QUIET_TEXT),
)
TEXT_INK, QUIET_INK, MISTAKE_INK, RIGHT_INK, PAPER_INK, QUIET_PAPER_INK = (
    NUM_STRENGTHS * index for index in range(len(_GROUNDS_AND_INKS))
)
# Codes of what is filled with one colour.
WHITE_CODE = TEXT_INK  # also what np.zeros is full of
PAPER_CODE = PAPER_INK
MISTAKE_CODE = MISTAKE_INK + NUM_STRENGTHS - 1
LINE_CODE = NUM_STRENGTHS * len(_GROUNDS_AND_INKS)
_FIRST_FREE = LINE_CODE + 1


def shade_codes(shades: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The codes of shades in `heat_map_palette`; each is the ink of black or white text on that shade, too.

    Args:
        shades: any shape, below `NUM_SHADES`.

    Returns:
        The same shape, uint8.
    """
    # Nothing is written on white, the first shade, so it has no codes of its own.
    table = _FIRST_FREE + NUM_STRENGTHS * (np.arange(NUM_SHADES) - 1)
    table[0] = WHITE_CODE
    return np.asarray(table.astype(np.uint8)[shades])


@lru_cache(maxsize=1)
def heat_map_palette() -> NDArray[np.uint8]:
    """The colours of a heat map: inks and lines, then each shade with text on it.

    Returns:
        (N, 3) uint8, read-only.
    """
    colors = [(red, green, blue) for red, green, blue in shade_table()[1:].tolist()]
    return _palette(_blends([(color, text_color(color)) for color in colors]))


def grey_codes(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The codes of grey levels in `grey_palette`.

    Half of the 256 levels look the same, and leave room for the colours of text and frames.
    """
    return np.asarray((levels >> 1) + np.uint8(_FIRST_FREE))


@lru_cache(maxsize=1)
def grey_palette() -> NDArray[np.uint8]:
    """The colours of a grid of grey pictures: inks and lines, then black to white in 128 steps.

    Returns:
        (N, 3) uint8, read-only.
    """
    levels = np.rint(np.linspace(0, 255, 128)).astype(np.uint8)
    return _palette(np.repeat(levels[:, np.newaxis], 3, axis=1))


def _palette(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What all palettes begin with, and the colours of this one."""
    palette = np.concatenate([_blends(_GROUNDS_AND_INKS), np.array([LINE], np.uint8), colors])
    palette.flags.writeable = False
    return palette


def _blends(grounds_and_inks: Sequence[tuple[Color, Color]]) -> NDArray[np.uint8]:
    """The codes of each ground and what is drawn on it: (N · NUM_STRENGTHS, 3)."""
    colors = np.array(grounds_and_inks, np.float64)
    shares = np.linspace(0, 1, NUM_STRENGTHS)[:, np.newaxis]
    blends = colors[:, :1] * (1 - shares) + colors[:, 1:] * shares
    return np.rint(blends).astype(np.uint8).reshape(-1, 3)
