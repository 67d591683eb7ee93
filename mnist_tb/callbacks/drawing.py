"""Kept samples → what is drawn of them, and the options that say how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mnist_tb.backend import nested
from mnist_tb.images import are_pictures


def check_draw(draw: Any) -> None:
    """Refuse a `draw` that can't be called.

    Raises:
        ValueError: says what came.
    """
    if draw is not None and not callable(draw):
        raise ValueError(f"draw must be a function of one sample, and is {draw!r}")


def checked_shape(image_shape: Sequence[int] | None) -> tuple[int, ...] | None:
    """The shape of one picture, as a tuple.

    Raises:
        ValueError: it is no such shape.
    """
    if image_shape is None:
        return None
    sizes = tuple(image_shape)
    if len(sizes) not in (2, 3) or any(not isinstance(size, (int, np.integer)) or size < 1 for size in sizes):
        raise ValueError(f"image_shape must hold 2 or 3 sizes, such as (28, 28) or (32, 32, 3), and is {image_shape!r}")
    return tuple(map(int, sizes))


def drawable(inputs: Any, draw: Any, image_shape: Any) -> Any:
    """One array out of inputs that are several, where nobody says how to draw them: the one that is a picture."""
    arrays = nested.flatten(inputs)
    if draw is not None and len(arrays) > 1:
        rows = zip(*arrays, strict=True)
        together = np.empty(len(arrays[0]), object)
        together[:] = [nested.pack_as(inputs, row) for row in rows]
        return together
    pictures = [array for array in arrays if are_pictures(array.shape[1:], image_shape)]
    return (pictures or arrays)[0]
