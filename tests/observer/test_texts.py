"""Texts that a model takes as such are kept and shown like pictures are."""

import numpy as np
import pytest

import mnist_tb

GOOD = [f"a good film, number {i}, \u00e9t\u00e9" for i in range(20)]
BAD = [f"a bad film, number {i} " + "very " * 100 for i in range(20)]


@pytest.fixture
def texts():
    rng = np.random.default_rng(0)
    order = rng.permutation(40)
    return np.array([*GOOD, *BAD])[order], (order < 20).astype("int64")


@pytest.mark.parametrize("form", ["tf.data", "arrays", "tf.data of rows"])
def test_texts_of_a_model_that_splits_them_itself_are_shown(form, texts, keras, tmp_path, read_run, caplog):
    tf = pytest.importorskip("tensorflow", reason="texts need TensorFlow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("texts within a model need TensorFlow")
    x, y = texts
    split = keras.layers.TextVectorization(max_tokens=50, output_sequence_length=8)
    split.adapt(x)
    inputs = keras.layers.Input(shape=(1,), dtype="string")
    numbers = keras.layers.Embedding(50, 4)(split(inputs))
    mean = keras.layers.GlobalAveragePooling1D()(numbers)  # Keras 3.0 can not flatten them
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(mean))
    model.compile("adam", "sparse_categorical_crossentropy")
    rows = x if form == "tf.data" else x[:, None]
    data = tf.data.Dataset.from_tensor_slices((rows, y)).batch(16)
    validation = (tf.constant(rows), y) if form == "arrays" else data
    if form == "tf.data":
        data = validation = data.map(lambda text, label: (text[:, None], label))
    model.fit(
        data, validation_data=validation, epochs=2, verbose=0, callbacks=mnist_tb.classification_loggers(tmp_path)
    )
    read = mnist_tb.read_examples(tmp_path)[-1]
    assert [x[position].encode()[:290] for position in read.position] == [
        thumbnail.encode()[:290] for thumbnail in read.thumbnails
    ]
    assert read_run(tmp_path).steps("predictions/samples") == [0, 1]
    assert not caplog.records
