"""Counts of a confusion matrix → the numbers of every class, as in scikit-learn, but for NaN where it puts 0 and warns.

So a class that was never seen is not taken for one that is always wrong. NumPy only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Normalize = Literal["true", "pred", "all"] | None
Counts = NDArray[Any]  # (C, C), int64 or float64: rows true, columns predicted
_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClassReport:
    """The numbers of every class, and three that sum them up.

    Attributes:
        class_names: C names, in the order of the arrays.
        recall: (C,) float64 in [0, 1], the share of the samples of a class that was recognised, also called
            the accuracy of the class; NaN for a class without samples.
        precision: (C,) float64 in [0, 1], the share of the predictions of a class that was right; NaN for a
            class never predicted.
        f1: (C,) float64 in [0, 1], the harmonic mean of the two, 2·tp / (2·tp + fp + fn); NaN for a class
            without samples that was never predicted either.
        support: (C,) float64, samples of each class, or the sum of their weights.
        accuracy: float, the share of all samples that was recognised; NaN without samples.
        balanced_accuracy: float, the mean recall of the classes with samples.
        macro_f1: float, the mean F1 of the classes with samples or predictions.
    """

    class_names: tuple[str, ...]
    recall: _Floats
    precision: _Floats
    f1: _Floats
    support: _Floats
    accuracy: float
    balanced_accuracy: float
    macro_f1: float


def class_report(counts: ArrayLike, class_names: Sequence[str] | None = None) -> ClassReport:
    """Recall, precision, F1 and support of every class.

    Args:
        counts: (C, C), finite and at least 0; rows true, columns predicted. Floats when samples are weighted.
        class_names: C names; by default "0", "1", ….

    Returns:
        A `ClassReport` of float64 numbers.

    Raises:
        ValueError: `counts` is no such matrix, or the number of names is another.

    Example:
        >>> report = class_report([[8, 2], [1, 9]], ["cat", "dog"])
        >>> report.recall
        array([0.8, 0.9])
        >>> report.accuracy
        0.85
    """
    matrix = check_counts(counts).astype(np.float64)
    names = check_class_names(class_names, len(matrix))
    metrics = class_metrics(np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0))
    values: dict[str, Any] = {name: array if array.ndim else float(array) for name, array in metrics.items()}
    return ClassReport(names, **values)


def class_metrics(right: _Floats, support: _Floats, predicted: _Floats) -> dict[str, _Floats]:
    """The numbers of `ClassReport`, (..., C) or (...), from diagonals and sums of rows and columns, (..., C)."""
    recall, f1 = share(right, support), share(2 * right, support + predicted)
    return {
        "recall": recall,
        "precision": share(right, predicted),
        "f1": f1,
        "support": support,
        "accuracy": np.minimum(share(right.sum(axis=-1), support.sum(axis=-1)), 1),  # rounding of weights may exceed 1
        "balanced_accuracy": mean_of_defined(recall),
        "macro_f1": mean_of_defined(f1),
    }


def most_confused(counts: ArrayLike, top: int = 10) -> list[tuple[int, int, int | float]]:
    """The pairs of classes that are mistaken for each other most often.

    Args:
        counts: (C, C), finite and at least 0; rows true, columns predicted.
        top: how many pairs at most, at least 0.

    Returns:
        `(true, predicted, count)`, biggest count first, equal ones by true and then predicted class; pairs
        that never occur are left out. Counts are `int` where the matrix holds integers, else `float`.

    Raises:
        ValueError: `counts` is no such matrix, or `top` is negative.

    Example:
        >>> most_confused([[8, 2, 0], [1, 9, 0], [0, 5, 5]], top=2)
        [(2, 1, 5), (0, 1, 2)]
    """
    if top < 0:
        raise ValueError(f"top must be at least 0, but is {top}; give the number of pairs wanted.")
    mistakes = check_counts(counts).copy()
    np.fill_diagonal(mistakes, 0)
    cells = np.flatnonzero(mistakes)
    order = np.argsort(-mistakes.flat[cells], kind="stable")[:top]  # equal ones stay in the order of their index
    true, predicted = np.divmod(cells[order], len(mistakes))
    return list(zip(true.tolist(), predicted.tolist(), mistakes.flat[cells[order]].tolist(), strict=True))


class Flips(NamedTuple):
    """The positions of samples whose prediction turned between two epochs, ascending."""

    broken: NDArray[np.int64]  # right before and wrong after
    fixed: NDArray[np.int64]  # wrong before and right after


def find_flips(true: NDArray[Any], before: NDArray[Any], after: NDArray[Any]) -> Flips:
    """Which of N samples became wrong or right from one epoch to a later one; those of a label below 0 are left out."""
    was_right, is_right, known = before == true, after == true, true >= 0
    return Flips(np.flatnonzero(known & was_right & ~is_right), np.flatnonzero(known & ~was_right & is_right))


def normalize_counts(counts: ArrayLike, normalize: Normalize) -> Counts:
    """Counts as float64 shares of their row, their column or all, 0 where there are no samples; unchanged for None."""
    checked = check_counts(counts)
    if normalize is None:
        return checked
    axes: dict[str, Any] = {"true": 1, "pred": 0, "all": (0, 1)}
    if normalize not in axes:
        raise ValueError(f'normalize must be "true", "pred", "all" or None, but is {normalize!r}; choose one of them.')
    matrix = checked.astype(np.float64)
    return np.nan_to_num(share(matrix, matrix.sum(axis=axes[normalize], keepdims=True)))


def check_counts(counts: ArrayLike) -> Counts:
    """The counts as an array (C, C), float64 where they are floats, else int64; what is no such matrix is refused."""
    matrix = np.asarray(counts)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(
            f"counts must be a square matrix, true classes on the rows and predicted ones on the columns, "
            f"but the shape is {matrix.shape}; give one row and one column for each class."
        )
    if matrix.dtype.kind not in "biuf":
        raise ValueError(f"counts must be numbers, but are of type {matrix.dtype}; convert them to int or float.")
    # Narrow numbers would overflow in sums, and unsigned ones can't be negated to be sorted.
    matrix = matrix.astype(np.float64 if matrix.dtype.kind == "f" else np.int64, copy=False)
    low, high = matrix.min(), matrix.max()  # NaN where there is one
    if not (low >= 0 and high < np.inf):
        raise ValueError(
            f"counts must be finite and at least 0, but range from {low} to {high}; check how they were made."
        )
    return matrix


def check_class_names(class_names: Sequence[str] | None, num_classes: int) -> tuple[str, ...]:
    """The names as strings, of which there must be one for each class; by default "0", "1", …."""
    names = tuple(map(str, range(num_classes) if class_names is None else class_names))
    if len(names) != num_classes:
        raise ValueError(
            f"class_names must hold one name for each of the {num_classes} classes, but holds {len(names)}; "
            f"give the names in the order of the classes."
        )
    return names


def share(part: _Floats, total: _Floats) -> _Floats:
    """`part / total`, NaN without a warning where the total is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(part / total)


def mean_of_defined(values: _Floats) -> _Floats:
    """The mean over the last axis of the values that are not NaN; NaN where there are none."""
    return share(np.nansum(values, axis=-1), np.asarray((~np.isnan(values)).sum(axis=-1), np.float64))
