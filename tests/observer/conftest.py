"""Fixtures of the tests that train on small tables."""

import numpy as np
import pytest
from helpers import matrix_of, predictions
from tables import Table

import mnist_tb


@pytest.fixture
def table():
    return Table()


@pytest.fixture
def train(keras, read_run):
    """A function that fits two epochs and asserts that the counts and samples of both are those of the model.

    `wanted` holds, for each `log_dir`, the labels and the part of the predictions that is counted there.
    """

    def train(model, x, y, validation, callbacks, x_val, wanted, **options):
        weights = []
        keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: weights.append(keep.model.get_weights()))
        options = {"validation_data": validation, "epochs": 2, "verbose": 0, **options}
        model.fit(x, y, callbacks=[*callbacks, keep], **options)
        for epoch, kept in enumerate(weights):
            model.set_weights(kept)
            outputs = predictions(model, x_val)
            for log_dir, (y_val, part) in wanted.items():
                read = mnist_tb.read_confusion_matrices(log_dir)
                assert read.steps.tolist() == [0, 1]
                scores = part(outputs)
                predicted = scores.argmax(axis=-1) if scores.shape[-1] > 1 else scores[:, 0] > 0.5
                np.testing.assert_array_equal(read.counts[epoch], matrix_of(y_val, predicted, max(2, scores.shape[-1])))
        for log_dir in wanted:
            assert read_run(log_dir).steps("predictions/mistakes") == [0, 1]

    return train
