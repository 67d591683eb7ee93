"""`EpochScalarsLogger`: the scalars of Keras' own TensorBoard callback and hyperparameters, on any Keras."""

import copy
import importlib.util
import json
import math
import pickle
import sys
import time
import urllib.request

import numpy as np
import pytest
from helpers import Run, fit
from servers import tensorboard

import mnist_tb
from mnist_tb.backend.flavours import backend_of
from mnist_tb.callbacks import epoch_scalars as scalars_logger
from mnist_tb.callbacks import event_log
from mnist_tb.callbacks.epoch_scalars import EpochScalarsLogger

STEPS = math.ceil(230 / 32)  # of the optimizer in an epoch of the digits


def curves(log_dir):
    """By run and tag of a scalar: (step, value) of its points, in the order they were written."""
    from tensorboard.util import tensor_util

    found = {}
    for folder in {path.parent for path in log_dir.rglob("*tfevents*")}:
        run = Run(folder)
        found[folder.relative_to(log_dir).as_posix()] = {
            tag: [
                (event.step, float(tensor_util.make_ndarray(event.tensor_proto))) for event in run._events.Tensors(tag)
            ]
            for tag in run.tags("scalars")
        }
    return found


def decay(keras):
    schedules = keras.optimizers.schedules
    schedules = getattr(schedules, "learning_rate_schedule", schedules)  # its place in Keras 2.12
    return schedules.ExponentialDecay(0.01, decay_steps=10, decay_rate=0.5)


@pytest.fixture
def opened(monkeypatch):
    """The event writers that were opened, in order."""
    writers = []

    class Noted(event_log.EventWriter):
        def __init__(self, directory):
            super().__init__(directory)
            writers.append(self)

    monkeypatch.setattr(event_log, "EventWriter", Noted)
    return writers


def still_open(writers):
    return [writer.path for writer in writers if not writer._file.closed]


@pytest.mark.parametrize("scheduled", [False, True], ids=["fixed rate", "schedule"])
def test_its_curves_are_those_of_keras_own_callback(make_model, digits, keras, tmp_path, scheduled):
    if backend_of(keras) != "tensorflow":
        pytest.skip("Keras' own callback needs TensorFlow")
    model = make_model()
    if scheduled:
        model.compile(keras.optimizers.Adam(decay(keras)), "sparse_categorical_crossentropy", metrics=["accuracy"])
    both = [keras.callbacks.TensorBoard(tmp_path / "theirs"), EpochScalarsLogger(tmp_path / "ours")]
    fit(model, digits, both, initial_epoch=2, epochs=5, validation_freq=2)
    model.evaluate(digits.x_val, digits.y_val, callbacks=both, verbose=0)
    ours, theirs = curves(tmp_path / "ours"), curves(tmp_path / "theirs")
    assert set(ours) == {"train", "validation"}
    assert ours == theirs
    assert [step for step, _ in ours["train"]["epoch_loss"]] == [2, 3, 4]
    assert [step for step, _ in ours["validation"]["evaluation_loss_vs_iterations"]] == [2 * STEPS, 3 * STEPS]


def test_its_values_are_those_of_the_history(make_model, digits, keras, tmp_path):
    history = fit(make_model(), digits, [EpochScalarsLogger(tmp_path)], initial_epoch=1, epochs=3).history
    logged = curves(tmp_path)
    assert set(logged) == {"train", "validation"}
    for run, prefix in {"train": "", "validation": "val_"}.items():
        for name in ("loss", "accuracy"):
            expected = [np.float32(value) for value in history[prefix + name]]
            assert logged[run][f"epoch_{name}"] == list(zip([1, 2], expected, strict=True))
    for name in ("loss", "accuracy"):
        expected = [np.float32(value) for value in history[f"val_{name}"]]
        points = logged["validation"][f"evaluation_{name}_vs_iterations"]
        assert points == list(zip([STEPS, 2 * STEPS], expected, strict=True))
    if hasattr(keras, "ops"):  # Keras 2 does not tell a rate that stays as it is
        rate = logged["train"].pop("epoch_learning_rate")
        assert rate == [(1, np.float32(0.01)), (2, np.float32(0.01))]
    assert set(logged["train"]) == {"epoch_loss", "epoch_accuracy"}


def test_a_schedule_is_logged_as_it_stands_after_the_epoch(make_model, digits, keras, tmp_path):
    model = make_model()
    model.compile(keras.optimizers.Adam(decay(keras)), "sparse_categorical_crossentropy")
    fit(model, digits, [EpochScalarsLogger(tmp_path)], validation_data=None)
    logged = curves(tmp_path)
    assert list(logged) == ["train"], "no validation, no folder for it"
    expected = [(epoch, pytest.approx(0.01 * 0.5 ** ((epoch + 1) * STEPS / 10))) for epoch in range(2)]
    assert logged["train"]["epoch_learning_rate"] == expected


def test_an_evaluate_of_its_own_is_logged_and_its_file_closed(make_model, digits, tmp_path, opened):
    result = make_model().evaluate(
        digits.x_val, digits.y_val, callbacks=[EpochScalarsLogger(tmp_path)], verbose=0, return_dict=True
    )
    points = curves(tmp_path)["validation"]["evaluation_loss_vs_iterations"]
    assert points == [(0, np.float32(result["loss"]))]
    assert not still_open(opened)


