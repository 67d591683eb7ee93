"""Counts of a confusion matrix → RGB picture or PNG. Rows are true classes, columns predicted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_tb.images.canvas import Drawing
from mnist_tb.images.heat_map import MOST_NUMBERED
from mnist_tb.images.matrix_drawing import draw_matrix
from mnist_tb.report import Counts, Normalize, check_class_names, check_counts, most_confused


def confusion_matrix_image(
    counts: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    normalize: Normalize = "true",
    title: str = "",
    nonfinite_predictions: int = 0,
    weighted: bool = False,
) -> NDArray[np.uint8]:
    """A confusion matrix as a picture that is legible in TensorBoard's card of 340 pixels and at full size.

    Up to 30 classes each cell carries its count and its rate. With more, colours alone tell, and names are
    left out where there is no room; beyond 1,200 classes each cell shows the highest of several.

    Args:
        counts: (C, C), finite and at least 0; rows true, columns predicted.
        class_names: C names; by default "0", "1", ….
        normalize: what rates and colours refer to: "true" the row, "pred" the column, "all" all samples; with
            None there are no rates, and colours follow the counts.
        title: first line, such as "epoch 7"; accuracy and balanced accuracy follow on the second.
        nonfinite_predictions: how many samples were left out since their prediction was NaN or infinite.
        weighted: whether counts are sums of sample weights.

    Returns:
        (H, W, 3) uint8, RGB; about 750 × 900 for 10 classes, at most about 1,700 on a side.

    Raises:
        ValueError: `counts` is no such matrix, the number of names is another, or `normalize` is unknown.

    Example:
        >>> confusion_matrix_image([[8, 2], [1, 9]], ["cat", "dog"], title="epoch 7").dtype
        dtype('uint8')
    """
    return _draw_all(counts, class_names, normalize, title, nonfinite_predictions, weighted).rgb()


def confusion_matrix_png(
    counts: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    normalize: Normalize = "true",
    title: str = "",
    nonfinite_predictions: int = 0,
    weighted: bool = False,
) -> bytes:
    r"""The same picture as the bytes of a PNG file; see `confusion_matrix_image`.

    Example:
        >>> confusion_matrix_png([[8, 2], [1, 9]])[:4]
        b'\x89PNG'
    """
    return _draw_all(counts, class_names, normalize, title, nonfinite_predictions, weighted).png()


def most_confused_image(
    counts: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    limit: int = 20,
    normalize: Normalize = "true",
    title: str = "",
    nonfinite_predictions: int = 0,
    weighted: bool = False,
) -> NDArray[np.uint8]:
    """The classes mistaken for each other most often, cut out of a large confusion matrix.

    Rates still refer to the whole matrix, and so do the accuracies of the title.

    Args:
        counts: (C, C), finite and at least 0; rows true, columns predicted.
        class_names: C names; by default "0", "1", ….
        limit: how many classes at most, from 2 to 30.
        normalize: see `confusion_matrix_image`.
        title: begins the first line; "20 most confused of 100 classes" follows.
        nonfinite_predictions: see `confusion_matrix_image`.
        weighted: see `confusion_matrix_image`.

    Returns:
        (H, W, 3) uint8, RGB.

    Raises:
        ValueError: as `confusion_matrix_image`, or `limit` is not from 2 to 30.

    Example:
        >>> most_confused_image(np.ones((100, 100), int), title="epoch 7").ndim
        3
    """
    return _draw_most_confused(counts, class_names, limit, normalize, title, nonfinite_predictions, weighted).rgb()


def most_confused_png(
    counts: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    limit: int = 20,
    normalize: Normalize = "true",
    title: str = "",
    nonfinite_predictions: int = 0,
    weighted: bool = False,
) -> bytes:
    r"""The same picture as the bytes of a PNG file; see `most_confused_image`.

    Example:
        >>> most_confused_png([[8, 2], [1, 9]])[:4]
        b'\x89PNG'
    """
    return _draw_most_confused(counts, class_names, limit, normalize, title, nonfinite_predictions, weighted).png()


def most_confused_classes(counts: Counts, limit: int) -> NDArray[np.intp]:
    """The classes of the most confused pairs, pair after pair as long as both have room.

    Args:
        counts: (C, C), checked; rows true, columns predicted.
        limit: how many classes at most.

    Returns:
        At most `limit` class indices, ascending; the first classes where there are no mistakes at all.
    """
    chosen: set[int] = set()
    # A mistake counts the same in both directions: what matters is that the two are hard to tell apart.
    for true, predicted, _ in most_confused(np.triu(counts + counts.T, 1), top=limit**2):
        if len(chosen | {true, predicted}) <= limit:
            chosen |= {true, predicted}
    return np.array(sorted(chosen or range(min(limit, len(counts)))), dtype=np.intp)


def _draw_all(
    counts: ArrayLike,
    class_names: Sequence[str] | None,
    normalize: Normalize,
    title: str,
    nonfinite_predictions: int,
    weighted: bool,
) -> Drawing:
    matrix = check_counts(counts)
    names = check_class_names(class_names, len(matrix))
    classes = np.arange(len(matrix))
    return draw_matrix(matrix, names, classes, normalize, title, nonfinite_predictions, weighted)


def _draw_most_confused(
    counts: ArrayLike,
    class_names: Sequence[str] | None,
    limit: int,
    normalize: Normalize,
    title: str,
    nonfinite_predictions: int,
    weighted: bool,
) -> Drawing:
    if not 2 <= limit <= MOST_NUMBERED:
        raise ValueError(f"limit must be from 2 to {MOST_NUMBERED} classes, but is {limit}; 20 reads well.")
    matrix = check_counts(counts)
    names = check_class_names(class_names, len(matrix))
    classes = most_confused_classes(matrix, limit)
    has_mistakes = np.count_nonzero(matrix) > np.count_nonzero(np.diag(matrix))
    what = "most confused of" if has_mistakes else "without mistakes, of"
    parts = [title, f"{len(classes)} {what} {len(matrix)} classes"]
    heading = " · ".join(part for part in parts if part)
    return draw_matrix(matrix, names, classes, normalize, heading, nonfinite_predictions, weighted)
