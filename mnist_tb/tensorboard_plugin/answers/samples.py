"""Single samples: the examples behind a cell, their pictures, and those that broke or were fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tensorboard.errors import NotFoundError

from mnist_tb.events.payload import EXAMPLES_TAG, MATRIX_TAG, TRACKED_TAG
from mnist_tb.events.sample_payloads import ExamplesTable, TrackedPayload
from mnist_tb.tensorboard_plugin.answers import queries
from mnist_tb.tensorboard_plugin.data.decoding import form_of
from mnist_tb.tensorboard_plugin.data.runs import Run
from mnist_tb.tensorboard_plugin.params import find, shorten

_MOST_FLIPS = 500  # of each kind in one answer


def examples(run: Run, step: int, true: int | None, predicted: int | None, most: int) -> dict[str, Any]:
    """The examples of a cell, of a row, of a column or of all, most confident first.

    Args:
        run: the run.
        step: the step.
        true: the true class, or None for any.
        predicted: the predicted class, or None for any.
        most: how many at most.

    Raises:
        NotFoundError: the run has no examples, or no such step; names it.
    """
    if run.refs(EXAMPLES_TAG) and step not in run.by_step(EXAMPLES_TAG):
        find(run.by_step(MATRIX_TAG), step, "step", run.where)
        return {"scope": "", "total": 0, "samples": []}  # a step of a matrix alone
    table = run.at(EXAMPLES_TAG, step, run.examples)
    rows, total = queries.chosen_examples(table, len(run.class_names()), true, predicted, most)
    columns = (table.position[rows], table.true[rows], table.predicted[rows], table.confidence[rows])
    names = ("position", "true", "predicted", "confidence")
    found = [
        dict(zip(names, values, strict=True)) | thumbnail
        for thumbnail, *values in zip(
            _thumbnails(run, [table.key[row] for row in rows]), *(column.tolist() for column in columns), strict=True
        )
    ]
    return {"scope": table.scope, "total": total, "samples": found}


def picture(run: Run, key: str) -> bytes:
    """A PNG picture as it was logged.

    Raises:
        NotFoundError: the run shows no picture under that key.
    """
    places = run.thumbnails()
    blob = run.blobs_of([places[key]])[0] if key in places else b""
    if form_of(blob)[0] != "png":
        raise NotFoundError(f"there is no picture {shorten(key)} in {run.where}")
    return blob


def flips(run: Run, before: int, after: int) -> dict[str, Any]:
    """Which of the tracked samples broke or were fixed from one step to another.

    Raises:
        NotFoundError: the run has no tracked samples, or no such step; names it.
    """
    labels = {step: run.at(TRACKED_TAG, step, run.tracked) for step in (before, after)}
    found = queries.flips(labels[before], labels[after], len(run.class_names()))
    keys = _keys_by_position(run, labels)
    for name in ("broken", "fixed"):
        found[f"{name}_total"] = len(found[name])
        some = found[name][:_MOST_FLIPS]
        thumbnails = _thumbnails(run, [keys.get(flip["position"], "") for flip in some])
        found[name] = [flip | how for flip, how in zip(some, thumbnails, strict=True)]
    return found


def _thumbnails(run: Run, keys: Sequence[str]) -> list[dict[str, str]]:
    """What there is to show of samples: a picture, which /picture has, a text, or nothing."""
    known = run.thumbnails()
    texts = {key: known[key] for key in keys if key in known and known[key].is_text}
    forms = {key: ("png", "") for key in keys if key in known}
    forms |= {key: form_of(blob) for key, blob in zip(texts, run.blobs_of(texts.values()), strict=True)}
    return [{"key": key, "form": form, "text": text} for key in keys for form, text in [forms.get(key, ("none", ""))]]


def _keys_by_position(run: Run, labels: Mapping[int, TrackedPayload]) -> dict[int, str]:
    """The thumbnail of the sample at a position.

    Args:
        run: the run.
        labels: the tracked samples of the steps in question. ExamplesTable of other steps count too where the tracked
            samples have the same labels there, and so the same order, as far as can be told.
    """
    keys: dict[int, str] = {}
    tracked, tables = (
        dict(zip(run.by_step(tag), run.decoded(kind, run.by_step(tag).values()), strict=True))
        for kind, tag in (("tracked", TRACKED_TAG), ("examples", EXAMPLES_TAG))
    )
    true = next(iter(labels.values())).true
    for step in sorted(tables, key=lambda step: step not in labels):
        if step not in labels:
            there = tracked.get(step)
            if not isinstance(there, TrackedPayload) or not np.array_equal(there.true, true):
                continue
        table = tables[step]
        if isinstance(table, ExamplesTable):
            for position, key in zip(table.position.tolist(), table.key, strict=True):
                keys.setdefault(position, key)
    return keys
