"""Single samples: the examples behind a cell, their pictures, and those that broke or were fixed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from tensorboard.errors import NotFoundError

from mnist_tb.events.payload import (
    EXAMPLES_TAG,
    MATRIX_TAG,
    PNG_SIGNATURE,
    TRACKED_TAG,
    Array,
    ExamplesTable,
    Tracked,
)
from mnist_tb.report import Flips, find_flips
from mnist_tb.tensorboard_plugin.params import Params, shorten
from mnist_tb.tensorboard_plugin.runs import Run

_MOST_EXAMPLES = 100  # in one answer
_MOST_FLIPS = 500  # of each kind in one answer
_LONGEST_TEXT = 2_000


def examples(run: Run, params: Params) -> dict[str, Any]:
    """The examples of a cell, the most or the least confident first."""
    step, (true, predicted) = params.step("step"), params.cell(len(run.class_names()))
    if is_of_matrix_alone(run, EXAMPLES_TAG, step):
        return {"scope": "", "samples": []}
    table = run.at("examples", step)
    rows = np.flatnonzero((table.true == true) & (table.predicted == predicted))
    sign = {"most": -1, "least": 1}[params.one_of("first", "most", "least")]
    rows = rows[np.lexsort((table.position[rows], sign * table.confidence[rows]))][:_MOST_EXAMPLES]
    return {"scope": table.scope, "samples": samples_as_json(run, table, rows)}


def is_of_matrix_alone(run: Run, tag: str, step: int) -> bool:
    """Whether a run that has samples of a tag has none at this step, which has a matrix."""
    refs = run.series(tag).refs
    return bool(refs) and step not in refs and step in run.series(MATRIX_TAG).refs


def samples_as_json(run: Run, table: ExamplesTable, rows: Array) -> list[dict[str, Any]]:
    """Some rows of a table of samples, with the most probable classes of each: three, or all where there are two."""
    columns = {name: getattr(table, name)[rows] for name in ("position", "true", "predicted", "confidence")}
    samples = _as_json(run, columns, [table.key[row] for row in rows])
    if table.likely is None:
        return [sample | {"label_probability": None, "likely": None} for sample in samples]
    label, *others = (column[rows].tolist() for column in table.likely)
    ranked = zip(*(columns[name].tolist() for name in ("predicted", "confidence")), *others, strict=True)
    most = min(3, len(run.class_names()))
    likely = [list(zip(values[::2], values[1::2], strict=True))[:most] for values in ranked]
    more = [{"label_probability": value, "likely": pairs} for value, pairs in zip(label, likely, strict=True)]
    return [sample | one for sample, one in zip(samples, more, strict=True)]


def flips(run: Run, params: Params) -> dict[str, Any]:
    """Which of the "tracked" samples broke or were fixed from one step to another: some of them, and how many they are.

    Nothing is known of single ones unless this is "stable": both steps saw the same samples in the same order, as far
    as their labels tell.
    """
    steps = params.step("from"), params.step("to")
    before, after = (run.at("tracked", step) for step in steps)
    found: dict[str, Any] = {"stable": np.array_equal(before.true, after.true), "tracked": len(after.true)}
    flipped, keys = Flips(np.arange(0), np.arange(0)), {}
    if found["stable"]:
        flipped, keys = _flipped(before, after, len(run.class_names())), _keys_by_position(run, after.true, steps)
    for name, positions in flipped._asdict().items():
        found[f"{name}_total"] = len(positions)
        some = positions[:_MOST_FLIPS]
        columns = {"position": some, "true": after.true[some]}
        columns |= {"before": before.predicted[some], "after": after.predicted[some]}
        found[name] = _as_json(run, columns, [keys.get(position, "") for position in some.tolist()])
    return found


def tracked_sample(run: Run, params: Params) -> dict[str, Any]:
    """What the model said of a tracked sample at all steps whose tracked samples are, by their labels, those of a step.

    Without steps where that has none at this position; how many are "tracked" there is said too.
    """
    step, position = params.step("step"), params.position("position")
    if is_of_matrix_alone(run, TRACKED_TAG, step):
        return {"tracked": 0, "steps": [], "predicted": []}
    true = run.at("tracked", step).true
    found: dict[int, int] = {}
    if position < len(true):
        every = run.readable("tracked").items()
        found = {step: int(other.predicted[position]) for step, other in every if np.array_equal(other.true, true)}
    return {"tracked": len(true), "steps": list(found), "predicted": list(found.values())}


def picture(run: Run, key: str) -> bytes:
    """A PNG picture as it was logged; a NotFoundError says that the run shows none under that key."""
    (blob,) = run.thumbnail_blobs([key])
    if not blob.startswith(PNG_SIGNATURE):
        raise NotFoundError(f"there is no picture {shorten(key)} in {run.where}")
    return blob


def _flipped(before: Tracked, after: Tracked, num_classes: int) -> Flips:
    """The file may hold anything: what is no class can't be shown as one, and is left out."""
    true = after.true.copy()
    for labels in (after.true, before.predicted, after.predicted):
        true[(labels < 0) | (labels >= num_classes)] = -1
    return find_flips(true, before.predicted, after.predicted)


def _keys_by_position(run: Run, true: Array, steps: Collection[int]) -> dict[int, str]:
    """The thumbnail of the sample at a position, as the examples of some steps have it.

    Those of other steps count too where the tracked samples have the same labels, and so the same order as far as
    can be told.
    """
    tables = run.readable("examples")
    alike = [step for step, labels in run.readable("tracked").items() if np.array_equal(labels.true, true)]
    keys: dict[int, str] = {}
    for table in (tables[step] for step in sorted(alike, key=lambda step: step not in steps) if step in tables):
        for position, key in zip(table.position.tolist(), table.key, strict=True):
            keys.setdefault(position, key)
    return keys


def _as_json(run: Run, columns: Mapping[str, Array], keys: Sequence[str]) -> list[dict[str, Any]]:
    """Samples with what there is to show of each: a picture, which /picture has, a text, or nothing."""
    known = run.thumbnails()
    shown = {key: {"key": key, "form": "png" if key in known else "none", "text": ""} for key in keys}
    texts = [key for key in shown if key in known and known[key].is_text]
    for key, blob in zip(texts, run.thumbnail_blobs(texts), strict=True):
        shown[key] |= {"form": "text", "text": blob.decode("utf-8", "replace")[:_LONGEST_TEXT]}
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) | shown[key] for key, row in zip(keys, rows, strict=True)]
