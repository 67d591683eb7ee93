"""Models of several outputs, and models that say little of themselves: each output is counted by itself."""

import numpy as np
import pytest
from tables import BATCH, as_sequence, dataset, loggers, whole

import mnist_tb

LOSSES = {"digit": "sparse_categorical_crossentropy", "odd": "binary_crossentropy"}


def two_outputs(keras, by_name, layers=("digit", "odd")):
    """A model of two outputs, in a list or in a dict whose keys need not be the names of the layers."""
    inputs = keras.layers.Input(shape=(6,))
    outputs = [keras.layers.Dense(3, activation="softmax", name=layers[0])(inputs)]
    outputs.append(keras.layers.Dense(1, activation="sigmoid", name=layers[1])(inputs))
    model = keras.Model(inputs, dict(zip(LOSSES, outputs, strict=True)) if by_name else outputs)
    model.compile("adam", LOSSES if by_name else list(LOSSES.values()))
    return model


def both(log_dir):
    return [*loggers(log_dir / "digit", output="digit"), *loggers(log_dir / "odd", output="odd")]


def wanted_of_both(table, log_dir, keys):
    return {
        log_dir / name: (y, lambda predictions, key=key: predictions[key])
        for name, y, key in zip(LOSSES, (table.y_val, table.odd_val), keys, strict=True)
    }


@pytest.mark.parametrize("layers", [("digit", "odd"), ("zz", "aa")], ids=["layers of that name", "other layers"])
def test_outputs_in_a_dict_are_told_apart_by_its_keys(layers, table, keras, train, tmp_path):
    if keras.__version__.startswith("3.0.") and "zz" in layers:
        pytest.skip("Keras 3.0 knows outputs by their layers: key 'digit' does not correspond to any model output")
    rng = np.random.default_rng(1)
    weights = {name: rng.random(48).astype("float32") for name in LOSSES}
    labels = {"digit": table.y, "odd": table.odd}, {"digit": table.y_val, "odd": table.odd_val}
    model, validation = two_outputs(keras, True, layers), (table.x_val, labels[1], weights)
    wanted = wanted_of_both(table, tmp_path, LOSSES)
    train(model, table.x, labels[0], validation, both(tmp_path), table.x_val, wanted)
    for name, y in labels[1].items():
        read = mnist_tb.read_confusion_matrices(tmp_path / name)
        rows = [weights[name][y.ravel() == label].sum() for label in range(len(read.class_names))]
        np.testing.assert_allclose(read.weighted_counts[1].sum(axis=1), rows, rtol=1e-5)


@pytest.mark.parametrize("form", ["dict", "list", "tf.data", "sequence of dicts"])
def test_labels_of_outputs_in_a_list_come_in_any_form(form, table, keras, train, tmp_path):
    y, y_val = (
        dict(zip(LOSSES, labels, strict=True)) for labels in ((table.y, table.odd), (table.y_val, table.odd_val))
    )
    data = {
        "dict": lambda: (table.x_val, y_val),
        "list": lambda: (table.x_val, [*y_val.values()]),
        "tf.data": lambda: dataset(table.x_val, (*y_val.values(),)).batch(BATCH),
        "sequence of dicts": lambda: as_sequence(keras, table.x_val, y_val),
    }[form]()
    labels = {"dict": y, "sequence of dicts": y, "list": [*y.values()]}.get(form, (*y.values(),))
    wanted = wanted_of_both(table, tmp_path, [0, 1])
    train(two_outputs(keras, False), table.x, labels, data, both(tmp_path), table.x_val, wanted)


def subclass(keras, returns):
    """A model that is nothing but a `call`."""

    class Calls(keras.Model):
        def __init__(self):
            super().__init__()
            self.digit = keras.layers.Dense(3, activation="softmax")
            self.odd = keras.layers.Dense(1, activation="sigmoid")

        def call(self, x):
            return returns(self, x["table"] if isinstance(x, dict) else x)

    return Calls()


def test_a_model_that_is_built_by_its_first_batch_is_counted(table, keras, train, tmp_path):
    model, wanted = keras.Sequential([keras.layers.Dense(3, activation="softmax")]), {tmp_path: (table.y_val, whole)}
    model.compile("adam", "sparse_categorical_crossentropy")
    train(model, table.x, table.y, (table.x_val, table.y_val), loggers(tmp_path), table.x_val, wanted)


@pytest.mark.parametrize("nested", [False, True], ids=["one input", "inputs in a dict"])
def test_a_subclassed_model_tells_its_classes(nested, table, keras, train, tmp_path):
    model = subclass(keras, lambda model, x: model.digit(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    x, x_val = ({"table": array} if nested else array for array in (table.x, table.x_val))
    wanted = {tmp_path: (table.y_val, whole)}
    train(model, x, table.y, (x_val, table.y_val), loggers(tmp_path), x_val, wanted)


def test_a_subclassed_model_with_outputs_in_a_dict_is_counted(table, keras, train, tmp_path):
    model = subclass(keras, lambda model, x: {"digit": model.digit(x), "odd": model.odd(x)})
    model.compile("adam", LOSSES)
    y, y_val = {"digit": table.y, "odd": table.odd}, {"digit": table.y_val, "odd": table.odd_val}
    wanted = wanted_of_both(table, tmp_path, y)
    train(model, table.x, y, (table.x_val, y_val), both(tmp_path), table.x_val, wanted)


def test_outputs_without_names_are_refused(table, keras, tmp_path):
    model = subclass(keras, lambda model, x: [model.digit(x), model.odd(x)])
    model.compile("adam", list(LOSSES.values()))
    y, y_val = [table.y, table.odd], [table.y_val, table.odd_val]
    with pytest.raises(ValueError, match="returns 2 outputs without names: let it return a dict"):
        model.fit(table.x, y, validation_data=(table.x_val, y_val), verbose=0, callbacks=loggers(tmp_path))
