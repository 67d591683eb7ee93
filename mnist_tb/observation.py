"""What was seen while Keras validated, as NumPy arrays: all that the loggers work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_tb.examples import ExamplePlan

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


@dataclass(frozen=True)
class Observation:
    """What one validation showed.

    Attributes:
        counts: (C, C) int64, true classes on the rows.
        weighted_counts: (C, C) float64, the sums of the sample weights, or None without any.
        nonfinite: predictions with a NaN or inf; they are not in the counts.
        watched: the first samples to pass, or None where outputs have further axes.
        mistakes: those made with most confidence, most first; None likewise.
        followed: more of the first samples, without inputs; None likewise.
        examples: list after list, and in each of them the most confident first; None likewise.
        plan: what the examples are examples of; None likewise.
    """

    counts: Array
    weighted_counts: Array | None
    nonfinite: int
    watched: Samples | None = None
    mistakes: Samples | None = None
    followed: Samples | None = None
    examples: Samples | None = None
    plan: ExamplePlan | None = None

    @classmethod
    def of_replicas(cls, num_classes: int, counts: Array, weighted: Array | None, nonfinite: int) -> Observation:
        """The sum of the counts of R replicas: (R, C·C) each."""
        square = (num_classes, num_classes)
        return cls(
            counts.sum(axis=0, dtype=np.int64).reshape(square),
            None if weighted is None else weighted.sum(axis=0, dtype=np.float64).reshape(square),
            nonfinite,
        )
