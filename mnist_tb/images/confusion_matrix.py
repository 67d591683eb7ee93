"""Counts of a confusion matrix → a picture. Rows are true classes, columns predicted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from mnist_tb.images.heat_map import MOST_CELLS, MOST_NUMBERED, HeatMapContent, draw_heat_map
from mnist_tb.images.numbers import percent, short_count
from mnist_tb.report import (
    Counts,
    Normalize,
    check_class_names,
    check_counts,
    class_report,
    most_confused,
    normalize_counts,
)

RATE_CAPTIONS = {
    "true": "rate: share of the true class (its row)",
    "pred": "rate: share of the predicted class (its column)",
    "all": "rate: share of all samples",
}
# What the legend shows: shares that are easy to tell apart on the scale of shades().
LEGEND_SHARES = (0.0, 0.01, 0.1, 0.5, 1.0)


def confusion_matrix_image(
    counts: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    normalize: Normalize = "true",
    title: str = "",
    nonfinite_predictions: int = 0,
    weighted: bool = False,
    max_classes: int | None = None,
) -> Image.Image:
    """A confusion matrix as a picture that is legible in TensorBoard's card of 340 pixels and at full size.

    Up to 30 classes each cell carries its count and its rate. With more, colours alone tell, and names are
    left out where there is no room; beyond 1,200 classes each cell shows the highest of several.

    Args:
        counts: (C, C), finite and at least 0; rows true, columns predicted.
        class_names: C names; by default "0", "1", ….
        normalize: what rates and colours refer to: "true" the row, "pred" the column, "all" all samples; with
            None there are no rates, and colours follow the counts.
        title: first line, such as "epoch 7"; accuracy and balanced accuracy follow on the second.
        nonfinite_predictions: how many samples were left out since their prediction was NaN or infinite.
        weighted: whether counts are sums of sample weights.
        max_classes: draw no more classes than this, 2 to 30, those that are most confused; rates and accuracies still
            refer to the whole matrix. By default all are drawn.

    Returns:
        A `PIL.Image.Image`, RGB, which a notebook shows by itself; about 750 × 900 for 10 classes, at most about 1,700
            on a side.

    Raises:
        ValueError: `counts` is no such matrix, the number of names is another, `normalize` is unknown, or
            `max_classes` is not from 2 to 30.

    Example:
        >>> confusion_matrix_image([[8, 2], [1, 9]], ["cat", "dog"], title="epoch 7").mode
        'RGB'
    """
    if max_classes is not None and not 2 <= max_classes <= MOST_NUMBERED:
        raise ValueError(f"max_classes must be from 2 to {MOST_NUMBERED}, but is {max_classes}; 20 reads well.")
    matrix = check_counts(counts)
    names = check_class_names(class_names, len(matrix))
    classes = np.arange(len(matrix))
    if max_classes is not None:
        classes = most_confused_classes(matrix, max_classes)
        what = "most confused of" if np.trace(matrix) < matrix.sum() else "without mistakes, of"
        parts = [title, f"{len(classes)} {what} {len(matrix)} classes"]
        title = " · ".join(part for part in parts if part)
    rates = normalize_counts(matrix, normalize)
    # Shares of a row or column are comparable between epochs; others have no natural maximum.
    highest = 1.0 if normalize in ("true", "pred") else float(rates.max())
    drawn_counts, drawn_rates = (array[np.ix_(classes, classes)] for array in (matrix, rates))
    texts, samples = _cell_texts(drawn_counts, drawn_rates, normalize, float(matrix.sum(axis=1).max()))
    values, labels, pooled = _pool(drawn_rates / (highest or 1.0), [names[index] for index in classes])
    report = class_report(matrix)
    accuracy, balanced = percent(report.accuracy, " "), percent(report.balanced_accuracy, " ")
    content = HeatMapContent(
        values=values,
        labels=labels,
        cell_texts=texts,
        cell_samples=samples,
        heading=title,
        summary=f"accuracy {accuracy} · balanced {balanced}",
        warning=_warning(nonfinite_predictions),
        captions=_captions(normalize, weighted, pooled),
        legend=() if texts else _legend(normalize, highest),
    )
    return draw_heat_map(content)


def most_confused_classes(counts: Counts, limit: int) -> NDArray[np.intp]:
    """The classes of the most confused pairs, pair after pair as long as both have room.

    Args:
        counts: (C, C), checked; rows true, columns predicted.
        limit: how many classes at most.

    Returns:
        At most `limit` class indices, ascending; the first classes where there are no mistakes at all.
    """
    chosen: set[int] = set()
    # A mistake counts the same in both directions: what matters is that the two are hard to tell apart.
    for true, predicted, _ in most_confused(np.triu(counts + counts.T, 1), top=limit**2):
        if len(chosen | {true, predicted}) <= limit:
            chosen |= {true, predicted}
    return np.array(sorted(chosen or range(min(limit, len(counts)))), dtype=np.intp)


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
