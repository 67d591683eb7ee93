"""Samples of any kind → what is drawn of them: arrays of any usual layout and range as RGB pictures, others as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_tb.images.numbers import short_number

DataFormat = Literal["channels_first", "channels_last"] | None
CHANNELS = (1, 3, 4)
Tile = NDArray[np.uint8] | str
Draw = Callable[[Any], Any]
MOST_VALUES = 40  # a tile has room for no more


def prepare_pictures(
    x: ArrayLike, *, image_shape: Sequence[int] | None = None, data_format: DataFormat = None
) -> NDArray[np.uint8]:
    """Pictures as networks take them → pictures as screens show them.

    The range of values is recognised for the whole batch: uint8 stays as it is; otherwise [0, 1] and [−1, 1]
    are known by their limits, values from 0 to 255 stay, and anything else runs from its lowest to its
    highest finite value. NaN is black.

    Args:
        x: (N, H, W), (N, H, W, 1 | 3 | 4) or (N, 1 | 3 | 4, H, W), any numbers or booleans; or any shape of N
            samples together with `image_shape`. Four channels are red, green, blue and opacity, on white.
        image_shape: the shape of one picture, such as (28, 28) for samples of 784 numbers.
        data_format: "channels_first" or "channels_last"; by default it is told from the shape.

    Returns:
        (N, H, W, 3) uint8, RGB.

    Raises:
        ValueError: these are no pictures, or don't have as many values as `image_shape` says.

    Example:
        >>> prepare_pictures(np.zeros((5, 784)), image_shape=(28, 28)).shape
        (5, 28, 28, 3)
    """
    batch = np.asarray(x)
    if batch.dtype.kind not in "biuf":
        raise ValueError(
            f"pictures must be numbers, but are of type {batch.dtype}; give draw=…, a function that turns a "
            f"sample into a picture or a text."
        )
    if image_shape is not None:
        batch = _reshape(batch, tuple(image_shape))
    channels_axis = _channels_axis(batch.shape[1:], data_format)
    pictures = _to_uint8(batch)
    if channels_axis is None:
        pictures = pictures[..., np.newaxis]
    elif channels_axis == 0:
        pictures = np.moveaxis(pictures, 1, -1)
    if pictures.shape[-1] == 4:
        pictures = _on_white(pictures)
    return np.ascontiguousarray(np.broadcast_to(pictures, (*pictures.shape[:-1], 3)))


def are_pictures(
    shape: Sequence[int], image_shape: Sequence[int] | None = None, data_format: DataFormat = None
) -> bool:
    """Whether `prepare_pictures` can draw numbers of this shape.

    Args:
        shape: the shape of one sample, without the batch.
        image_shape: see `prepare_pictures`.
        data_format: see `prepare_pictures`.

    Returns:
        True if it can.

    Example:
        >>> are_pictures((784,)), are_pictures((784,), (28, 28)), are_pictures((3, 32, 32))
        (False, True, True)
    """
    sizes = tuple(shape)
    if image_shape is not None:
        if math.prod(sizes) != math.prod(image_shape):
            return False
        sizes = tuple(image_shape)
    try:
        _channels_axis(sizes, data_format)
    except ValueError:
        return False
    return True


def _reshape(batch: NDArray[np.generic], image_shape: tuple[int, ...]) -> NDArray[np.generic]:
    """(N, …) → (N, *image_shape)."""
    sample_shape = batch.shape[1:]
    if math.prod(sample_shape) != math.prod(image_shape):
        raise ValueError(
            f"image_shape must have as many values as a sample, but {image_shape} has "
            f"{math.prod(image_shape)} and a sample of shape {sample_shape} has {math.prod(sample_shape)}; "
            f"give the shape of one picture."
        )
    return batch.reshape(len(batch), *image_shape)


def _channels_axis(shape: tuple[int, ...], data_format: DataFormat) -> int | None:
    """The axis of one picture, 0 or 2, that holds the channels; None for (H, W)."""
    if data_format not in (None, "channels_first", "channels_last"):
        raise ValueError(
            f'data_format must be "channels_first" or "channels_last", but is {data_format!r}; choose one.'
        )
    if all(shape):
        if len(shape) == 2:
            return None
        if len(shape) == 3 and shape[2] in CHANNELS and data_format != "channels_first":
            return 2
        if len(shape) == 3 and shape[0] in CHANNELS and data_format != "channels_last":
            return 0
    raise ValueError(
        f"a picture must have the shape (H, W), or 1, 3 or 4 channels first or last, but a sample has the "
        f"shape {shape}; give image_shape=… if it is a picture laid out flat, or draw=…, a function that "
        f"turns a sample into a picture or a text."
    )


def _to_uint8(batch: NDArray[np.generic]) -> NDArray[np.uint8]:
    """The values as 0 to 255, by the range they are in."""
    if batch.dtype == np.uint8:
        return batch.astype(np.uint8)
    values = batch.astype(np.float32)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    start, end = _range(low, high)
    with np.errstate(over="ignore"):
        scaled = (np.nan_to_num(values, nan=start, posinf=end, neginf=start) - start) * (255 / (end - start))
    return np.asarray(np.rint(np.clip(scaled, 0, 255)), np.uint8)


def _range(low: float, high: float) -> tuple[float, float]:
    """The values that are drawn black and white."""
    # Resized and augmented pictures overshoot a little; without this margin 1.0001 would mean "up to 255".
    margin = 0.02
    if low >= -margin and high <= 1 + margin:
        return 0.0, 1.0
    if low >= -1 - margin and high <= 1 + margin:
        return -1.0, 1.0
    # Up to 16 they are something else, such as scikit-learn's digits, which would be all but black.
    if low >= 0 and 16 < high <= 255:
        return 0.0, 255.0
    return (low, high) if high > low else (low, low + max(1.0, abs(low)))


def _on_white(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(…, 4) → (…, 3): red, green and blue, as opaque as the fourth channel says, over white."""
    opacity = pictures[..., 3:].astype(np.float32) / 255
    return np.rint(pictures[..., :3] * opacity + 255 * (1 - opacity)).astype(np.uint8)


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
