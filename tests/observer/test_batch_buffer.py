"""Batches that are collected on torch: all are passed on, in order, however they differ."""

import numpy as np
import pytest

from mnist_tb.observer import observer_state

torch = pytest.importorskip("torch", reason="batches are collected on torch alone")


@pytest.fixture
def seen():
    return []


@pytest.fixture
def buffer(seen):
    return observer_state.BatchBuffer(lambda *parts: seen.append(parts))


def batch(start, size, width=2):
    """Labels that count up from `start`, and as many rows of inputs."""
    return torch.arange(start, start + size), torch.full((size, width), float(start))


def labels(seen):
    return [parts[0].tolist() for parts in seen]


def test_batches_wait_until_there_are_enough(buffer, seen, monkeypatch):
    monkeypatch.setattr(observer_state, "_MOST_SAMPLES", 8)
    for start in (0, 3, 6, 9):
        buffer.put(*batch(start, 3))
    assert labels(seen) == [[*range(9)]]
    np.testing.assert_array_equal(seen[0][1], np.repeat([0.0, 3.0, 6.0], 3)[:, None] + np.zeros(2))
    buffer.flush()
    assert labels(seen) == [[*range(9)], [9, 10, 11]]
    buffer.flush()
    assert len(seen) == 2


def test_as_many_wait_as_memory_is_meant_for_them(buffer, seen, monkeypatch):
    bytes_each = 8 + 2 * 4
    monkeypatch.setattr(observer_state, "_MOST_BYTES", 6 * bytes_each)
    buffer.put(*batch(0, 3))
    buffer.put(*batch(3, 3))
    buffer.put(*batch(6, 7))  # enough by itself
    assert labels(seen) == [[*range(6)], [*range(6, 13)]]


def test_a_batch_that_is_enough_is_not_copied(buffer, seen, monkeypatch):
    monkeypatch.setattr(observer_state, "_MOST_SAMPLES", 3)
    given = batch(0, 3)
    buffer.put(*given)
    assert all(one is part for one, part in zip(seen[0], given, strict=True))


@pytest.mark.parametrize(
    "other",
    [
        (*batch(2, 2), torch.ones(2)),
        batch(2, 2, width=3),
        (batch(2, 2)[0].to(torch.int32), batch(2, 2)[1]),
        (batch(2, 2)[0], None),
        (batch(2, 2)[0], torch.zeros(5, 2)),
        (batch(2, 2)[0], torch.tensor(1.0)),
    ],
    ids=["one part more", "wider", "of another type", "one part less", "of other lengths", "with one number for all"],
)
def test_batches_of_several_kinds_stay_apart_and_in_order(other, buffer, seen):
    buffer.put(*batch(0, 2))
    buffer.put(*other)
    buffer.put(*batch(4, 2))
    buffer.flush()
    assert labels(seen) == [[0, 1], [2, 3], [4, 5]]
    assert [part is None for part in seen[1]] == [part is None for part in other]


def test_what_waits_can_be_forgotten(buffer, seen):
    buffer.put(*batch(0, 2))
    buffer.clear()
    buffer.put(*batch(2, 2))
    buffer.flush()
    assert labels(seen) == [[2, 3]]


def test_memory_that_is_filled_again_does_no_harm(buffer, seen):
    labels_, rows = batch(0, 2)
    buffer.put(labels_, rows)
    rows.fill_(9.0)
    buffer.flush()
    np.testing.assert_array_equal(seen[0][1], np.zeros((2, 2)))
