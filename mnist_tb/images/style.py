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


@lru_cache(maxsize=1)
def color_table() -> NDArray[np.uint8]:
    """The colours of a heat map, (256, 3) uint8, read-only: from near-white to dark blue.

    It is matplotlib's "Blues": its lightness falls steadily, and no kind of colour blindness changes that order.
    """
    import matplotlib

    table: NDArray[np.uint8] = np.array(matplotlib.colormaps["Blues"](np.arange(256), bytes=True))[:, :3]
    table.flags.writeable = False
    return table


def heat_colors(values: NDArray[np.float64], palest: float = 0.06) -> NDArray[np.uint8]:
    """The colour of each value of a heat map.

    The scale is a power, value^0.4: on a linear one, mistakes of 0.1 % and of 2 % both look like none beside
    a diagonal of 98 %.

    Args:
        values: any shape, in [0, 1].
        palest: where in the colours, in [0, 1], values above 0 begin, so that one mistake among thousands differs
            from none; the smaller the cells, the darker it must be to be seen.

    Returns:
        (…, 3) uint8, RGB: white for 0 and only for 0.
    """
    position = palest + (1 - palest) * np.clip(values, 0, 1) ** 0.4
    colors = color_table()[np.rint(255 * position).astype(np.intp)]
    return np.where((values > 0)[..., np.newaxis], colors, np.uint8(255))


def text_color(background: Color) -> Color:
    """Black or white, whichever is easier to read: at least 4.5 : 1 on any colour."""
    return max((BLACK, WHITE), key=lambda ink: contrast(ink, background))


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours, from 1 to 21.

    Source: Web Content Accessibility Guidelines 2.1, "contrast ratio" (W3C, 2018).
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=1024)
def _luminance(color: Color) -> float:
    """Relative luminance in [0, 1], as the guidelines define it for sRGB."""
    red, green, blue = (
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
        for level in (channel / 255 for channel in color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
