"""What one validation showed, as NumPy arrays: all that the callbacks work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_tb.backend import nested
from mnist_tb.backend.jax_sums import total
from mnist_tb.observer.example_plan import ExamplePlan
from mnist_tb.observer.predictions import NONFINITE

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Samples:
    """N samples of the validation data, and what the model predicted for them."""

    inputs: Any  # as the model takes them: an (N, ...) array, or a dict or tuple of such; None where not kept
    true: Array  # (N,) int64 classes, -1 where unknown
    predicted: Array  # (N,) int64 classes
    confidence: Array  # (N,) float32 probability of the predicted class, NaN where the prediction was NaN or inf
    position: Array  # (N,) int64, 0-based place in the order in which the validation data passed

    def __len__(self) -> int:
        return len(self.position)

    def at(self, rows: Array | slice) -> Samples:
        """Some of them."""
        inputs = None if self.inputs is None else nested.map_arrays(lambda array: array[rows], self.inputs)
        return Samples(inputs, self.true[rows], self.predicted[rows], self.confidence[rows], self.position[rows])

    def first(self, count: int) -> Samples:
        """The first to pass, in order."""
        return self.at(np.argsort(self.position)[:count])

    def most_confident(self, count: int, group: Array | None = None) -> Samples:
        """The `count` most confident ones, of equals the earlier ones first; of each `group` (N,) if given."""
        if group is None:
            return self.at(np.lexsort((self.position, -self.confidence))[:count])
        order = np.lexsort((self.position, -self.confidence, group))
        return self.at(order[first_of_each(group[order], count)])

    def matches(self, other: Samples) -> bool:
        """Whether both are the same samples in the same order, as far as labels and kept inputs tell."""
        if not np.array_equal(self.true, other.true) or (self.inputs is None) != (other.inputs is None):
            return False
        pairs = zip(nested.flatten(self.inputs), nested.flatten(other.inputs), strict=True)
        return self.inputs is None or all(
            np.array_equal(one, two, equal_nan=one.dtype.kind == "f") for one, two in pairs
        )


@dataclass(frozen=True)
class Observation:
    """What one validation showed. Samples are None where none could be kept."""

    counts: Array  # (C, C) int64, true classes on the rows
    weighted_counts: Array | None  # (C, C) float64, the sums of the sample weights, or None without any
    nonfinite: int  # predictions with a NaN or inf; they are not in the counts
    several_positions: bool = False  # whether outputs have further axes, so that no samples are kept
    first_samples: Samples | None = None  # the first to pass, with their inputs
    tracked: Samples | None = None  # the same and more that followed them, without inputs
    mistakes: Samples | None = None  # those made with most confidence, highest first
    examples: Samples | None = None  # behind the cells, group after group, in each the most confident first
    plan: ExamplePlan | None = None  # what the examples are examples of, as the logger that wants most asked for

    def tracks_the_same(self, other: Observation) -> bool:
        """Whether the tracked samples are those of another epoch, in the same order, as far as can be told."""
        pairs = [(self.tracked, other.tracked), (self.first_samples, other.first_samples)]
        known = [(mine, theirs) for mine, theirs in pairs if mine is not None and theirs is not None]
        return self.tracked is not None and other.tracked is not None and all(m.matches(t) for m, t in known)

    def examples_for(self, per_cell: int) -> Samples | None:
        """The examples for a logger that asked for `per_cell` of each cell, or None where there can be none."""
        if self.examples is None or self.plan is None or not self.plan.groups or not per_cell:
            return None
        if self.plan.groups == 1:
            return self.examples.at(slice(self.plan.num_classes * per_cell))
        group = self.plan.group_of(self.examples.true, self.examples.predicted)
        return self.examples.at(first_of_each(group, per_cell))


def first_of_each(group: Array, count: int) -> Array:
    """Which of sorted `group` (N,) are among the first `count` of their value: (N,) bool."""
    first: Array = np.arange(len(group)) - np.searchsorted(group, group) < count
    return first


def sum_of_replicas(num_classes: int, counts: Array, weighted: Array | None) -> Observation:
    """The observation of R replicas, from what their variables hold, without samples."""
    counts = total(counts)

    def matrix(values: Array, dtype: Any) -> Array:
        added: Array = total(values)[:, : num_classes**2].sum(axis=0, dtype=dtype)
        return added.reshape(num_classes, num_classes)

    nonfinite = int(counts[:, NONFINITE].sum())
    return Observation(matrix(counts, np.int64), None if weighted is None else matrix(weighted, np.float64), nonfinite)
