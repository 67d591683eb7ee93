"""Models that are no classifiers of one class per sample are told from bad labels, and refused before training."""

import helpers
import numpy as np
import pytest

import mnist_tb


def refused(model, digits, y, y_val, message, tmp_path):
    weights = model.get_weights()[0]
    with pytest.raises(ValueError, match=message):
        helpers.fit(
            model, digits, mnist_tb.classification_loggers(tmp_path), y=y, validation_data=(digits.x_val, y_val)
        )
    np.testing.assert_array_equal(model.get_weights()[0], weights)
    assert not list(tmp_path.rglob("*tfevents*"))


def test_a_multi_label_model_is_refused_by_name(make_model, digits, tmp_path):
    rng = np.random.default_rng(0)
    y, y_val = (rng.integers(0, 2, (rows, 10)).astype("float32") for rows in (230, 103))
    model = make_model(activation="sigmoid", loss="binary_crossentropy")
    message = r"this model is multi-label: \d+ of its validation labels mark several of 10 classes, or none"
    refused(model, digits, y, y_val, message, tmp_path)


def test_a_regression_is_refused_by_name(make_model, digits, tmp_path):
    y, y_val = digits.x[:, 0, :10], digits.x_val[:, 0, :10]
    model = make_model(activation="linear", loss="mse", metrics=[])
    refused(model, digits, y, y_val, "targets that are no classes .* a regression or an autoencoder", tmp_path)


def test_an_autoencoder_is_refused_by_name(digits, tmp_path, keras):
    model = keras.Sequential(
        [
            keras.layers.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(784, activation="sigmoid"),
            keras.layers.Reshape((28, 28, 1)),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    y, y_val = digits.x[..., None], digits.x_val[..., None]
    refused(model, digits, y, y_val, "a regression or an autoencoder", tmp_path)


def test_one_hot_labels_of_a_sigmoid_model_are_classes(make_model, digits, tmp_path):
    rows = np.eye(10, dtype="float32")
    model = make_model(activation="sigmoid", loss="binary_crossentropy")
    validation = (digits.x_val, rows[digits.y_val])
    loggers = mnist_tb.classification_loggers(tmp_path)
    helpers.fit(model, digits, loggers, y=rows[digits.y], validation_data=validation, epochs=1)
    assert mnist_tb.read_confusion_matrices(tmp_path).counts.sum() == 103


def test_labels_that_only_a_step_of_the_model_understands_are_left_to_it(digits, tmp_path, keras):
    class Shifts(keras.Sequential):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **options):
            return super().compute_loss(x, y % 10, y_pred, sample_weight)

        def test_step(self, *args):
            return super().test_step(*args)

    model = Shifts(
        [keras.layers.Input(shape=(28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    validation = (digits.x_val, digits.y_val + 10)
    history = helpers.fit(model, digits, mnist_tb.classification_loggers(tmp_path), validation_data=validation)
    assert len(history.epoch) == 2
