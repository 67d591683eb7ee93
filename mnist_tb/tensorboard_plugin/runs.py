"""What a run holds, decoded once and kept: the steps that can be read, and a message for each that can't."""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from tensorboard.errors import NotFoundError, PublicError

from mnist_tb.confidence import Confidences
from mnist_tb.curves import precision_recall, roc
from mnist_tb.events.confidence import CONFIDENCES_TAG, decode_confidences
from mnist_tb.events.payload import (
    EXAMPLES_TAG,
    MATRIX_TAG,
    TRACKED_TAG,
    Array,
    Matrix,
    decode_examples,
    decode_matrix,
    decode_tracked,
)
from mnist_tb.reliability import calibration, calibration_errors
from mnist_tb.tensorboard_plugin.logs import Logs, Ref, Series
from mnist_tb.tensorboard_plugin.params import shorten

# What is made of a step, and of which tag.
KINDS = {
    "totals": MATRIX_TAG,
    "matrix": MATRIX_TAG,
    "examples": EXAMPLES_TAG,
    "tracked": TRACKED_TAG,
    "confidence_totals": CONFIDENCES_TAG,
    "confidences": CONFIDENCES_TAG,
}
CHECKED = ("totals", "examples", "tracked", "confidence_totals")
_MAX_CLASSES = 4_000  # a matrix of 10,000 takes 800 MB
_MAX_CELLS = 2_000_000  # that are not zero
_MAX_TABLE = 16_000_000  # bytes of the examples of a step, unzipped; about 200,000 samples
_LARGE = 256 * 1024  # bytes of names and cells of a matrix; those of 1,000 classes and 10,000 samples take 20 kB
_LONGEST_MESSAGE = 300


class ClassTotals(NamedTuple):
    """Sums of a matrix, of which every number of its classes is made, so that the matrix need not be kept for them."""

    class_names: tuple[str, ...]
    right: Array  # (C,) float64, the diagonal of the matrix
    support: Array  # (C,) float64, samples of each class
    predicted: Array  # (C,) float64, predictions of each class
    # (2, 4, 2) float64, the largest cell: of the counts and of the sums of weights (NaN without weights); as a count,
    # and as a share of its row, of its column and of all; with the diagonal and without.
    largest: Array
    class_groups: dict[str, Any]


class ConfidenceTotals(NamedTuple):
    """How far the confidences of a step can be trusted, so that they need not be kept for it."""

    class_names: tuple[str, ...]
    # (4, C + 1) float64, of every class and last of all: expected and maximum calibration error of the answers that
    # said it; average precision and area under the ROC curve, and their means, NaN where scores were not counted.
    figures: Array


class Thumbnail(NamedTuple):
    """Where a thumbnail is: the step of its payload, the number of its blob, and whether that is a text."""

    step: int
    place: int
    is_text: bool


