"""The payloads of samples: examples of the cells, and the first samples that are tracked. See `payload`."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mnist_tb.events.payload import VERSION, read_header, unzip

MAX_SAMPLES = 1_000_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLUMNS = ("true", "predicted", "confidence", "position", "key")
_WIDEST_ROW = 120  # bytes of a sample's numbers and key as JSON


class ExamplesPayload(NamedTuple):
    """Samples behind the cells of a matrix, N of them.

    Attributes:
        kept: what there are examples of, see `ExamplePlan`: "cell", "class", "overall" or "none".
        true: (N,) int64 classes.
        predicted: (N,) int64 classes.
        confidence: (N,) float64 in [0, 1].
        position: (N,) int64, 0-based place in the order in which the validation data passed.
        key: N names of what is shown of each sample, in `shown` of this step or an earlier one; "" for nothing.
        shown: by key, a PNG picture or a text.
    """

    kept: str
    true: np.ndarray[Any, Any]
    predicted: np.ndarray[Any, Any]
    confidence: np.ndarray[Any, Any]
    position: np.ndarray[Any, Any]
    key: tuple[str, ...]
    shown: dict[str, bytes | str]


class TrackedPayload(NamedTuple):
    """Labels and predictions of the first samples of the validation data, N of them.

    Attributes:
        true: (N,) int64 classes, -1 where unknown.
        predicted: (N,) int64 classes.
    """

    true: np.ndarray[Any, Any]
    predicted: np.ndarray[Any, Any]


def encode_examples(examples: ExamplesPayload) -> list[bytes]:
    """Turn examples into blobs.

    Example:
        >>> one = np.array([1])
        >>> blobs = encode_examples(ExamplesPayload("cell", one, one, one * 0.5, one, ("a",), {"a": "hello"}))
        >>> decode_examples(blobs).shown
        {'a': 'hello'}
    """
    header = {"version": VERSION, "kept": examples.kept, "shown": list(examples.shown)}
    confidence = [min(1.0, round(float(value), 6)) for value in examples.confidence]
    true, predicted, position = (
        np.asarray(column).tolist() for column in (examples.true, examples.predicted, examples.position)
    )
    table = dict(zip(_COLUMNS, (true, predicted, confidence, position, examples.key), strict=True))
    shown = [value.encode() if isinstance(value, str) else value for value in examples.shown.values()]
    return [json.dumps(header).encode(), zlib.compress(json.dumps(table).encode(), 1), *shown]


def decode_examples(blobs: Sequence[bytes]) -> ExamplesPayload:
    """Turn blobs back into examples. They may come from anywhere and are believed in nothing.

    Raises:
        ValueError: they are no payload, of a newer version, or do not fit together.
    """
    header = read_header(blobs)
    kept, keys = header.get("kept"), header.get("shown")
    if not isinstance(kept, str) or not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ValueError("examples must say what is kept and what is shown, and these do not")
    if len(blobs) != 2 + len(keys):
        raise ValueError(f"examples of {len(blobs)} parts that show {len(keys)} samples are none that mnist_tb wrote")
    columns = _read_table(blobs[1])
    shown = {key: _shown(blob) for key, blob in zip(keys, blobs[2:], strict=True)}
    return ExamplesPayload(
        kept,
        np.array(columns["true"], np.int64),
        np.array(columns["predicted"], np.int64),
        np.array(columns["confidence"], np.float64),
        np.array(columns["position"], np.int64),
        tuple(columns["key"]),
        shown,
    )


def _read_table(blob: bytes) -> dict[str, list[Any]]:
    try:
        table = json.loads(unzip(blob, MAX_SAMPLES * _WIDEST_ROW, "the table of examples is cut off, or too long"))
        columns = {name: table[name] for name in _COLUMNS}
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the table of examples can't be read ({error!r})") from error
    kinds = {"key": str, "confidence": (int, float)}
    for name, column in columns.items():
        kind: Any = kinds.get(name, int)
        if not isinstance(column, list) or not all(isinstance(v, kind) and not isinstance(v, bool) for v in column):
            raise ValueError(f"the table of examples has a column {name!r} that mnist_tb did not write")
        most = 2**53 if kind is int else 1
        if kind is not str and not all(0 <= value <= most for value in column):
            raise ValueError(f"the table of examples has numbers in {name!r} that can't be")
    if len({len(column) for column in columns.values()}) != 1:
        raise ValueError("the table of examples has columns of several lengths")
    return columns


def _shown(blob: bytes) -> bytes | str:
    """A picture as it is, and anything else as text."""
    return blob if blob.startswith(PNG_SIGNATURE) else blob.decode("utf-8", "replace")


def encode_tracked(tracked: TrackedPayload) -> list[bytes]:
    """Turn tracked samples into blobs.

    Example:
        >>> blobs = encode_tracked(TrackedPayload(np.array([1, 2]), np.array([1, 7])))
        >>> decode_tracked(blobs).predicted.tolist()
        [1, 7]
    """
    table = np.stack([tracked.true, tracked.predicted]).astype("<i8")
    header = {"version": VERSION, "samples": table.shape[1]}
    return [json.dumps(header).encode(), zlib.compress(table.tobytes(), 1)]


def decode_tracked(blobs: Sequence[bytes]) -> TrackedPayload:
    """Turn blobs back into tracked samples. They may come from anywhere and are believed in nothing.

    Raises:
        ValueError: they are no payload, of a newer version, or do not fit together.
    """
    count = read_header(blobs).get("samples")
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MAX_SAMPLES or len(blobs) < 2:
        raise ValueError("tracked samples must say how many they are, and these do not")
    misfit = f"tracked samples do not hold the {count} that they say"
    data = unzip(blobs[1], 16 * count, misfit)
    if len(data) != 16 * count:
        raise ValueError(misfit)
    true, predicted = np.frombuffer(data, "<i8").reshape(2, count).astype(np.int64)
    return TrackedPayload(true, predicted)
