"""Samples of any kind → what is drawn of them: arrays of any usual layout and range as RGB pictures, others as text."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

DataFormat = Literal["channels_first", "channels_last"] | None
Tile = NDArray[np.uint8] | str
Draw = Callable[[Any], Any]
MOST_VALUES = 40  # a tile has room for no more


def prepare_pictures(
    x: ArrayLike, *, image_shape: Sequence[int] | None = None, data_format: DataFormat = None
) -> NDArray[np.uint8]:
    """Pictures as networks take them → pictures as screens show them.

    The range of values is recognised for the whole batch: uint8 stays as it is; otherwise [0, 1] and [−1, 1] are known
    by their limits, values from 0 to 255 stay, and anything else runs from its lowest to its highest finite value.
    NaN is black.

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
    shape, channels_axis = _layout(batch.shape[1:], image_shape, data_format)
    pictures = _to_uint8(batch).reshape(len(batch), *shape)
    pictures = pictures[..., np.newaxis] if channels_axis is None else np.moveaxis(pictures, channels_axis + 1, -1)
    if pictures.shape[-1] == 4:
        opacity = pictures[..., 3:].astype(np.float32) / 255
        pictures = np.rint(pictures[..., :3] * opacity + 255 * (1 - opacity)).astype(np.uint8)
    return np.array(np.broadcast_to(pictures, (*pictures.shape[:-1], 3)), order="C")


def are_pictures(
    shape: Sequence[int], image_shape: Sequence[int] | None = None, data_format: DataFormat = None
) -> bool:
    """Whether `prepare_pictures` can draw numbers of this shape, that of one sample without the batch."""
    try:
        _layout(tuple(shape), image_shape, data_format)
    except ValueError:
        return False
    return True


def _layout(
    shape: tuple[int, ...], image_shape: Sequence[int] | None, data_format: DataFormat
) -> tuple[tuple[int, ...], int | None]:
    """The shape of one picture, and which of its axes, 0 or 2, holds the channels; None for (H, W)."""
    if image_shape is not None:
        if math.prod(shape) != math.prod(image_shape):
            raise ValueError(
                f"image_shape must have as many values as a sample, but {tuple(image_shape)} has "
                f"{math.prod(image_shape)} and a sample of shape {shape} has {math.prod(shape)}; "
                f"give the shape of one picture."
            )
        shape = tuple(image_shape)
    axes = {None: (2, 0), "channels_last": (2,), "channels_first": (0,)}
    if data_format not in axes:
        raise ValueError(
            f'data_format must be "channels_first" or "channels_last", but is {data_format!r}; choose one.'
        )
    if all(shape) and len(shape) == 2:
        return shape, None
    if all(shape) and len(shape) == 3:
        for axis in axes[data_format]:
            if shape[axis] in (1, 3, 4):
                return shape, axis
    raise ValueError(
        f"a picture must have the shape (H, W), or 1, 3 or 4 channels first or last, but a sample has the "
        f"shape {shape}; give image_shape=… if it is a picture laid out flat, or draw=…, a function that "
        f"turns a sample into a picture or a text."
    )


def _to_uint8(batch: NDArray[Any]) -> NDArray[np.uint8]:
    """The values as 0 to 255, by the range they are in."""
    if batch.dtype == np.uint8:
        return batch
    finite = batch[np.isfinite(batch)]
    limits = _range(float(finite.min()), float(finite.max())) if finite.size else (0, 1)
    scaled = np.nan_to_num(np.interp(batch, limits, (0, 255)))
    return np.asarray(np.rint(scaled), np.uint8)


def _range(low: float, high: float) -> tuple[float, float]:
    """The values that are drawn black and white."""
    margin = 0.02  # as resized and augmented pictures overshoot a little
    if low >= -margin and high <= 1 + margin:
        return 0.0, 1.0
    if low >= -1 - margin and high <= 1 + margin:
        return -1.0, 1.0
    # Up to 16 they are something else, such as scikit-learn's digits, which would be all but black.
    if low >= 0 and 16 < high <= 255:
        return 0.0, 255.0
    return (low, high) if high > low else (low, low + max(1.0, abs(low)))


def make_tiles(
    samples: Sequence[Any] | NDArray[Any],
    *,
    image_shape: Sequence[int] | None = None,
    data_format: DataFormat = None,
    draw: Draw | None = None,
) -> list[Tile]:
    """A picture, (H, W, 3) uint8, or a text for each of N samples; `sample_grid_image` says how they are chosen."""
    if draw is not None:
        return [_tile(draw(sample)) for sample in samples]
    differ_in_shape = len({np.shape(sample) for sample in samples}) > 1
    batch = np.empty(len(samples), object) if differ_in_shape else np.asarray(samples)
    is_drawable = image_shape is not None or are_pictures(batch.shape[1:], None, data_format)
    if batch.dtype.kind in "biuf" and is_drawable:
        return list(prepare_pictures(batch, image_shape=image_shape, data_format=data_format))
    return [_tile(sample) if _is_picture(sample) else sample_text(sample) for sample in samples]


def _tile(result: Any) -> Tile:
    return result if isinstance(result, str) else prepare_pictures(np.asarray(result)[np.newaxis])[0]


def _is_picture(sample: object) -> bool:
    return isinstance(sample, np.ndarray) and sample.dtype.kind in "biuf" and are_pictures(sample.shape)


def sample_text(sample: object) -> str:
    """A sample in words: a text as it is, bytes decoded, numbers shortened."""
    if isinstance(sample, np.ndarray) and sample.ndim == 0:
        sample = sample.item()
    if isinstance(sample, bytes):
        return sample.decode("utf-8", "replace")
    if not isinstance(sample, np.ndarray):
        return str(sample)
    values = sample.flat[:MOST_VALUES]
    if sample.dtype.kind not in "biuf":
        return " ".join(map(sample_text, values))
    texts = [f"{value:.3g}" if isinstance(value, float) else str(value) for value in values.tolist()]
    return f"[{', '.join([*texts, '…'] if sample.size > MOST_VALUES else texts)}]"
