"""Data and models of every form: what is counted and shown while `fit` validates is what the model predicts of them."""

import numpy as np
import pytest
from recording import Shown
from tables import BATCH, as_sequence, dataset, loggers, whole

import mnist_tb
from mnist_tb.backend.flavours import ops_of
from mnist_tb.observer.data import input_specs


def classifier(keras):
    model = keras.Sequential([keras.layers.Input(shape=(6,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def as_dataset_of_a_generator(keras, x, y):
    tf = pytest.importorskip("tensorflow", reason="tf.data needs TensorFlow")
    signature = (tf.TensorSpec((None, 6), tf.float32), tf.TensorSpec((None,), tf.int64))
    pieces = [(x[:BATCH], y[:BATCH]), (x[BATCH:], y[BATCH:])]
    return tf.data.Dataset.from_generator(lambda: iter(pieces), output_signature=signature)


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
