"""Samples that are kept while batches pass: a fixed number of slots, and who gets into them.

All of it runs inside Keras' compiled test step, so shapes are fixed and nothing branches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mnist_tb.backend.scatter import Scatter

Tensor = Any

# What is known of a sample, in the columns of a float32 variable. Its number counts from 1, so that zeros are an
# empty slot, and comes in two parts, as float32 is exact up to 2**24 alone. The order is the same in one, which tells
# well enough which of two samples came first; empty slots have one below 0, no two alike.
TRUE, PREDICTED, CONFIDENCE, ORDER, NUMBER_HIGH, NUMBER_LOW = range(6)
NUM_FACTS = 6
NUMBER_BASE = 1 << 16


class InputSpec(NamedTuple):
    """One array of a sample: its shape without the batch axis, and its dtype."""

    shape: tuple[int, ...]
    dtype: str


class Batch(NamedTuple):
    """The samples of a batch, B of them.

    Attributes:
        facts: (B, 6) float32, see `facts_of`.
        inputs: one (B, ...) tensor for each of the specs.
    """

    facts: Tensor
    inputs: Sequence[Tensor]


def facts_of(ops: Any, true: Tensor, predicted: Tensor, confidence: Tensor, number: Tensor) -> Tensor:
    """What is known of B samples as (B, 6) float32; each argument is (B,)."""
    high = number // NUMBER_BASE
    columns = (true, predicted, confidence, number, high, number - high * NUMBER_BASE)
    return ops.stack([ops.cast(column, "float32") for column in columns], axis=1)


class SampleBuffer:
    """A fixed number of kept samples.

    Args:
        metric: whose variables hold them.
        name: what the variables' names begin with.
        size: how many samples, S.
        num_inputs: of how many of them the inputs are kept too.
        specs: the arrays of a sample.
    """

    def __init__(self, metric: Any, name: str, size: int, num_inputs: int, specs: Sequence[InputSpec]) -> None:
        self.size = size
        self.facts = metric._variable(f"{name}_facts", (size, NUM_FACTS), "float32")
        self.inputs = [
            metric._variable(f"{name}_input_{i}", (num_inputs, *spec.shape), "float32")
            for i, spec in enumerate(specs if num_inputs else ())
        ]

    @property
    def variables(self) -> list[Any]:
        """The facts, then the inputs."""
        return [self.facts, *self.inputs]

    def put(self, scatter: Scatter, batch: Batch, place: Tensor, index: Tensor) -> None:
        """Put the sample at each `place` (N,) of the batch into the slot at `index` (N,).

        One whose `index` is no slot is not kept, and its `place` may be anything.
        """
        index, place = scatter.within(self.size, index, place)
        scatter.set(self.facts, index, batch.facts, place)
        if self.inputs and self.inputs[0].shape[0] < self.size:
            index, place = scatter.within(self.inputs[0].shape[0], index, place)
        for variable, rows in zip(self.inputs, batch.inputs, strict=False):
            scatter.set(variable, index, rows, place)

    def clear(self) -> None:
        """Empty all slots; what inputs are left in them counts for nothing."""
        empty = np.zeros((self.size, NUM_FACTS), "float32")
        empty[:, ORDER] = -1 - np.arange(self.size)
        self.facts.assign(empty)


def best_overall(ops: Any, kept: Tensor, score: Tensor) -> tuple[Tensor, Tensor]:
    """Who of a batch gets into a list of the highest scores, and in whose place.

    The r-th best of the batch displaces the r-th weakest in the list if it is better, which leaves the best of all.

    Args:
        ops: the operations of the Keras at work.
        kept: (S, 6) facts of the list.
        score: (B,) float32, below 0 for those that are out of the question.

    Returns:
        Of S pairs: the place in the batch, and the slot, which is S where nobody comes.
    """
    size = kept.shape[0]
    outsiders = ops.concatenate([score, -ops.ones((size,), dtype="float32")], axis=0)  # there may be fewer than S
    best = ops.argsort(-outsiders)[:size]
    latest = ops.argsort(-kept[:, ORDER])  # of equals the later one goes first
    confidence = ops.take(kept[:, CONFIDENCE], latest, axis=0)
    weakest = ops.argsort(confidence)
    is_better = ops.take(outsiders, best, axis=0) > ops.take(confidence, weakest, axis=0)
    return best, ops.where(is_better, ops.take(latest, weakest, axis=0), size)


def best_of_groups(ops: Any, kept: Tensor, group: Tensor, score: Tensor, per_group: int) -> tuple[Tensor, Tensor]:
    """The same with a list of `per_group` slots for each of several groups.

    Args:
        ops: the operations of the Keras at work.
        kept: (G · per_group, 6) facts of the lists, group after group.
        group: (B,) int32, below G.
        score: (B,) float32, below 0 for those that are out of the question.
        per_group: K, the length of each list.

    Returns:
        Of B pairs: the place in the batch, and the slot, which is G · K for those who don't get in.
    """
    best_first = ops.argsort(-score)
    order = ops.take(best_first, ops.argsort(ops.take(group, best_first, axis=0)), axis=0)
    group, score = ops.take(group, order, axis=0), ops.take(score, order, axis=0)
    rank = _rank_in_run(ops, group, per_group)
    # The list of each sample's group, (B, K), and how many in it are weaker than each
    lists = ops.take(ops.reshape(kept, (-1, per_group, NUM_FACTS)), group, axis=0)
    confidence, came = lists[..., CONFIDENCE], lists[..., ORDER]
    one, other = confidence[:, :, None], confidence[:, None, :]
    later = ops.logical_and(one == other, came[:, :, None] < came[:, None, :])
    num_weaker = ops.sum(ops.cast(ops.logical_or(other < one, later), "int32"), axis=2)
    displaces = ops.logical_and(num_weaker == rank[:, None], score[:, None] > confidence)  # one of K at most
    slots = group[:, None] * per_group + ops.arange(per_group, dtype="int32")
    return order, ops.min(ops.where(displaces, slots, kept.shape[0]), axis=1)


def _rank_in_run(ops: Any, values: Tensor, most: int) -> Tensor:
    """How many equal values stand right before each of sorted `values` (B,), counted up to `most`."""
    padded = ops.concatenate([-ops.ones((most,), dtype="int32"), values], axis=0)
    before = ops.arange(most, dtype="int32")[:, None] + ops.arange(ops.shape(values)[0], dtype="int32")
    return ops.sum(ops.cast(ops.take(padded, before, axis=0) == values, "int32"), axis=0)
