"""Payloads of samples come back as they were written, and those of strangers are refused in a message."""

import json
import zlib

import numpy as np
import pytest

from mnist_tb.events.sample_payloads import (
    ExamplesPayload,
    TrackedPayload,
    decode_table,
    decode_tracked,
    encode_examples,
    encode_tracked,
)

PNG = b"\x89PNG\r\n\x1a\n picture"
EXAMPLES = ExamplesPayload(
    "cell",
    np.array([1, 2]),
    np.array([1, 7]),
    np.array([0.9999999, 0.25]),
    np.array([0, 60_000]),
    ("a", "b"),
    {"a": PNG, "b": "café"},
)


def decode(blobs):
    return decode_table(blobs, len(blobs))


def test_examples_come_back():
    blobs = encode_examples(EXAMPLES)
    table = decode(blobs)
    assert (table.scope, table.key, table.texts) == ("cell", ("a", "b"), {"b"})
    assert {key: blobs[place] for key, place in table.places.items()} == {"a": PNG, "b": "café".encode()}
    for name in ("true", "predicted", "position"):
        np.testing.assert_array_equal(getattr(table, name), getattr(EXAMPLES, name))
    np.testing.assert_allclose(table.confidence, EXAMPLES.confidence, atol=1e-6)


def test_a_confidence_that_float32_puts_above_1_is_1():
    over = EXAMPLES._replace(confidence=np.array([1.00001, 1], "float32"))
    assert decode(encode_examples(over)).confidence.tolist() == [1, 1]


def test_tracked_samples_come_back():
    back = decode_tracked(encode_tracked(TrackedPayload(np.array([3, -1]), np.array([3, 9]))))
    assert (back.true.tolist(), back.predicted.tolist()) == ([3, -1], [3, 9])


HEADER, TABLE, *THUMBNAILS = encode_examples(EXAMPLES)


def table(**columns):
    return zlib.compress(json.dumps({**json.loads(zlib.decompress(TABLE)), **columns}).encode())


@pytest.mark.parametrize(
    ("blobs", "said"),
    [
        ([], "must begin with its header"),
        ([b"[1]", TABLE, *THUMBNAILS], "must begin with its header"),
        ([b'{"version": 99}', TABLE], "up to version 1, and this one has version 99"),
        ([b'{"version": 1}', TABLE], "must say what they are of"),
        ([b'{"version": 1, "scope": "cell", "thumbnails": [1]}', TABLE, PNG], "which thumbnails"),
        ([HEADER, TABLE, PNG], "3 parts with 2 thumbnails"),
        ([HEADER, b"no zlib", *THUMBNAILS], "can't be read"),
        ([HEADER, TABLE[:-6], *THUMBNAILS], "cut off"),
        ([HEADER, zlib.compress(b"{}"), *THUMBNAILS], "can't be read"),
        ([HEADER, zlib.compress(b"[" * 100_000), *THUMBNAILS], "can't be read"),
        ([HEADER, table(true=["1", 2]), *THUMBNAILS], "column 'true'"),
        ([HEADER, table(true=3), *THUMBNAILS], "column 'true'"),
        ([HEADER, table(predicted=[1, True]), *THUMBNAILS], "column 'predicted'"),
        ([HEADER, table(position=[-1, 2]), *THUMBNAILS], "numbers in 'position'"),
        ([HEADER, table(confidence=[float("nan"), 0]), *THUMBNAILS], "numbers in 'confidence'"),
        ([HEADER, table(confidence=[1.5, 0]), *THUMBNAILS], "numbers in 'confidence'"),
        ([HEADER, table(key=["a"]), *THUMBNAILS], "several lengths"),
    ],
)
def test_examples_of_strangers_are_refused(blobs, said):
    with pytest.raises(ValueError, match=said):
        decode(blobs)


@pytest.mark.parametrize(
    ("blobs", "said"),
    [
        ([b'{"version": 1}', b""], "must say how many"),
        ([b'{"version": 1, "samples": true}', b""], "must say how many"),
        ([b'{"version": 1, "samples": 10000000000}', b""], "must say how many"),
        ([b'{"version": 1, "samples": 2}'], "must say how many"),
        ([b'{"version": 1, "samples": 2}', zlib.compress(bytes(31))], "do not hold the 2"),
        ([b'{"version": 1, "samples": 2}', zlib.compress(bytes(10**7))], "do not hold the 2"),
    ],
)
def test_tracked_samples_of_strangers_are_refused(blobs, said):
    with pytest.raises(ValueError, match=said):
        decode_tracked(blobs)
