"""McNemar's test: whether chance explains that of two runs one is right on more of the same samples."""

import math
from typing import Any

import numpy as np

from mnist_tb.events.payload import MATRIX_TAG, TRACKED_TAG, Tracked
from mnist_tb.tensorboard_plugin.params import Params
from mnist_tb.tensorboard_plugin.runs import Run

_FEW = 25  # samples below which the chi-square distribution is a poor approximation


def compare(run: Run, other: Run, params: Params) -> dict[str, Any]:
    """On how many of their "tracked" samples either run alone is right, and how likely chance makes that, "p".

    Nothing is said but "same": false where they saw other samples, or have other classes, as far as names and labels
    tell.
    """
    first, second = (_tracked(one, params.step(name)) for one, name in ((run, "step"), (other, "other_step")))
    if first is None or second is None or run.class_names() != other.class_names():
        return {"same": False}
    if len(first.true) == 0 or not np.array_equal(first.true, second.true):
        return {"same": False}
    is_class = (first.true >= 0) & (first.true < len(run.class_names()))
    right, other_right = (is_class & (one.predicted == one.true) for one in (first, second))
    alone = [int(np.count_nonzero(found)) for found in (right & ~other_right, other_right & ~right)]
    return {"same": True, "tracked": len(first.true), "alone": alone, "p": p_value(*alone)}


def p_value(first: int, second: int) -> float:
    """The two-sided p-value of McNemar's test (Psychometrika 12, 1947, p. 153).

    Exact, by the binomial distribution, for few samples; else by the chi-square distribution of one degree of freedom,
    with Edwards' continuity correction.

    Args:
        first: samples on which the first alone is right.
        second: samples on which the second alone is right.
    """
    total = first + second
    if total < _FEW:
        tail = sum(math.comb(total, count) for count in range(min(first, second) + 1))
        return min(1.0, 2.0 * tail / (1 << total))
    statistic = max(abs(first - second) - 1, 0) ** 2 / total
    return math.erfc(math.sqrt(statistic / 2))


def _tracked(run: Run, step: int) -> Tracked | None:
    """None for a step of a matrix alone, or of a run that tracks no samples."""
    refs = run.series(TRACKED_TAG).refs
    if step not in refs and step in run.series(MATRIX_TAG).refs:
        return None
    found: Tracked = run.at("tracked", step)
    return found
