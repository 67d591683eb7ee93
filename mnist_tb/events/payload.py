"""The contract between writer and readers: what an event of the plugin holds. Three tags, a payload each.

A payload is a list of blobs that begins with a JSON header. `VERSION` grows when a reader of an older version could
misread a newer payload; unknown keys of a header are ignored. Then follow, by tag:

- `confusion_matrix`: the cells that are not 0, true · C + predicted, ascending, as little-endian int32; their counts as
  int64; and, if the header says so, the sums of their sample weights as float64; each compressed by zlib.
- `examples`: the columns of a table of samples as JSON compressed by zlib, then the thumbnails that no earlier step of
  the run has written: a PNG picture or a text each, under the keys that the header lists.
- `tracked`: labels and predictions of the first samples as little-endian int64 compressed by zlib.

What is decoded is untrusted input: a ValueError says what is no payload, of a newer version, or does not fit together.
"""

import json
import sys
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from mnist_tb.groups import check_class_groups

Array = np.ndarray[Any, Any]

PLUGIN_NAME = "mnist_tb"
VERSION = 1
MATRIX_TAG, EXAMPLES_TAG, TRACKED_TAG = "confusion_matrix", "examples", "tracked"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CLASSES = 10_000
MAX_SAMPLES = 2**53  # what a float64, and a number in JavaScript, holds exactly
_MOST_TRACKED = 1_000_000
_LARGEST_HEADER = 8_000_000  # bytes
_LARGEST_TABLE = 120_000_000  # bytes unzipped: a million samples
# The columns of the table of examples, and those that older logs do not have.
_NUMBER = (int, float)
_KINDS: dict[str, Any] = {"true": int, "predicted": int, "confidence": _NUMBER, "position": int, "key": str}
_LATER: dict[str, Any] = {"label_probability": _NUMBER}
_LATER |= {"second": int, "second_probability": _NUMBER, "third": int, "third_probability": _NUMBER}


class Matrix(NamedTuple):
    """A confusion matrix of C classes without its zeros, N cells."""

    class_names: tuple[str, ...]
    cells: Array  # (N,) int32, true · C + predicted, ascending
    counts: Array  # (N,) integers, above 0 where there are no weights
    weighted: Array | None  # (N,) float64 sums of the sample weights, or None where there were none
    nonfinite: int  # predictions with a NaN or inf, which are not in the counts
    class_groups: dict[str, Any]  # by name the class names of a group, or groups again; {} for none

    def dense(self, values: Array) -> Array:
        """The values of the N cells as (C, C), with the zeros, true classes on the rows."""
        classes = len(self.class_names)
        square = np.zeros(classes**2, values.dtype)
        square[self.cells] = values
        return square.reshape(classes, classes)


class ExamplesTable(NamedTuple):
    """The examples of a step, N samples, with their thumbnails left in the payload."""

    scope: str  # there are examples of every "cell", or of "mistakes" alone; "" for what this package does not know
    true: Array  # (N,) int64 classes, as `predicted`
    predicted: Array
    confidence: Array  # (N,) float64 in [0, 1]
    position: Array  # (N,) int64, 0-based place in the order in which the validation data passed
    key: tuple[str, ...]  # of the thumbnails, which are in this step or an earlier one; "" for none
    places: dict[str, int]  # by key, the number of the thumbnail's blob
    texts: frozenset[str]  # keys of the thumbnails that are texts; the others are pictures
    likely: "Likely | None"  # None in older logs


class Likely(NamedTuple):
    """What the model thought of N samples besides their predicted class."""

    label_probability: Array  # (N,) float64 in [0, 1], that of the given label
    second: Array  # (N,) int64, the class of the next highest probability
    second_probability: Array  # (N,) float64
    third: Array  # (N,) int64, as `predicted` where there are two classes
    third_probability: Array  # (N,) float64, 0 where there are two classes


class Tracked(NamedTuple):
    """Labels and predictions of the first N samples of the validation data."""

    true: Array  # (N,) int64 classes, -1 where unknown
    predicted: Array  # (N,) int64 classes


