"""The samples of a step whose given label the model doubts most."""

from typing import Any

import numpy as np

from mnist_tb.events.confidence import CONFIDENCES_TAG
from mnist_tb.events.payload import ExamplesTable
from mnist_tb.suspects import class_means, rank_suspects
from mnist_tb.tensorboard_plugin.params import Params
from mnist_tb.tensorboard_plugin.runs import Run
from mnist_tb.tensorboard_plugin.samples import is_of_matrix_alone, samples_as_json

_MOST = 100  # in one answer


def suspects(run: Run, params: Params) -> dict[str, Any]:
    """The most doubtful labels of the samples that are kept at a step, by it and the steps before, and their "total".

    The total is None in older logs, which do not hold the probability of the label.
    """
    step, classes = params.step("step"), len(run.class_names())
    if is_of_matrix_alone(run, step):
        return {"total": 0, "samples": []}
    table: ExamplesTable = run.at("examples", step)
    if table.likely is None:
        return {"total": None, "samples": []}
    tables = [before for other, before in run.readable("examples").items() if other < step]
    is_known = step in run.series(CONFIDENCES_TAG).refs
    means = class_means(run.confidences_at(step)) if is_known else np.zeros(classes)
    ranking = rank_suspects([*tables, table], means)
    same = ranking.epochs_same[:_MOST].tolist()
    samples = samples_as_json(run, table, ranking.rows[:_MOST])
    found = zip(samples, same, strict=True)
    return {
        "total": len(ranking.rows),
        "samples": [sample | {"epochs_same": count, "epochs_seen": ranking.epochs_seen} for sample, count in found],
    }
