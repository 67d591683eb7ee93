"""Arrays → what the routes answer. No requests and no files here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mnist_tb.events.payload import SparseMatrix
from mnist_tb.events.sample_payloads import ExamplesTable, TrackedPayload
from mnist_tb.report import ClassMetrics, class_metrics, find_flips
from mnist_tb.tensorboard_plugin.data.decoding import Array, ClassTotals

_MOST_SPARKS = 40  # steps in the history of every class

ByStep = Mapping[int, ClassTotals]


def metrics_of(totals: list[ClassTotals]) -> ClassMetrics:
    """The metrics of the classes at each of N steps, (N, C) and (N,)."""
    return class_metrics(*(np.stack(arrays) for arrays in list(zip(*totals, strict=True))[1:]))


def overview(by_step: ByStep) -> dict[str, Any]:
    """How good the classifier is, over all steps."""
    return {"steps": list(by_step), "accuracy": numbers(metrics_of(list(by_step.values())).accuracy)}


def matrix_answer(step: int, matrix: SparseMatrix) -> dict[str, Any]:
    """The matrix of a step, its zeros left out.

    Where few cells are zero, they are not: "indices" is None then, and all cells come in their order.

    Example:
        >>> matrix = SparseMatrix(("ant", "bee", "cat"), np.array([0, 4]), np.array([3, 5]), None, 0)
        >>> answer = matrix_answer(7, matrix)
        >>> answer["indices"], answer["counts"]
        ([0, 4], [3, 5])
    """
    indices, counts, weighted = matrix.cells, matrix.counts, matrix.weighted
    is_dense = 2 * len(indices) > len(matrix.class_names) ** 2
    if is_dense:
        counts, _, weighted, _ = matrix.dense()
        counts, weighted = counts.ravel(), None if weighted is None else weighted.ravel()
    return {
        "step": step,
        "num_classes": len(matrix.class_names),
        "indices": None if is_dense else indices.tolist(),
        "counts": counts.tolist(),
        "weighted": None if weighted is None else numbers(weighted),
        "nonfinite": matrix.nonfinite,
    }


def class_history(by_step: ByStep) -> dict[str, Any]:
    """The F1 of every class over time, at some 40 steps at most."""
    steps = list(by_step)
    chosen = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), _MOST_SPARKS)).round().astype(int))
    f1 = metrics_of([by_step[steps[place]] for place in chosen]).f1
    return {"history": {"steps": [steps[place] for place in chosen], "f1": [numbers(row.round(4)) for row in f1]}}


def one_class(index: int, by_step: ByStep) -> dict[str, Any]:
    """A class over all steps."""
    metrics = metrics_of(list(by_step.values()))
    columns = {"recall": metrics.recall, "precision": metrics.precision, "f1": metrics.f1}
    return {"steps": list(by_step)} | {name: numbers(values[:, index]) for name, values in columns.items()}


def count_in(matrix: SparseMatrix, true: int, predicted: int) -> int:
    """How many samples are in a cell.

    Example:
        >>> count_in(SparseMatrix(("cat", "dog"), np.array([0, 1, 3]), np.array([3, 1, 4]), None, 0), 1, 1)
        4
    """
    cell = true * len(matrix.class_names) + predicted
    place = int(np.searchsorted(matrix.cells, cell))
    return int(matrix.counts[place]) if place < len(matrix.cells) and matrix.cells[place] == cell else 0


def chosen_examples(
    table: ExamplesTable, num_classes: int, true: int | None, predicted: int | None, most: int
) -> tuple[Array, int]:
    """Which of the examples are those of a cell, or of a row, a column or all.

    Returns:
        The places of at most `most` of them, most confident first, and how many there are.
    """
    wanted = (table.true < num_classes) & (table.predicted < num_classes)  # the file may hold anything
    if true is not None:
        wanted &= table.true == true
    if predicted is not None:
        wanted &= table.predicted == predicted
    rows = np.flatnonzero(wanted)
    return rows[np.lexsort((table.position[rows], -table.confidence[rows]))][:most], len(rows)


def flips(before: TrackedPayload, after: TrackedPayload, num_classes: int) -> dict[str, Any]:
    """Which of the tracked samples broke or were fixed between two steps.

    Returns:
        "stable", whether both steps saw the same samples in the same order as far as their labels tell, and
        "broken" and "fixed", each a list of samples; none are known where the order is not stable.

    Example:
        >>> before = TrackedPayload(np.array([4, 7]), np.array([4, 1]))
        >>> flips(before, TrackedPayload(np.array([4, 7]), np.array([9, 7])), 10)["broken"]
        [{'position': 0, 'true': 4, 'before': 4, 'after': 9}]
    """
    stable = np.array_equal(before.true, after.true)
    found: dict[str, Any] = {"stable": stable, "broken": [], "fixed": []}
    if not stable:
        return found
    # The file may hold anything: what is no class can't be shown as one.
    true = after.true.copy()
    for labels in (after.true, before.predicted, after.predicted):
        true[(labels < 0) | (labels >= num_classes)] = -1
    for name, positions in find_flips(true, before.predicted, after.predicted)._asdict().items():
        columns = (positions, after.true[positions], before.predicted[positions], after.predicted[positions])
        keys = ("position", "true", "before", "after")
        lists = zip(*(column.tolist() for column in columns), strict=True)
        found[name] = [dict(zip(keys, row, strict=True)) for row in lists]
    return found


def numbers(values: Array) -> list[float | None]:
    """Floats as JSON has them: None for NaN and infinity.

    Example:
        >>> numbers(np.array([0.5, np.nan]))
        [0.5, None]
    """
    listed: list[float | None] = values.tolist()
    finite = np.isfinite(values)
    if finite.all():
        return listed
    return [value if is_finite else None for value, is_finite in zip(listed, finite.tolist(), strict=True)]
