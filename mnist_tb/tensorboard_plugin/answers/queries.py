"""Arrays → what the routes answer. No requests and no files here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from mnist_tb.events.sample_payloads import TrackedPayload
from mnist_tb.tensorboard_plugin.data.decoding import Array, ClassTotals, Examples, Matrix

_MOST_SPARKS = 40  # steps in the history of every class
_MOST_PAIRS = 50
_COUNTS = ("support", "predicted", "samples")


class Scores(NamedTuple):
    """The numbers of every class, as `report.class_report` has them; each (..., C) float64, NaN where undefined."""

    support: Array
    predicted: Array
    recall: Array
    precision: Array
    f1: Array


def scores(totals: list[ClassTotals]) -> tuple[Scores, dict[str, Array]]:
    """The numbers of every class at each of N steps, and those that sum them up.

    Returns:
        Scores of (N, C), and "accuracy", "balanced_accuracy", "macro_f1" and "samples", each (N,).

    Example:
        >>> right, support, predicted = np.array([[8.0, 9.0], [10.0, 10.0], [9.0, 11.0]])
        >>> scores([ClassTotals(("cat", "dog"), right, support, predicted)])[0].recall
        array([[0.8, 0.9]])
    """
    right, support, predicted = (np.stack(arrays) for arrays in list(zip(*totals, strict=True))[1:])
    recall, f1 = _share(right, support), _share(2 * right, support + predicted)
    samples = support.sum(axis=-1)
    totals = {
        "accuracy": _share(right.sum(axis=-1), samples),
        "balanced_accuracy": _mean_of_defined(recall),
        "macro_f1": _mean_of_defined(f1),
        "samples": samples,
    }
    return Scores(support, predicted, recall, _share(right, predicted), f1), totals


def overview(by_step: Mapping[int, ClassTotals]) -> dict[str, Any]:
    """How good the classifier is, over all steps.

    Args:
        by_step: the sums of each step's matrix, at least one.
    """
    totals = scores(list(by_step.values()))[1]
    return {"steps": list(by_step)} | {name: _listed(name, values) for name, values in totals.items()}


def matrix_answer(run: str, step: int, matrix: Matrix, totals: ClassTotals) -> dict[str, Any]:
    """The matrix of a step, its zeros left out.

    Where few cells are zero, they are not: "indices" is None then, and all cells come in their order.

    Example:
        >>> matrix = Matrix(("ant", "bee", "cat"), np.array([0, 4]), np.array([3, 5]), None, 0)
        >>> answer = matrix_answer("run", 7, matrix, ClassTotals(matrix.class_names, *np.array([[3, 5, 0]] * 3)))
        >>> answer["indices"], answer["counts"], answer["accuracy"]
        ([0, 4], [3, 5], 1.0)
    """
    totals = scores([totals])[1]
    indices, counts, weighted = matrix.cells, matrix.counts, matrix.weighted
    is_dense = 2 * len(indices) > len(matrix.class_names) ** 2
    if is_dense:
        counts = _all_cells(matrix, counts)
        weighted = None if weighted is None else _all_cells(matrix, weighted)
    return {
        "run": run,
        "step": step,
        "num_classes": len(matrix.class_names),
        "indices": None if is_dense else indices.tolist(),
        "counts": counts.tolist(),
        "weighted": None if weighted is None else numbers(weighted),
        "nonfinite": matrix.nonfinite,
    } | {name: numbers(totals[name])[0] for name in ("accuracy", "balanced_accuracy", "macro_f1")}


def _all_cells(matrix: Matrix, values: Array) -> Array:
    """(C · C,) values, zeros included."""
    spread = np.zeros(len(matrix.class_names) ** 2, values.dtype)
    spread[matrix.cells] = values
    return spread


def classes(matrix: Matrix, totals: ClassTotals, by_step: Mapping[int, ClassTotals]) -> dict[str, Any]:
    """Every class at a step, its F1 over time, and what is confused most.

    Args:
        matrix: of the step.
        totals: of the same.
        by_step: the sums of each step's matrix, at least one.
    """
    here = scores([totals])[0]
    steps = list(by_step)
    chosen = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), _MOST_SPARKS)).round().astype(int))
    sparks = scores([by_step[steps[place]] for place in chosen])[0].f1
    return {name: _listed(name, values[0]) for name, values in here._asdict().items()} | {
        "history": {"steps": [steps[place] for place in chosen], "f1": [numbers(row.round(4)) for row in sparks]},
        "most_confused": most_confused(matrix),
    }


def most_confused(matrix: Matrix) -> list[dict[str, Any]]:
    """The pairs of classes that are confused most often, most first, equal ones by their labels.

    Example:
        >>> most_confused(Matrix(("cat", "dog"), np.array([0, 1, 3]), np.array([3, 1, 4]), None, 0))
        [{'true': 0, 'predicted': 1, 'count': 1, 'rate': 0.25}]
    """
    num_classes = len(matrix.class_names)
    true, predicted = np.divmod(matrix.cells, num_classes)
    support = np.bincount(true, matrix.counts, num_classes)
    # A weighted matrix also holds cells without a count: samples of weight and count differ in what is 0.
    wrong = np.flatnonzero((true != predicted) & (matrix.counts > 0))
    counts = matrix.counts[wrong].astype(np.int64)
    if len(wrong) > _MOST_PAIRS:
        enough = counts >= np.partition(counts, -_MOST_PAIRS)[-_MOST_PAIRS]
        wrong, counts = wrong[enough], counts[enough]
    order = wrong[np.argsort(-counts, kind="stable")[:_MOST_PAIRS]]
    rates = matrix.counts[order] / support[true[order]]
    columns = (true[order].tolist(), predicted[order].tolist(), matrix.counts[order].tolist(), rates.tolist())
    return [dict(zip(("true", "predicted", "count", "rate"), row, strict=True)) for row in zip(*columns, strict=True)]


def one_class(index: int, by_step: Mapping[int, ClassTotals]) -> dict[str, Any]:
    """A class over all steps."""
    arrays = scores(list(by_step.values()))[0]._asdict()
    return {"steps": list(by_step)} | {name: _listed(name, values[:, index]) for name, values in arrays.items()}


def count_in(matrix: Matrix, true: int, predicted: int) -> int:
    """How many samples are in a cell.

    Example:
        >>> count_in(Matrix(("cat", "dog"), np.array([0, 1, 3]), np.array([3, 1, 4]), None, 0), 1, 1)
        4
    """
    cell = true * len(matrix.class_names) + predicted
    place = int(np.searchsorted(matrix.cells, cell))
    return int(matrix.counts[place]) if place < len(matrix.cells) and matrix.cells[place] == cell else 0


def chosen_examples(
    table: Examples, num_classes: int, true: int | None, predicted: int | None, most: int
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
    was_right, is_right = before.predicted == before.true, after.predicted == after.true
    known = after.true >= 0
    # The file may hold anything: what is no class can't be shown as one.
    for labels in (after.true, before.predicted, after.predicted):
        known = known & (labels >= 0) & (labels < num_classes)
    for name, rows in {"broken": was_right & ~is_right, "fixed": ~was_right & is_right}.items():
        positions = np.flatnonzero(known & rows)
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


def _listed(name: str, values: Array) -> list[Any]:
    """Counts as whole numbers, and the others as `numbers` has them."""
    return values.astype(np.int64).tolist() if name in _COUNTS else numbers(values)


def _share(part: Array, total: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(part / total)


def _mean_of_defined(values: Array) -> Array:
    """The mean over the last axis of what is not NaN; NaN where nothing is."""
    return _share(np.nansum(values, axis=-1), (~np.isnan(values)).sum(axis=-1))
