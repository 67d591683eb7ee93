"""Precision, recall and ROC of a class at every threshold of its probability. NumPy only."""

from typing import Any, NamedTuple

import numpy as np

from mnist_tb.confidence import THRESHOLDS, Array, Confidences, check_class, check_scores
from mnist_tb.reliability import calibration
from mnist_tb.report import mean_of_defined, share

_HUNDREDTHS = np.append(np.searchsorted(THRESHOLDS, np.arange(100) / 100), len(THRESHOLDS) - 1)  # 1 is in the last bin


class PrecisionRecall(NamedTuple):
    """Precision and recall at T thresholds, of C classes or of one, whose arrays are then without the C.

    Attributes:
        thresholds: (T,) float64, ascending: a class is said where its probability is at least this; inf, where no
            class is said, is the last.
        precision: (C, T) float64 in [0, 1]; 1 where the class is not said.
        recall: (C, T) float64 in [0, 1]; NaN for a class without samples.
        average_precision: (C,) float64 in [0, 1]; NaN where all samples, or none, are of the class.
    """

    thresholds: Array
    precision: Array
    recall: Array
    average_precision: Any

    @property
    def macro_average_precision(self) -> float:
        """The mean of the average precisions that there are; NaN for none."""
        return float(mean_of_defined(self.average_precision))


class Roc(NamedTuple):
    """The receiver operating characteristic at T thresholds, of C classes or of one, as in `PrecisionRecall`.

    Attributes:
        thresholds: (T,) float64, from inf, where no class is said, down to 0.
        false_positive_rate: (C, T) float64 in [0, 1], ascending; NaN where all samples are of the class.
        true_positive_rate: (C, T) float64 in [0, 1], ascending; NaN for a class without samples.
        auc: (C,) float64 in [0, 1], the area under the curve; NaN where all samples, or none, are of the class.
    """

    thresholds: Array
    false_positive_rate: Array
    true_positive_rate: Array
    auc: Any

    @property
    def macro_auc(self) -> float:
        """The mean of the areas that there are; NaN for none."""
        return float(mean_of_defined(self.auc))


def precision_recall(confidences: Confidences, class_index: int | None = None) -> PrecisionRecall:
    """Precision and recall of each class against all others, and average precision as in scikit-learn.

    The points of the curve are exact, but for the last rounding of float32. The average precision, the sum of
    (R_n - R_{n-1})·P_n over thresholds n, takes the probabilities of a bin for equal. Let bin b hold p samples of the
    class and n others, and the bins above it T and F; that of the probabilities themselves lies where this one does,
    between Σ_b Σ_{i=1..p} (T+i)/(T+i+F+n) / P (in each bin the others first) and Σ_b p·(T+p)/(T+p+F) / P (the others
    last), P being all samples of the class. On MNIST the two differ by less than 0.002.

    Args:
        confidences: of one epoch, in bins.
        class_index: the class; by default all.

    Returns:
        A `PrecisionRecall`, of which `macro_average_precision` is the mean over classes.

    Raises:
        ValueError: `class_index` is no class, or the probabilities of all classes were not counted.

    Example:
        >>> from mnist_tb import confidences_of
        >>> confidences = confidences_of([0, 0, 1], [[0.9, 0.1], [0.3, 0.7], [0.4, 0.6]], ("cat", "dog"))
        >>> curve = precision_recall(confidences)
        >>> curve.average_precision.round(3), round(curve.macro_average_precision, 3)
        (array([0.833, 0.5  ]), 0.667)
        >>> at = curve.thresholds == 0.5
        >>> curve.precision[:, at].ravel(), curve.recall[:, at].ravel()
        (array([1. , 0.5]), array([0.5, 1. ]))
    """
    own, other = _bins(confidences, class_index)
    right, said = _at_least(own), _at_least(own + other)
    precision = np.where(said > 0, share(right, said), 1)
    parts = share(own, right[..., :1]) * precision[..., :-1]
    return PrecisionRecall(
        np.append(THRESHOLDS, np.inf),
        precision,
        share(right, right[..., :1]),
        np.where(other.any(axis=-1), parts.sum(axis=-1), np.nan)[()],
    )


def roc(confidences: Confidences, class_index: int | None = None) -> Roc:
    """The receiver operating characteristic of each class against all others, and the area under it.

    The points of the curve are exact, but for the last rounding of float32. The area takes the probabilities of a bin
    for equal, so that a pair of a sample of the class and another one counts a half there: it differs from that of the
    probabilities themselves by at most Σ_b p·n / (2·P·N), where bin b holds p of the P samples of the class and n of
    the N others. On MNIST this is less than 0.001.

    Args:
        confidences: of one epoch, in bins.
        class_index: the class; by default all.

    Returns:
        A `Roc`, of which `macro_auc` is the mean over classes.

    Raises:
        ValueError: `class_index` is no class, or the probabilities of all classes were not counted.

    Example:
        >>> from mnist_tb import confidences_of
        >>> confidences = confidences_of([0, 0, 1], [[0.9, 0.1], [0.3, 0.7], [0.4, 0.6]], ("cat", "dog"))
        >>> roc(confidences).auc
        array([0.5, 0.5])
    """
    own, other = _bins(confidences, class_index)
    false, true = (share(_at_least(bins), bins.sum(axis=-1, keepdims=True))[..., ::-1] for bins in (other, own))
    area = (np.diff(false, axis=-1) * (true[..., 1:] + true[..., :-1]) / 2).sum(axis=-1)
    return Roc(np.append(np.inf, THRESHOLDS[::-1]), false, true, area)


def pr_curve_table(confidences: Confidences, class_index: int) -> Array:
    """What TensorBoard's PR Curves tab shows of a class, (6, 101) float32, at thresholds of even hundredths.

    Its rows are true positives, false positives, true negatives, false negatives, precision and recall; a probability
    from 0.9999999 on is at least 1. A ValueError is as in `precision_recall`.
    """
    own, other = _bins(confidences, class_index)
    right, wrong = _at_least(own)[_HUNDREDTHS], _at_least(other)[_HUNDREDTHS]
    rates = np.nan_to_num([share(right, right + wrong), share(right, right[:1])])
    return np.stack([right, wrong, wrong[0] - wrong, right[0] - right, *rates]).astype(np.float32)


def confidence_scalars(confidences: Confidences) -> dict[str, float]:
    """By tag, the numbers that sum up how sure the answers were: those that are defined and were counted."""
    figures = {"expected_calibration_error": calibration(confidences).expected_calibration_error}
    if confidences.other_counts is not None:
        figures["macro_average_precision"] = precision_recall(confidences).macro_average_precision
        figures["macro_auc"] = roc(confidences).macro_auc
    return {tag: float(value) for tag, value in figures.items() if np.isfinite(value)}


def _bins(confidences: Confidences, class_index: int | None) -> tuple[Array, Array]:
    """How often each probability of a class, or of every one, was given to its samples and to all others."""
    own, other = check_scores(confidences)
    if class_index is None:
        return own, other
    index = check_class("class_index", class_index, len(own))
    return own[index], other[index]


def _at_least(bins: Array) -> Array:
    """How many are in a bin or above, (..., B + 1), of which the last are none."""
    none = np.zeros((*bins.shape[:-1], 1), np.int64)
    return np.concatenate([bins[..., ::-1].cumsum(axis=-1)[..., ::-1], none], axis=-1)
