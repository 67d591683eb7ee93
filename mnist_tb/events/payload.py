"""The contract between writer and readers: what an event of the plugin holds. Three tags, a payload each.

A payload is a list of blobs that begins with a JSON header. `VERSION` grows when a reader of an older version could
misread a newer payload; unknown keys of a header are ignored. Then follow, by tag:

- `confusion_matrix`: the cells that are not 0, true · C + predicted, ascending, as little-endian int32; their counts as
  int64; and, if the header says so, the sums of their sample weights as float64; each compressed by zlib.
- `examples`: the columns of a table of samples as JSON compressed by zlib, then the thumbnails that no earlier step of
  the run has written: a PNG picture or a text each, under the keys that the header lists.
- `tracked`: labels and predictions of the first samples as little-endian int64 compressed by zlib.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
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
        square = np.zeros(classes**2, values.dtype)
        square[self.cells] = values
        return square.reshape(classes, classes)


def encode(matrix: MatrixPayload) -> list[bytes]:
    """Turn a matrix into blobs.

    Example:
        >>> blobs = encode(MatrixPayload(np.eye(2, dtype=np.int64), ("cat", "dog")))
        >>> decode(blobs).counts.tolist()
        [[1, 0], [0, 1]]
    """
    counts, weighted = matrix.counts.ravel(), matrix.weighted_counts
    header = {
        "version": VERSION,
        "class_names": matrix.class_names,
        "nonfinite": matrix.nonfinite,
        "weighted": weighted is not None,
    }
    occupied = counts != 0 if weighted is None else (counts != 0) | (weighted.ravel() != 0)
    cells = np.flatnonzero(occupied)
    parts = [cells.astype("<i4"), counts[cells].astype("<i8")]
    if weighted is not None:
        parts.append(weighted.ravel()[cells].astype("<f8"))
    return [json.dumps(header).encode(), *(zlib.compress(part.tobytes(), 1) for part in parts)]


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
    if len(blobs) < 3 + header.weighted:
        raise ValueError(f"a matrix of {len(blobs)} parts is none that mnist_tb wrote")
    cells = _read_cells(blobs[1], len(header.class_names), max_cells)
    counts = _read_numbers(blobs[2], "<i8", len(cells))
    if len(counts) and (counts.min() < 0 or counts.sum(dtype=np.float64) > MAX_SAMPLES):
        raise ValueError("the counts of a payload are below 0 or larger than can be")
    counts = counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
    weighted = _read_numbers(blobs[3], "<f8", len(cells)) if header.weighted else None
    return SparseMatrix(header.class_names, cells, counts, weighted, header.nonfinite)


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


def inflate(blob: bytes, most: int, misfit: str) -> bytes:
    """The data of a zlib stream; `misfit` is raised where there are more than `most` bytes, before they are held."""
    decompressor = zlib.decompressobj()
    try:
        data = decompressor.decompress(blob, most + 1)
    except zlib.error as error:
        raise ValueError(f"a part of a payload can't be read: {error}") from error
    if len(data) > most:
        raise ValueError(misfit)
    if not decompressor.eof:
        raise ValueError("a part of a payload is cut off")
    return data


def _read_cells(blob: bytes, classes: int, max_cells: int | None) -> Array:
    """The cells that are not 0, (N,) int32 ascending, of a matrix of C classes; at most `max_cells` of them."""
    misfit = f"the cells of a payload do not fit its {classes} classes"
    if max_cells is None or max_cells >= classes**2:
        data = inflate(blob, 4 * classes**2, misfit)
    else:
        too_many = f"the matrix has samples in more than {max_cells:,} cells, the most that the tab shows"
        data = inflate(blob, 4 * max_cells, too_many)
    cells = np.frombuffer(data, "<i4", len(data) // 4)
    in_order = (np.diff(cells, prepend=-1) > 0).all()
    if len(data) % 4 or not in_order or cells.max(initial=0) >= classes**2:
        raise ValueError(misfit)
    return cells


def _read_numbers(blob: bytes, dtype: str, count: int) -> Array:
    """`count` numbers of 8 bytes."""
    misfit = f"the numbers of a payload do not fit its {count} cells"
    data = inflate(blob, 8 * count, misfit)
    if len(data) != 8 * count:
        raise ValueError(misfit)
    return np.frombuffer(data, dtype)
