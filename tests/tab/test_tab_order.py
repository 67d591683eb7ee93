"""The order of the classes by similarity, and groups of similar ones."""

import numpy as np
import pytest

from mnist_tb.events import payload
from mnist_tb.tensorboard_plugin import numbers


def sparse(counts):
    names = tuple(map(str, range(len(counts))))
    return payload.decode_matrix(payload.encode_matrix(np.asarray(counts), names))


def test_the_order_puts_groups_that_are_confused_together():
    rng = np.random.default_rng(0)
    groups = rng.permutation(np.repeat(np.arange(12), 5))
    same = groups[:, None] == groups[None]
    counts = rng.poisson(np.where(same, 6, 0.05)) + np.diag(rng.integers(1, 100, 60))
    order = numbers.similar_order(sparse(counts))
    assert sorted(order) == list(range(60))
    found = groups[order]
    assert np.count_nonzero(np.diff(found)) == 11, "each group is one stretch"
    similar = numbers.similar_groups(sparse(counts))
    assert sorted(map(sorted, similar)) == sorted(np.flatnonzero(groups == group).tolist() for group in range(12))


@pytest.mark.parametrize("seed", range(5))
def test_the_order_finds_a_line_of_classes_each_confused_with_the_next(seed):
    line = np.random.default_rng(seed).permutation(7)
    counts = np.diag(np.full(7, 90))
    counts[line[:-1], line[1:]] = [5, 9, 3, 8, 4, 6]
    assert numbers.similar_order(sparse(counts)) in (line.tolist(), line[::-1].tolist())


def test_groups_do_not_chain_on_and_leave_out_what_is_never_confused():
    counts = np.diag(np.full(11, 90))
    counts[range(9), range(1, 10)] = 9  # a line, and a class beside it
    similar = numbers.similar_groups(sparse(counts))
    assert sorted(np.concatenate(similar)) == list(range(10))
    assert max(map(len, similar)) == 4
    assert numbers.similar_groups(sparse(np.diag(np.full(11, 90)))) == []


def test_a_class_that_is_never_confused_stays_where_it_is_and_cells_of_weights_alone_do_not_count():
    counts = np.array([[5, 0, 0, 2], [0, 9, 0, 0], [0, 0, 7, 0], [0, 0, 0, 6]])
    weighted = counts + np.eye(4)[[0, 2, 1, 3]]
    matrix = payload.decode_matrix(payload.encode_matrix(counts, tuple("abcd"), weighted))
    assert len(matrix.cells) == 7
    assert numbers.similar_order(matrix) == [0, 3, 1, 2]


@pytest.mark.parametrize("counts", [np.zeros((2, 2), int), np.eye(5, dtype=int), np.ones((3, 3), int)])
def test_the_order_of_what_is_all_alike_is_that_of_the_labels(counts):
    order = numbers.similar_order(sparse(counts))
    assert sorted(order) == list(range(len(counts)))
    if not np.triu(counts, 1).any():
        assert order == sorted(order)
