"""The contract between writer and readers: what an event of the plugin holds. Three tags, a payload each.

A payload is a list of blobs that begins with a JSON header. `VERSION` grows when a reader of an older version could
misread a newer payload; unknown keys of a header are ignored. Then follow, by tag:

- `confusion_matrix`: the counts as little-endian int64 compressed by zlib, and, if the header says so, the weighted
  counts as float64 in the same way.
- `examples`: the columns of a table of samples as JSON compressed by zlib, then the thumbnails that no earlier step of
  the run has written: a PNG picture or a text each, under the keys that the header lists.
- `tracked`: labels and predictions of the first samples as little-endian int64 compressed by zlib.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

PLUGIN_NAME = "mnist_tb"
VERSION = 1
MATRIX_TAG, EXAMPLES_TAG, TRACKED_TAG = "confusion_matrix", "examples", "tracked"
MAX_CLASSES = 10_000
MAX_SAMPLES = 2**53  # what a float64, and a number in JavaScript, holds exactly
_LARGEST_HEADER = 8_000_000  # bytes
_CHUNK = 1 << 19  # bytes; fits a processor's cache


class MatrixPayload(NamedTuple):
    """The confusion matrix of one epoch.

    Attributes:
        counts: (C, C) int64, true classes on the rows.
        class_names: C names.
        weighted_counts: (C, C) float64 sums of the sample weights, or None where there were none.
        nonfinite: predictions with a NaN or inf, which are not in the counts.
    """

    counts: Array
    class_names: tuple[str, ...]
    weighted_counts: Array | None = None
    nonfinite: int = 0


class Header(NamedTuple):
    """What is known of a matrix before its counts are decoded."""

    class_names: tuple[str, ...]
    nonfinite: int
    weighted: bool


class SparseMatrix(NamedTuple):
    """A confusion matrix of C classes without its zeros, N cells.

    Attributes:
        class_names: C names.
        cells: (N,) int32, true · C + predicted, ascending.
        counts: (N,) integers, above 0 where there are no weights.
        weighted: (N,) float64 sums of the sample weights, or None where there were none.
        nonfinite: predictions that are not in the counts.
    """

    class_names: tuple[str, ...]
    cells: Array
    counts: Array
    weighted: Array | None
    nonfinite: int

    def dense(self) -> MatrixPayload:
        """The same with its zeros."""
        weighted = None if self.weighted is None else self._square(self.weighted)
        return MatrixPayload(self._square(self.counts.astype(np.int64)), self.class_names, weighted, self.nonfinite)

    def _square(self, values: Array) -> Array:
        classes = len(self.class_names)
        return _place(values, self.cells, classes**2).reshape(classes, classes)


def encode(matrix: MatrixPayload) -> list[bytes]:
    """Turn a matrix into blobs.

    Example:
        >>> blobs = encode(MatrixPayload(np.eye(2, dtype=np.int64), ("cat", "dog")))
        >>> decode(blobs).counts.tolist()
        [[1, 0], [0, 1]]
    """
    header = {
        "version": VERSION,
        "class_names": matrix.class_names,
        "nonfinite": matrix.nonfinite,
        "weighted": matrix.weighted_counts is not None,
    }
    blobs = [json.dumps(header).encode(), zlib.compress(matrix.counts.astype("<i8").tobytes(), 1)]
    if matrix.weighted_counts is not None:
        blobs.append(zlib.compress(matrix.weighted_counts.astype("<f8").tobytes(), 1))
    return blobs


def decode(blobs: Sequence[bytes]) -> MatrixPayload:
    """Turn blobs back into a matrix. They are untrusted input.

    Raises:
        ValueError: they are no payload, of a newer version, or do not fit together.
    """
    return decode_matrix(decode_header(blobs), blobs).dense()


def decode_header(blobs: Sequence[bytes], max_classes: int = MAX_CLASSES) -> Header:
    """The header of a matrix.

    Raises:
        ValueError: it is none, of a newer version, or of more than `max_classes` classes.
    """
    header = read_header(blobs)
    names, nonfinite, weighted = (header.get(name) for name in ("class_names", "nonfinite", "weighted"))
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("class_names of a payload must be a list of texts")
    if not isinstance(weighted, bool) or not isinstance(nonfinite, int) or not 0 <= nonfinite <= MAX_SAMPLES:
        raise ValueError("the header of a matrix must say whether it is weighted and what is not in it")
    if not 2 <= len(names) <= max_classes:
        raise ValueError(f"the matrix has {len(names):,} classes, and there can be 2 to {max_classes:,}")
    return Header(tuple(names), nonfinite, weighted)


def decode_matrix(header: Header, blobs: Sequence[bytes], max_cells: int | None = None) -> SparseMatrix:
    """The counts of a matrix; the whole of it is never held.

    Args:
        header: of the payload.
        blobs: the payload, untrusted.
        max_cells: how many cells may hold samples; None for any number.

    Raises:
        ValueError: they do not fit the header or can't be counts.

    Example:
        >>> blobs = encode(MatrixPayload(np.array([[3, 1], [0, 4]]), ("cat", "dog")))
        >>> matrix = decode_matrix(decode_header(blobs), blobs)
        >>> matrix.cells.tolist(), matrix.counts.tolist()
        ([0, 1, 3], [3, 1, 4])
    """
    classes = len(header.class_names)
    if len(blobs) < 2 + header.weighted:
        raise ValueError(f"a matrix of {len(blobs)} parts is none that mnist_tb wrote")
    cells, counts = _nonzero(blobs[1], "<i8", classes, max_cells)
    if len(counts) and (counts.min() < 0 or counts.sum(dtype=np.float64) > MAX_SAMPLES):
        raise ValueError("the counts of a payload are below 0 or larger than can be")
    weighted = None
    if header.weighted:
        weighted_cells, sums = _nonzero(blobs[2], "<f8", classes, max_cells)
        union = np.union1d(cells, weighted_cells)
        counts, weighted = (
            _place(values, np.searchsorted(union, places), len(union))
            for values, places in ((counts, cells), (sums, weighted_cells))
        )
        cells = union
    counts = counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
    return SparseMatrix(header.class_names, cells.astype(np.int32), counts, weighted, header.nonfinite)


def read_header(blobs: Sequence[bytes]) -> dict[str, Any]:
    """The header of a payload; a ValueError says where there is none, or one of a newer version."""
    if blobs and len(blobs[0]) > _LARGEST_HEADER:
        raise ValueError(f"the header of a payload has {len(blobs[0]):,} bytes, more than mnist_tb writes")
    try:
        header = json.loads(blobs[0])
        version = header["version"]
    except (IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"a payload must begin with its header, and this one does not ({error!r})") from error
    if not isinstance(header, dict) or not isinstance(version, int) or not 1 <= version <= VERSION:
        raise ValueError(
            f"this mnist_tb reads payloads up to version {VERSION}, and this one has version {version!r}: "
            "update mnist_tb"
        )
    return header


def inflate(blob: bytes, most: int, misfit: str) -> Iterator[bytes]:
    """The chunks of a zlib stream, all full but the last; `misfit` is raised where they hold more than `most` bytes."""
    decompressor, done = zlib.decompressobj(), 0
    while not decompressor.eof:
        try:
            chunk = decompressor.decompress(blob, _CHUNK)
        except zlib.error as error:
            raise ValueError(f"a part of a payload can't be read: {error}") from error
        blob = decompressor.unconsumed_tail
        done += len(chunk)
        if done > most:
            raise ValueError(misfit)
        if chunk:
            yield chunk
        elif not decompressor.eof:
            raise ValueError("a part of a payload is cut off")


def _nonzero(blob: bytes, dtype: str, classes: int, max_cells: int | None) -> tuple[Array, Array]:
    """Index and value of all numbers of a compressed (C, C) array that are not 0; the whole of it is never held."""
    size, done, used, found = classes * classes * 8, 0, 0, []
    misfit = f"the counts of a payload do not fit its {classes} classes"
    for chunk in inflate(blob, size, misfit):
        numbers = np.frombuffer(chunk, dtype, len(chunk) // 8)
        cells = np.flatnonzero(numbers)
        used += len(cells)
        if max_cells is not None and used > max_cells:
            raise ValueError(f"the matrix has samples in more than {max_cells:,} cells, the most that the tab shows")
        found.append((cells + done // 8, numbers[cells]))
        done += len(chunk)
    if done != size:
        raise ValueError(misfit)
    cells, values = zip(*found, strict=True)
    return np.concatenate(cells), np.concatenate(values)


def _place(values: Array, places: Array, size: int) -> Array:
    """An array of `size` with the values at their places, 0 elsewhere."""
    array = np.zeros(size, values.dtype)
    array[places] = values
    return array
