"""How sure the answers of a step were: what thresholds, histograms, calibration and curves in the tab are made of."""

from typing import Any

import numpy as np
from tensorboard.errors import InvalidArgumentError, NotFoundError

from mnist_tb.confidence import THRESHOLDS
from mnist_tb.tensorboard_plugin.params import Params
from mnist_tb.tensorboard_plugin.runs import Run

_MOST_AT_ONCE = 100  # classes
_EDGES = np.append(THRESHOLDS, 1.0)  # as decimals
_HOW_TO_COUNT = "ConfidenceLogger(curves=True) counts them"


def confidences(run: Run, params: Params) -> dict[str, Any]:
    """The answers of a step by cell and confidence; a class of -1 is any other than the one of the same entry."""
    step = params.step("step")
    found = run.confidences_at(step)
    return {
        "step": step,
        "num_classes": len(found.class_names),
        "edges": _EDGES,
        "true": found.true,
        "predicted": found.predicted,
        "bins": found.bins,
        "counts": found.counts,
    }


def scores(run: Run, params: Params) -> dict[str, Any]:
    """How often each probability of a class was given to samples of it, and to all others; of all, where none is named.

    `label` and `other` are (B,) of a class and (C, B) of all.
    """
    step, classes = params.step("step"), len(run.class_names())
    index = params.class_or_all("class", classes)
    found = run.confidences_at(step)
    if found.other_counts is None:
        raise NotFoundError(f"the scores of all classes were not counted in {run.where}: {_HOW_TO_COUNT}")
    if index is None and classes > _MOST_AT_ONCE:
        raise InvalidArgumentError(f"a class must be chosen: scores of up to {_MOST_AT_ONCE} classes come at once")
    wanted = slice(None) if index is None else index
    return {
        "step": step,
        "edges": _EDGES,
        "label": found.label_counts[wanted],
        "other": found.other_counts[wanted],
    }


def calibration(run: Run, params: Params) -> dict[str, Any]:
    """How far confidences can be trusted over all steps: of all answers, or of those that said a class."""
    names = run.class_names()
    index = params.class_or_all("class", len(names))
    every = {step: totals for step, totals in run.readable("confidence_totals").items() if totals.class_names == names}
    figures = ["expected_calibration_error", "maximum_calibration_error"]
    figures += ["macro_average_precision", "macro_auc"] if index is None else ["average_precision", "auc"]
    place = -1 if index is None else index
    return {"steps": list(every)} | {
        name: np.array([totals.figures[row, place] for totals in every.values()]) for row, name in enumerate(figures)
    }