class Run:
    """A run, as seen by one request. What a step holds is given as a text where it can't be read: the reason."""

    def __init__(self, name: str, series: Mapping[str, Series], logs: Logs) -> None:
        self.name = name
        self.where = f"run {shorten(name)}"
        self._series = series
        self._logs = logs
        self._shared = logs.shared

    def series(self, tag: str) -> Series:
        """What TensorBoard has of a tag, good or bad."""
        return self._series.get(tag, Series((), {}))

    def get(self, kind: str, ref: Ref) -> Any:
        """What a step holds, or why that can't be read; both are kept, so that nothing is decoded again and again."""
        key = (kind, ref.identity)
        if message := self._shared.problems.get(key):
            return message
        try:
            own = {"matrix": self._shared.matrices, "confidences": self._shared.confidences}
            value = own.get(kind, self._shared.cache).get(key, lambda: self._decoded(kind, ref))
        except (PublicError, ValueError, RecursionError, OverflowError) as error:
            value = _message_of(error)
        self._shared.problems[key] = value if isinstance(value, str) else ""
        return value

    def known(self, kind: str, ref: Ref) -> Any:
        """What `get` gave before, or None if that is not kept."""
        key = (kind, ref.identity)
        return self._shared.problems.get(key) or self._shared.cache.peek(key)

    def at(self, kind: str, step: int) -> Any:
        """What a step holds; a NotFoundError says that there is no such step, or why it can't be read."""
        tag = KINDS[kind]
        refs = self.series(tag).refs
        if step not in refs:
            steps = f"{len(refs)}, {min(refs)} to {max(refs)}" if refs else "none"
            raise NotFoundError(f"there is no step {step} in {tag} of {self.where}, which has {steps}")
        value = self.get(kind, refs[step])
        if isinstance(value, str):
            raise NotFoundError(f"{tag} at step {step} of {self.where} can't be read: {value}")
        return value

    def newest(self) -> ClassTotals | str:
        """The sums of the newest matrix that can be read, or why there is none."""
        series, why = self.series(MATRIX_TAG), ""
        for ref in reversed(series.refs.values()):
            totals: ClassTotals | str = self.get("totals", ref)
            if not isinstance(totals, str):
                return totals
            why = why or totals
        return why or series.problem or "it has no steps yet"

    def class_names(self) -> tuple[str, ...]:
        """The names of the newest step that can be read; a NotFoundError says why there is none."""
        newest = self.newest()
        if isinstance(newest, str):
            raise NotFoundError(f"{self.where} can't be shown: {newest}")
        return newest.class_names

    def readable(self, kind: str) -> dict[int, Any]:
        """By step what all that can be read holds, decoded several at a time where it is not known."""
        refs = self.series(KINDS[kind]).refs
        known = {step: self.known(kind, ref) for step, ref in refs.items()}
        unknown = [step for step, value in known.items() if value is None]
        made = self._shared.workers.map(lambda step: self.get(kind, refs[step]), unknown)
        known.update(zip(unknown, made, strict=True))
        return {step: value for step, value in known.items() if not isinstance(value, str)}

    def all_totals(self) -> dict[int, ClassTotals]:
        """By step the sums of all matrices that can be read and have the run's classes."""
        names = self.class_names()
        return {step: totals for step, totals in self.readable("totals").items() if totals.class_names == names}

    def matrix_at(self, step: int) -> Matrix:
        """The matrix of a step, with the run's classes; a NotFoundError says why there is none."""
        matrix: Matrix = self._with_classes("matrix", step)
        return matrix

    def confidences_at(self, step: int) -> Confidences:
        """How sure the answers of a step were, with the run's classes; a NotFoundError says why that is not known."""
        confidences: Confidences = self._with_classes("confidences", step)
        return confidences

    def _with_classes(self, kind: str, step: int) -> Any:
        names, found = self.class_names(), self.at(kind, step)
        if found.class_names != names:
            raise NotFoundError(f"step {step} of {self.where} has other classes than its newest step")
        return found

    def of_matrix(self, step: int, function: Callable[[Matrix], Any]) -> Any:
        """What `function`, which may take much memory, makes of the matrix of a step."""
        return self._shared.large.submit(function, self.matrix_at(step)).result()

    def over_steps(self, steps: Iterable[int], function: Callable[[Matrix], Any]) -> list[Any]:
        """What `function` makes of the matrix of each step, several at a time; no more of them are held than that."""
        return list(self._shared.workers.map(lambda step: function(self.matrix_at(step)), steps))

    def unchecked(self) -> list[tuple[str, Ref]]:
        """What was neither decoded nor found to be unreadable yet, by kind, newest first."""
        every = [(kind, ref) for kind in CHECKED for ref in reversed(self.series(KINDS[kind]).refs.values())]
        return [(kind, ref) for kind, ref in every if (kind, ref.identity) not in self._shared.problems]

    def thumbnails(self) -> dict[str, Thumbnail]:
        """By key where the thumbnail of a sample is: it was written at the first step that needed it."""

        def make() -> dict[str, Thumbnail]:
            places: dict[str, Thumbnail] = {}
            for step, table in self.readable("examples").items():
                for key, place in table.places.items():
                    places.setdefault(key, Thumbnail(step, place, key in table.texts))
            return places

        return self._shared.cache.get(("thumbnails", *self.series(EXAMPLES_TAG).signature), make)  # type: ignore[no-any-return]

    def thumbnail_blobs(self, keys: Iterable[str]) -> list[bytes]:
        """The pictures and texts of some keys; empty where there is none that can be read."""
        known = self.thumbnails()
        return list(self._shared.workers.map(lambda key: self._blob_of(known[key]) if key in known else b"", keys))

    def _blob_of(self, thumbnail: Thumbnail) -> bytes:
        ref = self.series(EXAMPLES_TAG).refs[thumbnail.step]
        key = ("thumbnail", ref.identity, thumbnail.place)
        try:
            return self._shared.cache.get(key, lambda: self._logs.blobs(ref, [thumbnail.place])[0])  # type: ignore[no-any-return]
        except (ValueError, LookupError, PublicError):
            return b""

    def _decoded(self, kind: str, ref: Ref) -> Any:
        if KINDS[kind] == CONFIDENCES_TAG:
            # By few threads: a payload of some kB may hold two million entries.
            return self._shared.large.submit(self._confidences, kind, ref, self._logs.blobs(ref, [0, 1])).result()
        blobs = self._logs.blobs(ref, [0, 1])  # of examples without the thumbnails, which may be many
        if kind == "tracked":
            return decode_tracked(blobs)
        if kind == "examples":
            return decode_examples(blobs, len(ref.blob_keys), _MAX_TABLE)
        if sum(map(len, blobs)) > _LARGE:
            return self._shared.large.submit(self._matrix, kind, ref, blobs).result()
        return self._matrix(kind, ref, blobs)

    def _confidences(self, kind: str, ref: Ref, blobs: list[bytes]) -> Any:
        found = decode_confidences(blobs)
        self._shared.confidences.keep(("confidences", ref.identity), found)
        return found if kind == "confidences" else _confidence_totals(found)

    def _matrix(self, kind: str, ref: Ref, blobs: list[bytes]) -> Any:
        matrix = decode_matrix([*blobs, *self._logs.blobs(ref, [2, 3])], _MAX_CLASSES, _MAX_CELLS)
        self._shared.matrices.keep(("matrix", ref.identity), matrix)
        return matrix if kind == "matrix" else _totals_of(matrix)


