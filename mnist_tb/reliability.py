"""What a threshold does to the answers of an epoch, and how far their confidence can be trusted. NumPy only."""

from typing import NamedTuple

import numpy as np

from mnist_tb.confidence import MIDDLES, THRESHOLDS, Array, Confidences, check_class, check_scores, check_share
from mnist_tb.report import share

_NUM_BINS = (1, 2, 4, 5, 10, 20, 25, 50, 100)


class AtThreshold(NamedTuple):
    """The answers of C classes that a threshold leaves.

    Attributes:
        threshold: the one that was used, in [0, 1).
        counts: (C, C) int64 of the samples that were answered, true classes on the rows.
        rejected: (C,) int64, samples of each true class that were not answered.
        coverage: float in [0, 1], the share of the samples that was answered; NaN without samples.
        accuracy: float in [0, 1], the share of the answers that was right; NaN without answers.
    """

    threshold: float
    counts: Array
    rejected: Array
    coverage: float
    accuracy: float


def at_threshold(confidences: Confidences, threshold: float, *, positive: int | None = None) -> AtThreshold:
    """The confusion matrix that is left where answers less sure than a threshold are none.

    Args:
        confidences: of one epoch, in bins.
        threshold: from 0 to 1; the nearest lower edge of a bin is used: hundredths, and near 0 and 1 finer ones, of
            which 0.9999999 is the highest.
        positive: 0 or 1 where there are two classes: the threshold is then the boundary between them. This class is
            said where its probability is at least the threshold, else the other, and nothing is rejected.

    Returns:
        An `AtThreshold`, which says the threshold that was used.

    Raises:
        ValueError: the threshold is no number from 0 to 1, or `positive` is no class or there are not two; or what is
            needed was not counted: the cells of the matrix, or, for `positive`, the probabilities of all classes.

    Example:
        >>> from mnist_tb import confidences_of
        >>> confidences = confidences_of([0, 0, 1], [[0.9, 0.1], [0.3, 0.7], [0.4, 0.6]], ("cat", "dog"))
        >>> at_threshold(confidences, 0.7)
        AtThreshold(threshold=0.7, counts=array([[1, 1],
               [0, 0]]), rejected=array([0, 1]), coverage=0.6666666666666666, accuracy=0.5)
        >>> at_threshold(confidences, 0.7, positive=1).counts
        array([[1, 1],
               [1, 0]])
    """
    place = int(np.abs(THRESHOLDS - check_share("threshold", threshold)).argmin())
    counts, rejected = _rejecting(confidences, place) if positive is None else _between(confidences, place, positive)
    answered = counts.sum()
    return AtThreshold(
        float(THRESHOLDS[place]),
        counts,
        rejected,
        float(share(answered, answered + rejected.sum())),
        float(share(counts.trace(), answered)),
    )


def _rejecting(confidences: Confidences, place: int) -> tuple[Array, Array]:
    if not confidences.has_cells:
        raise ValueError(
            "the answers of so many classes were not counted by cell, so that a threshold has no matrix: "
            "accuracy_coverage(confidences) says how many it leaves and how many of these are right"
        )
    counts = np.zeros((len(confidences.class_names),) * 2, np.int64)
    rejected = np.zeros(len(counts), np.int64)
    sure = confidences.bins >= place
    np.add.at(counts, (confidences.true[sure], confidences.predicted[sure]), confidences.counts[sure])
    np.add.at(rejected, confidences.true[~sure], confidences.counts[~sure])
    return counts, rejected


def _between(confidences: Confidences, place: int, positive: int) -> tuple[Array, Array]:
    classes = len(confidences.class_names)
    index = check_class("positive", positive, classes)
    if classes != 2:
        raise ValueError(f"positive moves the boundary between two classes, and there are {classes}: leave it out")
    own, other = (bins[index] for bins in check_scores(confidences))
    counts = np.zeros((2, 2), np.int64)
    for true, bins in ((index, own), (1 - index, other)):
        counts[true, index], counts[true, 1 - index] = bins[place:].sum(), bins[:place].sum()
    return counts, np.zeros(2, np.int64)


class AccuracyCoverage(NamedTuple):
    """What each threshold leaves, T thresholds.

    Attributes:
        thresholds: (T,) float64, the lower edges of the bins, from 0 to 0.9999999.
        coverage: (T,) float64 in [0, 1], the share of the samples that is answered; NaN without samples.
        accuracy: (T,) float64 in [0, 1], the share of the answers that is right; NaN without answers.
    """

    thresholds: Array
    coverage: Array
    accuracy: Array

    def threshold_for(self, accuracy: float) -> float | None:
        """The smallest threshold whose answers are right in so large a share, 0 to 1; None if there is none."""
        enough = np.flatnonzero(self.accuracy >= check_share("accuracy", accuracy))
        return float(self.thresholds[enough[0]]) if len(enough) else None


