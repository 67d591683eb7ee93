"""A confusion matrix, or some of its classes, as a heat map: what its cells, title and captions say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_tb.images.canvas import Drawing
from mnist_tb.images.heat_map import MOST_CELLS, MOST_NUMBERED, HeatMap
from mnist_tb.images.number_text import percent, short_count
from mnist_tb.report import Counts, Normalize, class_report, normalize_counts

RATE_CAPTIONS = {
    "true": "rate: share of the true class (its row)",
    "pred": "rate: share of the predicted class (its column)",
    "all": "rate: share of all samples",
}
# What the legend shows: shares that are easy to tell apart on the scale of shades().
LEGEND_SHARES = (0.0, 0.01, 0.1, 0.5, 1.0)


def draw_matrix(
    counts: Counts,
    names: Sequence[str],
    classes: NDArray[np.intp],
    normalize: Normalize,
    heading: str,
    nonfinite_predictions: int,
    weighted: bool,
) -> Drawing:
    """The rows and columns of some classes, with rates and accuracies of the whole matrix.

    Args:
        counts: (C, C), checked; rows true, columns predicted.
        names: C names.
        classes: those that are drawn, ascending.
        normalize: see `confusion_matrix_image`, as the last two.
        heading: first line of the title.
        nonfinite_predictions: how many samples were left out.
        weighted: whether counts are sums of sample weights.

    Returns:
        The picture.
    """
    rates = normalize_counts(counts, normalize)
    # Shares of a row or column are comparable between epochs; others have no natural maximum.
    highest = 1.0 if normalize in ("true", "pred") else float(rates.max())
    shown_counts, shown_rates = (matrix[np.ix_(classes, classes)] for matrix in (counts, rates))
    texts, samples = _cell_texts(shown_counts, shown_rates, normalize, float(counts.sum(axis=1).max()))
    values, labels, pooled = _pool(shown_rates / (highest or 1.0), [names[index] for index in classes])
    report = class_report(counts)
    accuracy, balanced = percent(report.accuracy, " "), percent(report.balanced_accuracy, " ")
    return HeatMap(
        values=values,
        labels=labels,
        cell_texts=texts,
        cell_samples=samples,
        heading=heading,
        summary=f"accuracy {accuracy} · balanced {balanced}",
        warning=_warning(nonfinite_predictions),
        captions=_captions(normalize, weighted, pooled),
        legend=() if texts else _legend(normalize, highest),
    ).draw()


def _cell_texts(
    counts: Counts, rates: NDArray[np.float64], normalize: Normalize, largest: float
) -> tuple[list[list[list[str]]], list[list[str]]]:
    """Count and rate of each cell, and what the longest of them may be; none where there is no room."""
    if len(counts) > MOST_NUMBERED:
        return [], []
    texts, samples = [_each(short_count, counts)], [[short_count(largest)]]
    if normalize is not None:
        texts.append(_each(percent, rates))
        samples.append(["<0.1%"])
    return texts, samples


def _each(text_of: Callable[[float], str], numbers: Counts) -> list[list[str]]:
    """The text of each number, in the same shape."""
    return [[text_of(number) for number in row] for row in numbers.tolist()]


def _pool(values: NDArray[np.float64], labels: Sequence[str]) -> tuple[NDArray[np.float64], Sequence[str], int]:
    """Squares of cells merged into one, as few as fit; the highest stays, so no mistake disappears."""
    factor = 1 if len(values) <= MOST_CELLS else -(-len(values) // 1000)
    if factor == 1:
        return values, labels, 1
    starts = np.arange(0, len(values), factor)
    pooled = np.maximum.reduceat(np.maximum.reduceat(values, starts, axis=0), starts, axis=1)
    return pooled, labels[::factor], factor


def _warning(nonfinite_predictions: int) -> str:
    if nonfinite_predictions == 1:
        return "1 prediction was NaN or infinite and is not counted"
    if nonfinite_predictions > 1:
        return f"{nonfinite_predictions} predictions were NaN or infinite and are not counted"
    return ""


def _captions(normalize: Normalize, weighted: bool, pooled: int) -> list[str]:
    captions = [RATE_CAPTIONS[normalize] if normalize else "colour: count"]
    if weighted:
        captions.append("counts are sums of sample weights")
    if pooled > 1:
        captions.append(f"each cell: the highest of {pooled} × {pooled}")
    return captions


def _legend(normalize: Normalize, highest: float) -> list[tuple[float, str]]:
    text_of = short_count if normalize is None else percent
    return [(share, text_of(share * highest).replace(".0%", "%")) for share in LEGEND_SHARES]
