"""The payloads of samples: examples of the cells, and the first samples that are tracked. See `payload`."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mnist_tb.events.payload import MAX_SAMPLES, VERSION, Array, inflate, read_header

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The columns of the table of examples.
_KINDS: dict[str, Any] = {"true": int, "predicted": int, "confidence": (int, float), "position": int, "key": str}
_LARGEST_TABLE = 120_000_000  # bytes unzipped: a million samples
_MOST_TRACKED = 1_000_000


class ExamplesPayload(NamedTuple):
    """Samples behind the cells of a matrix, N of them.

    Attributes:
        scope: what there are examples of: every "cell", or "mistakes" alone.
        true: (N,) int64 classes.
        predicted: (N,) int64 classes.
        confidence: (N,) float64 in [0, 1].
        position: (N,) int64, 0-based place in the order in which the validation data passed.
        key: N names of the samples' thumbnails, in `thumbnails` of this step or an earlier one; "" for none.
        thumbnails: by key, a PNG picture or a text.
    """

    scope: str
    true: Array
    predicted: Array
    confidence: Array
    position: Array
    key: tuple[str, ...]
    thumbnails: dict[str, bytes | str]


class ExamplesTable(NamedTuple):
    """What an `ExamplesPayload` says, with its thumbnails left where they are.

    Attributes:
        scope: "" for what this package does not know.
        places: by key, the number of the thumbnail's blob.
        texts: the keys of the thumbnails that are texts; the others are pictures.
    """

    scope: str
    true: Array
    predicted: Array
    confidence: Array
    position: Array
    key: tuple[str, ...]
    places: dict[str, int]
    texts: frozenset[str]


class TrackedPayload(NamedTuple):
    """Labels and predictions of the first samples of the validation data, N of them.

    Attributes:
        true: (N,) int64 classes, -1 where unknown.
        predicted: (N,) int64 classes.
    """

    true: Array
    predicted: Array


def encode_examples(examples: ExamplesPayload) -> list[bytes]:
    """Turn examples into blobs; `decode_table` is the way back."""
    forms = {key: "text" if isinstance(value, str) else "png" for key, value in examples.thumbnails.items()}
    header = {"version": VERSION, "scope": examples.scope, "thumbnails": forms}
    confidence = np.fmin(1, np.round(np.asarray(examples.confidence, np.float64), 6))
    columns = (examples.true, examples.predicted, confidence, examples.position, examples.key)
    table = {name: np.asarray(column).tolist() for name, column in zip(_KINDS, columns, strict=True)}
    thumbnails = [value.encode() if isinstance(value, str) else value for value in examples.thumbnails.values()]
    return [json.dumps(header).encode(), zlib.compress(json.dumps(table).encode(), 1), *thumbnails]


def decode_table(blobs: Sequence[bytes], num_blobs: int, most_bytes: int = _LARGEST_TABLE) -> ExamplesTable:
    """The table of examples, untrusted input; the thumbnails, which may be many, are left where they are.

    Args:
        blobs: the first two of the payload, or more.
        num_blobs: how many it has.
        most_bytes: of the table, unzipped.

    Raises:
        ValueError: they are no examples, of a newer version, or more than `most_bytes`.

    Example:
        >>> one = np.array([1])
        >>> blobs = encode_examples(ExamplesPayload("cell", one, one, one * 0.5, one, ("a",), {"a": "hello"}))
        >>> table = decode_table(blobs, len(blobs))
        >>> table.confidence, blobs[table.places["a"]]
        (array([0.5]), b'hello')
    """
    header = read_header(blobs)
    scope, forms = header.get("scope"), header.get("thumbnails")
    # Keys become part of an address, which half of a surrogate pair can't be.
    if not isinstance(scope, str) or not isinstance(forms, dict) or not all(map(str.isascii, forms)):
        raise ValueError("examples must say what they are of and which thumbnails there are, and these do not")
    if num_blobs != 2 + len(forms) or len(blobs) < 2:
        raise ValueError(f"examples of {num_blobs} parts with {len(forms)} thumbnails are none that mnist_tb wrote")
    columns = _read_table(blobs[1], most_bytes)
    return ExamplesTable(
        scope if scope in ("cell", "mistakes") else "",
        np.array(columns["true"], np.int64),
        np.array(columns["predicted"], np.int64),
        np.array(columns["confidence"], np.float64),
        np.array(columns["position"], np.int64),
        tuple(columns["key"]),
        {key: 2 + place for place, key in enumerate(forms)},
        frozenset(key for key, form in forms.items() if form == "text"),
    )


def _read_table(blob: bytes, most_bytes: int) -> dict[str, list[Any]]:
    text = inflate(blob, most_bytes, "the examples of a step are more than can be read")
    try:
        table = json.loads(text)
        columns = {name: table[name] for name in _KINDS}
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the table of examples can't be read ({error!r})") from error
    for name, kind in _KINDS.items():
        column = columns[name]
        if not isinstance(column, list) or not all(isinstance(v, kind) and not isinstance(v, bool) for v in column):
            raise ValueError(f"the table of examples has a column {name!r} that mnist_tb did not write")
        if name == "key":
            if not all(map(str.isascii, column)):
                raise ValueError("the table of examples has keys that mnist_tb did not write")
        elif not all(0 <= value <= (1 if name == "confidence" else MAX_SAMPLES) for value in column):
            raise ValueError(f"the table of examples has numbers in {name!r} that can't be")
    if len({len(column) for column in columns.values()}) != 1:
        raise ValueError("the table of examples has columns of several lengths")
    return columns


def encode_tracked(tracked: TrackedPayload) -> list[bytes]:
    """Turn tracked samples into blobs."""
    table = np.stack([tracked.true, tracked.predicted]).astype("<i8")
    header = {"version": VERSION, "samples": table.shape[1]}
    return [json.dumps(header).encode(), zlib.compress(table.tobytes(), 1)]


def decode_tracked(blobs: Sequence[bytes]) -> TrackedPayload:
    """Turn blobs back into tracked samples. They are untrusted input.

    Raises:
        ValueError: they are no payload, of a newer version, or do not fit together.

    Example:
        >>> decode_tracked(encode_tracked(TrackedPayload(np.array([1, 2]), np.array([1, 7])))).predicted
        array([1, 7])
    """
    count = read_header(blobs).get("samples")
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= _MOST_TRACKED or len(blobs) < 2:
        raise ValueError("tracked samples must say how many they are, and these do not")
    misfit = f"tracked samples do not hold the {count} that they say"
    data = inflate(blobs[1], 16 * count, misfit)
    if len(data) != 16 * count:
        raise ValueError(misfit)
    true, predicted = np.frombuffer(data, "<i8").reshape(2, count).astype(np.int64)
    return TrackedPayload(true, predicted)
