"""The list of runs: what each holds, and what is known to be wrong with it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from mnist_tb.events.payload import EXAMPLES_TAG, MATRIX_TAG, TRACKED_TAG
from mnist_tb.tensorboard_plugin.data.decoding import ClassTotals, Unreadable
from mnist_tb.tensorboard_plugin.data.logs import Ref
from mnist_tb.tensorboard_plugin.data.runs import Run

_MOST_WARNINGS = 20
_DEFAULT_SAMPLES = 10  # steps that a TensorBoard keeps that was not told to keep more


def describe(run: Run, limit: int | None) -> dict[str, Any]:
    """A run, as the answer to /runs holds it.

    Args:
        run: the run.
        limit: how many steps of a series TensorBoard keeps, 0 for all, None where that is not known.
    """
    refs = run.refs(MATRIX_TAG)
    newest = _newest_good(run)
    checked = [_known_problems(run, kind, refs_of) for kind, refs_of in kinds_of(run)]
    names = newest.class_names if newest else ()
    warnings = _other_classes(run, refs, names) + [line for lines, _ in checked for line in lines]
    good = [ref for ref in refs if newest and _is_good(run, ref, names)]
    return {
        "run": run.name,
        "split": split_of(run.name),
        "class_names": list(names),
        "steps": [ref.step for ref in good],
        "wall_times": [ref.wall_time if math.isfinite(ref.wall_time) else None for ref in good],
        "has_examples": _may_have(run, "examples", EXAMPLES_TAG),
        "has_tracked": _may_have(run, "tracked", TRACKED_TAG),
        "dropped": were_dropped([ref.step for ref in refs], limit),
        "error": None if newest else _error(run, refs),
        "warnings": _capped(warnings) if newest else [],
        "checked": all(complete for _, complete in checked),
    }


def split_of(run: str) -> str:
    """What a run was evaluated on, by the name of its folder.

    Example:
        >>> split_of("logs/mnist_tb/validation"), split_of("logs")
        ('validation', '')
    """
    last = run.replace("\\", "/").rsplit("/", 1)[-1]
    return last if last in ("validation", "train") else ""


def were_dropped(steps: Sequence[int], limit: int | None) -> bool:
    """Whether TensorBoard seems to have sampled steps away.

    It keeps a random choice of as many as `limit`: so many steps with uneven gaps are such a choice.

    Example:
        >>> were_dropped([0, 1, 2, 3], 4), were_dropped([0, 3, 4, 9], 4), were_dropped([0, 3, 4, 9], 0)
        (False, True, False)
    """
    if limit == 0 or len(steps) < max(2, limit or _DEFAULT_SAMPLES):
        return False
    gap = min(later - step for step, later in itertools.pairwise(steps))
    return steps[-1] - steps[0] != gap * (len(steps) - 1)


def kinds_of(run: Run) -> list[tuple[str, tuple[Ref, ...]]]:
    """The kinds of things that a run holds, as `Run.decoded` names them, with their steps."""
    tags = {"totals": MATRIX_TAG, "examples": EXAMPLES_TAG, "tracked": TRACKED_TAG}
    return [(kind, run.refs(tag)) for kind, tag in tags.items()]


def _newest_good(run: Run) -> ClassTotals | None:
    """The newest matrix that can be read."""
    totals = (run.totals(ref) for ref in reversed(run.refs(MATRIX_TAG)))
    return next((found for found in totals if isinstance(found, ClassTotals)), None)


def _known_problems(run: Run, kind: str, refs: Sequence[Ref]) -> tuple[list[str], bool]:
    """A message for each step of a kind that is known to be unreadable, and whether all were checked."""
    warnings = [
        f"{ref.tag} at step {ref.step} can't be read: {value.message}"
        for ref in refs
        if isinstance(value := run.known(kind, ref), Unreadable)
    ]
    left = [f"{tag} can't be read: {run.problem(tag)}" for tag in (EXAMPLES_TAG, TRACKED_TAG) if run.problem(tag)]
    return [*(left if kind == "totals" else []), *warnings], all(run.is_checked(kind, ref) for ref in refs)


def _other_classes(run: Run, refs: Sequence[Ref], names: tuple[str, ...]) -> list[str]:
    return [
        f"step {ref.step} has other classes than the newest step"
        for ref in refs
        if isinstance(known := run.known("totals", ref), ClassTotals) and known.class_names != names
    ]


def _is_good(run: Run, ref: Ref, names: tuple[str, ...]) -> bool:
    """Whether a step is offered: it can be read, or was not checked yet."""
    known = run.known("totals", ref)
    return known is None or (isinstance(known, ClassTotals) and known.class_names == names)


def _may_have(run: Run, kind: str, tag: str) -> bool:
    """Whether a run has things of a kind that can be read, or were not checked yet."""
    return any(not isinstance(run.known(kind, ref), Unreadable) for ref in run.refs(tag))


def _error(run: Run, refs: Sequence[Ref]) -> str:
    if run.problem(MATRIX_TAG):
        return run.problem(MATRIX_TAG)
    newest = run.totals(refs[-1]) if refs else Unreadable("it has no steps yet")
    return newest.message if isinstance(newest, Unreadable) else "the run changed while it was read"


def _capped(warnings: list[str]) -> list[str]:
    more = len(warnings) - _MOST_WARNINGS
    return warnings if more <= 0 else [*warnings[:_MOST_WARNINGS], f"and {more} more like these"]
