"""Data in any form that Keras takes: nested arrays, what one sample looks like, and batches for a pass of our own."""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from mnist_tb.observer.predictions import known_sizes

LONGEST_TEXT = 300  # bytes of a text that are kept


class InputSpec(NamedTuple):
    """One array of a sample. Texts, of dtype "string", are kept as `LONGEST_TEXT` bytes, padded with zeros."""

    shape: tuple[int, ...]  # without the batch axis
    dtype: str

    def restore(self, kept: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """What is kept as float32 numbers as it came: texts (N,) as bytes, uint8 pictures as uint8."""
        if self.dtype == "string":
            return np.ascontiguousarray(kept.astype(np.uint8)).view(f"S{LONGEST_TEXT}")[:, 0]
        known = self.dtype in np.sctypeDict and not self.dtype.startswith("float")
        return kept.astype(self.dtype if known else "float32")


def flatten(structure: Any) -> list[Any]:
    """The arrays of a nested dict, list or tuple, dict entries by sorted key."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for part in structure for leaf in flatten(part)]
    return [structure]


def pack_as(structure: Any, arrays: Iterable[Any]) -> Any:
    """`arrays` in the nesting of `structure`: the way back from `flatten`."""
    left = iter(arrays)
    return map_arrays(lambda _: next(left), structure)


def map_arrays(function: Callable[[Any], Any], structure: Any) -> Any:
    """The structure with what `function` gives for each of its arrays; lists become tuples."""
    if isinstance(structure, dict):
        return {key: map_arrays(function, structure[key]) for key in sorted(structure)}
    if isinstance(structure, (list, tuple)):
        return tuple(map_arrays(function, part) for part in structure)
    return function(structure)


def as_array(leaf: Any) -> Any:
    """An array of what is none, such as a `pandas.DataFrame`; arrays and tensors as they are."""
    return leaf if hasattr(leaf, "dtype") else np.asarray(leaf)


def check_validation_data(data: Any) -> None:
    """Refuse, with a ValueError, data of a form that can't be gone through, before anything is done with them."""
    if isinstance(data, (tuple, list)):
        if len(data) not in (2, 3):
            raise ValueError(f"validation_data must be (x, y) or (x, y, sample_weight), and has {len(data)} parts")
        lengths = {len(leaf) for leaf in flatten(list(data)) if leaf is not None}
        if len(lengths) != 1:
            raise ValueError(f"the arrays in validation_data must be of one length, and are of {sorted(lengths)}")
        if lengths == {0}:
            raise ValueError("validation_data is empty: give at least one sample")
    elif data is not None and not hasattr(data, "__iter__"):
        raise ValueError(
            f"validation_data must be (x, y), (x, y, sample_weight), a tf.data.Dataset, a PyDataset or Sequence, "
            f"or a DataLoader, and is of type {type(data).__name__}"
        )


def some_labels(data: Any, draw: bool) -> Any:
    """The labels of arrays, or, with `draw`, of the first batch of what can be read again; else None."""
    if not isinstance(data, (tuple, list)):
        can_draw = draw and data is not None and not hasattr(data, "__next__")
        data = next(iter(data), None) if can_draw else None
    return data[1] if isinstance(data, (tuple, list)) and len(data) > 1 else None


def same_data(one: Any, other: Any) -> bool:
    """Whether two `validation_data` are the same objects, be it in two tuples."""
    return [id(leaf) for leaf in flatten(one)] == [id(leaf) for leaf in flatten(other)]


def batches_of(data: Any, batch_size: int | None, steps: int | None = None) -> Iterator[tuple[Any, Any, Any]]:
    """Go through (x, y) or (x, y, sample_weight) in batches, 32 by default, or through what yields such batches."""
    batches = _slices(tuple(data), batch_size or 32) if isinstance(data, (tuple, list)) else iter(data)
    empty = True
    for x, y, *weight in islice(batches, steps):
        empty = False
        yield x, y, (weight[0] if weight else None)
    if empty:
        raise ValueError(
            "validation_data gave no batch: it is empty, or a generator that was read to its end before; "
            "give arrays, a tf.data.Dataset or a PyDataset, which can be read at every epoch"
        )


def _slices(data: tuple[Any, ...], batch_size: int) -> Iterator[Any]:
    length = len(flatten(data[0])[0])
    for start in range(0, length, batch_size):
        rows = [None if leaf is None else as_array(leaf[start : start + batch_size]) for leaf in flatten(data)]
        yield pack_as(data, rows)


def input_specs(x: Any, model: Any) -> tuple[Any, list[InputSpec] | None]:
    """The nesting of the inputs and a spec of each array, None if one is not fixed; nothing is drawn from the data."""
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
        return _inputs_of(x.element_spec)
    if hasattr(x, "dataset") and hasattr(x, "batch_size"):  # torch.utils.data.DataLoader
        try:
            sample = x.dataset[0]
        except Exception:
            return None  # an IterableDataset, or one with keys of another kind
        return map_arrays(lambda leaf: as_array(leaf)[None], _inputs_of(sample))
    if isinstance(x, (dict, list, tuple)) or hasattr(x, "shape"):
        return map_arrays(lambda leaf: leaf if hasattr(leaf, "shape") else np.asarray(leaf), x)
    is_sequence = hasattr(x, "__getitem__") and hasattr(x, "__len__")  # which can be read at any place
    return _inputs_of(x[0]) if is_sequence else None


def _inputs_of(batch: Any) -> Any:
    return batch[0] if isinstance(batch, (tuple, list)) else batch


def _spec(leaf: Any) -> InputSpec | None:
    leaf = leaf.to_frame() if hasattr(leaf, "to_frame") else leaf  # Keras gives a pandas.Series a second axis
    sizes = known_sizes(getattr(leaf, "shape", None))
    if sizes is None or None in sizes[1:]:
        return None
    kind_of = leaf.dtype if hasattr(leaf, "dtype") else as_array(leaf[:1]).dtype
    dtype = str(getattr(kind_of, "name", kind_of)).removeprefix("torch.")
    if math.prod(sizes[1:]) == 1 and _holds_texts(leaf, dtype):
        return InputSpec((LONGEST_TEXT,), "string")
    numeric = dtype == "bool" or any(dtype.startswith(kind) for kind in ("float", "bfloat", "int", "uint"))
    return InputSpec(tuple(map(int, sizes[1:])), dtype) if numeric else None


def _holds_texts(leaf: Any, dtype: str) -> bool:
    """Whether an array or TensorFlow's spec is one of texts; NumPy has them as objects, too."""
    return dtype.startswith(("str", "bytes")) or (
        dtype == "object" and len(leaf) > 0 and isinstance(np.ravel(leaf[:1])[0], (str, bytes))
    )


def matching_inputs(x: Any, specs: list[InputSpec] | None) -> list[Any] | None:
    """The arrays of a batch of inputs, if they are as announced; none where nothing was."""
    if specs is None:
        return []
    arrays = flatten(x)
    if len(arrays) != len(specs):
        return None
    arrays = [_text_bytes(a) if spec.dtype == "string" else a for a, spec in zip(arrays, specs, strict=True)]
    return arrays if all(map(_may_match, arrays, specs)) else None


def _may_match(array: Any, spec: InputSpec) -> bool:
    """Whether a batch can hold samples of this shape, as far as its shape is known."""
    sizes = known_sizes(array.shape)
    if sizes is None or len(sizes) != len(spec.shape) + 1:
        return sizes is None
    return all(size in (None, wanted) for size, wanted in zip(sizes[1:], spec.shape, strict=True))


def _text_bytes(texts: Any) -> Any:
    """TensorFlow's texts, (B,) or (B, 1), as numbers that a variable can hold: (B, LONGEST_TEXT) uint8."""
    import tensorflow as tf  # no other backend has texts

    flat = tf.strings.substr(tf.reshape(texts, (-1,)), 0, LONGEST_TEXT)
    return tf.io.decode_raw(flat, tf.uint8, fixed_length=LONGEST_TEXT)
