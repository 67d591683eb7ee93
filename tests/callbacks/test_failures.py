"""Logging never ends a training: what fails is said once, tried again, and named at the end."""

import contextlib
import os
import shutil
import threading

import numpy as np
import pytest
from helpers import fill_up, fit

import mnist_tb
from mnist_tb.events.background import wait_for_all


def at_epoch(keras, function, when=0):
    """A callback that calls a function at the end of an epoch; to be put before the loggers."""

    class Acts(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == when:
                function()

    return Acts()


def steps(log_dir):
    return mnist_tb.read_confusion_matrices(log_dir).steps.tolist()


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records if record.name == "mnist_tb"]


def test_a_draw_that_fails_ends_nothing_and_costs_nothing_else(make_model, digits, tmp_path, caplog, read_run):
    calls = []

    def draw(sample):
        calls.append(1)
        if len(calls) > 100:
            raise RuntimeError("call 101")
        return sample

    loggers = mnist_tb.classification_loggers(tmp_path, draw=draw, examples_per_cell=1)
    history = fit(make_model(), digits, loggers, epochs=4)
    run = read_run(tmp_path)
    assert len(history.epoch) == 4
    assert steps(tmp_path) == run.steps("tracked") == run.steps("predictions/confusion_matrix") == [0, 1, 2, 3]
    failed, missing = warnings_of(caplog)
    assert failed.startswith("mnist_tb: ")
    assert f"logged to {tmp_path}: RuntimeError: call 101; training goes on" in failed
    assert missing.startswith(f"mnist_tb: not logged to {tmp_path}: ")
    assert "predictions/mistakes of epochs" in missing


def test_an_error_ends_the_training_of_those_who_want_it(make_model, digits, tmp_path):
    def draw(sample):
        raise RuntimeError("on purpose")

    loggers = mnist_tb.classification_loggers(tmp_path, draw=draw, on_error="raise")
    for epochs in (1, 5):  # the error is met at the end of the training, and before
        model = make_model()
        with pytest.raises(RuntimeError, match="on purpose"):
            fit(model, digits, loggers, epochs=epochs)
        assert "evaluate" not in vars(model)
    with pytest.raises(ValueError, match="on_error must be 'warn' or 'raise', and is 'ignore'"):
        mnist_tb.classification_loggers(on_error="ignore")


def replace_by_a_file(folder):
    shutil.rmtree(folder)
    folder.write_text("mine")


def truncate(folder):
    (path,) = folder.rglob("*tfevents*")
    os.truncate(path, 0)


@pytest.mark.parametrize(("spoil", "left"), [(shutil.rmtree, [1, 2]), (truncate, [1, 2])], ids=["removed", "truncated"])
def test_a_folder_that_is_spoilt_is_said_and_written_anew(spoil, left, make_model, digits, tmp_path, keras, caplog):
    log_dir = tmp_path / "run"
    acts = at_epoch(keras, lambda: spoil(log_dir / "mnist_tb"), when=1)
    fit(make_model(), digits, [acts, *mnist_tb.classification_loggers(log_dir)], epochs=4)
    assert steps(log_dir)[-1] == 3
    messages = warnings_of(caplog)
    assert any(str(log_dir) in message for message in messages)
    assert len({message for message in messages if "can't be logged" in message}) <= 1


def test_a_full_disk_costs_its_epochs_alone(make_model, digits, small_disk, keras, caplog):
    filler, loggers = small_disk / "filler", mnist_tb.classification_loggers(small_disk / "run")

    def fill():
        wait_for_all()
        fill_up(filler)

    def empty():
        wait_for_all()
        filler.unlink()

    callbacks = [at_epoch(keras, fill, when=1), at_epoch(keras, empty, when=4)]
    history = fit(make_model(), digits, [*callbacks, *loggers], epochs=7)
    assert len(history.epoch) == 7
    assert {0, 5, 6} <= set(steps(small_disk / "run"))
    failed, missing = warnings_of(caplog)
    assert f"logged to {small_disk / 'run'}: No space left on device" in failed
    assert "predictions/confusion_matrix of epochs 1 to 3" in missing


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="this system has other permissions")
def test_a_permission_that_is_withdrawn_costs_its_epochs_alone(make_model, digits, tmp_path, keras, caplog):
    log_dir, user = tmp_path / "run", os.geteuid()
    loggers = mnist_tb.classification_loggers(log_dir)

    def withdraw():
        wait_for_all()
        log_dir.chmod(0)
        os.seteuid(user or 65534)  # root may do everything

    def give_back():
        wait_for_all()
        os.seteuid(user)
        log_dir.chmod(0o700)

    callbacks = [at_epoch(keras, withdraw, when=1), at_epoch(keras, give_back, when=4)]
    try:
        history = fit(make_model(), digits, [*callbacks, *loggers], epochs=7)
    finally:
        os.seteuid(user)
    assert len(history.epoch) == 7
    assert steps(log_dir) == [0, 4, 5, 6]
    failed, missing = warnings_of(caplog)
    assert str(log_dir) in failed
    assert "Permission denied" in failed
    assert "confusion_matrix of epochs 1 to 3" in missing


