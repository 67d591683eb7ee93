"""An order of the classes in which those that are taken for each other stand together."""

from __future__ import annotations

import numpy as np

from mnist_tb.events.payload import Array, SparseMatrix

_NEIGHBOURS = 10  # of each class that are considered


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
    classes = len(matrix.class_names)
    chain_of: list[list[int]] = [[index] for index in range(classes)]
    for one, other in _pairs(_similarity(matrix)):
        left, right = chain_of[one], chain_of[other]
        if left is right:
            continue
        joined = _join(left, right, one, other)
        for index in joined:
            chain_of[index] = joined
    chains = {id(chain): chain for chain in chain_of}.values()  # in the order of their first labels
    return [index for chain in chains for index in chain]


def _similarity(matrix: SparseMatrix) -> Array:
    """(C, C) float32, the share of either class that is taken for the other, added; 0 on the diagonal."""
    classes = len(matrix.class_names)
    true = matrix.cells // classes
    support = np.bincount(true, matrix.counts, classes)
    rates = np.zeros((classes, classes), np.float32)
    rates.flat[matrix.cells] = matrix.counts / np.maximum(support, 1)[true]
    np.fill_diagonal(rates, 0)
    similarity: Array = rates + rates.T
    return similarity


def _pairs(similarity: Array) -> list[tuple[int, int]]:
    """Each class with its nearest neighbours, most similar pairs first; equal ones in the order of their labels."""
    classes = len(similarity)
    count = min(_NEIGHBOURS, classes - 1)
    near = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
    one = np.repeat(np.arange(classes), count)
    other = near.ravel()
    low, high = np.minimum(one, other), np.maximum(one, other)
    score = similarity[one, other]
    order = np.lexsort((high, low, -score))
    order = order[score[order] > 0]
    return list(zip(low[order].tolist(), high[order].tolist(), strict=True))


def _join(left: list[int], right: list[int], one: int, other: int) -> list[int]:
    """The two chains as one, turned so that `one` of the left and `other` of the right come close."""
    if left.index(one) < len(left) / 2 - 0.5:
        left = left[::-1]
    if right.index(other) > len(right) / 2 - 0.5:
        right = right[::-1]
    return left + right