def encode_matrix(
    counts: Array,
    class_names: Sequence[str],
    weighted_counts: Array | None = None,
    nonfinite: int = 0,
    class_groups: Mapping[str, Any] | None = None,
) -> list[bytes]:
    """The payload of a matrix, (C, C) integers and maybe as many float64; see `Matrix`."""
    is_weighted, occupied = weighted_counts is not None, counts != 0
    header = {"version": VERSION, "class_names": class_names, "nonfinite": nonfinite, "weighted": is_weighted}
    header |= {"class_groups": class_groups} if class_groups else {}
    cells = np.flatnonzero(occupied if weighted_counts is None else occupied | (weighted_counts != 0))
    parts = [cells.astype("<i4"), counts.ravel()[cells].astype("<i8")]
    if weighted_counts is not None:
        parts.append(weighted_counts.ravel()[cells].astype("<f8"))
    return [json.dumps(header).encode(), *(zlib.compress(part.tobytes(), 1) for part in parts)]


def decode_matrix(blobs: Sequence[bytes], max_classes: int = MAX_CLASSES, max_cells: int = MAX_CLASSES**2) -> Matrix:
    """The matrix of a payload, whose zeros are never held; a larger one than the limits is refused."""
    names, nonfinite, weighted, groups = _matrix_header(tuple(blobs[:1]))
    if not 2 <= len(names) <= max_classes:
        raise ValueError(f"the matrix has {len(names):,} classes, and there can be 2 to {max_classes:,}")
    if len(blobs) < 3 + weighted:
        raise ValueError(f"a matrix of {len(blobs)} parts is none that mnist_tb wrote")
    cells = _read_cells(blobs[1], len(names), max_cells)
    misfit = f"the numbers of a payload do not fit its {len(cells)} cells"
    counts = np.frombuffer(inflate_whole(blobs[2], 8 * len(cells), misfit), "<i8")
    if len(counts) and (counts.min() < 0 or counts.sum(dtype=np.float64) > MAX_SAMPLES):
        raise ValueError("the counts of a payload are below 0 or larger than can be")
    counts = counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
    sums = np.frombuffer(inflate_whole(blobs[3], 8 * len(cells), misfit), "<f8") if weighted else None
    return Matrix(names, cells, counts, sums, nonfinite, groups)


@lru_cache(maxsize=4)
def _matrix_header(blobs: tuple[bytes, ...]) -> tuple[tuple[str, ...], int, bool, dict[str, Any]]:
    """Class names, `nonfinite`, whether there are weights, and groups; most steps have the same, held once then."""
    header = read_header(blobs)
    names, nonfinite, weighted = (header.get(name) for name in ("class_names", "nonfinite", "weighted"))
    names = check_names(names)
    if not isinstance(weighted, bool) or not isinstance(nonfinite, int) or not 0 <= nonfinite <= MAX_SAMPLES:
        raise ValueError("the header of a matrix must say whether it is weighted and what is not in it")
    return names, nonfinite, weighted, check_class_groups(header.get("class_groups", {}), names)


def _read_cells(blob: bytes, classes: int, max_cells: int) -> Array:
    misfit = f"the cells of a payload do not fit its {classes} classes"
    too_many = f"the matrix has samples in more than {max_cells:,} cells, the most that the tab shows"
    data = _inflate(blob, 4 * min(max_cells, classes**2), misfit if max_cells >= classes**2 else too_many)
    if len(data) % 4:
        raise ValueError(misfit)
    cells = np.frombuffer(data, "<i4")
    if not (cells[1:] > cells[:-1]).all() or cells.min(initial=0) < 0 or cells.max(initial=0) >= classes**2:
        raise ValueError(misfit)
    return cells


