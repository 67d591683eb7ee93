"""An order of the classes in which those that are taken for each other stand together."""

from __future__ import annotations

import numpy as np

from mnist_tb.events.payload import SparseMatrix


def similar_order(matrix: SparseMatrix) -> list[int]:
    """All classes, confusable ones side by side.

    The two classes that are confused most are joined to a chain, then the next two, and so on (single-linkage
    clustering); where two chains meet, they are turned so that the classes that joined them come close.

    Returns:
        C indices, each once; classes that are never confused in the order of their labels.

    Example:
        >>> cells = np.array([0, 3, 5, 10, 13, 15])  # 0 and 3 are confused, and so is 1 for itself alone
        >>> similar_order(SparseMatrix(("a", "b", "c", "d"), cells, np.array([5, 2, 9, 7, 0, 6]), None, 0))
        [0, 3, 1, 2]
    """
    chain_of: list[list[int]] = [[index] for index in range(len(matrix.class_names))]
    for one, other in _pairs(matrix):
        left, right = chain_of[one], chain_of[other]
        if left is right:
            continue
        joined = _join(left, right, one, other)
        for index in joined:
            chain_of[index] = joined
    chains = {id(chain): chain for chain in chain_of}.values()  # in the order of their first labels
    return [index for chain in chains for index in chain]


def _pairs(matrix: SparseMatrix) -> list[tuple[int, int]]:
    """The classes that are confused, most similar pairs first; equal ones in the order of their labels.

    The similarity of two classes is the share of either that is taken for the other, added.
    """
    classes = len(matrix.class_names)
    true, predicted = np.divmod(matrix.cells, classes)
    share = matrix.counts / np.maximum(np.bincount(true, matrix.counts, classes), 1)[true]
    low, high = np.minimum(true, predicted), np.maximum(true, predicted)
    pairs, places = np.unique(low * classes + high, return_inverse=True)
    similarity = np.bincount(places, share)
    order = np.argsort(-similarity, kind="stable")
    low, high = np.divmod(pairs[order[similarity[order] > 0]], classes)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _join(left: list[int], right: list[int], one: int, other: int) -> list[int]:
    """The two chains as one, turned so that `one` of the left and `other` of the right come close."""
    if left.index(one) < len(left) / 2 - 0.5:
        left = left[::-1]
    if right.index(other) > len(right) / 2 - 0.5:
        right = right[::-1]
    return left + right
