"""`ConfusionMatrix`, the plain Keras metric."""

import numpy as np
import pytest
from helpers import matrix_of, predictions

import mnist_tb


def test_counts_and_result_of_batches_add_up(keras):
    rng = np.random.default_rng(0)
    y, scores = rng.integers(0, 4, 90), rng.random((90, 4)).astype("float32")
    metric = mnist_tb.ConfusionMatrix(num_classes=4)
    for rows in np.array_split(np.arange(90), 3):
        metric.update_state(y[rows], scores[rows])
    counts = matrix_of(y, scores.argmax(axis=1), 4)
    np.testing.assert_array_equal(metric.confusion_matrix(), counts)
    assert float(metric.result()) == pytest.approx(mnist_tb.class_report(counts).balanced_accuracy, abs=1e-6)


def test_a_class_without_samples_is_left_out_of_the_mean():
    metric = mnist_tb.ConfusionMatrix(num_classes=3)
    metric.update_state([0, 0, 1], [[1.0, 0, 0], [0, 1, 0], [0, 1, 0]])
    assert float(metric.result()) == pytest.approx(0.75)


def test_sample_weights_weigh_the_result():
    metric = mnist_tb.ConfusionMatrix(num_classes=2)
    metric.update_state([0, 0, 1], [[1.0, 0], [0, 1], [0, 1]], sample_weight=[3.0, 1.0, 1.0])
    assert float(metric.result()) == pytest.approx((0.75 + 1) / 2)
    np.testing.assert_allclose(metric.confusion_matrix(weighted=True), [[3, 1], [0, 1]])
    np.testing.assert_array_equal(metric.confusion_matrix(), [[1, 1], [0, 1]])


def test_weights_of_an_earlier_pass_do_not_weigh_a_later_one():
    metric, scores = mnist_tb.ConfusionMatrix(num_classes=2), [[1.0, 0], [0, 1], [0, 1]]
    metric.update_state([0, 0, 1], scores, sample_weight=[3.0, 1.0, 1.0])
    metric.reset_state()
    metric.update_state([0, 0, 1], scores)
    assert float(metric.result()) == pytest.approx(0.75)


def test_weights_of_the_training_do_not_weigh_an_evaluation(make_model, digits):
    model = make_model(weighted_metrics=[mnist_tb.ConfusionMatrix(num_classes=10)])
    for epoch in range(2):
        model.fit(digits.x, digits.y, sample_weight=np.full(230, 0.5, "float32"), verbose=0)
        metric = model.evaluate(*digits.validation, verbose=0, return_dict=True)["balanced_accuracy"]
        predicted = predictions(model, digits.x_val).argmax(axis=1)
        figure = mnist_tb.class_report(matrix_of(digits.y_val, predicted)).balanced_accuracy
        assert metric == pytest.approx(figure, abs=1e-6), epoch


def test_reset_forgets():
    metric = mnist_tb.ConfusionMatrix(num_classes=2)
    metric.update_state([0, 5], [[1.0, 0], [0, 1]])
    metric.reset_state()
    assert metric.confusion_matrix().sum() == 0
    metric.update_state([1], [[0.0, 1]])
    assert float(metric.result()) == 1


def test_a_label_that_is_no_class_makes_the_result_nan():
    metric = mnist_tb.ConfusionMatrix(num_classes=2)
    metric.update_state([0, 2], [[1.0, 0], [0, 1]])
    assert np.isnan(float(metric.result()))
    assert metric.confusion_matrix().sum() == 1


def test_config_goes_round():
    metric = mnist_tb.ConfusionMatrix(num_classes=7, name="cm", from_logits=True, ignore_class=3)
    again = mnist_tb.ConfusionMatrix.from_config(metric.get_config())
    assert again.get_config() == metric.get_config()
    assert (again.num_classes, again.name, again.from_logits, again.ignore_class) == (7, "cm", True, 3)


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_model_saved_with_it_loads(name, make_model, digits, tmp_path, keras):
    model = make_model(metrics=["accuracy", mnist_tb.ConfusionMatrix(num_classes=10)])
    model.fit(digits.x, digits.y, verbose=0)
    model.save(tmp_path / name)
    loaded = keras.models.load_model(tmp_path / name)
    before, after = (m.evaluate(*digits.validation, verbose=0, return_dict=True) for m in (model, loaded))
    assert after["balanced_accuracy"] == pytest.approx(before["balanced_accuracy"], abs=1e-6)
    assert 0 < after["balanced_accuracy"] < 1


def test_a_saved_model_loads_in_another_process_that_names_the_metric(make_model, digits, tmp_path, keras):
    import subprocess
    import sys

    model = make_model(metrics=[mnist_tb.ConfusionMatrix(num_classes=10)])
    model.fit(digits.x, digits.y, verbose=0)
    model.save(tmp_path / "model.keras")
    code = f"""
import {keras.__name__} as keras, mnist_tb
objects = {{"ConfusionMatrix": mnist_tb.ConfusionMatrix}}
print(keras.models.load_model({str(tmp_path / "model.keras")!r}, custom_objects=objects).name)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == model.name, done.stderr


def test_it_agrees_with_what_the_observer_sees(make_model, digits, tmp_path):
    model = make_model(metrics=[mnist_tb.ConfusionMatrix(num_classes=10)])
    loggers = mnist_tb.classification_loggers(tmp_path)
    history = model.fit(digits.x, digits.y, validation_data=digits.validation, verbose=0, callbacks=loggers)
    metric = model.evaluate(*digits.validation, verbose=0, return_dict=True)["balanced_accuracy"]
    assert history.history["val_balanced_accuracy"][-1] == pytest.approx(metric, abs=1e-6)
