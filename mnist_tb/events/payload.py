"""The contract between writer and readers: what an event of the plugin holds. Three tags, a payload each.

A payload is a list of blobs that begins with a JSON header. `VERSION` grows when a reader of an older version could
misread a newer payload; unknown keys of a header are ignored. Then follow, by tag:

- `confusion_matrix`: the counts as little-endian int64 compressed by zlib, and, if the header says so, the weighted
  counts as float64 in the same way.
- `examples`: the columns of a table of samples as JSON compressed by zlib, then what is shown of those samples that
  no earlier step of the run has shown: a PNG picture or a text each, under the keys that the header lists.
- `tracked`: labels and predictions of the first samples as little-endian int64 compressed by zlib.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

PLUGIN_NAME = "mnist_tb"
VERSION = 1
MAX_CLASSES = 10_000
MATRIX_TAG, EXAMPLES_TAG, TRACKED_TAG = "confusion_matrix", "examples", "tracked"


class MatrixPayload(NamedTuple):
    """The confusion matrix of one epoch.

    Attributes:
        counts: (C, C) int64, true classes on the rows.
        class_names: C names.
        weighted_counts: (C, C) float64 sums of the sample weights, or None where there were none.
        nonfinite: predictions with a NaN or inf, which are not in the counts.
    """

    counts: np.ndarray[Any, Any]
    class_names: tuple[str, ...]
    weighted_counts: np.ndarray[Any, Any] | None = None
    nonfinite: int = 0


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
    """Turn blobs back into a matrix. They may come from anywhere and are believed in nothing.

    Raises:
        ValueError: they are no payload, of a newer version, or do not fit together.
    """
    header = read_header(blobs)
    try:
        names, nonfinite, weighted = header["class_names"], int(header["nonfinite"]), bool(header["weighted"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"the header of a matrix lacks something ({error!r})") from error
    if not 0 <= nonfinite < 2**63:
        raise ValueError("the header of a matrix must say how many predictions are not finite, and does not")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("class_names of a payload must be a list of texts")
    if not 2 <= len(names) <= MAX_CLASSES or len(blobs) < 2 + weighted:
        raise ValueError(f"a payload of {len(blobs)} parts with {len(names)} classes is none that mnist_tb wrote")
    counts = _decode_array(blobs[1], "<i8", len(names)).astype(np.int64)
    sums = _decode_array(blobs[2], "<f8", len(names)).astype(np.float64) if weighted else None
    return MatrixPayload(counts, tuple(names), sums, nonfinite)


def read_header(blobs: Sequence[bytes]) -> dict[str, Any]:
    """The header of a payload of a version that this package knows.

    Raises:
        ValueError: there is none, or it is of a newer version.
    """
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


def unzip(blob: bytes, most: int, misfit: str) -> bytes:
    """Decompress a whole zlib stream of at most `most` bytes.

    Args:
        blob: the stream.
        most: how many bytes it may hold.
        misfit: what to say if it holds more, or is cut off.

    Raises:
        ValueError: it is none, or `misfit`.
    """
    decompressor = zlib.decompressobj()
    try:
        data = decompressor.decompress(blob, most + 1)
    except zlib.error as error:
        raise ValueError(f"a part of a payload can't be read: {error}") from error
    if len(data) > most or not decompressor.eof:
        raise ValueError(misfit)
    return data


def _decode_array(blob: bytes, dtype: str, num_classes: int) -> np.ndarray[Any, Any]:
    size = num_classes * num_classes * 8  # never more than the names allow
    misfit = f"the counts of a payload do not fit its {num_classes} classes"
    data = unzip(blob, size, misfit)
    if len(data) != size:
        raise ValueError(misfit)
    return np.frombuffer(data, dtype).reshape(num_classes, num_classes)
