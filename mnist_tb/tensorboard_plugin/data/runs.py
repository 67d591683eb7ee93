"""What a run holds, decoded once and kept: the steps that can be read, and a message for each that can't."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import Any, NamedTuple

from tensorboard.errors import NotFoundError, PublicError

from mnist_tb.events.payload import EXAMPLES_TAG, MATRIX_TAG, Header, SparseMatrix, decode_header, decode_matrix
from mnist_tb.events.sample_payloads import ExamplesTable, TrackedPayload, decode_table, decode_tracked
from mnist_tb.tensorboard_plugin.data import decoding
from mnist_tb.tensorboard_plugin.data.cache import Cache
from mnist_tb.tensorboard_plugin.data.decoding import ClassTotals, Unreadable
from mnist_tb.tensorboard_plugin.data.logs import Logs, Ref, Series
from mnist_tb.tensorboard_plugin.params import ascii_only, find, shorten

# They wait more than they compute: for each blob 44 ms, of which TensorBoard's fast loader computes 2.
_WORKERS = 24


class Caches:
    """What is kept between requests.

    A matrix of 1,000 classes takes some 0.3 MB without its zeros, its totals 24 kB.
    """

    def __init__(self) -> None:
        self.small = Cache(64 * 2**20)  # lists of steps, headers, totals, what is unreadable
        self.matrices = Cache(128 * 2**20)
        self.samples = Cache(64 * 2**20)  # examples, tracked samples and pictures
        self.workers = ThreadPoolExecutor(_WORKERS, "mnist_tb_steps")


class Thumbnail(NamedTuple):
    """Where a thumbnail is: a payload, the number of its blob, and whether that is a text."""

    ref: Ref
    place: int
    is_text: bool


class Run:
    """A run, as seen by one request.

    Args:
        name: of the run.
        series: by tag what TensorBoard has of it, with a matrix at least.
        logs: where the blobs come from.
        caches: where decoded things are kept.
    """

    def __init__(self, name: str, series: Mapping[str, Series], logs: Logs, caches: Caches) -> None:
        self.name = name
        self.where = f"run {shorten(name)}"
        self._series = series
        self._logs = logs
        self._caches = caches
        self._by_step: dict[str, dict[int, Ref]] = {}

    def refs(self, tag: str) -> tuple[Ref, ...]:
        """The steps of a tag, ascending, good or bad."""
        return self._series[tag].refs if tag in self._series else ()

    def by_step(self, tag: str) -> dict[int, Ref]:
        """The same by step."""
        if tag not in self._by_step:
            self._by_step[tag] = {ref.step: ref for ref in self.refs(tag)}
        return self._by_step[tag]

    def problem(self, tag: str) -> str:
        """Why a tag is left alone, or ""."""
        return self._series[tag].problem if tag in self._series else ""

    def totals(self, ref: Ref) -> ClassTotals | Unreadable:
        """The sums of the matrix of a step."""

        def make() -> tuple[ClassTotals, int]:
            matrix = self._caches.matrices.get(("matrix", ref.identity), lambda: self._read_matrix(ref))
            return decoding.totals_of(matrix), 24 * len(matrix.class_names) + 1000

        return self._get(self._caches.small, "totals", ref, make)  # type: ignore[no-any-return]

    def matrix(self, ref: Ref) -> SparseMatrix | Unreadable:
        """The matrix of a step."""
        return self._get(self._caches.matrices, "matrix", ref, lambda: self._read_matrix(ref))  # type: ignore[no-any-return]

    def examples(self, ref: Ref) -> ExamplesTable | Unreadable:
        """The examples of a step, without their thumbnails."""

        def make() -> tuple[ExamplesTable, int]:
            table = decode_table(self._logs.blobs(ref, [0, 1]), len(ref.blob_keys), decoding.MAX_TABLE)
            return table, 1000 + 200 * (len(table.key) + len(table.places))

        return self._get(self._caches.samples, "examples", ref, make)  # type: ignore[no-any-return]

    def tracked(self, ref: Ref) -> TrackedPayload | Unreadable:
        """The tracked samples of a step."""

        def make() -> tuple[TrackedPayload, int]:
            labels = decode_tracked(self._logs.blobs(ref, [0, 1]))
            return labels, 1000 + labels.true.nbytes + labels.predicted.nbytes

        return self._get(self._caches.samples, "tracked", ref, make)  # type: ignore[no-any-return]

    def class_names(self) -> tuple[str, ...]:
        """The names of the newest step that can be read.

        Raises:
            NotFoundError: there is none; says why.
        """
        why = "" if self.refs(MATRIX_TAG) else "it has no steps that can be read"
        for ref in reversed(self.refs(MATRIX_TAG)):
            totals = self.totals(ref)
            if isinstance(totals, ClassTotals):
                return totals.class_names
            why = why or totals.message
        raise NotFoundError(f"{self.where} can't be shown: {ascii_only(why)}")

    def all_totals(self) -> dict[int, ClassTotals]:
        """By step the sums of all matrices that can be read and have the run's classes."""
        names, refs = self.class_names(), self.refs(MATRIX_TAG)
        return {
            ref.step: totals
            for ref, totals in zip(refs, self.decoded("totals", refs), strict=True)
            if isinstance(totals, ClassTotals) and totals.class_names == names
        }

    def matrix_at(self, step: int) -> SparseMatrix:
        """The matrix of a step, with the run's classes.

        Raises:
            NotFoundError: there is none, or it can't be read; says why.
        """
        names = self.class_names()
        matrix = self.at(MATRIX_TAG, step, self.matrix)
        if matrix.class_names != names:
            raise NotFoundError(f"step {step} of {self.where} has other classes than its newest step")
        return matrix  # type: ignore[no-any-return]

    def at(self, tag: str, step: int, decode: Callable[[Ref], Any]) -> Any:
        """What `decode` makes of a step.

        Raises:
            NotFoundError: the run has no such tag or step, or the step can't be read; names it.
        """
        if not self.refs(tag):
            raise NotFoundError(f"{self.where} has no {tag}")
        ref = find(self.by_step(tag), step, "step", f"{tag} of {self.where}")
        value = decode(ref)
        if isinstance(value, Unreadable):
            raise NotFoundError(f"{tag} at step {step} of {self.where} can't be read: {ascii_only(value.message)}")
        return value

    def over_steps(self, steps: Iterable[int], function: Callable[[SparseMatrix], Any]) -> list[Any]:
        """What `function` makes of the matrix of each step, several at a time; no more of them are held than that."""
        return list(self._caches.workers.map(lambda step: function(self.matrix_at(step)), steps))

    def is_checked(self, kind: str, ref: Ref) -> bool:
        """Whether a step was decoded or found to be unreadable, even if what it held is no longer kept."""
        small = self._caches.small
        return any(small.peek((word, kind, ref.identity)) is not None for word in ("fine", "unreadable"))

    def known(self, kind: str, ref: Ref) -> Any:
        """What an earlier call made of a step, or None; `kind` is "totals", "matrix", "examples" or "tracked"."""
        caches = {"totals": self._caches.small, "matrix": self._caches.matrices}
        cache = caches.get(kind, self._caches.samples)
        return self._caches.small.peek(("unreadable", kind, ref.identity)) or cache.peek((kind, ref.identity))

    def decoded(self, kind: str, refs: Iterable[Ref]) -> list[Any]:
        """What some steps hold, decoded several at a time where it is not known; `kind` is the name of a method."""
        known = [(ref, self.known(kind, ref)) for ref in refs]
        made = self._caches.workers.map(getattr(self, kind), [ref for ref, value in known if value is None])
        return [next(made) if value is None else value for _, value in known]

    def thumbnails(self) -> dict[str, Thumbnail]:
        """By key where the thumbnail of a sample is: it was written at the first step that needed it."""

        def make() -> tuple[dict[str, Thumbnail], int]:
            places: dict[str, Thumbnail] = {}
            refs = self.refs(EXAMPLES_TAG)
            for ref, table in zip(refs, self.decoded("examples", refs), strict=True):
                if isinstance(table, ExamplesTable):
                    for key, place in table.places.items():
                        places.setdefault(key, Thumbnail(ref, place, key in table.texts))
            return places, 1000 + 200 * len(places)

        if EXAMPLES_TAG not in self._series:
            return {}
        signature = self._series[EXAMPLES_TAG].signature
        return self._caches.small.get(("thumbnails", *signature), make)  # type: ignore[no-any-return]

    def blobs_of(self, thumbnails: Iterable[Thumbnail]) -> list[bytes]:
        """The blobs of some thumbnails; empty where one can't be read."""
        return list(self._caches.workers.map(self._blob_of, thumbnails))

    def _blob_of(self, thumbnail: Thumbnail) -> bytes:
        def make() -> tuple[bytes, int]:
            try:
                blob = self._logs.blobs(thumbnail.ref, [thumbnail.place])[0]
            except (ValueError, LookupError):
                blob = b""
            return blob, 300 + len(blob)

        key = ("thumbnail", thumbnail.ref.identity, thumbnail.place)
        return self._caches.samples.get(key, make)  # type: ignore[no-any-return]

    def _read_matrix(self, ref: Ref) -> tuple[SparseMatrix, int]:
        blobs = self._logs.blobs(ref, range(3))
        matrix = decode_matrix(self._header(blobs), blobs, decoding.MAX_CELLS)
        arrays = [matrix.cells, matrix.counts, *([] if matrix.weighted is None else [matrix.weighted])]
        return matrix, 1000 + sum(array.nbytes for array in arrays)

    def _header(self, blobs: list[bytes]) -> Header:
        """The header of a matrix; that of most steps is the same, and so are its names."""
        if not blobs:
            raise ValueError("a payload must begin with its header, and this one is empty")

        def make() -> tuple[Header, int]:
            return decode_header(blobs, decoding.MAX_CLASSES), 1000 + 10 * len(blobs[0])

        digest = blake2b(blobs[0], digest_size=16).digest()
        return self._caches.small.get(("header", digest), make)  # type: ignore[no-any-return]

    def _get(self, cache: Cache, kind: str, ref: Ref, make: Callable[[], tuple[Any, int]]) -> Any:
        """What `make` gives, or why it does not; both are kept, so that nothing is decoded again and again."""
        key = ("unreadable", kind, ref.identity)
        if (known := self._caches.small.peek(key)) is not None:
            return known
        try:
            value = cache.get((kind, ref.identity), make)
            self._caches.small.get(("fine", kind, ref.identity), lambda: (True, 300))
            return value
        except PublicError as error:  # the step has gone while we looked
            return decoding.unreadable(error)
        except (ValueError, RecursionError, OverflowError) as error:
            message = decoding.unreadable(error)
            return self._caches.small.get(key, lambda: (message, 1000))
