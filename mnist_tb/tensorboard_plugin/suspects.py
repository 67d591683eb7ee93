"""The samples of a step whose given label the model doubts most."""

from typing import Any

import numpy as np
from tensorboard.errors import NotFoundError

from mnist_tb.events.payload import EXAMPLES_TAG, Array, ExamplesTable
from mnist_tb.suspects import class_means, rank_suspects
from mnist_tb.tensorboard_plugin.params import Params
from mnist_tb.tensorboard_plugin.runs import Run
from mnist_tb.tensorboard_plugin.samples import is_of_matrix_alone, samples_as_json

_MOST = 100  # in one answer


def suspects(run: Run, params: Params) -> dict[str, Any]:
    """The most doubtful labels of the samples that are kept at a step, by it and the steps before, and their "total".

    The total is None in older logs, which do not hold the probability of the label.
    """
    step = params.step("step")
    if is_of_matrix_alone(run, EXAMPLES_TAG, step):
        return {"total": 0, "samples": []}
    table: ExamplesTable = run.at("examples", step)
    if table.likely is None:
        return {"total": None, "samples": []}
    tables = [before for other, before in run.readable("examples").items() if other < step]
    ranking = rank_suspects([*tables, table], _means_at(run, step))
    same = ranking.epochs_same[:_MOST].tolist()
    samples = samples_as_json(run, table, ranking.rows[:_MOST])
    found = zip(samples, same, strict=True)
    return {
        "total": len(ranking.rows),
        "samples": [sample | {"epochs_same": count, "epochs_seen": ranking.epochs_seen} for sample, count in found],
    }


def _means_at(run: Run, step: int) -> Array:
    """The mean probability of each class for its samples; 0, which changes nothing, where that can't be read."""
    try:
        return class_means(run.confidences_at(step))
    except NotFoundError:
        return np.zeros(len(run.class_names()))