def test_a_second_fit_goes_on_in_files_of_its_own_and_no_file_stays_open(make_model, digits, keras, tmp_path, opened):
    class Dies(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("died")

    model, logger = make_model(), EpochScalarsLogger(tmp_path, hparams={"units": 10})
    with pytest.raises(RuntimeError, match="died"):
        fit(model, digits, [logger, Dies()])
    assert "_hparams_/session_start_info" in Run(tmp_path).tags("hparams")
    assert "_hparams_/session_end_info" not in Run(tmp_path).tags("hparams"), "it did not end well"
    assert len(still_open(opened)) == 3
    fit(model, digits, [logger], initial_epoch=1)
    assert len(opened) == 6
    assert not still_open(opened)
    assert "_hparams_/session_end_info" in Run(tmp_path).tags("hparams")
    assert [step for step, _ in curves(tmp_path)["train"]["epoch_loss"]] == [0, 1]


def log_epoch(logger, model, logs):
    logger.set_model(model)
    logger.on_train_begin()
    logger.on_epoch_end(0, logs)
    logger.on_train_end()


def test_a_loss_that_is_not_finite_is_logged_as_it_is(make_model, tmp_path):
    log_epoch(EpochScalarsLogger(tmp_path), make_model(), {"loss": math.nan, "val_loss": np.float32("inf")})
    logged = curves(tmp_path)
    assert math.isnan(logged["train"]["epoch_loss"][0][1])
    assert logged["validation"]["epoch_loss"] == [(0, math.inf)]


def test_a_model_that_is_not_compiled_has_its_values_logged(tmp_path):
    log_epoch(EpochScalarsLogger(tmp_path), mnist_tb.mnist_dense(4, compile=False), {"loss": 1.0})
    assert curves(tmp_path) == {"train": {"epoch_loss": [(0, 1.0)]}}


def test_a_file_that_can_not_be_closed_ends_no_training(make_model, tmp_path, monkeypatch, caplog):
    def fails(self):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(event_log.EventWriter, "close", fails)
    log_epoch(EpochScalarsLogger(tmp_path), make_model(), {"loss": 1.0})
    assert caplog.text.count("Input/output error") == 1


def test_what_is_no_number_is_left_out(make_model, tmp_path):
    others = {"a": "5", "b": None, "c": [1.0], "d": np.ones(3), "e": {}, "f": 1j, "g": [[1], [1, 2]]}
    logs = {**others, "val_note": "good", "loss": np.array(2.5), "count": 3}
    log_epoch(EpochScalarsLogger(tmp_path), make_model(), logs)
    logged = curves(tmp_path)
    assert list(logged) == ["train"]
    logged["train"].pop("epoch_learning_rate", None)
    assert logged["train"] == {"epoch_loss": [(0, 2.5)], "epoch_count": [(0, 3.0)]}


def test_only_the_chief_writes(make_model, tmp_path, monkeypatch):
    monkeypatch.setattr(scalars_logger, "is_chief", lambda keras, model: False)
    log_epoch(EpochScalarsLogger(tmp_path / "logs", hparams={"units": 1}), make_model(), {"loss": 1.0})
    assert not (tmp_path / "logs").exists()


def test_two_that_write_the_same_are_refused(make_model, digits, tmp_path):
    two = [EpochScalarsLogger(tmp_path / "run"), EpochScalarsLogger(str(tmp_path / "other" / ".." / "run"))]
    with pytest.raises(ValueError, match=r"would write the same scalars into log_dir=.*: leave one of them out"):
        fit(make_model(), digits, two)
    assert not (tmp_path / "run").exists()


def test_keras_own_callback_is_refused_beside_it(make_model, digits, keras, tmp_path):
    if backend_of(keras) != "tensorflow":
        pytest.skip("Keras' own callback needs TensorFlow")
    both = [EpochScalarsLogger(tmp_path), keras.callbacks.TensorBoard(tmp_path)]
    with pytest.raises(ValueError, match=r"TensorBoard and EpochScalarsLogger would.*leave out keras.callbacks.Tensor"):
        fit(make_model(), digits, both)


def test_a_folder_that_cant_be_written_to_is_refused_before_training(make_model, digits, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="log_dir must be a folder that can be written to"):
        fit(make_model(), digits, [EpochScalarsLogger(tmp_path / "file")])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"log_dir": ""}, "log_dir must be the path of a folder"),
        ({"log_dir": None}, "log_dir must be the path of a folder"),
        ({"hparams": [("units", 1)]}, "hparams must be a dict such as {'units': 128}, and is \\[\\('units', 1\\)\\]"),
        ({"hparams": {"layers": [64, 32]}}, "'layers' came with \\[64, 32\\] \\(list\\): leave it out"),
        ({"hparams": {"model": {"units": 1}}}, "'model' came with .* \\(dict\\)"),
        ({"hparams": {"dropout": None}}, "'dropout' came with None \\(NoneType\\)"),
        ({"hparams": {"rate": math.nan}}, "'rate' came with nan \\(float\\)"),
        ({"hparams": {"rate": np.float32("inf")}}, "'rate' came with .*inf.* \\(float32\\)"),
        ({"hparams": {"seed": 10**400}}, "'seed' came with 1000.* \\(int\\)"),
        ({"hparams": {"x": np.ones(1)}}, "'x' came with .* \\(ndarray\\)"),
        ({"hparams": {7: 1}}, "and 7 came with 1 \\(int\\)"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence) as raised:
        EpochScalarsLogger(**arguments)
    assert "\n" not in str(raised.value)


