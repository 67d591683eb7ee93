"""How sure the answers of a step were: what thresholds, histograms, calibration and curves in the tab are made of."""

from typing import Any

from tensorboard.errors import NotFoundError

from mnist_tb.tensorboard_plugin.params import Params
from mnist_tb.tensorboard_plugin.runs import Run


def confidences(run: Run, params: Params) -> dict[str, Any]:
    """The answers of a step by cell and confidence; a class of -1 is any other than the one of the same entry."""
    step = params.step("step")
    found = run.confidences_at(step)
    return {
        "step": step,
        "num_classes": len(found.class_names),
        "edges": found.edges.astype(float).round(9),
        "true": found.true,
        "predicted": found.predicted,
        "bins": found.bins,
        "counts": found.counts,
    }


def scores(run: Run, params: Params) -> dict[str, Any]:
    """How often each probability of a class was given to samples of it, and to all others."""
    step, classes = params.step("step"), len(run.class_names())
    index = params.class_index("class", classes)
    found = run.confidences_at(step)
    if found.other_counts is None:
        raise NotFoundError(f"the scores of all classes were not counted in {run.where}")
    return {
        "step": step,
        "edges": found.edges.astype(float).round(9),
        "label": found.label_counts[index],
        "other": found.other_counts[index],
    }
