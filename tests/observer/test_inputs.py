"""Data and models of every form: what is counted and shown while `fit` validates is what the model predicts of them."""

import numpy as np
import pytest
from helpers import matrix_of
from recording import Shown

import mnist_tb
from mnist_tb.backend.flavours import ops_of
from mnist_tb.backend.nested import flatten, pack_as
from mnist_tb.observer.validation_data import input_specs

BATCH = 20  # batches of 20, 20 and 8 to validate with


class Table:
    """Noise: 40 rows to train with and 48 to validate with; 6 features, a 4 by 4 picture, 3 classes and 2."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.x, self.x_val = (rng.normal(size=(rows, 6)).astype("float32") for rows in (40, 48))
        self.picture, self.picture_val = (rng.random((rows, 4, 4)).astype("float32") for rows in (40, 48))
        self.y, self.y_val = (rng.integers(0, 3, rows) for rows in (40, 48))
        self.odd, self.odd_val = (rng.integers(0, 2, (rows, 1)) for rows in (40, 48))


@pytest.fixture
def table():
    return Table()


def loggers(log_dir, **options):
    return [mnist_tb.ConfusionMatrixLogger(log_dir, **options), Shown(log_dir, **options)]


@pytest.fixture
def train(keras, read_run):
    """A function that fits two epochs and asserts that the counts and samples of both are those of `predict`.

    `wanted` holds, for each `log_dir`, the labels and the part of the predictions that is counted there.
    """

    def train(model, x, y, validation, callbacks, x_val, wanted, **options):
        weights = []
        keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: weights.append(keep.model.get_weights()))
        options = {"validation_data": validation, "epochs": 2, "verbose": 0, **options}
        model.fit(x, y, callbacks=[*callbacks, keep], **options)
        for epoch, kept in enumerate(weights):
            model.set_weights(kept)
            predictions = model.predict(x_val, batch_size=BATCH, verbose=0)
            for log_dir, (y_val, part) in wanted.items():
                read = mnist_tb.read_confusion_matrices(log_dir)
                assert read.steps.tolist() == [0, 1]
                scores = part(predictions)
                predicted = scores.argmax(axis=-1) if scores.shape[-1] > 1 else scores[:, 0] > 0.5
                np.testing.assert_array_equal(read.counts[epoch], matrix_of(y_val, predicted, max(2, scores.shape[-1])))
        for log_dir in wanted:
            assert read_run(log_dir).steps("predictions/mistakes") == [0, 1]

    return train


def whole(predictions):
    return predictions


def classifier(keras):
    model = keras.Sequential([keras.layers.Input(shape=(6,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def dataset(x, y):
    tf = pytest.importorskip("tensorflow", reason="tf.data needs TensorFlow")
    return tf.data.Dataset.from_tensor_slices((x, y))


def as_dataset_of_a_generator(keras, x, y):
    tf = pytest.importorskip("tensorflow", reason="tf.data needs TensorFlow")
    signature = (tf.TensorSpec((None, 6), tf.float32), tf.TensorSpec((None,), tf.int64))
    pieces = [(x[:BATCH], y[:BATCH]), (x[BATCH:], y[BATCH:])]
    return tf.data.Dataset.from_generator(lambda: iter(pieces), output_signature=signature)


def as_sequence(keras, x, y, **options):
    class Batches(keras.utils.PyDataset if hasattr(keras.utils, "PyDataset") else keras.utils.Sequence):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            rows = slice(index * BATCH, (index + 1) * BATCH)
            return tuple(pack_as(part, iter([array[rows] for array in flatten(part)])) for part in (x, y))

    return Batches(**options)


def as_sequence_with_workers(keras, x, y):
    if hasattr(keras.utils, "PyDataset"):
        return as_sequence(keras, x, y, workers=2, use_multiprocessing=False)
    return as_sequence(keras, x, y), {"workers": 2}


def as_loader(keras, x, y):
    torch = pytest.importorskip("torch", reason="a DataLoader needs torch")
    data = torch.utils.data.TensorDataset(torch.as_tensor(x), torch.as_tensor(y))
    return torch.utils.data.DataLoader(data, batch_size=BATCH)


def as_stream(keras, x, y):
    torch = pytest.importorskip("torch", reason="a DataLoader needs torch")

    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return zip(torch.as_tensor(x), torch.as_tensor(y), strict=True)

    return torch.utils.data.DataLoader(Stream(), batch_size=BATCH)


def as_stream_in_one_place(keras, x, y):
    """Batches that are made one after the other in the same memory."""
    torch = pytest.importorskip("torch", reason="a DataLoader needs torch")

    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            place = torch.empty(BATCH, 6), torch.empty(BATCH, dtype=torch.int64)
            for start in range(0, len(x), BATCH):
                batch = [array[start : start + BATCH] for array in (x, y)]
                yield tuple(
                    kept[: len(new)].copy_(torch.as_tensor(new)) for kept, new in zip(place, batch, strict=True)
                )

    return torch.utils.data.DataLoader(Stream(), batch_size=None)


def as_tensors(keras, x, y):
    return tuple(ops_of(keras).convert_to_tensor(array) for array in (x, y))


def as_frame(keras, x, y):
    pandas = pytest.importorskip("pandas", reason="a DataFrame needs pandas")
    return pandas.DataFrame(x), pandas.Series(y)


FORMS = {
    "arrays": lambda keras, x, y: (x, y),
    "tensors": as_tensors,
    "pandas": as_frame,
    "tf.data": lambda keras, x, y: dataset(x, y).batch(BATCH),
    "tf.data shuffled": lambda keras, x, y: dataset(x, y).shuffle(48, seed=1).batch(BATCH),
    "tf.data without end": lambda keras, x, y: (dataset(x, y).batch(16).repeat(), {"validation_steps": 3}),
    "tf.data of a generator": as_dataset_of_a_generator,
    "sequence": as_sequence,
    "sequence with workers": as_sequence_with_workers,
    "DataLoader": as_loader,
    "DataLoader of a stream": as_stream,
    "DataLoader that fills the same memory": as_stream_in_one_place,
}


@pytest.mark.parametrize("form", FORMS)
def test_data_of_every_form_are_counted_and_shown(form, table, keras, train, tmp_path):
    made = FORMS[form](keras, table.x_val, table.y_val)
    data, options = made if isinstance(made, tuple) and isinstance(made[1], dict) else (made, {})
    ours, wanted = loggers(tmp_path), {tmp_path: (table.y_val, whole)}
    train(classifier(keras), table.x, table.y, data, ours, table.x_val, wanted, batch_size=BATCH, **options)
    samples = ours[1].drawn[1, "predictions/samples"]
    np.testing.assert_array_equal(samples.position, np.arange(25))
    if form != "tf.data shuffled":
        np.testing.assert_array_equal(samples.inputs, table.x_val[:25])
        np.testing.assert_array_equal(samples.true, table.y_val[:25])


def test_data_with_keys_of_their_own_are_counted(table, keras, tmp_path):
    torch = pytest.importorskip("torch", reason="a DataLoader needs torch")

    class ByName(torch.utils.data.Dataset):
        def __getitem__(self, name):
            row = int(name.removeprefix("row "))
            return torch.as_tensor(table.x_val[row]), int(table.y_val[row])

    names = [f"row {row}" for row in range(len(table.x_val))]
    data = torch.utils.data.DataLoader(ByName(), batch_size=BATCH, sampler=names)
    classifier(keras).fit(table.x, table.y, validation_data=data, verbose=0, callbacks=loggers(tmp_path))
    assert mnist_tb.read_confusion_matrices(tmp_path).counts.sum() == len(names)


def test_samples_that_numpy_lacks_the_type_of_are_described():
    torch = pytest.importorskip("torch", reason="a DataLoader needs torch")
    data = torch.utils.data.TensorDataset(torch.zeros((4, 6), dtype=torch.bfloat16), torch.zeros(4))
    _, specs = input_specs(torch.utils.data.DataLoader(data), None)
    assert specs == [((6,), "bfloat16")]


def test_pandas_data_can_be_given_to_the_callbacks(table, keras, train, tmp_path):
    frames = as_frame(keras, table.x_val, table.y_val)
    ours = loggers(tmp_path, validation_data=frames)
    ours.append(Shown(tmp_path / "chosen", samples=frames))
    train(classifier(keras), table.x, table.y, None, ours, table.x_val, {tmp_path: (table.y_val, whole)})
    np.testing.assert_array_equal(ours[-1].drawn[1, "predictions/samples"].inputs, table.x_val[:25])


def as_dict(inputs):
    return dict(zip(["table", "picture"], inputs, strict=True))


def two_inputs(keras, nesting):
    table, picture = keras.layers.Input(shape=(6,), name="table"), keras.layers.Input(shape=(4, 4), name="picture")
    both = keras.layers.Concatenate()([table, keras.layers.Flatten()(picture)])
    model = keras.Model(nesting([table, picture]), keras.layers.Dense(3, activation="softmax")(both))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize(
    ("nest", "form"),
    [(list, "arrays"), (tuple, "tf.data"), (tuple, "sequence"), (as_dict, "arrays"), (as_dict, "sequence")],
)
def test_several_inputs_are_counted_and_shown(nest, form, table, keras, train, tmp_path):
    x, x_val = nest([table.x, table.picture]), nest([table.x_val, table.picture_val])
    data = (x_val, table.y_val)
    if form != "arrays":
        sequence = form == "sequence"
        data = as_sequence(keras, x_val, table.y_val) if sequence else dataset(x_val, table.y_val).batch(BATCH)
    ours, wanted = loggers(tmp_path), {tmp_path: (table.y_val, whole)}
    train(two_inputs(keras, nest), x, table.y, data, ours, x_val, wanted, batch_size=BATCH)
    inputs = ours[1].drawn[1, "predictions/samples"].inputs
    parts = [inputs["table"], inputs["picture"]] if nest is as_dict else inputs
    for part, array in zip(parts, (table.x_val, table.picture_val), strict=True):
        np.testing.assert_array_equal(part, array[:25])


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
