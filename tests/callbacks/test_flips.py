"""Which of the tracked samples became wrong or right since the epoch before."""

import numpy as np
import pytest
from helpers import fit, predictions
from recording import Shown

import mnist_tb
from mnist_tb.observer.observation import Observation, Samples


def test_flips_are_counted_and_kept(keras, make_model, digits, tmp_path, read_run):
    for x, y in ((digits.x, digits.y), (digits.x_val, digits.y_val)):
        x[np.arange(len(x)), y] += 1  # a row of its own for each class, so that more and more are told apart
    model, said = make_model(), []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: said.append(predictions(model, digits.x_val).argmax(axis=1))
    )
    fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path), note], epochs=6)
    read = mnist_tb.read_tracked(tmp_path)
    np.testing.assert_array_equal(read.steps, range(6))
    np.testing.assert_array_equal(read.true, np.tile(digits.y_val, (6, 1)))
    np.testing.assert_array_equal(read.predicted, said)
    right = np.array(said) == digits.y_val
    broken, fixed = (right[:-1] & ~right[1:]).sum(axis=1), (~right[:-1] & right[1:]).sum(axis=1)
    assert fixed.any()
    run = read_run(tmp_path)
    assert run.steps("newly_broken") == run.steps("newly_fixed") == [1, 2, 3, 4, 5]
    assert run.scalars("newly_broken") == broken.tolist()
    assert run.scalars("newly_fixed") == fixed.tolist()


def test_the_first_500_samples_are_tracked(make_model, digits, tmp_path):
    x, y = (np.concatenate([array] * 3) for array in (digits.x, digits.y))
    fit(make_model(), digits, [mnist_tb.ConfusionMatrixLogger(tmp_path)], epochs=1, validation_data=(x, y))
    np.testing.assert_array_equal(mnist_tb.read_tracked(tmp_path).true[0], y[:500])


def test_shuffled_validation_data_have_no_flips(keras, make_model, digits, tmp_path, read_run):
    class Shuffled(getattr(keras.utils, "PyDataset", None) or keras.utils.Sequence):
        calls = 0

        def __len__(self):
            return 1

        def __getitem__(self, index):
            self.calls += 1
            order = np.random.default_rng(self.calls).permutation(103)
            return digits.x_val[order], digits.y_val[order]

    fit(make_model(), digits, [mnist_tb.ConfusionMatrixLogger(tmp_path)], epochs=3, validation_data=Shuffled())
    assert "newly_broken" not in read_run(tmp_path).tags()
    assert mnist_tb.read_tracked(tmp_path).steps.tolist() == [0, 1, 2]


def observation(true, predicted, inputs=None):
    true, predicted = np.array(true), np.array(predicted)
    samples = Samples(inputs, true, predicted, np.ones(len(true)), np.arange(len(true)))
    first = samples if inputs is not None else None
    return Observation(np.zeros((9, 9)), None, 0, first_samples=first, tracked=samples)


def test_the_label_that_the_loss_ignores_is_unknown(keras, make_model, digits, tmp_path, read_run):
    digits.y_val[:30:3] = -1
    model, shown = make_model(loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)), Shown(tmp_path)
    fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path), shown])
    np.testing.assert_array_equal(mnist_tb.read_tracked(tmp_path).true, [digits.y_val] * 2)
    np.testing.assert_array_equal(shown.drawn[1, "predictions/samples"].true, digits.y_val[:25])
    assert mnist_tb.read_confusion_matrices(tmp_path).counts.sum(axis=(1, 2)).tolist() == [93, 93]


@pytest.mark.parametrize(
    "now",
    [observation([1, 3], [1, 2], np.zeros((2, 4))), observation([1, 2], [1, 2], np.ones((2, 4)))],
    ids=["other labels", "other inputs"],
)
def test_other_samples_are_not_compared(now):
    before = observation([1, 2], [1, 2], np.zeros((2, 4)))
    assert before.tracks_the_same(before)
    assert not now.tracks_the_same(before)
