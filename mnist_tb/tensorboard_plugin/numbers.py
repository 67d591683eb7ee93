"""Counts, metrics and an order of the classes: the answers that need no single samples."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from mnist_tb.events.payload import Array, Matrix
from mnist_tb.report import class_metrics
from mnist_tb.tensorboard_plugin.params import Params
from mnist_tb.tensorboard_plugin.runs import ClassTotals, Run

SCORES = ("accuracy", "balanced_accuracy", "macro_f1")
_MOST_SPARKS = 40  # steps in the history of every class


def overview(run: Run, params: Params) -> dict[str, Any]:
    """How good the classifier is, over all steps, and the largest cells, which a scale for all of them must hold."""
    by_step = run.all_totals()
    metrics = metrics_of(by_step.values())
    largest = {"largest": _largest(totals.largest for totals in by_step.values())}
    return {"steps": list(by_step)} | {name: metrics[name] for name in SCORES} | largest


def matrix(run: Run, params: Params) -> dict[str, Any]:
    """The matrix of a step, its zeros left out; where these are few, "indices" is None, and all cells come in order."""
    step = params.step("step")
    found = run.matrix_at(step)
    is_sparse = 2 * len(found.cells) <= len(found.class_names) ** 2
    counts, weighted = (
        values if values is None or is_sparse else found.dense(values).ravel()
        for values in (found.counts, found.weighted)
    )
    return {
        "step": step,
        "num_classes": len(found.class_names),
        "indices": found.cells if is_sparse else None,
        "counts": counts,
        "weighted": weighted,
        "nonfinite": found.nonfinite,
    }


def classes(run: Run, params: Params) -> dict[str, Any]:
    """The F1 of every class over time, at some 40 steps at most."""
    by_step = run.all_totals()
    steps = list(by_step)
    chosen = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), _MOST_SPARKS)).round().astype(int))
    f1 = metrics_of(by_step[steps[place]] for place in chosen)["f1"]
    return {"history": {"steps": [steps[place] for place in chosen], "f1": f1.round(4)}}


def one_class(run: Run, params: Params) -> dict[str, Any]:
    """A class over all steps."""
    index, by_step = params.class_index("class", len(run.class_names())), run.all_totals()
    metrics = metrics_of(by_step.values())
    return {"steps": list(by_step)} | {name: metrics[name][:, index] for name in ("recall", "precision", "f1")}


def cell(run: Run, params: Params) -> dict[str, Any]:
    """The count of a cell over all steps."""
    num_classes = len(run.class_names())
    true, predicted = params.cell(num_classes)
    index, steps = true * num_classes + predicted, list(run.all_totals())
    counts = run.over_steps(steps, lambda found: int(found.counts[found.cells == index].sum()))
    return {"steps": steps, "counts": counts}


def order(run: Run, params: Params) -> dict[str, Any]:
    """All classes, confusable ones side by side."""
    return {"order": run.of_matrix(params.step("step"), similar_order)}


def groups(run: Run, params: Params) -> dict[str, Any]:
    """Classes that are confused, in groups."""
    return {"groups": run.of_matrix(params.step("step"), similar_groups)}


def _largest(by_step: Iterable[Array]) -> dict[str, Any]:
    """Of "counts" and "weighted" (None without weights), by what is shown: the largest, and that off the diagonal."""
    counts, weighted = np.max(list(by_step), axis=0)
    return {
        kind: dict(zip(("count", "true", "pred", "all"), values.tolist(), strict=True))
        if np.isfinite(values).all()
        else None
        for kind, values in (("counts", counts), ("weighted", weighted))
    }


def metrics_of(totals: Iterable[ClassTotals]) -> dict[str, Array]:
    """The metrics of the classes at each of N steps, (N, C) and (N,)."""
    return class_metrics(*(np.stack(arrays) for arrays in list(zip(*totals, strict=True))[1:4]))


def similar_order(matrix: Matrix) -> list[int]:
    """All classes, confusable ones side by side; those that are never confused in the order of their labels."""
    return [index for chain in _chains(matrix, len(matrix.class_names)) for index in chain]


def similar_groups(matrix: Matrix) -> list[list[int]]:
    """Groups of classes that are confused, √C or fewer in each, and at least two.

    With such a limit, the groups of made hierarchies of 10 to 1,000 classes are found again as well as by average
    linkage, and hold as many of the mistakes, for less code. Without one, one group would swallow most classes.
    """
    most = math.isqrt(len(matrix.class_names) - 1) + 1  # rounded up
    return [chain for chain in _chains(matrix, most) if len(chain) > 1]


def _chains(matrix: Matrix, most: int) -> Iterable[list[int]]:
    """All classes in chains of confusable ones, no longer than `most`, in the order of their first labels.

    The two classes that are confused most are joined to a chain, then the next two, and so on (single-linkage
    clustering); where two chains meet, they are turned so that the classes that joined them come close.
    """
    chain_of: list[list[int]] = [[index] for index in range(len(matrix.class_names))]
    for one, other in _confused_pairs(matrix):
        left, right = chain_of[one], chain_of[other]
        if left is right or len(left) + len(right) > most:
            continue
        joined = _join(left, right, one, other)
        for index in joined:
            chain_of[index] = joined
        if len(joined) == len(chain_of):
            break
    return {id(chain): chain for chain in chain_of}.values()


def _confused_pairs(matrix: Matrix) -> Iterator[tuple[int, int]]:
    """The classes that are confused, most similar pairs first; equal ones in the order of their labels.

    The similarity of two classes is the share of either that is taken for the other, added.
    """
    classes = len(matrix.class_names)
    true, predicted = np.divmod(matrix.cells, classes)
    share = matrix.counts / np.maximum(np.bincount(true, matrix.counts, classes), 1)[true]
    low, high = np.minimum(true, predicted), np.maximum(true, predicted)
    pairs, places = np.unique(low * classes + high, return_inverse=True)
    similarity = np.bincount(places, share)
    order = np.argsort(-similarity, kind="stable")
    pairs = pairs[order[similarity[order] > 0]]
    for begin in range(0, len(pairs), 10 * classes):  # after the first of half a million, most often all are joined
        low, high = np.divmod(pairs[begin : begin + 10 * classes], classes)
        yield from zip(low.tolist(), high.tolist(), strict=True)


def _join(left: list[int], right: list[int], one: int, other: int) -> list[int]:
    """The two chains as one, turned so that `one` of the left and `other` of the right come close."""
    if left.index(one) < len(left) / 2 - 0.5:
        left = left[::-1]
    if right.index(other) > len(right) / 2 - 0.5:
        right = right[::-1]
    return left + right
