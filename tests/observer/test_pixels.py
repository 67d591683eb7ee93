"""Outputs with further axes, such as pixels: what is counted is exact, and nothing is kept that nobody could fill."""

import numpy as np
import pytest
from helpers import fit

import mnist_tb
from mnist_tb.observer import observation


@pytest.fixture
def pixels(keras, digits):
    """A model of three classes per pixel, and labels for it in the digits, one-hot as torch needs them."""
    layers = [keras.layers.Input(shape=(28, 28)), keras.layers.Reshape((28, 28, 1))]
    model = keras.Sequential([*layers, keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "categorical_crossentropy")
    digits.y, digits.y_val = (np.eye(3, dtype="float32")[(x * 2.999).astype(int)] for x in (digits.x, digits.x_val))
    digits.validation = (digits.x_val, digits.y_val)
    return model


def test_nothing_is_kept_of_them_and_nothing_false_is_said(pixels, digits, tmp_path, keras, monkeypatch, caplog):
    monkeypatch.setattr(observation, "MEMORY_LIMIT", 1)
    loggers, sizes = mnist_tb.classification_loggers(tmp_path), []

    class Looks(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            sizes.append([buffer.size for buffer in loggers[0]._sources["validation"].state.buffers])

    fit(pixels, digits, [Looks(), *loggers])
    assert sizes == [[0, 0, 0], [0, 0, 0]]
    assert mnist_tb.read_confusion_matrices(tmp_path).counts.sum(axis=(1, 2)).tolist() == [103 * 28 * 28] * 2
    assert caplog.text.count("shows nothing for outputs of several positions per sample, such as pixels") == 1
    assert "MiB" not in caplog.text


def test_chosen_samples_of_them_are_not_shown_either(pixels, digits, tmp_path, read_run, caplog):
    fit(pixels, digits, mnist_tb.classification_loggers(tmp_path, samples=(digits.x_val[:4], digits.y_val[:4])))
    assert mnist_tb.read_confusion_matrices(tmp_path).counts.sum(axis=(1, 2)).tolist() == [103 * 28 * 28] * 2
    assert "predictions/samples" not in read_run(tmp_path).tags()
    assert caplog.text.count("shows nothing for outputs of several positions per sample, such as pixels") == 1


def test_inputs_of_no_fixed_shape_are_not_taken_for_pixels(keras, digits, tmp_path, caplog):
    if keras.__version__.startswith("3.0."):
        pytest.skip("Keras 3.0 itself takes batches of one shape alone from a generator")
    layers = [keras.layers.Input(shape=(None, 28)), keras.layers.GlobalAveragePooling1D()]
    model = keras.Sequential([*layers, keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")

    def batches():
        while True:
            yield digits.x_val[:50], digits.y_val[:50]
            yield digits.x_val[50:, :20], digits.y_val[50:]

    options = {"validation_data": batches(), "validation_steps": 2}
    fit(model, digits, mnist_tb.classification_loggers(tmp_path), **options)
    assert mnist_tb.read_confusion_matrices(tmp_path).counts.sum(axis=(1, 2)).tolist() == [103, 103]
    said = "these validation data have no samples that can be shown, as they are no numbers or texts of one fixed"
    assert caplog.text.count(said) == 1
    assert "positions" not in caplog.text


def test_weights_of_many_classes_are_summed_too():
    metric = mnist_tb.ConfusionMatrix(num_classes=300)
    for _ in range(2):
        metric.update_state([7, 7, 299], np.eye(300, dtype="float32")[[7, 8, 299]], sample_weight=[0.5, 2.0, 1.0])
    weighted = metric.confusion_matrix(weighted=True)
    assert (weighted[7, 7], weighted[7, 8], weighted[299, 299], weighted.sum()) == (1, 4, 2, 7)
