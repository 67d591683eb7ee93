"""The few colours there are, and black or white text that is always readable on them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Color = tuple[int, int, int]

BLACK: Color = (0, 0, 0)
WHITE: Color = (255, 255, 255)
TEXT: Color = (33, 37, 41)
QUIET_TEXT: Color = (90, 96, 104)  # 6.3 : 1 on white
PAPER: Color = (248, 249, 250)
LINE: Color = (222, 226, 230)
# Blue and vermilion of the palette of Okabe and Ito (2008), which the colour-blind tell apart, darkened for
# text: 7.8 : 1 and 5.6 : 1 on white.
RIGHT: Color = (0, 84, 147)
MISTAKE: Color = (178, 68, 0)

# The map is cut into so few shades that each of them, mixed with text in a few strengths, still fits into a
# palette of 256 colours.
NUM_SHADES = 32


@lru_cache(maxsize=4)
def color_table(name: str = "Blues") -> NDArray[np.uint8]:
    """A colour map of matplotlib as a look-up table.

    Args:
        name: matplotlib's name of the map. "Blues" runs from near-white to dark blue, its lightness falls
            steadily, and no kind of colour blindness changes that order.

    Returns:
        (256, 3) uint8, read-only.
    """
    import matplotlib

    red_green_blue_opacity = matplotlib.colormaps[name](np.arange(256), bytes=True)
    table: NDArray[np.uint8] = np.array(red_green_blue_opacity, dtype=np.uint8)[:, :3]
    table.flags.writeable = False
    return table


def shades(values: NDArray[np.float64], palest: int = 2) -> NDArray[np.uint8]:
    """The shade of each value of a heat map.

    The scale is a power, value^0.4: on a linear one, mistakes of 0.1 % and of 2 % both look like none beside
    a diagonal of 98 %.

    Args:
        values: any shape, in [0, 1].
        palest: the shade, from 1 to `NUM_SHADES` − 1, at which values above 0 begin, so that one mistake
            among thousands differs from none; the smaller the cells, the darker it must be to be seen.

    Returns:
        The same shape, uint8: rows of `shade_table()`, 0 for 0 and only for 0.
    """
    filled = values > 0
    numbers = np.zeros(values.shape, np.uint8)
    numbers[filled] = palest + np.rint(np.minimum(values[filled], 1) ** 0.4 * (NUM_SHADES - 1 - palest))
    return numbers


@lru_cache(maxsize=1)
def shade_table() -> NDArray[np.uint8]:
    """The colour of each shade.

    Returns:
        (NUM_SHADES, 3) uint8, read-only: white, then ever darker.
    """
    table = color_table()[np.linspace(0, 255, NUM_SHADES).astype(np.intp)]
    table[0] = WHITE
    table.flags.writeable = False
    return table


def text_color(background: Color) -> Color:
    """Black or white, whichever is easier to read: at least 4.5 : 1 on any colour."""
    return max((BLACK, WHITE), key=lambda ink: contrast(ink, background))


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours, from 1 to 21.

    Source: Web Content Accessibility Guidelines 2.1, "contrast ratio" (W3C, 2018).
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    """Relative luminance in [0, 1], as the guidelines define it for sRGB."""
    red, green, blue = (
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
        for level in (channel / 255 for channel in color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
