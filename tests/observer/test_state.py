"""The state of the metric and of the observer, updated batch by batch without a model."""

import inspect

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from mnist_tb.backend.flavours import backend_of, to_numpy, version_of
from mnist_tb.backend.scatter import LIMB, Scatter, total
from mnist_tb.metrics import confusion_matrix_class
from mnist_tb.observer import predictions
from mnist_tb.observer.data import InputSpec
from mnist_tb.observer.observation import plan_samples
from mnist_tb.observer.observer_state import observer_state_class
from mnist_tb.observer.predictions import NUM_OTHERS
from mnist_tb.observer.sample_buffer import read_buffer
from mnist_tb.observer.state import ConfusionMatrixState

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


@pytest.mark.parametrize("start", [2**24, LIMB - 1, 2**31 - 1, 2**40 - 1])
def test_no_count_wraps_or_stands_still(start, keras):
    metric = confusion_matrix_class(keras)(2)
    set_counts(metric, np.full(2**2 + NUM_OTHERS, start))
    metric.update_state([1, 1, 1, 0, 7], [[0.1, 0.9]] * 3 + [[np.nan, 0.5], [0.5, 0.5]])
    np.testing.assert_array_equal(all_counts(metric) - start, [0, 0, 0, 3, 1, 1, 0])


def test_compiled_steps_count_past_32_bits(keras):
    metric = confusion_matrix_class(keras)(2)
    set_counts(metric, np.full(2**2 + NUM_OTHERS, 2**31 - 1))
    y, y_pred = np.ones(3, "int32"), np.full((3, 2), [0.1, 0.9], "float32")
    if backend_of(keras) == "jax":
        import jax

        values = jax.jit(metric.stateless_update_state)([v.value for v in metric.variables], y, y_pred)
        for variable, value in zip(metric.variables, values, strict=True):
            variable.assign(value)
    elif backend_of(keras) == "tensorflow":
        import tensorflow as tf

        def step():
            metric.update_state(y, y_pred)

        metric.scatter.compiled = True
        tf.function(step, jit_compile=True)()
    else:
        pytest.skip("torch runs the metric eagerly")
    assert metric.confusion_matrix()[1, 1] == 2**31 + 2


def test_replicas_count_past_32_bits(keras):
    if backend_of(keras) != "tensorflow" or (3, 0) <= version_of(keras) < (3, 10):
        pytest.skip("replicas of TensorFlow, with a Keras that is not refused")
    import tensorflow as tf

    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        metric = confusion_matrix_class(keras)(2)
    set_counts(metric, np.full(2**2 + NUM_OTHERS, 2**31 - 1))
    strategy.run(lambda: metric.update_state([1, 1, 1], [[0.1, 0.9]] * 3, [0.5, 0.5, 0.5]))
    assert metric.confusion_matrix()[1, 1] == 2**31 + 2
    assert metric.confusion_matrix(weighted=True)[1, 1] == 1.5


@pytest.mark.parametrize("weight", [0.1, 1.0])
def test_weights_of_20_million_samples_add_up(weight, keras):
    metric, batch = confusion_matrix_class(keras)(2), 2**20
    y, y_pred = np.ones(batch, "int32"), np.full((batch, 1), 0.9, "float32")
    weights = np.full(batch, weight, "float32")
    for _ in range(20):
        metric.update_state(y, y_pred, weights)
    assert metric.confusion_matrix()[1, 1] == 20 * batch
    wanted = 20 * batch * float(np.float32(weight))
    assert metric.confusion_matrix(weighted=True)[1, 1] == pytest.approx(wanted, rel=1e-7)


def test_weights_that_are_not_finite_stay_in_their_cells(keras):
    metric = confusion_matrix_class(keras)(2, ignore_class=-1)
    y, y_pred = np.array([0, 0, 1, 1, 1, -1], "int32"), np.eye(2, dtype="float32")[[0, 1, 0, 1, 1, 1]]
    weights = np.array([np.nan, np.inf, -2.0, 0.5, -1.5, np.nan], "float32")
    for _ in range(2):
        metric.update_state(y, y_pred, weights)
    np.testing.assert_array_equal(metric.confusion_matrix(weighted=True), [[np.nan, np.inf], [-4.0, -2.0]])
    np.testing.assert_array_equal(metric.confusion_matrix(), [[2, 2], [2, 4]])


def test_the_result_is_a_float32_whatever_the_counts(keras):
    metric = confusion_matrix_class(keras)(2)
    set_counts(metric, np.array([2**40, 2**40, 0, 3, 0, 0, 0]))
    for weights in (None, np.ones(1, "float32")):
        metric.update_state(np.array([0]), np.array([[0.9, 0.1]], "float32"), weights)
        result = to_numpy(keras, metric.result())
        assert (result.dtype, result.shape) == (np.float32, ())
        assert result == (0.75 if weights is None else 1.0)


@pytest.mark.parametrize("owner", [predictions, Scatter, ConfusionMatrixState])
def test_autograph_can_transform_what_a_step_runs(owner, keras):
    """Keras 2 has it do so, and where it can't, each user is warned: of an assignment expression, for example."""
    tf = pytest.importorskip("tensorflow")
    for function in vars(owner).values():
        if inspect.isfunction(function) and function.__module__.startswith("mnist_tb"):
            tf.autograph.to_graph(function)


def set_counts(metric, counts):
    rows = np.stack(np.divmod(counts, LIMB)) if len(metric.counts.shape) == 2 else counts
    metric.counts.assign(rows)


def all_counts(metric):
    """Those of the cells and the others behind them."""
    return total(to_numpy(metric.keras, metric.counts)[None])[0]


def make_state(keras, num_samples=5, num_tracked=40, per_cell=2):
    state = observer_state_class(keras)(plan_samples(3, SPECS, num_samples, num_tracked, per_cell), SPECS)
    state.reset_state()
    return state


def read(keras, state, buffer):
    values = [to_numpy(keras, variable)[None] for variable in buffer.variables]
    passed = to_numpy(keras, state.passed)[None]
    return read_buffer(values, SPECS, None, passed, np.array([32]))


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


def test_positions_are_exact_past_32_bits(keras, data):
    y, y_pred, x, _ = data
    wrong = np.flatnonzero(y_pred.argmax(axis=1) != y)[:2]
    state = make_state(keras)
    state.passed.assign(np.array([3, LIMB - 1], "int32"))
    for _ in range(2):
        state.update([x[wrong]], y[wrong], y_pred[wrong])
    assert sorted(read(keras, state, state.mistakes).position - 4 * LIMB) == [-1, 0, 1, 2]
    assert to_numpy(keras, state.passed).tolist() == [4, 3]
    assert len(read(keras, state, state.tracked)) == 0  # the first samples passed long ago


def test_a_reset_empties_counts_and_buffers(keras, updated):
    updated.reset_state()
    for buffer in updated.buffers:
        assert len(read(keras, updated, buffer)) == 0
    assert not any(to_numpy(keras, getattr(updated, name)).any() for name in updated.counted)


def test_of_other_inputs_than_announced_nothing_is_kept_but_all_is_counted(keras, data):
    y, y_pred, *_ = data
    state = make_state(keras)
    state.update(None, y, y_pred)
    np.testing.assert_array_equal(state.confusion_matrix(), confusion_matrix(y, y_pred.argmax(axis=1)))
    assert len(read(keras, state, state.mistakes)) == 0


def test_nothing_is_added_to_the_logs(keras, updated):
    updated.update_state()
    assert updated.result() == {}
