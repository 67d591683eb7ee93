"""The list of runs: what each holds, and what is known to be wrong with it."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mnist_tb.events.confidence import CONFIDENCES_TAG
from mnist_tb.events.payload import EXAMPLES_TAG, MATRIX_TAG, TRACKED_TAG, Array
from mnist_tb.tensorboard_plugin.numbers import SCORES, metrics_of
from mnist_tb.tensorboard_plugin.runs import CHECKED, KINDS, ClassTotals, Run

_MOST_WARNINGS = 20


def describe(run: Run, limit: int, damage: Sequence[str] | None) -> dict[str, Any]:
    """A run, as the answer to /runs holds it.

    Of a series, TensorBoard keeps `limit` steps, 0 for all. `damage` is what is damaged in the run's files, None as
    long as that is not known.
    """
    newest, refs = run.newest(), run.series(MATRIX_TAG).refs
    names, error = ((), newest) if isinstance(newest, str) else (newest.class_names, None)
    if damage and not refs:
        error = damage[0]
    known = {step: run.known("totals", ref) for step, ref in refs.items()}
    others = [step for step, totals in known.items() if isinstance(totals, ClassTotals) and totals.class_names != names]
    # What was not checked yet is offered.
    good = [step for step in refs if step not in others and not isinstance(known[step], str)]
    warnings = [f"step {step} has other classes than the newest step" for step in others]
    warnings = [*(damage or ()), *warnings, *([] if error else _problems(run))]
    if (more := len(warnings) - _MOST_WARNINGS) > 0:
        warnings = [*warnings[:_MOST_WARNINGS], f"and {more} more like these"]
    return {
        "run": run.name,
        "split": split_of(run.name),
        "class_names": list(names),
        "class_groups": [] if isinstance(newest, str) else _groups(newest.class_groups, names),
        "steps": good,
        "wall_times": np.array([refs[step].wall_time for step in good]),
        "scores": _scores([known[step] for step in good]),
        "has_examples": _may_have(run, "examples"),
        "has_tracked": _may_have(run, "tracked"),
        "has_confidences": _may_have(run, "confidence_totals"),
        "dropped": were_dropped(list(refs), limit),
        "error": error,
        "warnings": warnings,
        "checked": damage is not None and not run.unchecked(),
    }


def _groups(groups: Mapping[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """Groups of classes as a list, whose order JavaScript keeps, with the numbers of the classes."""
    number = {name: index for index, name in enumerate(names)}
    return [
        {"name": name, "classes": [], "groups": _groups(members, names)}
        if isinstance(members, Mapping)
        else {"name": name, "classes": [number[member] for member in members], "groups": []}
        for name, members in groups.items()
    ]


def _scores(known: Sequence[ClassTotals | None]) -> dict[str, Array]:
    """How good the classifier is at each step; None where that is not known yet, or there are no samples."""
    there = [place for place, totals in enumerate(known) if totals is not None]
    scores = {name: np.full(len(known), np.nan) for name in SCORES}
    if there:
        metrics = metrics_of(totals for totals in known if totals is not None)
        for name, values in scores.items():
            values[there] = metrics[name].round(5)
    return scores


def split_of(run: str) -> str:
    """What a run was evaluated on, by the name of its folder; "" where that says nothing."""
    last = run.replace("\\", "/").rsplit("/", 1)[-1]
    return last if last in ("validation", "train") else ""


def were_dropped(steps: Sequence[int], limit: int) -> bool:
    """Whether TensorBoard seems to have sampled steps away.

    It keeps a random choice of as many as `limit`: so many steps with uneven gaps are such a choice.
    """
    if limit == 0 or len(steps) < max(2, limit):
        return False
    return len({later - step for step, later in itertools.pairwise(steps)}) > 1


def _problems(run: Run) -> list[str]:
    """A message for each tag, and for each step, that is known to be unreadable."""
    tags = (EXAMPLES_TAG, TRACKED_TAG, CONFIDENCES_TAG)
    left = [f"{tag} can't be read: {run.series(tag).problem}" for tag in tags if run.series(tag).problem]
    return left + [
        f"{KINDS[kind]} at step {step} can't be read: {message}"
        for kind in CHECKED
        for step, ref in run.series(KINDS[kind]).refs.items()
        if isinstance(message := run.known(kind, ref), str)
    ]


def _may_have(run: Run, kind: str) -> bool:
    """Whether a run has things of a kind that can be read, or were not checked yet."""
    return any(not isinstance(run.known(kind, ref), str) for ref in run.series(KINDS[kind]).refs.values())
