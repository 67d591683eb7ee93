"""Arrays → PNG files, in a few lines of zlib: Pillow takes 20 µs longer for each, almost what a digit takes."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from mnist_tb.images.pictures import is_grey

# Measured in ms of CPU and kB, with zlib 1.2.13: a confusion matrix of 10 classes with 63 and with 99 cells filled,
# 25 digits, and 25 samples in colour, RGB. PNG's filter "up" stores what a line differs from the one above:
#
#                         63 cells        99 cells      25 digits     25 in colour
#     no filter, level 1   1.3   34      1.8   51       1.8   38       6.2   234
#     no filter, level 3   1.4   29      2.2   45       2.0   33       5.6   154
#     up, level 1          1.2   28      1.7   44       1.8   37       5.3   148
#     up, level 3          1.3   26      2.0   41       1.9   35       5.5   142
#     up, level 6          2.8   20      4.6   32       4.3   28      11.3   121
#
# With photographs of more than 64 pixels level 3 takes twice as long as level 1, for 3 % less.
LEVEL = 1
# Up to so many pixels, as samples have, size counts more: level 6 takes 6 µs longer than 3.
SMALL = 64 * 64
LEVEL_OF_SMALL = 6

_GREY, _RGB, _INDEXED = 0, 2, 3  # PNG's colour types


def encode_png(image: NDArray[np.uint8]) -> bytes:
    r"""A picture as PNG, without loss.

    Args:
        image: (H, W, 3) uint8, RGB.

    Returns:
        The bytes of a PNG file.

    Raises:
        ValueError: `image` is no such array.

    Example:
        >>> encode_png(np.zeros((2, 3, 3), np.uint8))[:4]
        b'\x89PNG'
    """
    _check_picture(image)
    return _png(image, _RGB, _up(image), LEVEL)


def picture_png(picture: NDArray[np.uint8]) -> bytes:
    r"""One sample as PNG, without loss: small, and grey where its three channels are equal.

    Args:
        picture: (H, W, 3) uint8, RGB, such as those of `prepare_pictures`.

    Returns:
        The bytes of a PNG file: about 240 for a digit of 28 × 28 pixels, in 30 µs.

    Raises:
        ValueError: `picture` is no such array.

    Example:
        >>> picture_png(np.zeros((28, 28, 3), np.uint8))[:4]
        b'\x89PNG'
    """
    _check_picture(picture)
    is_small = picture.shape[0] * picture.shape[1] <= SMALL
    level = LEVEL_OF_SMALL if is_small else LEVEL
    if not is_grey(picture):
        return _png(picture, _RGB, _up(picture), level)
    grey = picture[..., 0]
    # Digits are mostly black, and 20 % smaller without a filter.
    return _png(grey, _GREY, _unfiltered(grey) if is_small else _up(grey), level)


def encode_indexed(codes: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """A picture of at most 256 colours as PNG, without loss.

    Args:
        codes: (H, W) uint8, rows of the palette.
        palette: (up to 256, 3) uint8, RGB.

    Returns:
        The bytes of a PNG file.
    """
    return _png(codes, _INDEXED, _up(codes), LEVEL, palette.tobytes())


def _check_picture(image: NDArray[np.uint8]) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise ValueError(
            f"image must be a picture (H, W, 3) of type uint8, but has the shape {image.shape} and the type "
            f"{image.dtype}; prepare_pictures() makes such pictures of most arrays."
        )


def _unfiltered(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """PNG's lines: the number of the filter, then the pixels as they are."""
    rows = pixels.reshape(len(pixels), -1)
    lines = np.zeros((len(rows), rows.shape[1] + 1), np.uint8)
    lines[:, 1:] = rows
    return lines


def _up(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """PNG's lines: the number of the filter, then what each pixel differs from the one above, modulo 256."""
    rows = pixels.reshape(len(pixels), -1)
    lines = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    lines[:, 0] = 2
    lines[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])
    return lines


def _png(
    pixels: NDArray[np.uint8], color_type: int, lines: NDArray[np.uint8], level: int, palette: bytes = b""
) -> bytes:
    """The file. Source: PNG specification, 2nd edition (W3C, 2003), chapters 9 and 11."""
    height, width = pixels.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", palette) if palette else b"",
            _chunk(b"IDAT", zlib.compress(lines.data, level)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    """Length, name, content and checksum."""
    body = name + content
    return b"".join([struct.pack(">I", len(content)), body, struct.pack(">I", zlib.crc32(body))])