def accuracy_coverage(confidences: Confidences) -> AccuracyCoverage:
    """How many answers each threshold leaves, and how many of these are right, also where cells were not counted.

    Args:
        confidences: of one epoch, in bins.

    Returns:
        An `AccuracyCoverage`; its method `threshold_for` finds the smallest threshold for a wanted accuracy.

    Example:
        >>> from mnist_tb import confidences_of
        >>> confidences = confidences_of([0, 0, 1], [[0.9, 0.1], [0.3, 0.7], [0.4, 0.6]], ("cat", "dog"))
        >>> curve = accuracy_coverage(confidences)
        >>> threshold = curve.threshold_for(0.99)  # the wrong answer, with 0.7, is left out
        >>> threshold, curve.coverage[curve.thresholds == threshold]
        (0.71, array([0.33333333]))
    """
    right, wrong = (bins.sum(axis=0)[::-1].cumsum()[::-1] for bins in confidences.by_true())
    answered = right + wrong
    return AccuracyCoverage(THRESHOLDS.copy(), share(answered, answered[0]), share(right, answered))


class Calibration(NamedTuple):
    """A reliability diagram of K bins of confidence, and two numbers that sum it up.

    Attributes:
        edges: (K + 1,) float64 of the bins, from 0 to 1; a bin holds its lower edge.
        confidence: (K,) float64 in [0, 1], the mean confidence of the answers in each bin; NaN without any.
        accuracy: (K,) float64 in [0, 1], the share of them that was right; NaN without any.
        samples: (K,) int64, how many there are.
        expected_calibration_error: float in [0, 1], the mean distance of accuracy and mean confidence, each bin
            weighted by its samples; NaN without samples.
        maximum_calibration_error: float in [0, 1], the largest of these distances; NaN without samples.
    """

    edges: Array
    confidence: Array
    accuracy: Array
    samples: Array
    expected_calibration_error: float
    maximum_calibration_error: float


def calibration(confidences: Confidences, class_index: int | None = None, num_bins: int = 20) -> Calibration:
    """How often the answers are right that were given with each confidence; Guo et al. 2017, arXiv 1706.04599.

    Accuracies and numbers of samples are exact. Mean confidences are made of the middles of the finer bins that were
    counted, so that each is wrong by at most half the width of these, weighted by their samples: 0.005, and less than
    0.0035 from 0.99 on. Neither of the two errors can be wrong by more: a mean, or the largest, of distances moves no
    further than the distances do.

    Args:
        confidences: of one epoch, in bins.
        class_index: of the answers that said this class alone; by default of all answers.
        num_bins: K equal widths, whose edges must be hundredths: 1, 2, 4, 5, 10, 20, 25, 50 or 100.

    Returns:
        A `Calibration`.

    Raises:
        ValueError: `class_index` is no class, or `num_bins` none of these numbers.

    Example:
        >>> from mnist_tb import confidences_of
        >>> confidences = confidences_of([0, 0, 1], [[0.9, 0.1], [0.3, 0.7], [0.4, 0.6]], ("cat", "dog"))
        >>> found = calibration(confidences, num_bins=2)
        >>> found.samples, found.accuracy, found.confidence.round(3)
        (array([0, 3]), array([       nan, 0.66666667]), array([  nan, 0.738]))
        >>> round(found.expected_calibration_error, 3)
        0.072
    """
    if isinstance(num_bins, bool) or num_bins not in _NUM_BINS:
        raise ValueError(f"num_bins must be one of {', '.join(map(str, _NUM_BINS))}, and is {num_bins!r}")
    if class_index is None:
        right, wrong = (bins.sum(axis=0) for bins in confidences.by_true())
    else:
        index = check_class("class_index", class_index, len(confidences.class_names))
        right, wrong = (bins[index] for bins in confidences.by_predicted())
    merged = _merged(right, wrong, num_bins)
    right, confidence, samples = merged
    edges = np.arange(num_bins + 1) / num_bins
    return Calibration(edges, share(confidence, samples), share(right, samples), samples, *map(float, _errors(*merged)))


def calibration_errors(right: Array, wrong: Array, num_bins: int = 20) -> tuple[Array, Array]:
    """The expected and the maximum calibration error of right and wrong answers, (..., B) each: (...) each."""
    return _errors(*_merged(right, wrong, num_bins))


def confidence_histograms(confidences: Confidences) -> tuple[Array, Array, Array]:
    """What TensorBoard's Histograms tab shows: 21 even edges from 0 to 1, and the right and the wrong answers between.

    It draws 30 bins whatever it is given, so that finer ones only make the picture rough.
    """
    all_right, all_wrong = (bins.sum(axis=0) for bins in confidences.by_true())
    right, _, samples = _merged(all_right, all_wrong, 20)
    return np.arange(21) / 20, right, samples - right


def _merged(right: Array, wrong: Array, num_bins: int) -> tuple[Array, Array, Array]:
    """By bin of equal widths the right answers, the sum of the confidences of all, and how many all are: (..., K)."""
    samples = right + wrong
    starts = np.searchsorted(THRESHOLDS, np.arange(num_bins) / num_bins)
    parts = [np.add.reduceat(values, starts, axis=-1) for values in (right, samples * MIDDLES, samples)]
    return parts[0], parts[1], parts[2]


def _errors(right: Array, confidence: Array, samples: Array) -> tuple[Array, Array]:
    distance, total = np.abs(right - confidence), samples.sum(axis=-1)
    largest = np.nan_to_num(share(distance, samples)).max(axis=-1)
    return share(distance.sum(axis=-1), total), np.where(total > 0, largest, np.nan)
