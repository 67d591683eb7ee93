"""What a run holds, decoded once and kept: the steps that can be read, and a message for each that can't."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from tensorboard.errors import NotFoundError, PublicError

from mnist_tb.events.payload import EXAMPLES_TAG, MATRIX_TAG, TRACKED_TAG, SparseMatrix
from mnist_tb.events.sample_payloads import ExamplesTable, TrackedPayload, decode_table, decode_tracked
from mnist_tb.tensorboard_plugin.data import decoding
from mnist_tb.tensorboard_plugin.data.cache import Kept
from mnist_tb.tensorboard_plugin.data.decoding import ClassTotals, Unreadable, unreadable
from mnist_tb.tensorboard_plugin.data.logs import Logs, Ref, Series
from mnist_tb.tensorboard_plugin.params import shorten

# What is made of a step, and of which tag.
KINDS = {"totals": MATRIX_TAG, "matrix": MATRIX_TAG, "examples": EXAMPLES_TAG, "tracked": TRACKED_TAG}
CHECKED = ("totals", "examples", "tracked")


class Thumbnail(NamedTuple):
    """Where a thumbnail is: the step of its payload, the number of its blob, and whether that is a text."""

    step: int
    place: int
    is_text: bool


class Run:
    """A run, as seen by one request.

    Args:
        name: of the run.
        series: by tag what TensorBoard has of it.
        logs: where the blobs come from.
        kept: what earlier requests have decoded.
    """

    def __init__(self, name: str, series: Mapping[str, Series], logs: Logs, kept: Kept) -> None:
        self.name = name
        self.where = f"run {shorten(name)}"
        self._series = series
        self._logs = logs
        self._kept = kept

    def series(self, tag: str) -> Series:
        """What TensorBoard has of a tag, good or bad."""
        return self._series.get(tag, Series((), {}))

    def get(self, kind: str, ref: Ref) -> Any:
        """What a step holds, or why that can't be read; both are kept, so that nothing is decoded again and again."""
        key = (kind, ref.identity)
        if message := self._kept.problems.get(key):
            return Unreadable(message)
        try:
            value = self._kept.cache.get(key, lambda: self._decode(kind, ref))
        except (PublicError, ValueError, RecursionError, OverflowError) as error:
            value = unreadable(error)
        self._kept.problems[key] = value.message if isinstance(value, Unreadable) else ""
        return value

    def known(self, kind: str, ref: Ref) -> Any:
        """What `get` gave before, or None if that is not kept."""
        key = (kind, ref.identity)
        message = self._kept.problems.get(key)
        return Unreadable(message) if message else self._kept.cache.peek(key)

    def at(self, kind: str, step: int) -> Any:
        """What a step holds.

        Raises:
            NotFoundError: the run has no such step, or it can't be read; says why.
        """
        tag = KINDS[kind]
        refs = self.series(tag).refs
        if step not in refs:
            steps = f"{len(refs)}, {min(refs)} to {max(refs)}" if refs else "none"
            raise NotFoundError(f"there is no step {step} in {tag} of {self.where}, which has {steps}")
        value = self.get(kind, refs[step])
        if isinstance(value, Unreadable):
            raise NotFoundError(f"{tag} at step {step} of {self.where} can't be read: {value.message}")
        return value

    def newest(self) -> ClassTotals | Unreadable:
        """The sums of the newest matrix that can be read, or why there is none."""
        series, why = self.series(MATRIX_TAG), None
        for ref in reversed(series.refs.values()):
            totals = self.get("totals", ref)
            if isinstance(totals, ClassTotals):
                return totals
            why = why or totals
        return why or Unreadable(series.problem or "it has no steps yet")

    def class_names(self) -> tuple[str, ...]:
        """The names of the newest step that can be read.

        Raises:
            NotFoundError: there is none; says why.
        """
        newest = self.newest()
        if isinstance(newest, Unreadable):
            raise NotFoundError(f"{self.where} can't be shown: {newest.message}")
        return newest.class_names

    def readable(self, kind: str) -> dict[int, Any]:
        """By step what all that can be read holds, decoded several at a time where it is not known."""
        refs = self.series(KINDS[kind]).refs
        known = {step: self.known(kind, ref) for step, ref in refs.items()}
        unknown = [step for step, value in known.items() if value is None]
        made = self._kept.workers.map(lambda step: self.get(kind, refs[step]), unknown)
        known.update(zip(unknown, made, strict=True))
        return {step: value for step, value in known.items() if not isinstance(value, Unreadable)}

    def all_totals(self) -> dict[int, ClassTotals]:
        """By step the sums of all matrices that can be read and have the run's classes."""
        names = self.class_names()
        return {step: totals for step, totals in self.readable("totals").items() if totals.class_names == names}

    def matrix_at(self, step: int) -> SparseMatrix:
        """The matrix of a step, with the run's classes.

        Raises:
            NotFoundError: there is none, or it can't be read; says why.
        """
        names = self.class_names()
        matrix: SparseMatrix = self.at("matrix", step)
        if matrix.class_names != names:
            raise NotFoundError(f"step {step} of {self.where} has other classes than its newest step")
        return matrix

    def over_steps(self, steps: Iterable[int], function: Callable[[SparseMatrix], Any]) -> list[Any]:
        """What `function` makes of the matrix of each step, several at a time; no more of them are held than that."""
        return list(self._kept.workers.map(lambda step: function(self.matrix_at(step)), steps))

    def unchecked(self) -> list[tuple[str, Ref]]:
        """What was neither decoded nor found to be unreadable yet, by kind, newest first."""
        every = [(kind, ref) for kind in CHECKED for ref in reversed(self.series(KINDS[kind]).refs.values())]
        return [(kind, ref) for kind, ref in every if (kind, ref.identity) not in self._kept.problems]

    def thumbnails(self) -> dict[str, Thumbnail]:
        """By key where the thumbnail of a sample is: it was written at the first step that needed it."""
        series = self.series(EXAMPLES_TAG)

        def make() -> dict[str, Thumbnail]:
            places: dict[str, Thumbnail] = {}
            for step, table in self.readable("examples").items():
                for key, place in table.places.items():
                    places.setdefault(key, Thumbnail(step, place, key in table.texts))
            return places

        return self._kept.cache.get(("thumbnails", *series.signature), make)  # type: ignore[no-any-return]

    def thumbnail_blobs(self, keys: Iterable[str]) -> list[bytes]:
        """The pictures and texts of some keys; empty where there is none that can be read."""
        known = self.thumbnails()
        return list(self._kept.workers.map(lambda key: self._blob_of(known[key]) if key in known else b"", keys))

    def _blob_of(self, thumbnail: Thumbnail) -> bytes:
        ref = self.series(EXAMPLES_TAG).refs[thumbnail.step]

        def read() -> bytes:
            return self._logs.blobs(ref, [thumbnail.place])[0]

        try:
            return self._kept.cache.get(("thumbnail", ref.identity, thumbnail.place), read)  # type: ignore[no-any-return]
        except (ValueError, LookupError, PublicError):
            return b""

    def _decode(self, kind: str, ref: Ref) -> ClassTotals | SparseMatrix | ExamplesTable | TrackedPayload:
        if kind == "totals":
            matrix = self._kept.cache.get(("matrix", ref.identity), lambda: self._decode("matrix", ref))
            return decoding.totals_of(matrix)
        if kind == "matrix":
            return decoding.read_matrix(self._logs.blobs(ref, range(4)))
        first = self._logs.blobs(ref, [0, 1])
        if kind == "tracked":
            return decode_tracked(first)
        return decode_table(first, len(ref.blob_keys), decoding.MAX_TABLE)  # without the thumbnails, which may be many
