"""What was seen while Keras validated, as NumPy arrays: all that the loggers work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_tb.backend import nested
from mnist_tb.observer.example_plan import ExamplePlan, first_of_each

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Samples:
    """N samples that were shown to the model, and what it made of them.

    Attributes:
        inputs: as the model takes them: an (N, ...) array, or a dict or tuple of such; None where they could
            not be kept.
        true: (N,) int64 classes, -1 where unknown.
        predicted: (N,) int64 classes.
        confidence: (N,) float32 probability of the predicted class, NaN where the prediction was NaN or inf.
        position: (N,) int64, 0-based place in the order in which the validation data passed.
    """

    inputs: Any
    true: Array
    predicted: Array
    confidence: Array
    position: Array

    def __len__(self) -> int:
        return len(self.position)

    def at(self, places: Array | slice) -> Samples:
        """Those at some places."""
        inputs = self.inputs
        if inputs is not None:
            inputs = nested.pack_as(inputs, iter([array[places] for array in nested.flatten(inputs)]))
        return Samples(
            inputs, self.true[places], self.predicted[places], self.confidence[places], self.position[places]
        )


@dataclass(frozen=True)
class Observation:
    """What one validation showed.

    Attributes:
        counts: (C, C) int64, true classes on the rows.
        weighted_counts: (C, C) float64, the sums of the sample weights, or None without any.
        nonfinite: predictions with a NaN or inf; they are not in the counts.
        several_positions: whether outputs have further axes, so that no samples are kept.
        watched: the first samples to pass, or None where none could be kept.
        mistakes: those made with most confidence, most first; None likewise.
        tracked: more of the first samples, without inputs; None likewise.
        examples: list after list, and in each of them the most confident first, as many as the logger that wants
            most of them asked for; None likewise.
        plan: what the examples are examples of; None likewise.
    """

    counts: Array
    weighted_counts: Array | None
    nonfinite: int
    several_positions: bool = False
    watched: Samples | None = None
    mistakes: Samples | None = None
    tracked: Samples | None = None
    examples: Samples | None = None
    plan: ExamplePlan | None = None

    def examples_for(self, per_cell: int) -> Samples | None:
        """The examples for a logger that asked for `per_cell` of each cell, or None where there can be none."""
        if self.examples is None or self.plan is None or self.plan.kept == "none" or not per_cell:
            return None
        if self.plan.kept == "overall":
            return self.examples.at(slice(self.plan.num_classes * per_cell))
        group = self.plan.list_of(self.examples.true, self.examples.predicted)
        return self.examples.at(first_of_each(group, per_cell))

    @classmethod
    def of_replicas(cls, num_classes: int, counts: Array, weighted: Array | None, nonfinite: int) -> Observation:
        """The sum of the counts of R replicas: (R, C·C) each."""
        square = (num_classes, num_classes)
        return cls(
            counts.sum(axis=0, dtype=np.int64).reshape(square),
            None if weighted is None else weighted.sum(axis=0, dtype=np.float64).reshape(square),
            nonfinite,
        )
