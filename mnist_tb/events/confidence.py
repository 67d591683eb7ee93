"""The payload `confidences`: how sure the answers of an epoch were, in bins. The contract between writer and readers.

A JSON header, then, each compressed by zlib: the entries, ascending, as little-endian int64 differences of
(true · (C + 1) + predicted) · B + bin, where C stands for "any other class"; their counts; how often each class' own
samples got each probability of it, (C, B); and, if the header says so, how often all others did. The header names the
type of the numbers of each part.
"""

import json
import zlib
from collections.abc import Sequence

import numpy as np

from mnist_tb.confidence import NUM_BINS, Array, Confidences
from mnist_tb.events.payload import MAX_SAMPLES, VERSION, check_names, inflate_whole, read_header

CONFIDENCES_TAG = "confidences"
_MOST_ENTRIES = 2_000_000
_MOST_CLASSES = 4_000
_TYPES = ("<u1", "<u2", "<u4", "<i8")


def encode_confidences(confidences: Confidences) -> list[bytes]:
    """The payload of an epoch's confidences."""
    classes = len(confidences.class_names)
    true, predicted = (np.where(part < 0, classes, part) for part in (confidences.true, confidences.predicted))
    code = (true * (classes + 1) + predicted) * NUM_BINS + confidences.bins
    order = np.argsort(code)
    parts = [np.diff(code[order], prepend=0), confidences.counts[order], confidences.label_counts]
    parts += [] if confidences.other_counts is None else [confidences.other_counts]
    narrow = [part.astype(_narrowest(part)) for part in parts]
    header = {
        "version": VERSION,
        "class_names": confidences.class_names,
        "bins": NUM_BINS,
        "entries": len(code),
        "types": [part.dtype.str.replace("|", "<") for part in narrow],
    }
    return [json.dumps(header).encode(), *(zlib.compress(part.tobytes(), 9) for part in narrow)]


def decode_confidences(blobs: Sequence[bytes], step: int = 0) -> Confidences:
    """The confidences of a payload; a ValueError says why it can't be read."""
    header = read_header(blobs)
    names = check_names(header.get("class_names"))
    bins, entries, types = (header.get(name) for name in ("bins", "entries", "types"))
    if bins != NUM_BINS:
        raise ValueError(f"the confidences are in {bins!r} bins, and this mnist_tb reads {NUM_BINS}: update mnist_tb")
    if isinstance(entries, bool) or not isinstance(entries, int) or not 0 <= entries <= _MOST_ENTRIES:
        raise ValueError("confidences must say how many entries they have, and these do not")
    if not isinstance(types, list) or len(types) not in (3, 4) or any(one not in _TYPES for one in types):
        raise ValueError("confidences must say the types of their numbers, and these do not")
    if not 2 <= len(names) <= _MOST_CLASSES or len(blobs) < 1 + len(types):
        raise ValueError(f"confidences of {len(names):,} classes in {len(blobs)} parts are none that mnist_tb wrote")
    sizes = [entries, entries, *[len(names) * NUM_BINS] * (len(types) - 2)]
    parts = [_read(*part) for part in zip(blobs[1:], types, sizes, strict=False)]
    code = np.cumsum(parts[0])
    if (parts[0][1:] <= 0).any() or (entries and not 0 <= code[-1] < (len(names) + 1) ** 2 * NUM_BINS):
        raise ValueError("the entries of confidences do not fit their classes")
    cell, place = np.divmod(code, NUM_BINS)
    true, predicted = (np.where(part == len(names), -1, part) for part in np.divmod(cell, len(names) + 1))
    if (true + predicted == -2).any():
        raise ValueError("the entries of confidences do not fit their classes")
    tables = [part.reshape(len(names), NUM_BINS) for part in parts[2:]]
    return Confidences(step, names, true, predicted, place, parts[1], tables[0], tables[1] if tables[1:] else None)


def _read(blob: bytes, kind: str, size: int) -> Array:
    numbers = np.frombuffer(
        inflate_whole(blob, size * np.dtype(kind).itemsize, "confidences do not hold the numbers that they say"), kind
    )
    if len(numbers) and (numbers.min() < 0 or numbers.sum(dtype=np.float64) > MAX_SAMPLES):
        raise ValueError("the numbers of confidences are below 0 or larger than can be")
    return numbers.astype(np.int64)


def _narrowest(part: Array) -> str:
    largest = int(part.max(initial=0))
    return next(kind for kind in _TYPES if largest <= np.iinfo(kind).max)