def test_it_can_be_copied_and_pickled_before_training(make_model, tmp_path):
    logger = EpochScalarsLogger(tmp_path / "run", hparams={"rate": np.float64(0.5), "deep": np.bool_(True)})
    for twin in (copy.deepcopy(logger), pickle.loads(pickle.dumps(logger))):  # noqa: S301
        assert twin.log_dir == str(tmp_path / "run")
        assert twin.hparams == {"rate": 0.5, "deep": True}
        assert [type(value) for value in twin.hparams.values()] == [float, bool]
    log_epoch(twin, make_model(), {"loss": 1.0})
    assert curves(tmp_path / "run")["train"]["epoch_loss"] == [(0, 1.0)]


def test_tensorflow_is_not_imported(make_model, digits, keras, tmp_path):
    if backend_of(keras) == "tensorflow" or importlib.util.find_spec("tensorflow"):
        pytest.skip("TensorFlow is here")
    fit(make_model(), digits, [EpochScalarsLogger(tmp_path, hparams={"units": 10})], epochs=1)
    assert "tensorflow" not in sys.modules


METRICS = 2  # scalars in each of the runs below


@pytest.fixture(scope="module")
def hparams_logs(tmp_path_factory, keras):
    """A run that ended well and one that died."""
    logs = tmp_path_factory.mktemp("logs")
    model = mnist_tb.mnist_dense(4)
    model.optimizer = None  # no learning rate among the metrics, which Keras 2 would not have
    for run, hparams in {
        "good": {"units": 4, "rate": np.float32(0.5), "optimizer": "adam", "deep": False},
        "dead": {"units": 8, "rate": 0.25, "optimizer": "sgd", "deep": True},
    }.items():
        logger = EpochScalarsLogger(logs / run, hparams=hparams)
        logger.set_model(model)
        logger.on_train_begin()
        logger.on_epoch_end(0, {"loss": 1.0, "val_accuracy": 0.125})
        logger.on_epoch_end(1, {"loss": 0.5, "val_accuracy": 0.75 if run == "good" else 0.25})
        if run == "good":
            logger.on_train_end()
    return logs


def post(address, route, **question):
    request = urllib.request.Request(  # noqa: S310
        f"{address}/data/plugin/hparams/{route}", json.dumps(question).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return json.load(answer)


def session_groups(address, count, seconds=60):
    """The rows of the HParams tab, once each has its metrics: TensorBoard serves while it still loads."""
    statuses = ["STATUS_SUCCESS", "STATUS_UNKNOWN", "STATUS_RUNNING", "STATUS_FAILURE"]
    for _ in range(seconds * 5):
        answer = post(address, "session_groups", startIndex=0, sliceSize=10, allowedStatuses=statuses)
        groups = answer.get("sessionGroups", [])
        if sum(len(group.get("metricValues", [])) >= METRICS for group in groups) == count:
            return {group["sessions"][0]["name"]: group for group in groups}
        time.sleep(0.2)
    raise AssertionError(f"no {count} groups with {METRICS} metrics within {seconds} s: {groups}")


@pytest.mark.parametrize("load_fast", ["true", "false"], ids=["fast loader", "Python loader"])
def test_the_hparams_tab_shows_hyperparameters_with_the_metrics(hparams_logs, load_fast):
    with tensorboard(hparams_logs, load_fast=load_fast) as address:
        shown = session_groups(address, 2)
        experiment = post(address, "experiment", experimentName="")
    assert {info["name"] for info in experiment["hparamInfos"]} == {"units", "rate", "optimizer", "deep"}
    assert {"group": "validation", "tag": "epoch_accuracy"} in [info["name"] for info in experiment["metricInfos"]]
    assert shown["good"]["hparams"] == {"units": 4, "rate": 0.5, "optimizer": "adam", "deep": False}
    assert shown["good"]["sessions"][0]["status"] == "STATUS_SUCCESS"
    assert shown["dead"]["hparams"] == {"units": 8, "rate": 0.25, "optimizer": "sgd", "deep": True}
    assert shown["dead"]["sessions"][0]["status"] == "STATUS_UNKNOWN", "no end was written"
    for run, value in {"good": 0.75, "dead": 0.25}.items():
        points = {(entry["name"]["group"], entry["name"]["tag"]): entry for entry in shown[run]["metricValues"]}
        accuracy = points["validation", "epoch_accuracy"]
        assert (accuracy["trainingStep"], accuracy["value"]) == (1, value)
        assert points["train", "epoch_loss"]["value"] == 0.5
