"""A finished picture, which is asked for its pixels or for a PNG file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_tb.images.png import encode_indexed, encode_png


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture in few colours, or in many.

    Attributes:
        pixels: (H, W) uint8, rows of the palette; or (H, W, 3) uint8, RGB.
        palette: (up to 256, 3) uint8, RGB; None if the pixels are colours themselves.
    """

    pixels: NDArray[np.uint8]
    palette: NDArray[np.uint8] | None = None

    def rgb(self) -> NDArray[np.uint8]:
        """The picture as (H, W, 3) uint8, RGB."""
        return self.pixels if self.palette is None else self.palette.take(self.pixels, axis=0)

    def png(self) -> bytes:
        """The picture as the bytes of a PNG file."""
        return encode_png(self.pixels) if self.palette is None else encode_indexed(self.pixels, self.palette)


def fill_box(canvas: NDArray[np.uint8], box: tuple[int, int, int, int], fill: int, outline: int | None = None) -> None:
    """Draw a rectangle.

    Args:
        canvas: (H, W), codes of a palette, which are changed in place.
        box: left, top, right and bottom pixel, all of them included.
        fill: its code.
        outline: the code of its outermost pixels; by default as `fill`.
    """
    left, top, right, bottom = box
    canvas[top : bottom + 1, left : right + 1] = fill if outline is None else outline
    canvas[top + 1 : bottom, left + 1 : right] = fill
