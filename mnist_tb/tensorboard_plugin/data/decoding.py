"""What the tab takes of the payloads in event files: small arrays, or a message that says why not."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mnist_tb.events.payload import SparseMatrix
from mnist_tb.events.sample_payloads import PNG_SIGNATURE

Array = np.ndarray[Any, Any]

MAX_CLASSES = 4_000  # a matrix of 10,000 takes 800 MB
MAX_CELLS = 2_000_000  # that are not zero
MAX_TABLE = 16_000_000  # bytes of the examples of a step, unzipped; about 200,000 samples
_LONGEST_MESSAGE = 300
_LONGEST_TEXT = 2_000


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
    """

    class_names: tuple[str, ...]
    right: Array
    support: Array
    predicted: Array


def unreadable(error: Exception) -> Unreadable:
    """The message of an error, not too long: it may quote the file.

    Example:
        >>> unreadable(ValueError("the counts do not fit"))
        Unreadable(message='the counts do not fit')
    """
    text = str(error) or repr(error)
    if len(text) > _LONGEST_MESSAGE:  # what is quoted stands in the middle
        text = f"{text[: _LONGEST_MESSAGE // 2]} … {text[-_LONGEST_MESSAGE // 2 :]}"
    return Unreadable(text)


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
    )


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