def _confidence_totals(found: Confidences) -> ConfidenceTotals:
    figures = np.full((4, len(found.class_names) + 1), np.nan)
    figures[:2, :-1] = calibration_errors(*found.by_predicted())
    figures[:2, -1] = calibration(found)[-2:]
    if found.other_counts is not None:
        curves, rates = precision_recall(found), roc(found)
        figures[2] = *curves.average_precision, curves.macro_average_precision
        figures[3] = *rates.auc, rates.macro_auc
    return ConfidenceTotals(tuple(map(sys.intern, found.class_names)), figures)  # whose names are those of other steps


def _totals_of(matrix: Matrix) -> ClassTotals:
    classes = len(matrix.class_names)
    true, predicted = np.divmod(matrix.cells, classes)
    on_diagonal = true == predicted
    return ClassTotals(
        matrix.class_names,
        np.bincount(true[on_diagonal], matrix.counts[on_diagonal], classes),
        np.bincount(true, matrix.counts, classes),
        np.bincount(predicted, matrix.counts, classes),
        np.stack([_largest(true, predicted, values, classes) for values in (matrix.counts, matrix.weighted)]),
        matrix.class_groups,
    )


def _largest(true: Array, predicted: Array, values: Array | None, classes: int) -> Array:
    """The largest of some cells, (4, 2); see `ClassTotals`. NaN without values."""
    if values is None:
        return np.full((4, 2), np.nan)
    off_diagonal = true != predicted

    def largest(shown: Array) -> list[float]:
        return [shown.max(initial=0), shown.max(initial=0, where=off_diagonal)]

    rows, columns = (np.bincount(index, values, classes) for index in (true, predicted))
    with np.errstate(all="ignore"):  # weights are what a file says they are
        parts = ((rows, true), (columns, predicted), (values.sum(), ...))
        shares = (values / np.where(whole == 0, 1, whole)[index] for whole, index in parts)
        return np.array([largest(values), *map(largest, shares)], np.float64)


def _message_of(error: Exception) -> str:
    """The message of an error, which may quote the file: not too long, and without halves of a surrogate pair."""
    text = (str(error) or repr(error)).encode("utf-8", "backslashreplace").decode()
    if len(text) > _LONGEST_MESSAGE:  # what is quoted stands in the middle
        text = f"{text[: _LONGEST_MESSAGE // 2]} … {text[-_LONGEST_MESSAGE // 2 :]}"
    return text
