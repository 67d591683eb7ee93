"""Samples with what the model predicts for them → a picture."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from mnist_tb.images.arrays import DataFormat, Draw, make_tiles
from mnist_tb.images.numbers import whole_percent
from mnist_tb.images.style import MISTAKE, RIGHT, TEXT
from mnist_tb.images.text import one_line
from mnist_tb.images.tile_grid import Answer, TileGrid


def sample_grid_image(
    samples: Sequence[Any] | NDArray[Any],
    true: ArrayLike | None,
    predicted: ArrayLike,
    confidence: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    title: str = "",
    columns: int | None = None,
    image_shape: Sequence[int] | None = None,
    data_format: DataFormat = None,
    draw: Draw | None = None,
    empty: str = "no mistakes",
) -> Image.Image:
    """A grid of samples, each with the predicted class, the confidence and, if that is wrong, the true class.

    Mistakes stand out without colour too: by a thick frame, a ✗ and a second name.

    Args:
        samples: N samples, up to 36 of which are legible: numbers that are pictures, see `prepare_pictures`;
            strings or bytes, shown as wrapped text; other things, shown by their values.
        true: (N,) int, the true classes, −1 for an unknown one; None if none is known.
        predicted: (N,) int, the predicted classes.
        confidence: (N,) in [0, 1], NaN for an unknown one.
        class_names: the names of the classes; by default their numbers.
        title: first line; "" for none.
        columns: tiles side by side; by default about as many as there are rows.
        image_shape: the shape of one picture, such as (28, 28) for samples of 784 numbers.
        data_format: "channels_first" or "channels_last"; by default it is told from the shape.
        draw: turns one sample into a picture, (H, W) or (H, W, 1 | 3 | 4), or into a text.
        empty: what the picture says when there are no samples.

    Returns:
        A `PIL.Image.Image`, RGB, which a notebook shows by itself; about 860 wide for 25 samples.

    Raises:
        ValueError: the arrays are not of one length, `columns` is less than 1, or the samples can't be drawn.

    Example:
        >>> sample_grid_image(np.zeros((4, 28, 28)), [1, 2, 3, 4], [1, 2, 3, 9], [0.9, 0.8, 1, 0.6]).mode
        'RGB'
    """
    if columns is not None and columns < 1:
        raise ValueError(f"columns must be at least 1, but is {columns}; leave it out to have it chosen.")
    tiles = make_tiles(samples, image_shape=image_shape, data_format=data_format, draw=draw)
    answers = _answers(len(tiles), true, predicted, confidence, class_names)
    columns = min(columns or ceil(sqrt(len(tiles))), len(tiles))
    return TileGrid(tiles, answers, columns, title, empty).draw()


def _answers(
    num_samples: int,
    true: ArrayLike | None,
    predicted: ArrayLike,
    confidence: ArrayLike,
    class_names: Sequence[str] | None,
) -> list[Answer]:
    """One answer for each sample."""
    true = np.full(num_samples, -1) if true is None else true
    columns = {
        "true": np.asarray(true),
        "predicted": np.asarray(predicted),
        "confidence": np.asarray(confidence),
    }
    for name, values in columns.items():
        if values.shape != (num_samples,):
            raise ValueError(
                f"{name} must hold one value for each of the {num_samples} samples, but has the shape "
                f"{values.shape}; give an array of shape ({num_samples},)."
            )
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    return [_answer(int(label), int(guess), share, class_names) for label, guess, share in rows]


def _answer(true: int, predicted: int, confidence: float, class_names: Sequence[str] | None) -> Answer:
    is_known, is_right = true >= 0, true == predicted
    return Answer(
        predicted=_name(predicted, class_names),
        confidence=whole_percent(confidence),
        true="" if is_right or not is_known else f"true {_name(true, class_names)}",
        mark="" if not is_known else "✓" if is_right else "✗",
        color=TEXT if not is_known else RIGHT if is_right else MISTAKE,
    )


def _name(index: int, class_names: Sequence[str] | None) -> str:
    """The name of a class; its number where there is none."""
    if index < 0:
        return "?"
    if class_names is None or index >= len(class_names):
        return str(index)
    return one_line(str(class_names[index]))
