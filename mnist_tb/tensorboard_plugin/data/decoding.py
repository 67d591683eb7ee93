"""What the tab takes of the payloads in event files: small arrays, or a message that says why not."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from mnist_tb.events.payload import Header, SparseMatrix, decode_header, decode_matrix

Array = np.ndarray[Any, Any]

MAX_CLASSES = 4_000  # a matrix of 10,000 takes 800 MB
MAX_CELLS = 2_000_000  # that are not zero
MAX_TABLE = 16_000_000  # bytes of the examples of a step, unzipped; about 200,000 samples
_LONGEST_MESSAGE = 300


class Unreadable(NamedTuple):
    """Stands for what can't be read, with the reason."""

    message: str


class ClassTotals(NamedTuple):
    """Sums of a matrix, of which every number of its classes is made, so that the matrix need not be kept for them.

    Attributes:
        class_names: C names.
        right: (C,) float64, the diagonal of the matrix.
        support: (C,) float64, samples of each class.
        predicted: (C,) float64, predictions of each class.
        largest: (2, 4, 2) float64, the largest cell: of the counts and of the sums of weights (NaN without weights);
            as a count, and as a share of its row, of its column and of all; with the diagonal and without.
    """

    class_names: tuple[str, ...]
    right: Array
    support: Array
    predicted: Array
    largest: Array


def read_matrix(blobs: list[bytes]) -> SparseMatrix:
    """The matrix of a payload.

    Raises:
        ValueError: it is none, or one too large for the tab.
    """
    if not blobs:
        raise ValueError("a payload must begin with its header, and this one is empty")
    return decode_matrix(_header(blobs[0]), blobs, MAX_CELLS)


@lru_cache(maxsize=4)
def _header(blob: bytes) -> Header:
    """That of most steps is the same, and so are its names, which are then held once."""
    return decode_header([blob], MAX_CLASSES)


def totals_of(matrix: SparseMatrix) -> ClassTotals:
    """The sums of a matrix over its rows and columns.

    Example:
        >>> cells, counts = np.array([0, 1, 3]), np.array([3, 1, 4])
        >>> totals_of(SparseMatrix(("cat", "dog"), cells, counts, None, 0)).predicted.tolist()
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
        np.stack([_largest(true, predicted, values, classes) for values in (matrix.counts, matrix.weighted)]),
    )


def _largest(true: Array, predicted: Array, values: Array | None, classes: int) -> Array:
    """The largest of some cells, (4, 2); see `ClassTotals`. NaN without values."""
    if values is None:
        return np.full((4, 2), np.nan)
    wholes = [np.bincount(index, values, classes)[index] for index in (true, predicted)]
    with np.errstate(all="ignore"):  # weights are what a file says they are
        shown = [values, *(values / np.where(whole == 0, 1, whole) for whole in (*wholes, values.sum()))]
    off_diagonal = true != predicted
    return np.array([[cells.max(initial=0), cells[off_diagonal].max(initial=0)] for cells in shown], np.float64)


def unreadable(error: Exception) -> Unreadable:
    """The message of an error, which may quote the file: not too long, and without halves of a surrogate pair.

    Example:
        >>> unreadable(ValueError("the counts do not fit"))
        Unreadable(message='the counts do not fit')
    """
    text = (str(error) or repr(error)).encode("utf-8", "backslashreplace").decode()
    if len(text) > _LONGEST_MESSAGE:  # what is quoted stands in the middle
        text = f"{text[: _LONGEST_MESSAGE // 2]} … {text[-_LONGEST_MESSAGE // 2 :]}"
    return Unreadable(text)
