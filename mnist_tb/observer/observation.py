"""What one validation showed, as NumPy arrays: all that the callbacks work on; and which samples of it are kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from mnist_tb.backend.scatter import total
from mnist_tb.confidence import Confidences
from mnist_tb.observer.counting import Layout
from mnist_tb.observer.data import InputSpec, flatten, map_arrays
from mnist_tb.observer.predictions import NONFINITE

Array = np.ndarray[Any, Any]
MEMORY_LIMIT = 64 * 2**20  # bytes, for the inputs of all examples


@dataclass(frozen=True)
class SamplePlan:
    """Which samples are kept, and how many: the first to pass, mistakes, and examples of the cells."""

    num_classes: int
    num_samples: int  # of the first ones, and as many of the most confident mistakes
    num_tracked: int  # of the first ones, be it without inputs
    scope: Literal["cell", "mistakes"]  # the most confident of every cell; where too many, the most confident mistakes
    groups: int  # lists: one for each cell; of mistakes one for each true class, or 1 where too many; 0 for no examples
    per_group: int  # samples in each list

    def group_of(self, true: Any, predicted: Any) -> Any:
        """The list that each of N samples belongs to, (N,) like their classes: tensors or NumPy arrays."""
        if self.groups == 1:
            return 0 * true
        return true * self.num_classes + predicted if self.scope == "cell" else true

    def describe(self, asked: int) -> str:
        """A message that says what is kept instead of `asked` examples of each cell; "" if it is these."""
        if not asked or (self.scope == "cell" and self.groups):
            return ""
        instead = "no examples are kept"
        if self.groups:
            of = "all" if self.groups == 1 else "each class"
            instead = f"the {self.per_group} most confident mistakes of {of} are kept"
        return (
            f"examples_per_cell={asked} would take more than {MEMORY_LIMIT // 2**20} MiB for {self.num_classes} x "
            f"{self.num_classes} cells of samples of this size: {instead} instead"
        )


def plan_samples(
    num_classes: int, specs: Sequence[InputSpec], num_samples: int = 0, num_tracked: int = 0, examples_per_cell: int = 0
) -> SamplePlan:
    """Find what can be kept of the examples within `MEMORY_LIMIT`, as float32 arrays of these `specs`."""
    most = MEMORY_LIMIT // (4 * (sum(math.prod(spec.shape) for spec in specs) + num_classes) + 16)
    scope: Literal["cell", "mistakes"] = "cell"
    groups, per_group = (num_classes**2, examples_per_cell) if most and examples_per_cell else (0, 0)
    if groups * per_group > most:
        scope, groups = "mistakes", num_classes
    if groups * per_group > most:
        groups, per_group = 1, min(most, num_classes * per_group)
    return SamplePlan(num_classes, num_samples, num_tracked, scope, groups, per_group)


@dataclass(frozen=True)
class Samples:
    """N samples of the validation data, and what the model predicted for them."""

    inputs: Any  # as the model takes them: an (N, ...) array, or a dict or tuple of such; None where not kept
    true: Array  # (N,) int64 classes, -1 where unknown
    predicted: Array  # (N,) int64 classes
    confidence: Array  # (N,) float32 probability of the predicted class, NaN where the prediction was NaN or inf
    position: Array  # (N,) int64, 0-based place in the order in which the validation data passed
    probability: Array | None = None  # (N, C) float32 of every class, where kept

    def __len__(self) -> int:
        return len(self.position)

    def at(self, rows: Array | slice) -> Samples:
        """Some of them."""
        inputs = None if self.inputs is None else map_arrays(lambda array: array[rows], self.inputs)
        probability = None if self.probability is None else self.probability[rows]
        labels = self.true[rows], self.predicted[rows]
        return Samples(inputs, *labels, self.confidence[rows], self.position[rows], probability)

    def first(self, count: int) -> Samples:
        """The first to pass, in order."""
        return self.at(np.argsort(self.position)[:count])

    def most_confident(self, count: int, group: Array | None = None) -> Samples:
        """The `count` most confident ones, of equals the earlier ones first; of each `group` (N,) if given."""
        group = np.zeros(len(self)) if group is None else group
        order = np.lexsort((self.position, -self.confidence, group))
        return self.at(order[_first_of_each(group[order], count)])

    def matches(self, other: Samples) -> bool:
        """Whether both are the same samples in the same order, as far as labels and kept inputs tell."""
        if not np.array_equal(self.true, other.true) or (self.inputs is None) != (other.inputs is None):
            return False
        pairs = zip(flatten(self.inputs), flatten(other.inputs), strict=True)
        return self.inputs is None or all(
            np.array_equal(one, two, equal_nan=one.dtype.kind == "f") for one, two in pairs
        )


@dataclass(frozen=True)
class Observation:
    """What one validation showed. Samples are None where none could be kept."""

    counts: Array  # (C, C) int64, true classes on the rows
    weighted_counts: Array | None  # (C, C) float64, the sums of the sample weights, or None without any
    nonfinite: int  # predictions with a NaN or inf; they are not in the counts
    confidences: Confidences | None = None  # without step and names; None where not counted, or no probabilities
    several_positions: bool = False  # whether outputs have further axes, so that no samples are kept
    first_samples: Samples | None = None  # the first to pass, with their inputs
    tracked: Samples | None = None  # the same and more that followed them, without inputs
    mistakes: Samples | None = None  # those made with most confidence, highest first
    examples: Samples | None = None  # behind the cells, group after group, in each the most confident first
    plan: SamplePlan | None = None  # what the examples are examples of, as the logger that wants most asked for

    def tracks_the_same(self, other: Observation) -> bool:
        """Whether the tracked samples are those of another epoch, in the same order, as far as can be told."""
        pairs = [(self.tracked, other.tracked), (self.first_samples, other.first_samples)]
        known = [(mine, theirs) for mine, theirs in pairs if mine is not None and theirs is not None]
        return self.tracked is not None and other.tracked is not None and all(m.matches(t) for m, t in known)

    def examples_for(self, per_cell: int) -> Samples | None:
        """The examples for a logger that asked for `per_cell` of each cell, or None where there can be none."""
        if self.examples is None or self.plan is None or not self.plan.groups or not per_cell:
            return None
        count = per_cell * (self.plan.num_classes if self.plan.groups == 1 else 1)
        group = self.plan.group_of(self.examples.true, self.examples.predicted)
        return self.examples.at(_first_of_each(group, count))


def _first_of_each(group: Array, count: int) -> Array:
    """Which of sorted `group` (N,) are among the first `count` of their value: (N,) bool."""
    first: Array = np.arange(len(group)) - np.searchsorted(group, group) < count
    return first


def observation_of(layout: Layout, values: Mapping[str, Any]) -> Observation:
    """The observation without samples of R replicas, from the `counted` variables of each, (R, ...) by name."""
    counts, weighted = (total(values[name]).sum(axis=0) for name in ("counts", "weighted_counts"))
    is_weighted = values["has_weights"].any()
    return Observation(
        layout.matrix(counts),
        Layout(layout.num_classes).matrix(weighted) if is_weighted else None,
        int(counts[NONFINITE]),
    )
