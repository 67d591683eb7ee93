"""The payload `confidences`: how sure the answers of an epoch were, in bins. The contract between writer and readers.

A JSON header, then, compressed by zlib, four parts or three: the entries, ascending, as differences of
(true · (C + 1) + predicted) · B + bin, where C stands for "any other class"; their counts; how often each class' own
samples got each probability of it, (C, B); and how often all others did, if that was counted. The header says how many
bytes the numbers of each part have; of a part all lowest bytes come first, then all that are next to the lowest.
"""

import json
import zlib
from collections.abc import Sequence

import numpy as np

from mnist_tb.confidence import NUM_BINS, Array, Confidences
from mnist_tb.events.payload import MAX_CLASSES, MAX_SAMPLES, VERSION, check_names, inflate_whole, read_header

CONFIDENCES_TAG = "confidences"
_MOST_ENTRIES = 2_000_000


def encode_confidences(confidences: Confidences) -> list[bytes]:
    """The payload of an epoch's confidences."""
    classes = len(confidences.class_names)
    true, predicted = (np.where(part < 0, classes, part) for part in (confidences.true, confidences.predicted))
    code = (true * (classes + 1) + predicted) * NUM_BINS + confidences.bins
    order = np.argsort(code)
    parts = [np.diff(code[order], prepend=0), confidences.counts[order], confidences.label_counts]
    parts += [] if confidences.other_counts is None else [confidences.other_counts]
    widths = [max(1, (int(part.max(initial=0)).bit_length() + 7) // 8) for part in parts]
    header = {
        "version": VERSION,
        "class_names": confidences.class_names,
        "bins": NUM_BINS,
        "entries": len(code),
        "widths": widths,
    }
    planes = (_bytes_of(part)[:width].tobytes() for part, width in zip(parts, widths, strict=True))
    return [json.dumps(header).encode(), zlib.compress(b"".join(planes), 9)]


def decode_confidences(blobs: Sequence[bytes], step: int = 0) -> Confidences:
    """The confidences of a payload; a ValueError says why it can't be read."""
    header = read_header(blobs)
    names = check_names(header.get("class_names"))
    bins, entries, widths = (header.get(name) for name in ("bins", "entries", "widths"))
    if bins != NUM_BINS:
        raise ValueError(f"the confidences are in {bins!r} bins, and this mnist_tb reads {NUM_BINS}: update mnist_tb")
    if isinstance(entries, bool) or not isinstance(entries, int) or not 0 <= entries <= _MOST_ENTRIES:
        raise ValueError("confidences must say how many entries they have, and these do not")
    if not isinstance(widths, list) or len(widths) not in (3, 4) or any(one not in range(1, 9) for one in widths):
        raise ValueError("confidences must say how many bytes their numbers have, and these do not")
    if not 2 <= len(names) <= MAX_CLASSES or len(blobs) < 2:
        raise ValueError(f"confidences of {len(names):,} classes in {len(blobs)} parts are none that mnist_tb wrote")
    parts = _numbers_in(blobs[1], [entries, entries, *[len(names) * NUM_BINS] * (len(widths) - 2)], widths)
    code = np.cumsum(parts[0])
    if (parts[0][1:] <= 0).any() or (entries and not 0 <= code[-1] < (len(names) + 1) ** 2 * NUM_BINS):
        raise ValueError("the entries of confidences do not fit their classes")
    cell, place = np.divmod(code, NUM_BINS)
    true, predicted = (np.where(part == len(names), -1, part) for part in np.divmod(cell, len(names) + 1))
    if (true + predicted == -2).any():
        raise ValueError("the entries of confidences do not fit their classes")
    tables = [part.reshape(len(names), NUM_BINS) for part in parts[2:]]
    return Confidences(step, names, true, predicted, place, parts[1], tables[0], tables[1] if tables[1:] else None)


def _bytes_of(part: Array) -> Array:
    """The bytes of N numbers, (8, N) uint8, the lowest first."""
    planes: Array = np.ascontiguousarray(part.reshape(-1, 1).astype("<i8")).view(np.uint8).T
    return planes


def _numbers_in(blob: bytes, sizes: Sequence[int], widths: Sequence[int]) -> list[Array]:
    """The numbers of each part, int64."""
    total = sum(size * width for size, width in zip(sizes, widths, strict=True))
    left = np.frombuffer(inflate_whole(blob, total, "confidences do not hold the numbers that they say"), np.uint8)
    parts = []
    for size, width in zip(sizes, widths, strict=True):
        planes, left = left[: size * width], left[size * width :]
        whole = np.zeros((size, 8), np.uint8)
        whole[:, :width] = planes.reshape(width, size).T
        numbers = whole.view("<i8")[:, 0].astype(np.int64)
        if size and (numbers.min() < 0 or numbers.sum(dtype=np.float64) > MAX_SAMPLES):
            raise ValueError("the numbers of confidences are below 0 or larger than can be")
        parts.append(numbers)
    return parts
