"""Samples that are kept while batches pass: a fixed number of slots, which samples enter them, and how they are read.

What updates a buffer runs inside Keras' compiled test step, so shapes are fixed and nothing branches.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mnist_tb.backend.distribution import global_positions
from mnist_tb.backend.scatter import LIMB, Scatter
from mnist_tb.observer.data import InputSpec, pack_as
from mnist_tb.observer.observation import Array, Samples

Tensor = Any

# The labels are true and predicted class, and the position, high · LIMB + low, as no backend needs 64 bits for that.
HIGH, LOW = 2, 3
# Multiples of this, no two alike, mark empty slots: tf.distribute divides what is assigned by the number of replicas.
_EMPTY = -256


class SampleBuffer:
    """S samples in the variables of a metric: labels, confidence, and of the first `num_inputs` the inputs too."""

    def __init__(self, metric: Any, name: str, size: int, num_inputs: int, specs: Sequence[InputSpec]) -> None:
        self.size = size
        self.labels = metric._variable(f"{name}_labels", (size, 4), "int32")
        self.confidence = metric._variable(f"{name}_confidence", (size,), "float32")
        inputs = [
            metric._variable(f"{name}_input_{i}", (num_inputs, *spec.shape), "float32")
            for i, spec in enumerate(specs if num_inputs else ())
        ]
        self.variables = [self.labels, self.confidence, *inputs]

    def kept(self, ops: Any) -> tuple[Tensor, Tensor]:
        """Labels and confidence of what is in the slots, as tensors."""
        return ops.convert_to_tensor(self.labels), ops.convert_to_tensor(self.confidence)

    def put(self, scatter: Scatter, batch: Sequence[Tensor], place: Tensor, slot: Tensor) -> None:
        """Put the sample at each `place` of a batch, (B, ...) for each variable, into a `slot`.

        Where `slot` is none of this buffer's, nothing is kept, and `place` may be anything.
        """
        size = None
        for variable, rows in zip(self.variables, batch, strict=False):
            if variable.shape[0] != size:
                size = variable.shape[0]
                slot, place = scatter.within(size, slot, place)
            scatter.set(variable, slot, rows, place)

    def clear(self) -> None:
        """Empty all slots; inputs that are left in them do not count."""
        empty = np.zeros((self.size, 4), "int32")
        empty[:, HIGH] = _EMPTY * (1 + np.arange(self.size))
        self.labels.assign(empty)
        self.confidence.assign(np.zeros(self.size, "float32"))


def best_overall(ops: Any, labels: Tensor, confidence: Tensor, score: Tensor) -> tuple[Tensor, Tensor]:
    """Which samples of a batch enter a list of the highest scores: S places in the batch, and the slots that they take.

    The r-th best of the batch displaces the r-th weakest in the list if it is better, which leaves the best of all.
    The `score` (B,) float32 is below 0 for samples that are out of the question; a slot of S stands for none.
    """
    size = confidence.shape[0]
    candidates = ops.concatenate([score, -ops.ones((size,), dtype="float32")], axis=0)  # there may be fewer than S
    best = ops.argsort(-candidates)[:size]
    latest = ops.argsort(-labels[:, LOW])  # of equals the later one goes first
    latest = ops.take(latest, ops.argsort(-ops.take(labels[:, HIGH], latest, axis=0)), axis=0)
    confidence = ops.take(confidence, latest, axis=0)
    weakest = ops.argsort(confidence)
    is_better = ops.take(candidates, best, axis=0) > ops.take(confidence, weakest, axis=0)
    return best, ops.where(is_better, ops.take(latest, weakest, axis=0), size)


def best_of_groups(
    ops: Any, labels: Tensor, confidence: Tensor, group: Tensor, score: Tensor, per_group: int
) -> tuple[Tensor, Tensor]:
    """The same with a list of `per_group` slots, K, for each of G groups, one after the other: B places and slots."""
    best_first = ops.argsort(-score)
    order = ops.take(best_first, ops.argsort(ops.take(group, best_first, axis=0)), axis=0)
    group, score = ops.take(group, order, axis=0), ops.take(score, order, axis=0)
    rank = _rank_in_run(ops, group, per_group)
    # The list of each sample's group, (B, K), and how many in it are weaker than each
    size = confidence.shape[0]
    high, low, kept = (
        ops.take(ops.reshape(values, (-1, per_group)), group, axis=0)
        for values in (labels[:, HIGH], labels[:, LOW], confidence)
    )
    is_weaker = _is_less(ops, (kept, -high, -low))  # of equals the later one
    num_weaker = ops.sum(ops.cast(is_weaker, "int32"), axis=2)
    displaces = ops.logical_and(num_weaker == rank[:, None], score[:, None] > kept)  # one of K at most
    slots = group[:, None] * per_group + ops.arange(per_group, dtype="int32")
    return order, ops.min(ops.where(displaces, slots, size), axis=1)


def _is_less(ops: Any, columns: Sequence[Tensor]) -> Tensor:
    """Whether entry j of each row comes before entry i, (B, K, K): by the first of `columns` (B, K) that differs."""
    first, *others = columns
    one, other = first[:, :, None], first[:, None, :]
    if not others:
        return other < one
    return ops.logical_or(other < one, ops.logical_and(other == one, _is_less(ops, others)))


def _rank_in_run(ops: Any, values: Tensor, most: int) -> Tensor:
    """How many equal values stand right before each of sorted `values` (B,), counted up to `most`."""
    padded = ops.concatenate([-ops.ones((most,), dtype="int32"), values], axis=0)
    before = ops.arange(most, dtype="int32")[:, None] + ops.arange(ops.shape(values)[0], dtype="int32")
    return ops.sum(ops.cast(ops.take(padded, before, axis=0) == values, "int32"), axis=0)


def read_buffer(
    values: Sequence[Array], specs: Sequence[InputSpec], structure: Any, passed: Array, batch_size: Array
) -> Samples:
    """The samples in the slots of all R replicas, in no order, from the values (R, ...) of the state's variables."""
    labels, confidence, *inputs = values
    true, predicted, high, low = np.moveaxis(labels.astype(np.int64), -1, 0)
    position = high * LIMB + low
    filled = position >= 0
    if len(labels) > 1:
        position = global_positions(position, passed @ [LIMB, 1], batch_size)
    arrays = [
        spec.restore(array[filled])
        for array, spec in zip(inputs, specs, strict=False)
        if array.shape[:2] == filled.shape  # there may be inputs of the first few alone
    ]
    packed = pack_as(structure, arrays) if arrays else None
    probability = inputs[len(specs)][filled] if len(inputs) > len(specs) else None
    return Samples(packed, true[filled], predicted[filled], confidence[filled], position[filled], probability)
