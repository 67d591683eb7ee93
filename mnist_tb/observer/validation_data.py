"""Batches of validation data in any form that `fit` takes, for the pass over data handed to the callbacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mnist_tb.backend.nested import as_array, flatten, pack_as

Batch = tuple[Any, Any, Any]  # inputs, labels, sample weights or None


def check_validation_data(data: Any) -> None:
    """Refuse data of a form that can't be gone through, before anything is done with them.

    Raises:
        ValueError: says what came and what is taken.
    """
    if data is None or not isinstance(data, (tuple, list)):
        if data is not None and not hasattr(data, "__iter__") and not _is_sequence(data):
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


def same_data(one: Any, other: Any) -> bool:
    """Whether two `validation_data` are the same objects, be it in two tuples."""
    return [id(leaf) for leaf in flatten(one)] == [id(leaf) for leaf in flatten(other)]


def batches_of(data: Any, batch_size: int | None) -> Iterator[Batch]:
    """Go through `data` once.

    Args:
        data: (x, y) or (x, y, sample_weight) of arrays, or anything that yields such batches.
        batch_size: for arrays, default 32 as in Keras; batches that come ready-made stay as they are.

    Raises:
        ValueError: there is no batch in it.
    """
    if isinstance(data, (tuple, list)):
        batches = _slices(tuple(data), batch_size or 32)
    elif _is_sequence(data):
        batches = (data[index] for index in range(len(data)))
    else:
        batches = iter(data)
    empty = True
    for batch in batches:
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
        yield pack_as(data, iter(rows))
