"""Entries of variables are set and added to in place, on every backend."""

import numpy as np
import pytest

from mnist_tb.backend.flavours import ops_of, to_numpy
from mnist_tb.backend.scatter import Scatter


@pytest.fixture
def tensor(keras):
    return lambda values, dtype="int32": ops_of(keras).convert_to_tensor(np.array(values, dtype))


@pytest.fixture
def variable(keras):
    return lambda values, dtype: (
        keras.Variable(np.array(values), dtype=dtype, trainable=False) if hasattr(keras, "ops") else _tf(values, dtype)
    )


def _tf(values, dtype):
    import tensorflow as tf

    return tf.Variable(values, dtype=dtype)


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_rows_are_put_at_the_slots_that_there_are(dtype, keras, tensor, variable):
    kept, scatter = variable(np.zeros((4, 2)), dtype), Scatter(keras)
    slot, place = scatter.within(4, tensor([3, 9, 0]), tensor([1, 0, 2]))
    scatter.set(kept, slot, tensor([[1, 2], [3, 4], [5, 6]]), place)
    np.testing.assert_array_equal(to_numpy(keras, kept), [[5, 6], [0, 0], [0, 0], [3, 4]])


def test_an_empty_batch_changes_nothing(keras, tensor, variable):
    kept, scatter = variable(np.ones((4, 2)), "float32"), Scatter(keras)
    nothing = tensor([])
    scatter.set(kept, *scatter.within(4, nothing, nothing)[:1], tensor(np.zeros((0, 2)), "float32"), nothing)
    np.testing.assert_array_equal(to_numpy(keras, kept), np.ones((4, 2)))


@pytest.mark.parametrize("add", [Scatter.add, Scatter.add_sums], ids=["add", "add_sums"])
def test_values_of_one_entry_add_up(add, keras, tensor, variable):
    sums = variable([0.0, 10.0, 0.0], "float32")
    add(Scatter(keras), sums, tensor([1, 0, 1]), tensor([1.5, 2.0, 3.0], "float32"))
    np.testing.assert_array_equal(to_numpy(keras, sums), [2.0, 14.5, 0.0])


def test_sums_go_on_past_the_point_where_ones_no_longer_count(keras, tensor, variable):
    sums = variable([2.0**24], "float32")
    Scatter(keras).add_sums(sums, tensor([0] * 4), tensor([1.0] * 4, "float32"))
    assert to_numpy(keras, sums)[0] == 2**24 + 4
