"""Blobs of event files → small arrays, or one sentence on why not. They may come from anywhere."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from mnist_tb.events.payload import read_header
from mnist_tb.events.sample_payloads import (
    PNG_SIGNATURE,
    TrackedPayload,
    decode_examples,
    decode_tracked,
)

Array = np.ndarray[Any, Any]

MAX_TAB_CLASSES = 4_000  # a matrix of 10,000 takes 800 MB
MAX_CELLS = 2_000_000  # that are not zero
_MOST_SAMPLES = 2**53  # what a float64, and a number in JavaScript, holds exactly
_LARGEST_HEADER = 8_000_000  # bytes
_LARGEST_TABLE = 16_000_000  # bytes of the examples of a step, unzipped; about 200,000 samples
_LONGEST_SENTENCE = 300
_LONGEST_TEXT = 2_000
_CHUNK = 1 << 19  # bytes; fits a processor's cache


class Broken(NamedTuple):
    """Stands for what can't be read."""

    sentence: str


class Header(NamedTuple):
    """What is known of a matrix before its counts are decoded."""

    class_names: tuple[str, ...]
    nonfinite: int
    weighted: bool


class Matrix(NamedTuple):
    """A confusion matrix of C classes without its zeros, N cells.

    Attributes:
        class_names: C names.
        cells: (N,) int32, true · C + predicted, ascending.
        counts: (N,) integers.
        weighted: (N,) float64 sums of the sample weights, or None where there were none.
        nonfinite: predictions that are not in the counts.
    """

    class_names: tuple[str, ...]
    cells: Array
    counts: Array
    weighted: Array | None
    nonfinite: int


class ClassTotals(NamedTuple):
    """What every number of the classes is made of, so that a matrix need not be kept for them.

    Attributes:
        class_names: C names.
        right: (C,) float64, the diagonal of the matrix.
        support: (C,) float64, samples of each class.
        predicted: (C,) float64, predictions of each class.
    """

    class_names: tuple[str, ...]
    right: Array
    support: Array
    predicted: Array


class Examples(NamedTuple):
    """The table of samples behind cells, N of them, and where what is shown of them is.

    Attributes:
        kept: "cell", "class", "overall", "none", or "" for what this package does not know.
        true: (N,) int64 classes.
        predicted: (N,) int64 classes.
        confidence: (N,) float64.
        position: (N,) int64.
        key: N names of what is shown, "" for nothing.
        places: by key, the number of the blob of this payload.
        are_pictures: whether the first of these blobs are PNG pictures; the others are like them, or can't be shown.
    """

    kept: str
    true: Array
    predicted: Array
    confidence: Array
    position: Array
    key: tuple[str, ...]
    places: dict[str, int]
    are_pictures: bool


def broken(error: Exception) -> Broken:
    """The sentence of an error, not too long: it may quote the file.

    Example:
        >>> broken(ValueError("the counts do not fit"))
        Broken(sentence='the counts do not fit')
    """
    text = str(error) or repr(error)
    if len(text) > _LONGEST_SENTENCE:  # what is quoted stands in the middle
        text = f"{text[: _LONGEST_SENTENCE // 2]} … {text[-_LONGEST_SENTENCE // 2 :]}"
    return Broken(text)


def decode_header(blob: bytes) -> Header:
    """The header of a matrix that the tab can show.

    Raises:
        ValueError: it is none, of a newer version, or of too many classes.

    Example:
        >>> decode_header(b'{"version": 1, "class_names": ["cat", "dog"], "nonfinite": 0, "weighted": false}')
        Header(class_names=('cat', 'dog'), nonfinite=0, weighted=False)
    """
    header = read_header([_bounded(blob)])
    names, nonfinite, weighted = (header.get(name) for name in ("class_names", "nonfinite", "weighted"))
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("class_names of a payload must be a list of texts")
    if not isinstance(weighted, bool) or not isinstance(nonfinite, int) or not 0 <= nonfinite <= _MOST_SAMPLES:
        raise ValueError("the header of a matrix must say whether it is weighted and what is not in it")
    if not 2 <= len(names) <= MAX_TAB_CLASSES:
        raise ValueError(f"the matrix has {len(names):,} classes, and the tab shows 2 to {MAX_TAB_CLASSES:,}")
    return Header(tuple(names), nonfinite, weighted)


def decode_matrix(header: Header, blobs: Sequence[bytes]) -> Matrix:
    """The counts of a matrix, with the same checks as `payload.decode`, which gives it whole and takes twice as long.

    Args:
        header: of the payload.
        blobs: its other parts.

    Raises:
        ValueError: they do not fit the header or can't be counts.

    Example:
        >>> from mnist_tb.events.payload import MatrixPayload, encode
        >>> blobs = encode(MatrixPayload(np.array([[3, 1], [0, 4]]), ("cat", "dog")))
        >>> matrix = decode_matrix(decode_header(blobs[0]), blobs[1:])
        >>> matrix.cells.tolist(), matrix.counts.tolist()
        ([0, 1, 3], [3, 1, 4])
    """
    classes = len(header.class_names)
    if len(blobs) < 1 + header.weighted:
        raise ValueError(f"a matrix of {1 + len(blobs)} parts is none that mnist_tb wrote")
    cells, counts = _nonzero(blobs[0], "<i8", classes)
    if len(counts) and (counts.min() < 0 or counts.sum(dtype=np.float64) > _MOST_SAMPLES):
        raise ValueError("the counts of a payload are below 0 or larger than can be")
    weighted = None
    if header.weighted:
        weighted_cells, sums = _nonzero(blobs[1], "<f8", classes)
        union = np.union1d(cells, weighted_cells)
        counts, weighted = _spread(union, cells, counts), _spread(union, weighted_cells, sums)
        cells = union
    counts = counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
    return Matrix(header.class_names, cells.astype(np.int32), counts, weighted, header.nonfinite)


