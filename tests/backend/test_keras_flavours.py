"""Which Keras is at work is found from the model, and what does not fit together is said."""

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import fit, matrix_of, predictions

import mnist_tb
from mnist_tb.backend.flavours import check_supported, default_keras, keras_of
from mnist_tb.metrics import confusion_matrix_class


@pytest.fixture
def both():
    """Keras 3 and tf_keras."""
    tf_keras = pytest.importorskip("tf_keras", reason="needs tf_keras beside Keras 3")
    keras = pytest.importorskip("keras")
    if not hasattr(keras, "ops"):
        pytest.skip("needs Keras 3 beside tf_keras")
    return [keras, tf_keras]


def small_model(keras, **options):
    model = keras.Sequential(
        [
            keras.layers.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", **options)
    return model


def test_models_of_both_are_trained_in_turn_with_the_same_loggers(both, digits, tmp_path):
    loggers = mnist_tb.classification_loggers(tmp_path)
    for start, keras in enumerate(both * 2):
        model = small_model(keras)
        assert keras_of(model) is keras
        fit(model, digits, loggers, initial_epoch=start, epochs=start + 1)
        predicted = predictions(model, digits.x_val).argmax(axis=1)
        read = mnist_tb.read_confusion_matrices(tmp_path)
        np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val, predicted))
    assert read.steps.tolist() == [0, 1, 2, 3]


def test_each_has_a_metric_of_its_own(both, digits, tmp_path):
    for keras in both:
        metric = confusion_matrix_class(keras)(num_classes=10)
        assert isinstance(metric, keras.metrics.Metric)
        model = small_model(keras, metrics=[metric])
        log_dir = tmp_path / keras.__name__
        fit(model, digits, mnist_tb.classification_loggers(log_dir, train=True), epochs=1)
        assert mnist_tb.read_confusion_matrices(log_dir, "train").counts[-1].sum() == 230


@pytest.mark.parametrize("with_loggers", [True, False])
def test_the_metric_of_one_in_a_model_of_the_other_says_so(with_loggers, both, digits, tmp_path):
    for keras, other in (both, both[::-1]):
        metric = confusion_matrix_class(other)(num_classes=10)
        loggers = [mnist_tb.ConfusionMatrixLogger(tmp_path)] if with_loggers else []
        sentence = f"is a metric of {other.__name__} .* and the model is of {keras.__name__} "
        with pytest.raises(TypeError, match=sentence):
            fit(small_model(keras, metrics=[metric]), digits, loggers)


def test_a_metric_of_ones_own_loop_may_be_called_in_a_callback_of_the_other(both, digits):
    keras, other = both

    class Counts(other.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            metric([1, 2], np.eye(3, dtype="float32")[[1, 1]])

    metric = confusion_matrix_class(keras)(num_classes=3)
    fit(small_model(other), digits, [Counts()], epochs=1)
    assert metric.confusion_matrix().tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("name", "version", "backend", "what"),
    [
        ("keras", "2.11.0", "tensorflow", "this model is of keras 2.11.0"),
        ("tf_keras", "4.1.0", "tensorflow", "this model is of tf_keras 4.1.0"),
        ("keras", "3.15.1", "openvino", "this model is on 'openvino'"),
    ],
)
def test_what_is_not_supported_is_named_with_what_is(name, version, backend, what):
    unsupported = SimpleNamespace(__name__=name, __version__=version, backend=SimpleNamespace(backend=lambda: backend))
    with pytest.raises(ValueError, match=f"works with Keras 2.12 to 2.15, tf_keras .* and Keras 3 on .*, and {what}"):
        check_supported(unsupported)


def test_an_engine_that_is_not_installed_is_named_with_those_that_are(keras):
    if not hasattr(keras, "ops"):
        pytest.skip("Keras 2 has one backend")
    backend = keras.backend.backend()
    missing = "torch" if backend == "jax" else "jax"
    program = "import mnist_tb.backend.flavours as k; k.default_keras()"
    environment = {name: value for name, value in os.environ.items() if name != "TF_USE_LEGACY_KERAS"}
    environment["KERAS_BACKEND"] = missing
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    said = done.stderr.splitlines()[-1]
    assert f"Keras needs '{missing}' (KERAS_BACKEND is '{missing}'), which is not installed" in said
    assert f"set KERAS_BACKEND to one that is installed ({backend})" in said


def test_tf_keras_that_is_asked_for_and_missing_is_named(keras, monkeypatch):
    if keras.__name__ == "tf_keras" or not hasattr(keras, "ops"):
        pytest.skip("tf_keras, or the Keras 2 that it is, is there")
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    with pytest.raises(ImportError, match=r"TF_USE_LEGACY_KERAS asks for tf_keras, and Keras 3.* alone is installed"):
        default_keras()


def test_an_engine_that_keras_2_does_not_have_is_named(keras, monkeypatch):
    if keras.__name__ == "tf_keras" or hasattr(keras, "ops"):
        pytest.skip("Keras 3 has several backends")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(ImportError, match=r"'jax', and Keras 2.*, which is installed, runs on TensorFlow alone"):
        default_keras()
