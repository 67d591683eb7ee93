"""Payloads come back as they were written, and those of strangers are refused in a message."""

import json
import zlib

import numpy as np
import pytest

from mnist_tb.events import payload

MATRIX = {"counts": np.array([[5, 1], [0, 7]]), "class_names": ("cat", "dog")}
WEIGHTED = MATRIX | {"weighted_counts": np.array([[0.5, 0], [1e-9, 3]]), "nonfinite": 4}
LARGE = {"counts": np.arange(300**2).reshape(300, 300), "class_names": tuple(map(str, range(300)))}


@pytest.mark.parametrize(
    "matrix",
    [MATRIX, WEIGHTED, LARGE, WEIGHTED | {"counts": np.array([[2**40, 0], [0, 1]]), "class_names": ("ü", "<b>")}],
)
def test_a_matrix_comes_back_as_it_went(matrix):
    back, weighted = payload.decode_matrix(payload.encode_matrix(**matrix)), matrix.get("weighted_counts")
    np.testing.assert_array_equal(back.dense(back.counts), matrix["counts"])
    assert (back.class_names, back.nonfinite) == (matrix["class_names"], matrix.get("nonfinite", 0))
    assert (back.weighted is None) == (weighted is None)
    if weighted is not None:
        np.testing.assert_array_equal(back.dense(back.weighted), weighted)


HEAD, CELLS, COUNTS = payload.encode_matrix(**MATRIX)


def header_of(**changes):
    return payload.encode_matrix(**MATRIX | changes)[0]


@pytest.mark.parametrize(
    ("blobs", "message"),
    [
        ([], "must begin with its header"),
        ([b"{"], "must begin with its header"),
        ([b"[]"], "must begin with its header"),
        ([b"\xff\xfe"], "must begin with its header"),
        ([b"[" * 100_000], "must begin with its header"),
        ([HEAD], "is none that mnist_tb wrote"),
        ([HEAD.replace(b'"version": 1', b'"version": 2'), b""], "has version 2: update mnist_tb"),
        ([HEAD.replace(b'"cat"', b"7"), b""], "must be a list of texts"),
        ([header_of(nonfinite=10**30), CELLS], "must say whether it is weighted and what is not in it"),
        ([header_of(nonfinite=-1), CELLS], "must say whether it is weighted and what is not in it"),
        ([HEAD, CELLS, b"no zlib"], "can't be read"),
        ([HEAD, CELLS, COUNTS[:-5]], "cut off"),
        ([HEAD.replace(b', "dog"', b""), CELLS, COUNTS], "has 1 classes"),
    ],
)
def test_a_matrix_of_strangers_is_refused(blobs, message):
    with pytest.raises(ValueError, match=message):
        payload.decode_matrix(blobs)


PNG = b"\x89PNG\r\n\x1a\n picture"
EXAMPLES = {
    "scope": "cell",
    "true": np.array([1, 2]),
    "predicted": np.array([1, 7]),
    "confidence": np.array([0.9999999, 0.25]),
    "position": np.array([0, 60_000]),
    "key": ["a", "b"],
    "thumbnails": {"a": PNG, "b": "café"},
}


def decode_examples(blobs):
    return payload.decode_examples(blobs, len(blobs))


def test_examples_come_back():
    blobs = payload.encode_examples(**EXAMPLES)
    table = decode_examples(blobs)
    assert (table.scope, table.key, table.texts) == ("cell", ("a", "b"), {"b"})
    assert {key: blobs[place] for key, place in table.places.items()} == {"a": PNG, "b": "café".encode()}
    for name in ("true", "predicted", "position"):
        np.testing.assert_array_equal(getattr(table, name), EXAMPLES[name])
    np.testing.assert_allclose(table.confidence, EXAMPLES["confidence"], atol=1e-6)


def test_a_confidence_that_float32_puts_above_1_is_1():
    over = EXAMPLES | {"confidence": np.array([1.00001, 1], "float32")}
    assert decode_examples(payload.encode_examples(**over)).confidence.tolist() == [1, 1]


def test_tracked_samples_come_back():
    back = payload.decode_tracked(payload.encode_tracked(np.array([3, -1]), np.array([3, 9])))
    assert (back.true.tolist(), back.predicted.tolist()) == ([3, -1], [3, 9])


HEADER, TABLE, *THUMBNAILS = payload.encode_examples(**EXAMPLES)


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
        decode_examples(blobs)


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
        payload.decode_tracked(blobs)