def totals_of(matrix: Matrix) -> ClassTotals:
    """The sums of a matrix over its rows and columns.

    Example:
        >>> cells, counts = np.array([0, 1, 3]), np.array([3, 1, 4])
        >>> totals_of(Matrix(("cat", "dog"), cells, counts, None, 0)).predicted.tolist()
        [3.0, 5.0]
    """
    classes = len(matrix.class_names)
    true, predicted = np.divmod(matrix.cells, classes)
    on_diagonal = true == predicted
    return ClassTotals(
        matrix.class_names,
        np.bincount(true[on_diagonal], matrix.counts[on_diagonal], classes),
        np.bincount(true, matrix.counts, classes),
        np.bincount(predicted, matrix.counts, classes),
    )


def decode_table(blobs: Sequence[bytes], num_blobs: int) -> Examples:
    """The table of examples; what is shown of them is left where it is.

    Args:
        blobs: the first two of the payload, and one or two of those that are shown, if it has any.
        num_blobs: how many it has.

    Raises:
        ValueError: they are no examples, of a newer version, or more than the tab takes; or what is shown is neither
            PNG nor text.

    Example:
        >>> from mnist_tb.events.sample_payloads import ExamplesPayload, encode_examples
        >>> one = np.array([1])
        >>> blobs = encode_examples(ExamplesPayload("cell", one, one, one * 0.5, one, ("a",), {"a": "hello"}))
        >>> table = decode_table(blobs, 3)
        >>> table.places, table.are_pictures
        ({'a': 2}, False)
    """
    keys = read_header([_bounded(blob) for blob in blobs[:1]]).get("shown")
    if not isinstance(keys, list) or num_blobs != 2 + len(keys):
        raise ValueError(f"examples of {num_blobs} parts are none that mnist_tb wrote")
    if sum(len(chunk) for chunk in _inflate(blobs[1], _LARGEST_TABLE)) > _LARGEST_TABLE:
        raise ValueError("the examples of a step are more than the tab shows")
    # The pictures are many, and read when they are looked at: here an empty text stands for each.
    table = decode_examples([*blobs[:2], *[b""] * len(keys)])
    kept = table.kept if table.kept in ("cell", "class", "overall", "none") else ""
    forms = {form_of(blob)[0] for blob in blobs[2:]}
    if "none" in forms:
        raise ValueError("what is shown of the examples is neither PNG nor text")
    return Examples(kept, *table[1:6], {key: 2 + place for place, key in enumerate(keys)}, forms == {"png"})


def decode_labels(blobs: Sequence[bytes]) -> TrackedPayload:
    """The tracked samples.

    Raises:
        ValueError: they are none, or of a newer version.

    Example:
        >>> from mnist_tb.events.sample_payloads import encode_tracked
        >>> decode_labels(encode_tracked(TrackedPayload(np.array([1]), np.array([7])))).predicted.tolist()
        [7]
    """
    return decode_tracked([*(_bounded(blob) for blob in blobs[:1]), *blobs[1:]])


def form_of(blob: bytes) -> tuple[str, str]:
    """What a blob that is shown is, "png", "text" or "none" where it is neither, and the text.

    Example:
        >>> form_of(b"hello"), form_of(bytes([255, 216, 255]))
        (('text', 'hello'), ('none', ''))
    """
    if blob.startswith(PNG_SIGNATURE):
        return "png", ""
    try:
        return "text", blob.decode()[:_LONGEST_TEXT]
    except UnicodeDecodeError:
        return "none", ""


def _bounded(blob: bytes) -> bytes:
    if len(blob) > _LARGEST_HEADER:
        raise ValueError(f"the header of a payload has {len(blob):,} bytes, more than mnist_tb writes")
    return blob


def _nonzero(blob: bytes, dtype: str, classes: int) -> tuple[Array, Array]:
    """Index and value of all numbers of a compressed (C, C) array that are not 0; the whole of it is never held."""
    size, done, used, found = classes * classes * 8, 0, 0, []
    for chunk in _inflate(blob, size):
        if done + len(chunk) > size or len(chunk) % 8:
            raise ValueError(f"the counts of a payload do not fit its {classes} classes")
        numbers = np.frombuffer(chunk, dtype)
        cells = np.flatnonzero(numbers)
        used += len(cells)
        if used > MAX_CELLS:
            raise ValueError(f"the matrix has samples in more than {MAX_CELLS:,} cells, the most that the tab shows")
        found.append((cells + done // 8, numbers[cells]))
        done += len(chunk)
    if done != size:
        raise ValueError(f"the counts of a payload do not fit its {classes} classes")
    cells, values = zip(*found, strict=True)
    return np.concatenate(cells), np.concatenate(values)


def _inflate(blob: bytes, most: int) -> Iterator[bytes]:
    """The chunks of a zlib stream, all full but the last, until there are more than `most` bytes."""
    decompressor, done = zlib.decompressobj(), 0
    while not decompressor.eof and done <= most:
        try:
            chunk = decompressor.decompress(blob, _CHUNK)
        except zlib.error as error:
            raise ValueError(f"a part of a payload can't be read: {error}") from error
        blob = decompressor.unconsumed_tail
        done += len(chunk)
        if chunk:
            yield chunk
        elif not decompressor.eof:
            raise ValueError("a part of a payload is cut off")


def _spread(union: Array, cells: Array, values: Array) -> Array:
    """The values of `cells` among those of `union`, 0 elsewhere."""
    spread = np.zeros(len(union), values.dtype)
    spread[np.searchsorted(union, cells)] = values
    return spread
