"""Entries of variables are set and added to in place, on every backend."""

import numpy as np
import pytest

from mnist_tb.backend.flavours import ops_of, to_numpy
from mnist_tb.backend.scatter import LIMB, Scatter, total


@pytest.fixture
def tensor(keras):
    return lambda values, dtype="int32": ops_of(keras).convert_to_tensor(np.array(values, dtype))


@pytest.fixture
def variable(keras):
    return lambda values, dtype: (
        keras.Variable(np.array(values), dtype=dtype, trainable=False) if hasattr(keras, "ops") else _tf(values, dtype)
    )


@pytest.fixture
def sums(keras, variable):
    """A function that makes a variable for sums, all 0."""

    def make(size, dtype):
        shape, dtype = Scatter(keras).sums(size, dtype)
        return variable(np.zeros(shape), dtype)

    return make


def added(keras, variable):
    return total(to_numpy(keras, variable)[None])[0]


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


@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_values_of_one_entry_add_up(dtype, keras, tensor, sums):
    scatter, variable = Scatter(keras), sums(3, dtype)
    for _ in range(2):
        scatter.add(variable, tensor([1, 0, 1]), tensor([1, 2, 3], dtype.replace("64", "32")))
    np.testing.assert_array_equal(added(keras, variable), [4, 8, 0])
    np.testing.assert_array_equal(to_numpy(keras, scatter.as_float32(variable)), [4, 8, 0])


def test_whole_numbers_add_up_past_64_times_what_a_limb_holds(keras, tensor, sums):
    scatter, variable = Scatter(keras), sums(3, "int64")
    for _ in range(64):
        scatter.add(variable, tensor([1, 0, 1]), tensor([LIMB // 2, 1, LIMB // 2 - 1]))
    np.testing.assert_array_equal(added(keras, variable), [64, 64 * (LIMB - 1), 0])


@pytest.mark.parametrize("size", [3, 300**2], ids=["few classes", "300 classes"])
@pytest.mark.parametrize("batch", [1, 100, 3000])
def test_float_sums_are_exact_to_more_than_float32(batch, size, keras, tensor, sums):
    rng, scatter, variable = np.random.default_rng(0), Scatter(keras), sums(size, "float64")
    wanted = np.zeros(size)
    for scale in (1e6, 1.0, 1e-3):
        index = rng.integers(0, 3, batch).astype("int32")
        values = (scale * rng.lognormal(size=batch)).astype("float32")
        for _ in range(5):
            scatter.add(variable, tensor(index), tensor(values, "float32"))
            np.add.at(wanted, index, values.astype(float))
    np.testing.assert_allclose(added(keras, variable), wanted, rtol=1e-12)


def test_sums_that_are_not_finite_stay_so_and_alone(keras, tensor, sums):
    scatter, variable = Scatter(keras), sums(6, "float64")
    largest = np.finfo("float32").max
    for _ in range(2):
        values = [np.nan, np.inf, -np.inf, 1.0, np.inf, -np.inf, largest]
        scatter.add(variable, tensor([0, 1, 2, 3, 4, 4, 5]), tensor(values, "float32"))
        scatter.add(variable, tensor([0, 1, 2, 3, 3]), tensor([1.0, 1.0, 1.0, 0.25, -1.0], "float32"))
    found = added(keras, variable)
    np.testing.assert_array_equal(found[:5], [np.nan, np.inf, -np.inf, 0.5, np.nan])
    assert found[5] in (np.inf, 2 * float(largest))  # past what float32 holds


def test_adding_nothing_changes_nothing(keras, tensor, sums):
    for dtype in ("int64", "float64"):
        variable = sums(3, dtype)
        Scatter(keras).add(variable, tensor([]), tensor([], dtype.replace("64", "32")))
        assert not added(keras, variable).any()
