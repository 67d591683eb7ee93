"""Payloads of matrices come back as they were written, and those of strangers are refused in a message."""

import numpy as np
import pytest

from mnist_tb.events import payload
from mnist_tb.events.payload import MatrixPayload

MATRIX = MatrixPayload(np.array([[5, 1], [0, 7]]), ("cat", "dog"))


@pytest.mark.parametrize(
    "matrix",
    [
        MATRIX,
        MatrixPayload(np.array([[2**40, 0], [3, 1]]), ("ü", "<b>"), np.array([[0.5, 0], [1e-9, 3]]), nonfinite=4),
        MatrixPayload(np.arange(300**2).reshape(300, 300), tuple(map(str, range(300)))),
    ],
)
def test_a_payload_comes_back_as_it_went(matrix):
    back = payload.decode(payload.encode(matrix))
    np.testing.assert_array_equal(back.counts, matrix.counts)
    assert (back.class_names, back.nonfinite) == (matrix.class_names, matrix.nonfinite)
    assert (back.weighted_counts is None) == (matrix.weighted_counts is None)
    if matrix.weighted_counts is not None:
        np.testing.assert_array_equal(back.weighted_counts, matrix.weighted_counts)


@pytest.mark.parametrize(
    ("blobs", "message"),
    [
        ([], "must begin with its header"),
        ([b"{"], "must begin with its header"),
        ([b"[]"], "must begin with its header"),
        ([b"\xff\xfe"], "must begin with its header"),
        ([b"[" * 100_000], "must begin with its header"),
        ([payload.encode(MATRIX)[0]], "is none that mnist_tb wrote"),
        (
            [payload.encode(MATRIX)[0].replace(b'"version": 1', b'"version": 2'), b""],
            "has version 2: update mnist_tb",
        ),
        ([payload.encode(MATRIX)[0].replace(b'"cat"', b"7"), b""], "must be a list of texts"),
        (
            [payload.encode(MATRIX._replace(nonfinite=10**30))[0], payload.encode(MATRIX)[1]],
            "must say whether it is weighted and what is not in it",
        ),
        (
            [payload.encode(MATRIX._replace(nonfinite=-1))[0], payload.encode(MATRIX)[1]],
            "must say whether it is weighted and what is not in it",
        ),
        ([*payload.encode(MATRIX)[:2], b"no zlib"], "can't be read"),
        ([*payload.encode(MATRIX)[:2], payload.encode(MATRIX)[2][:-5]], "cut off"),
        (
            [payload.encode(MATRIX)[0].replace(b', "dog"', b""), *payload.encode(MATRIX)[1:]],
            "has 1 classes",
        ),
    ],
)
def test_a_damaged_payload_is_refused_in_a_message(blobs, message):
    with pytest.raises(ValueError, match=message):
        payload.decode(blobs)
