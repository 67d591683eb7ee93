"""Validation data in any form that `fit` takes: what one sample looks like, and batches for a pass of our own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from mnist_tb.backend.nested import as_array, flatten, map_arrays, pack_as

Batch = tuple[Any, Any, Any]  # inputs, labels, sample weights or None


LONGEST_TEXT = 300  # bytes of a text that are kept


class InputSpec(NamedTuple):
    """One array of a sample. Texts, of dtype "string", are kept as `LONGEST_TEXT` bytes, padded with zeros."""

    shape: tuple[int, ...]  # without the batch axis
    dtype: str


def check_validation_data(data: Any) -> None:
    """Refuse, with a ValueError, data of a form that can't be gone through, before anything is done with them."""
    if data is None:
        return
    if not isinstance(data, (tuple, list)):
        if not hasattr(data, "__iter__") and not _is_sequence(data):
            raise ValueError(
                f"validation_data must be (x, y), (x, y, sample_weight), a tf.data.Dataset, a PyDataset or Sequence, "
                f"or a DataLoader, and is of type {type(data).__name__}"
            )
        return
    if len(data) not in (2, 3):
        raise ValueError(f"validation_data must be (x, y) or (x, y, sample_weight), and has {len(data)} parts")
    lengths = {len(leaf) for leaf in flatten(list(data)) if leaf is not None}
    if len(lengths) != 1:
        raise ValueError(f"the arrays in validation_data must be of one length, and are of {sorted(lengths)}")
    if lengths == {0}:
        raise ValueError("validation_data is empty: give at least one sample")


def some_labels(data: Any, draw: bool) -> Any:
    """The labels of arrays, or, with `draw`, of the first batch of what can be read again; else None."""
    if isinstance(data, (tuple, list)):
        return data[1] if len(data) > 1 else None
    if not draw or data is None or hasattr(data, "__next__"):
        return None
    batch = data[0] if _is_sequence(data) else next(iter(data), None)
    return batch[1] if isinstance(batch, (tuple, list)) and len(batch) > 1 else None


def same_data(one: Any, other: Any) -> bool:
    """Whether two `validation_data` are the same objects, be it in two tuples."""
    return [id(leaf) for leaf in flatten(one)] == [id(leaf) for leaf in flatten(other)]


def batches_of(data: Any, batch_size: int | None, steps: int | None = None) -> Iterator[Batch]:
    """Go through `data` once: (x, y) or (x, y, sample_weight) of arrays, or anything that yields such batches.

    `batch_size` is for arrays, by default 32 as in Keras. At most `steps` batches; ValueError if there is none.
    """
    if isinstance(data, (tuple, list)):
        batches = _slices(tuple(data), batch_size or 32)
    elif _is_sequence(data):
        batches = (data[index] for index in range(len(data)))
    else:
        batches = iter(data)
    empty = True
    for batch in islice(batches, steps):
        empty = False
        x, y, *weight = batch
        yield x, y, (weight[0] if weight else None)
    if empty:
        raise ValueError(
            "validation_data gave no batch: it is empty, or a generator that was read to its end before; "
            "give arrays, a tf.data.Dataset or a PyDataset, which can be read at every epoch"
        )


def _is_sequence(data: Any) -> bool:
    """Whether it is a PyDataset or Sequence: batches by number."""
    return hasattr(data, "__getitem__") and hasattr(data, "__len__") and not hasattr(data, "batch_size")


def _slices(data: tuple[Any, ...], batch_size: int) -> Iterator[Any]:
    length = len(flatten(data[0])[0])
    for start in range(0, length, batch_size):
        rows = [None if leaf is None else as_array(leaf[start : start + batch_size]) for leaf in flatten(data)]
        yield pack_as(data, rows)


def input_specs(x: Any, model: Any) -> tuple[Any, list[InputSpec] | None]:
    """What one sample looks like, found without drawing from the data.

    From what `fit` hands to `evaluate` as x, or the model where that does not tell (generators): the nesting of the
    inputs, and a spec for each array in it, or None where a shape or dtype is not fixed.
    """
    structure = _batch_like(x)
    if structure is None:
        structure = getattr(model, "inputs", None)
        structure = structure[0] if isinstance(structure, list) and len(structure) == 1 else structure
    if structure is None:
        return None, None
    specs = [_spec(leaf) for leaf in flatten(structure)]
    return structure, None if any(spec is None for spec in specs) else [spec for spec in specs if spec]


def _batch_like(x: Any) -> Any:
    """Something with the shape and dtype of a batch of inputs for each leaf; None where it can only be drawn from."""
    if hasattr(x, "element_spec"):  # tf.data
        spec = x.element_spec
        return spec[0] if isinstance(spec, (tuple, list)) else spec
    if hasattr(x, "dataset") and hasattr(x, "batch_size"):  # torch.utils.data.DataLoader
        try:
            sample = x.dataset[0]
        except Exception:
            return None  # an IterableDataset, or one with keys of another kind
        first = sample[0] if isinstance(sample, (tuple, list)) else sample
        return map_arrays(lambda leaf: as_array(leaf)[None], first)
    if hasattr(x, "__getitem__") and hasattr(x, "__len__") and not hasattr(x, "shape"):
        if isinstance(x, (dict, list, tuple)):
            return map_arrays(lambda leaf: leaf if hasattr(leaf, "shape") else np.asarray(leaf), x)
        batch = x[0]  # a PyDataset or Sequence can be read at any place
        return batch[0] if isinstance(batch, (tuple, list)) else batch
    return x if hasattr(x, "shape") else None


def _spec(leaf: Any) -> InputSpec | None:
    leaf = leaf.to_frame() if hasattr(leaf, "to_frame") else leaf  # Keras gives a pandas.Series a second axis
    shape = getattr(leaf, "shape", None)
    if shape is None or (hasattr(shape, "rank") and shape.rank is None):
        return None
    sizes = tuple(shape)[1:]
    if any(size is None for size in sizes):
        return None
    kind_of = leaf.dtype if hasattr(leaf, "dtype") else as_array(leaf[:1]).dtype
    dtype = str(getattr(kind_of, "name", kind_of)).removeprefix("torch.")
    if math.prod(sizes) == 1 and _holds_texts(leaf, dtype):
        return InputSpec((LONGEST_TEXT,), "string")
    numeric = dtype == "bool" or any(dtype.startswith(kind) for kind in ("float", "bfloat", "int", "uint"))
    return InputSpec(tuple(int(size) for size in sizes), dtype) if numeric else None


def _holds_texts(leaf: Any, dtype: str) -> bool:
    """Whether an array or TensorFlow's spec is one of texts; NumPy has them as objects, too."""
    return dtype.startswith(("str", "bytes")) or (
        dtype == "object" and len(leaf) > 0 and isinstance(np.ravel(leaf[:1])[0], (str, bytes))
    )


def text_bytes(texts: Any) -> Any:
    """TensorFlow's texts, (B,) or (B, 1), as numbers that a variable can hold: (B, LONGEST_TEXT) uint8."""
    import tensorflow as tf  # no other backend has texts

    flat = tf.strings.substr(tf.reshape(texts, (-1,)), 0, LONGEST_TEXT)
    return tf.io.decode_raw(flat, tf.uint8, fixed_length=LONGEST_TEXT)


def texts_of(numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The way back: (N, LONGEST_TEXT) → (N,) bytes."""
    return np.ascontiguousarray(numbers.astype(np.uint8)).view(f"S{LONGEST_TEXT}")[:, 0]
