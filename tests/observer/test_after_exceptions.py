"""After a `fit` or a loop of one's own that died, its loggers and its model serve again, and nothing is mixed up."""

import copy
import pickle
import time

import numpy as np
import pytest
from helpers import fit, matrix_of, predictions

import mnist_tb


def dies(keras, model, digits, loggers, error=KeyboardInterrupt, **options):
    """Train until the end of the first epoch."""

    class Stops(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise error("on purpose")

    with pytest.raises(error):
        fit(model, digits, [*loggers, Stops()], **options)


def steps(log_dir):
    return mnist_tb.read_confusion_matrices(log_dir).steps.tolist()


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, lambda loggers: pickle.loads(pickle.dumps(loggers))])  # noqa: S301 (our own)
def test_loggers_can_be_copied_after_ctrl_c(copied, make_model, digits, tmp_path, keras):
    loggers = [*mnist_tb.classification_loggers(tmp_path / "first"), mnist_tb.EpochScalarsLogger(tmp_path / "first")]
    dies(keras, make_model(), digits, loggers)
    twins = [copied(logger) for logger in loggers]
    assert all(twin is not logger and twin._model is None for twin, logger in zip(twins, loggers, strict=True))
    for twin in twins:
        twin.log_dir = tmp_path / "second"
    fit(make_model(), digits, twins, initial_epoch=1, epochs=3)
    assert (steps(tmp_path / "first"), steps(tmp_path / "second")) == ([0], [1, 2])


def test_what_a_dead_fit_left_to_do_goes_into_its_own_file(make_model, digits, tmp_path, keras):
    loggers = mnist_tb.classification_loggers(tmp_path / "first", num_samples=9)

    class Slows(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            loggers[0]._session.log.submit(epoch, time.sleep, 1)

    dies(keras, make_model(), digits, [Slows(), *loggers], error=RuntimeError)
    for logger in loggers:
        logger.log_dir = tmp_path / "second"
    fit(make_model(), digits, loggers, initial_epoch=5, epochs=6)
    assert (steps(tmp_path / "first"), steps(tmp_path / "second")) == ([0], [5])
    assert len(list(tmp_path.rglob("*tfevents*"))) == 2


def test_a_loop_that_does_not_tell_when_epochs_begin_has_each_counted_anew(make_model, digits, tmp_path, keras):
    model, loggers = make_model(), mnist_tb.classification_loggers(tmp_path, validation_data=digits.validation)
    callbacks, expected = keras.callbacks.CallbackList(loggers, model=model), []
    callbacks.on_train_begin()
    for epoch in range(2):
        model.fit(digits.x, digits.y, verbose=0)
        expected.append(matrix_of(digits.y_val, predictions(model, digits.x_val).argmax(axis=1)))
        callbacks.on_epoch_end(epoch)
    callbacks.on_train_end()
    assert not np.array_equal(*expected), "the case should change what is predicted"
    np.testing.assert_array_equal(mnist_tb.read_confusion_matrices(tmp_path).counts, expected)


def own_loop(keras, model, loggers, epochs):
    """What a loop of one's own calls, until it dies or ends."""
    callbacks = keras.callbacks.CallbackList(loggers, model=model)
    callbacks.on_train_begin()
    for epoch in epochs:
        callbacks.on_epoch_begin(epoch)
        if epoch == 9:
            raise RuntimeError("on purpose")
        callbacks.on_epoch_end(epoch)
    callbacks.on_train_end()


@pytest.mark.parametrize("anew", [True, False], ids=["new loggers", "same loggers"])
def test_a_loop_of_ones_own_can_begin_again(anew, make_model, digits, tmp_path, keras):
    def make():
        return mnist_tb.classification_loggers(tmp_path, validation_data=digits.validation)

    model, loggers = make_model(), make()
    with pytest.raises(RuntimeError, match="on purpose"):
        own_loop(keras, model, loggers, [0, 9])
    own_loop(keras, model, make() if anew else loggers, [1, 2])
    read = mnist_tb.read_confusion_matrices(tmp_path)
    assert read.steps.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(read.counts.sum(axis=(1, 2)), 103)
    assert "evaluate" not in vars(model)
