"""The few colours there are, and black or white text that is readable on them."""

from __future__ import annotations

from collections.abc import Sequence

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


def heat_colors(values: NDArray[np.float64], palest: float = 0.06) -> NDArray[np.uint8]:
    """The colour of each value of a heat map, from near-white to dark blue.

    It is matplotlib's "Blues": its lightness falls steadily, and no kind of colour blindness changes that order.
    The scale is a power, value^0.4: on a linear one, mistakes of 0.1 % and of 2 % both look like none beside
    a diagonal of 98 %.

    Args:
        values: any shape, in [0, 1].
        palest: where in the colours, in [0, 1], values above 0 begin, so that one mistake among thousands differs
            from none; the smaller the cells, the darker it must be to be seen.

    Returns:
        (…, 3) uint8, RGB: white for 0 and only for 0.
    """
    import matplotlib

    position = palest + (1 - palest) * np.clip(values, 0, 1) ** 0.4
    colors = np.asarray(matplotlib.colormaps["Blues"](position, bytes=True), np.uint8)[..., :3]
    return np.where((values > 0)[..., np.newaxis], colors, np.uint8(255))


def text_color(background: Sequence[int]) -> Color:
    """Black or white, whichever is easier to read on a colour of the heat map; most of its lightness is its green."""
    return BLACK if background[1] > 122 else WHITE
