"""How sure a classifier was, counted in bins, and what follows from these counts. NumPy only."""

import numbers
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_FINE = [digit * 10.0**-power for power in range(7, 2, -1) for digit in (1, 3)]
# Edges of the bins that probabilities are counted in, (121,) float32: hundredths, and two for each power of ten near 0
# and near 1, where the probabilities of a trained network crowd. A bin holds its lower edge; the last one holds 1 too.
EDGES: Array = np.array(
    [0.0, *_FINE, *(n / 100 for n in range(1, 100)), *(1 - part for part in reversed(_FINE)), 1.0], np.float32
)
NUM_BINS = len(EDGES) - 1
# The lower edges as decimals, (120,) float64: what was counted in a bin or above is at least as sure as this.
THRESHOLDS: Array = EDGES[:-1].astype(np.float64).round(7)
MIDDLES: Array = (EDGES[1:].astype(np.float64) + EDGES[:-1]) / 2  # what probabilities are taken for, by their bin


class Confidences(NamedTuple):
    """How sure a classifier of C classes was in one epoch, in B bins.

    Attributes:
        step: the 0-based epoch.
        class_names: C names.
        true: (N,) int64 classes of N entries; -1 for any other class than `predicted`, where cells were not kept.
        predicted: (N,) int64 classes; -1 for any other class than `true`, where cells were not kept.
        bins: (N,) int64, in which of the bins the probability of the predicted class lies.
        counts: (N,) int64, above 0, how many samples an entry counts.
        label_counts: (C, B) int64, how often the samples of a class got each probability of it.
        other_counts: (C, B) int64, how often the samples of all other classes got each probability of a class; None
            where these were not counted.
    """

    step: int
    class_names: tuple[str, ...]
    true: Array
    predicted: Array
    bins: Array
    counts: Array
    label_counts: Array
    other_counts: Array | None

    @property
    def edges(self) -> Array:
        """Edges of the bins, (B + 1,) float32 from 0 to 1, ascending. A bin holds its lower edge."""
        return EDGES

    @property
    def has_cells(self) -> bool:
        """Whether wrong answers were counted by true and predicted class, and not by either alone."""
        return bool((self.true >= 0).all() and (self.predicted >= 0).all())

    def by_true(self) -> tuple[Array, Array]:
        """The right and the wrong answers for samples of each class, (C, B) int64 each."""
        return self._sums(self.true, self.true == self.predicted), self._sums(self.true, self.true != self.predicted)

    def by_predicted(self) -> tuple[Array, Array]:
        """The right and the wrong answers that said each class, (C, B) int64 each."""
        right = self.true == self.predicted
        return self._sums(self.predicted, right), self._sums(self.predicted, ~right)

    def _sums(self, classes: Array, wanted: Array) -> Array:
        sums = np.zeros(self.label_counts.shape, np.int64)
        some = wanted & (classes >= 0)
        np.add.at(sums, (classes[some], self.bins[some]), self.counts[some])
        return sums


def bins_of(probability: Array) -> Array:
    """The bin that each probability lies in, int64 of the same shape; what is outside of [0, 1] is in the outer one."""
    return np.searchsorted(EDGES[1:-1], np.asarray(probability, np.float32), side="right")


def confidences_of(true: Array, probabilities: Array, class_names: tuple[str, ...], step: int = 0) -> Confidences:
    """The confidences of predictions that are at hand, as `read_confidences` gives those of a training.

    Args:
        true: (N,) integer classes.
        probabilities: (N, C) floats in [0, 1].
        class_names: C names.
        step: the epoch to note.

    Raises:
        ValueError: shapes or classes that do not fit, or what is no probability.

    Example:
        >>> import mnist_tb
        >>> confidences = mnist_tb.confidences_of([0, 0, 1], [[0.9, 0.1], [0.3, 0.7], [0.4, 0.6]], ("cat", "dog"))
        >>> confidences.true, confidences.predicted, confidences.edges[confidences.bins]
        (array([0, 0, 1]), array([0, 1, 1]), array([0.9, 0.7, 0.6], dtype=float32))
    """
    true, probabilities = np.asarray(true, np.int64), np.asarray(probabilities)
    classes = len(class_names)
    if probabilities.shape != (*true.shape, classes) or not ((true >= 0) & (true < classes)).all():
        raise ValueError(
            f"probabilities must be (N, {classes}) for N classes from 0 to {classes - 1}, and are of shape "
            f"{probabilities.shape} for labels of shape {true.shape}"
        )
    if not ((probabilities >= 0) & (probabilities <= 1.001)).all():  # rounding may exceed 1
        raise ValueError(
            f"probabilities must be from 0 to 1, and range from {probabilities.min()} to {probabilities.max()}: "
            "give logits to a softmax first"
        )
    bins, predicted, rows = bins_of(probabilities), probabilities.argmax(axis=1), np.arange(len(true))
    code = (true * classes + predicted) * NUM_BINS + bins[rows, predicted]
    found, count = np.unique(code, return_counts=True)
    cell, place = np.divmod(found, NUM_BINS)
    label_counts, every = np.zeros((2, classes, NUM_BINS), np.int64)
    np.add.at(label_counts, (true, bins[rows, true]), 1)
    np.add.at(every, (np.broadcast_to(np.arange(classes), bins.shape), bins), 1)
    return Confidences(
        step, tuple(class_names), *np.divmod(cell, classes), place, count, label_counts, every - label_counts
    )


def check_class(name: str, index: Any, num_classes: int) -> int:
    """The index of a class, or a ValueError that says what `name` must be."""
    if isinstance(index, bool) or not isinstance(index, numbers.Integral) or not 0 <= int(index) < num_classes:
        raise ValueError(f"{name} must be the index of a class, 0 to {num_classes - 1}, and is {index!r}")
    return int(index)


def check_share(name: str, value: Any) -> float:
    """A number from 0 to 1, or a ValueError that says what `name` must be."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= float(value) <= 1:
        raise ValueError(f"{name} must be a number from 0 to 1, and is {value!r}")
    return float(value)


def check_scores(confidences: Confidences) -> tuple[Array, Array]:
    """How often each probability of a class was given to its samples and to all others, (C, B) int64 each."""
    if confidences.other_counts is None:
        raise ValueError("the probabilities of all classes were not counted: log with ConfidenceLogger(curves=True)")
    return confidences.label_counts, confidences.other_counts