def test_a_file_in_place_of_the_folder_is_said_once(make_model, digits, tmp_path, keras, caplog):
    log_dir = tmp_path / "run"
    acts = at_epoch(keras, lambda: replace_by_a_file(log_dir), when=1)
    history = fit(make_model(), digits, [acts, *mnist_tb.classification_loggers(log_dir)], epochs=4)
    assert len(history.epoch) == 4
    assert log_dir.read_text() == "mine"
    failed, missing = warnings_of(caplog)
    assert str(log_dir) in failed
    assert "confusion_matrix of epochs 1 to 3" in missing


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_weights_that_can_not_be_drawn_cost_their_picture_alone(weight, make_model, digits, tmp_path, caplog):
    weights = np.full(103, weight, "float32")
    fit(make_model(), digits, mnist_tb.classification_loggers(tmp_path), validation_data=(*digits.validation, weights))
    read = mnist_tb.read_confusion_matrices(tmp_path)
    assert read.counts.sum(axis=(1, 2)).tolist() == [103, 103]
    failed, missing = warnings_of(caplog)
    assert "counts must be finite and at least 0" in failed
    assert missing == f"mnist_tb: not logged to {tmp_path}: predictions/confusion_matrix_weighted of epochs 0 to 1"


def test_a_fit_within_the_fit_leaves_the_outer_one_its_log(make_model, digits, tmp_path, keras, caplog):
    model = make_model()
    inner = mnist_tb.classification_loggers(tmp_path / "inner")

    def train():
        fit(model, digits, inner, epochs=1)
        fit(model, digits, [], epochs=1)

    fit(model, digits, [*mnist_tb.classification_loggers(tmp_path / "outer"), at_epoch(keras, train)], epochs=3)
    assert (steps(tmp_path / "outer"), steps(tmp_path / "inner")) == ([0, 1, 2], [0])
    assert not warnings_of(caplog)
    assert "evaluate" not in vars(model)


@pytest.mark.parametrize("logged", [True, False], ids=["with loggers", "without"])
def test_a_fit_within_the_fit_that_dies_leaves_nothing_on_the_model(logged, make_model, digits, tmp_path, keras):
    model = make_model()

    def fail():
        raise RuntimeError("on purpose")

    def train():
        with contextlib.suppress(RuntimeError):
            fit(model, digits, [*mnist_tb.classification_loggers(tmp_path / "inner"), at_epoch(keras, fail)])

    fit(model, digits, [*mnist_tb.classification_loggers(tmp_path / "outer"), at_epoch(keras, train)], epochs=1)
    fit(model, digits, mnist_tb.classification_loggers(tmp_path / "next") if logged else [])
    assert "evaluate" not in vars(model)
    assert steps(tmp_path / "outer") == [0]


def test_loggers_that_log_another_fit_are_refused(make_model, digits, tmp_path, keras):
    loggers, errors = [*mnist_tb.classification_loggers(tmp_path), mnist_tb.EpochScalarsLogger(tmp_path)], []

    def train_elsewhere():
        for logger in (loggers[0], loggers[-1]):
            name = type(logger).__name__
            with pytest.raises(ValueError, match=f"this {name} logs another fit that is still running"):
                fit(make_model(), digits, [logger])
        errors.append("refused")

    def in_a_thread():
        thread = threading.Thread(target=train_elsewhere)
        thread.start()
        thread.join()

    fit(make_model(), digits, [at_epoch(keras, in_a_thread), *loggers], epochs=2)
    assert errors == ["refused"]
    assert steps(tmp_path) == [0, 1]


def test_predictions_that_are_nan_get_one_line(make_model, digits, tmp_path, caplog):
    validation = (digits.x_val * np.nan, digits.y_val)
    fit(make_model(), digits, mnist_tb.classification_loggers(tmp_path), validation_data=validation, epochs=3)
    assert warnings_of(caplog) == ["mnist_tb: epoch 0: 103 of 103 predictions are NaN or infinite, and not counted"]


def test_training_predictions_that_are_nan_are_said_and_counted_apart(make_model, digits, tmp_path, caplog):
    model = make_model(metrics=[mnist_tb.ConfusionMatrix(num_classes=10)])
    loggers = [mnist_tb.ConfusionMatrixLogger(tmp_path, train=True)]
    fit(model, digits, loggers, x=digits.x * np.nan, validation_data=None)
    train = mnist_tb.read_confusion_matrices(tmp_path, "train")
    assert (train.nonfinite.tolist(), train.counts.sum()) == ([230, 230], 0)
    assert warnings_of(caplog) == ["mnist_tb: epoch 0: 230 of 230 predictions are NaN or infinite, and not counted"]


def test_a_fit_of_no_epochs_is_told_nothing(make_model, digits, tmp_path, caplog, keras):
    if keras.__name__ == "tf_keras":
        pytest.skip("tf_keras itself refuses a fit of no epochs")
    fit(make_model(), digits, mnist_tb.classification_loggers(tmp_path), epochs=0)
    assert not warnings_of(caplog)
