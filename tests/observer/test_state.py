"""The state of the metric and of the observer, updated batch by batch without a model."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from mnist_tb.backend.flavours import to_numpy
from mnist_tb.metrics import confusion_matrix_class
from mnist_tb.observer.example_plan import plan_examples
from mnist_tb.observer.observer_state import COUNTERS, observer_state_class
from mnist_tb.observer.sample_buffer import read_buffer
from mnist_tb.observer.validation_data import InputSpec

SPECS = [InputSpec((2,), "float32")]
BATCHES = [32, 32, 1, 25]


@pytest.fixture
def data():
    """Labels of 90 samples, probabilities of 3 classes, inputs that number the samples, and weights."""
    rng = np.random.default_rng(0)
    y, y_pred = rng.integers(0, 3, 90), rng.dirichlet(np.ones(3), 90).astype("float32")
    x = np.repeat(np.arange(90, dtype="float32")[:, None], 2, axis=1)
    return y, y_pred, x, rng.random(90).astype("float32")


def batches(*arrays):
    ends = np.cumsum(BATCHES)
    return zip(*(np.split(array, ends[:-1]) for array in arrays), strict=True)


def test_counts_add_up_over_batches_and_are_forgotten(keras, data):
    y, y_pred, *_ = data
    metric = confusion_matrix_class(keras)(3)
    for labels, predicted in batches(y, y_pred):
        metric.update_state(labels, predicted)
    np.testing.assert_array_equal(metric.confusion_matrix(), confusion_matrix(y, y_pred.argmax(axis=1)))
    metric.reset_state()
    assert not metric.confusion_matrix().any()


def test_weights_are_summed_beside_the_counts(keras, data):
    y, y_pred, _, weights = data
    metric = confusion_matrix_class(keras)(3)
    for parts in batches(y, y_pred, weights):
        metric.update_state(*parts)
    predicted = y_pred.argmax(axis=1)
    np.testing.assert_array_equal(metric.confusion_matrix(), confusion_matrix(y, predicted))
    wanted = confusion_matrix(y, predicted, sample_weight=weights)
    np.testing.assert_allclose(metric.confusion_matrix(weighted=True), wanted, rtol=1e-5)


def test_a_cell_counts_on_past_what_float32_holds(keras):
    metric = confusion_matrix_class(keras)(2)
    start = np.zeros(4, "int32")
    start[3] = 2**24
    metric.counts.assign(start)
    metric.update_state([1, 1, 1], [[0.1, 0.9]] * 3)
    assert metric.confusion_matrix()[1, 1] == 2**24 + 3


def make_state(keras, num_samples=5, num_tracked=40, per_cell=2):
    state = observer_state_class(keras)(
        3,
        num_samples=num_samples,
        num_tracked=num_tracked,
        plan=plan_examples(3, per_cell, SPECS),
        specs=SPECS,
        collects=False,
    )
    state.reset_state()
    return state


def read(keras, state, buffer):
    values = [to_numpy(keras, variable)[None] for variable in buffer.variables]
    return read_buffer(values, SPECS, lambda arrays: arrays[0], *np.array([[90], [32]]))


@pytest.fixture
def updated(keras, data):
    y, y_pred, x, _ = data
    state = make_state(keras)
    for labels, scores, inputs in batches(y, y_pred, x):
        state.update([inputs], labels, scores)
    return state


def test_the_first_samples_are_tracked_and_few_keep_their_inputs(keras, data, updated):
    y, y_pred, x, _ = data
    tracked = read(keras, updated, updated.tracked)
    assert tracked.inputs is None  # there are inputs of 5 samples alone
    np.testing.assert_array_equal(tracked.first(40).position, np.arange(40))
    np.testing.assert_array_equal(tracked.first(40).true, y[:40])
    np.testing.assert_array_equal(tracked.first(40).predicted, y_pred[:40].argmax(axis=1))
    np.testing.assert_array_equal(to_numpy(keras, updated.tracked.variables[2]), x[:5])


def test_the_most_confident_mistakes_are_kept(keras, data, updated):
    y, y_pred, x, _ = data
    wrong = np.flatnonzero(y_pred.argmax(axis=1) != y)
    wanted = wrong[np.argsort(-y_pred[wrong].max(axis=1), kind="stable")][:5]
    mistakes = read(keras, updated, updated.mistakes).most_confident(5)
    np.testing.assert_array_equal(mistakes.position, wanted)
    np.testing.assert_array_equal(mistakes.inputs, x[wanted])


def test_the_most_confident_samples_of_each_cell_are_kept(keras, data, updated):
    y, y_pred, *_ = data
    cell = y * 3 + y_pred.argmax(axis=1)
    examples = read(keras, updated, updated.examples)
    examples = examples.most_confident(2, updated.plan.group_of(examples.true, examples.predicted))
    rows = [np.flatnonzero(cell == number) for number in range(9)]
    wanted = [of[np.argsort(-y_pred[of].max(axis=1), kind="stable")][:2] for of in rows]
    np.testing.assert_array_equal(examples.position, np.concatenate(wanted))


def test_a_reset_empties_counts_and_buffers(keras, updated):
    updated.reset_state()
    for buffer in updated.buffers:
        assert len(read(keras, updated, buffer)) == 0
    assert not any(to_numpy(keras, getattr(updated, name)).any() for name in COUNTERS)


def test_of_other_inputs_than_announced_nothing_is_kept_but_all_is_counted(keras, data):
    y, y_pred, *_ = data
    state = make_state(keras)
    state.update(None, y, y_pred)
    np.testing.assert_array_equal(state.confusion_matrix(), confusion_matrix(y, y_pred.argmax(axis=1)))
    assert len(read(keras, state, state.mistakes)) == 0


def test_nothing_is_added_to_the_logs(keras, updated):
    updated.update_state()
    assert updated.result() == {}
