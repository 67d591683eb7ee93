"""Where Keras shows nothing, one pass over `validation_data` takes the observer's place."""

import helpers
import numpy as np
import pytest
from helpers import matrix_of, predictions

import mnist_tb


def fit(model, digits, callbacks, **options):
    return helpers.fit(model, digits, callbacks, **({"validation_data": None} | options))


def sequence_class(keras):
    return keras.utils.PyDataset if hasattr(keras.utils, "PyDataset") else keras.utils.Sequence


def as_sequence(keras, x, y):
    class Batches(sequence_class(keras)):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            rows = slice(index * 32, (index + 1) * 32)
            return x[rows], y[rows]

    return Batches()


def as_dataset(keras, x, y):
    tf = pytest.importorskip("tensorflow", reason="tf.data needs TensorFlow")
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(50)


def as_loader(keras, x, y):
    torch = pytest.importorskip("torch", reason="DataLoader needs torch")
    if keras.backend.backend() != "torch":
        pytest.skip("a DataLoader gives torch tensors")
    data = torch.utils.data.TensorDataset(torch.as_tensor(x), torch.as_tensor(y))
    return torch.utils.data.DataLoader(data, batch_size=50)


FORMS = {
    "arrays": lambda keras, x, y: (x, y),
    "weighted arrays": lambda keras, x, y: (x, y, np.ones(len(x), "float32")),
    "sequence": as_sequence,
    "tf.data": as_dataset,
    "DataLoader": as_loader,
    "an iterable of batches": lambda keras, x, y: TwoBatches(x, y),
}


class TwoBatches:
    """Something that can be gone through again and again and is none of the known kinds."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __iter__(self):
        return iter([(self.x[:60], self.y[:60]), (self.x[60:], self.y[60:])])


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_data_of_every_form_are_looked_through(form, make_model, digits, tmp_path, keras):
    model = make_model()
    data = form(keras, *digits.validation)
    history = fit(model, digits, mnist_tb.classification_loggers(tmp_path, validation_data=data))
    read = mnist_tb.read_confusion_matrices(tmp_path)
    predicted = predictions(model, digits.x_val).argmax(axis=1)
    assert read.steps.tolist() == [0, 1]
    np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val, predicted))
    assert len(history.history["val_balanced_accuracy"]) == 2


def test_a_model_that_xla_compiles_is_looked_through(make_model, digits, tmp_path, keras):
    if keras.backend.backend() == "torch":
        pytest.skip("torch has no XLA")
    model = make_model(jit_compile=True)
    fit(model, digits, mnist_tb.classification_loggers(tmp_path, validation_data=digits.validation), epochs=1)
    (counts,) = mnist_tb.read_confusion_matrices(tmp_path).counts
    np.testing.assert_array_equal(counts, matrix_of(digits.y_val, predictions(model, digits.x_val).argmax(axis=1)))


def test_after_the_pass_xla_compiles_the_validation_of_fit(make_model, digits, tmp_path, keras):
    if keras.backend.backend() == "torch":
        pytest.skip("torch has no XLA")
    model, compiled = make_model(jit_compile=True), []
    loggers = mnist_tb.classification_loggers(tmp_path, validation_data=(digits.x, digits.y))
    asks = keras.callbacks.LambdaCallback()
    asks.on_test_end = lambda logs=None: compiled.append(loggers[0]._sources["validation"].state.scatter.compiled)
    fit(model, digits, [*loggers, asks], validation_data=digits.validation, validation_freq=2)
    counts = mnist_tb.read_confusion_matrices(tmp_path).counts
    assert compiled == [True]
    assert counts[0].sum() == 230
    predicted = predictions(model, digits.x_val).argmax(axis=1)
    np.testing.assert_array_equal(counts[1], matrix_of(digits.y_val, predicted))


def test_the_pass_shows_samples_too(make_model, digits, tmp_path, read_run):
    fit(make_model(), digits, mnist_tb.classification_loggers(tmp_path, validation_data=digits.validation))
    assert read_run(tmp_path).steps("predictions/mistakes") == [0, 1]


def test_all_loggers_share_one_pass(make_model, digits, tmp_path):
    passes = []

    class Counted(TwoBatches):
        def __iter__(self):
            passes.append(1)
            return super().__iter__()

    fit(
        make_model(),
        digits,
        mnist_tb.classification_loggers(tmp_path, validation_data=Counted(*digits.validation)),
    )
    assert len(passes) == 2  # epochs


def test_validation_by_fit_comes_before_the_data_of_the_callbacks(make_model, digits, tmp_path):
    loggers = mnist_tb.classification_loggers(tmp_path, validation_data=(digits.x, digits.y))
    fit(make_model(), digits, loggers, validation_data=digits.validation, validation_freq=2, epochs=2)
    counts = mnist_tb.read_confusion_matrices(tmp_path).counts
    assert counts.sum(axis=(1, 2)).tolist() == [230, 103]


@pytest.fixture
def hiding_model(keras):
    """A model whose own test_step shows its predictions to nobody."""

    class Hides(keras.Sequential):
        def test_step(self, *args):
            if keras.backend.backend() == "jax":
                return {"loss": keras.ops.convert_to_tensor(0.5)}, args[0]
            return {"loss": 0.5 + 0.0 * self.layers[-1].bias[0]}

    model = Hides(
        [
            keras.layers.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("form", ["weighted arrays", "sequence", "tf.data", "DataLoader"])
def test_a_step_that_hides_its_predictions_costs_a_second_pass(form, hiding_model, digits, tmp_path, keras, caplog):
    data = FORMS[form](keras, *digits.validation)
    history = fit(hiding_model, digits, mnist_tb.classification_loggers(tmp_path), validation_data=data)
    predicted = predictions(hiding_model, digits.x_val).argmax(axis=1)
    read = mnist_tb.read_confusion_matrices(tmp_path)
    np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val, predicted))
    assert len(history.history["val_balanced_accuracy"]) == 2
    assert "is followed by a second pass over its data" in caplog.text
    assert "compute_metrics" not in vars(hiding_model)


def test_of_a_generator_that_can_not_be_read_again_nothing_is_logged(hiding_model, digits, tmp_path, caplog):
    batches = (digits.validation for _ in range(9))
    options = {"validation_data": batches, "validation_steps": 1}
    history = fit(hiding_model, digits, mnist_tb.classification_loggers(tmp_path), **options)
    assert len(history.epoch) == 2
    assert caplog.text.count("a generator can't be read again: let it call self.compute_metrics") == 1


def test_a_test_step_that_hides_its_predictions_is_passed_by(hiding_model, digits, tmp_path, keras):
    loggers = mnist_tb.classification_loggers(tmp_path, validation_data=digits.validation)
    stop = keras.callbacks.EarlyStopping("val_balanced_accuracy", mode="max", patience=9)
    history = fit(hiding_model, digits, [stop, *loggers], validation_data=digits.validation)
    predicted = predictions(hiding_model, digits.x_val).argmax(axis=1)
    read = mnist_tb.read_confusion_matrices(tmp_path)
    np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val, predicted))
    assert len(history.history["val_balanced_accuracy"]) == 2
    assert stop.best > 0
