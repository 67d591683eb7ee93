"""Samples of any kind → what a tile of the sample grid shows: a picture, or a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_tb.images.number_text import short_number
from mnist_tb.images.pictures import DataFormat, are_pictures, prepare_pictures

Tile = NDArray[np.uint8] | str
Draw = Callable[[Any], Any]
# A tile has room for no more values.
MOST_VALUES = 40


def make_tiles(
    samples: Sequence[Any] | NDArray[Any],
    *,
    image_shape: Sequence[int] | None = None,
    data_format: DataFormat = None,
    draw: Draw | None = None,
) -> list[Tile]:
    """A picture or a text for each sample.

    Args:
        samples: N of anything: an array (N, …) of numbers, bytes, strings or objects, or a list.
        image_shape: see `prepare_pictures`.
        data_format: see `prepare_pictures`.
        draw: turns one sample into a picture, (H, W) or (H, W, 1 | 3 | 4), or into a text. Without it,
            numbers that are pictures are drawn, strings and bytes are shown as text, other things by values.

    Returns:
        N pictures, (H, W, 3) uint8, or texts.

    Raises:
        ValueError: samples don't have as many values as `image_shape` says, or `draw` returned neither a
            picture nor a text.

    Example:
        >>> make_tiles([b"a good film", b"a bad one"])
        ['a good film', 'a bad one']
    """
    if draw is not None:
        return [_drawn(draw(sample)) for sample in samples]
    batch = _as_array(samples)
    is_drawable = image_shape is not None or are_pictures(batch.shape[1:], None, data_format)
    if batch.dtype.kind in "biuf" and is_drawable:
        return list(prepare_pictures(batch, image_shape=image_shape, data_format=data_format))
    return [_drawn(sample) if _is_picture(sample) else sample_text(sample) for sample in samples]


def sample_text(sample: object) -> str:
    r"""A sample in words: a text as it is, bytes decoded, numbers shortened.

    Example:
        >>> sample_text(np.array([5.1, 3.5, 1.4])), sample_text(b"caf\xc3\xa9")
        ('[5.1, 3.5, 1.4]', 'café')
    """
    if isinstance(sample, np.ndarray) and sample.ndim == 0:
        sample = sample.item()
    if isinstance(sample, bytes):
        return sample.decode("utf-8", "replace")
    if isinstance(sample, np.ndarray) and sample.dtype.kind in "biuf":
        values = [short_number(value) for value in sample.flat[:MOST_VALUES].tolist()]
        return f"[{', '.join([*values, '…'] if sample.size > MOST_VALUES else values)}]"
    if isinstance(sample, np.ndarray):
        return " ".join(sample_text(part) for part in sample.flat[:MOST_VALUES])
    return str(sample)


def _drawn(result: Any) -> Tile:
    """What `draw` returned, as a tile."""
    return result if isinstance(result, str) else prepare_pictures(np.asarray(result)[np.newaxis])[0]


def _is_picture(sample: object) -> bool:
    """Whether one of several samples that differ in shape is a picture."""
    return isinstance(sample, np.ndarray) and sample.dtype.kind in "biuf" and are_pictures(sample.shape)


def _as_array(samples: Sequence[Any] | NDArray[Any]) -> NDArray[Any]:
    """The samples as one array; an empty one of objects where they differ in shape."""
    if isinstance(samples, np.ndarray) or len({np.shape(sample) for sample in samples}) <= 1:
        return np.asarray(samples)
    return np.empty(len(samples), object)
