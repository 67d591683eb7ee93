"""Small data of several inputs and outputs, in the forms that `fit` takes, for tests that train on them."""

import numpy as np
import pytest
from recording import Shown

import mnist_tb
from mnist_tb.observer.data import flatten, pack_as

BATCH = 20  # batches of 20, 20 and 8 to validate with


class Table:
    """Noise: 40 rows to train with and 48 to validate with; 6 features, a 4 by 4 picture, 3 classes and 2."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.x, self.x_val = (rng.normal(size=(rows, 6)).astype("float32") for rows in (40, 48))
        self.picture, self.picture_val = (rng.random((rows, 4, 4)).astype("float32") for rows in (40, 48))
        self.y, self.y_val = (rng.integers(0, 3, rows) for rows in (40, 48))
        self.odd, self.odd_val = (rng.integers(0, 2, (rows, 1)) for rows in (40, 48))


def loggers(log_dir, **options):
    return [mnist_tb.ConfusionMatrixLogger(log_dir, **options), Shown(log_dir, **options)]


def whole(predictions):
    return predictions


def dataset(x, y):
    tf = pytest.importorskip("tensorflow", reason="tf.data needs TensorFlow")
    return tf.data.Dataset.from_tensor_slices((x, y))


def as_sequence(keras, x, y, **options):
    class Batches(keras.utils.PyDataset if hasattr(keras.utils, "PyDataset") else keras.utils.Sequence):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            rows = slice(index * BATCH, (index + 1) * BATCH)
            return tuple(pack_as(part, iter([array[rows] for array in flatten(part)])) for part in (x, y))

    return Batches(**options)