def encode_examples(
    scope: str,
    true: Sequence[int] | Array,
    predicted: Sequence[int] | Array,
    confidence: Sequence[float] | Array,
    position: Sequence[int] | Array,
    key: Sequence[str],
    thumbnails: Mapping[str, bytes | str],
    likely: Likely | None = None,
) -> list[bytes]:
    """The payload of examples, as in `ExamplesTable`; `thumbnails` are those that are new, PNG pictures or texts."""
    forms = {key: "text" if isinstance(value, str) else "png" for key, value in thumbnails.items()}
    header = {"version": VERSION, "scope": scope, "thumbnails": forms}
    columns = dict(zip(_KINDS, (true, predicted, confidence, position, key), strict=True))
    columns |= likely._asdict() if likely else {}
    table = {name: _rounded(name, np.asarray(column)).tolist() for name, column in columns.items()}
    blobs = [value.encode() if isinstance(value, str) else value for value in thumbnails.values()]
    return [json.dumps(header).encode(), zlib.compress(json.dumps(table).encode(), 1), *blobs]


def _rounded(name: str, column: Array) -> Array:
    return np.fmin(1, np.round(column.astype(np.float64), 6)) if _is_probability(name) else column


def _is_probability(name: str) -> bool:
    return name == "confidence" or name.endswith("probability")


def decode_examples(blobs: Sequence[bytes], num_blobs: int, most_bytes: int = _LARGEST_TABLE) -> ExamplesTable:
    """The examples of a payload of `num_blobs`, of which the first two suffice; at most `most_bytes` unzipped."""
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
        tuple(map(sys.intern, columns["key"])),  # most are in many steps: 50 MB less for 4,000 samples in 100 of them
        {key: 2 + place for place, key in enumerate(forms)},
        frozenset(key for key, form in forms.items() if form == "text"),
        Likely(*(np.array(columns[name]) for name in _LATER)) if "second" in columns else None,
    )


def _read_table(blob: bytes, most_bytes: int) -> dict[str, list[Any]]:
    text = _inflate(blob, most_bytes, "the examples of a step are more than can be read")
    try:
        table = json.loads(text)
        kinds = {**_KINDS, **(_LATER if "label_probability" in table else {})}
        columns = {name: table[name] for name in kinds}
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the table of examples can't be read ({error!r})") from error
    for name, kind in kinds.items():
        column = columns[name]
        if not isinstance(column, list) or not all(isinstance(v, kind) and not isinstance(v, bool) for v in column):
            raise ValueError(f"the table of examples has a column {name!r} that mnist_tb did not write")
        if name == "key":
            if not all(map(str.isascii, column)):
                raise ValueError("the table of examples has keys that mnist_tb did not write")
        elif not all(0 <= value <= (1 if _is_probability(name) else MAX_SAMPLES) for value in column):
            raise ValueError(f"the table of examples has numbers in {name!r} that can't be")
    if len({len(column) for column in columns.values()}) != 1:
        raise ValueError("the table of examples has columns of several lengths")
    return columns


def encode_tracked(true: Sequence[int] | Array, predicted: Sequence[int] | Array) -> list[bytes]:
    """The payload of tracked samples, as in `Tracked`."""
    table = np.stack([true, predicted]).astype("<i8")
    header = {"version": VERSION, "samples": table.shape[1]}
    return [json.dumps(header).encode(), zlib.compress(table.tobytes(), 1)]


def decode_tracked(blobs: Sequence[bytes]) -> Tracked:
    """The tracked samples of a payload."""
    count = read_header(blobs).get("samples")
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= _MOST_TRACKED or len(blobs) < 2:
        raise ValueError("tracked samples must say how many they are, and these do not")
    data = inflate_whole(blobs[1], 16 * count, f"tracked samples do not hold the {count} that they say")
    return Tracked(*np.frombuffer(data, "<i8").reshape(2, count).astype(np.int64))


def check_names(names: Any) -> tuple[str, ...]:
    """The class names of a header."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("class_names of a payload must be a list of texts")
    return tuple(names)


def read_header(blobs: Sequence[bytes]) -> dict[str, Any]:
    """The header of a payload that this package can read."""
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


def _inflate(blob: bytes, most: int, misfit: str) -> bytes:
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


def inflate_whole(blob: bytes, size: int, misfit: str) -> bytes:
    """The data of a zlib stream that must be of so many bytes."""
    data = _inflate(blob, size, misfit)
    if len(data) != size:
        raise ValueError(misfit)
    return data
