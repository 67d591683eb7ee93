"""What is seen while `fit` validates is what `model.predict` says of the same data."""

import numpy as np
import pytest
from helpers import matrix_of, predictions
from recording import Shown

import mnist_tb


def fit(model, digits, log_dir, validation=None, loggers=None, **options):
    """Train with the loggers and return the history and the counts."""
    loggers = [mnist_tb.ConfusionMatrixLogger(log_dir)] if loggers is None else loggers
    arguments = {"validation_data": validation or digits.validation, "epochs": 1, "verbose": 0, **options}
    history = model.fit(digits.x, arguments.pop("y", digits.y), callbacks=loggers, **arguments)
    return history, mnist_tb.read_confusion_matrices(log_dir)


HOOKS = {
    "default": {},
    "eager": {"run_eagerly": True},
    "several steps": {"steps_per_execution": 3},
    "xla": {"jit_compile": True},
}


@pytest.mark.parametrize("options", HOOKS.values(), ids=HOOKS)
def test_counts_equal_those_of_predict(options, make_model, digits, tmp_path, keras):
    if keras.backend.backend() == "torch" and ("steps_per_execution" in options or "jit_compile" in options):
        pytest.skip("torch has neither several steps per execution nor XLA")
    model = make_model(**options)
    _, read = fit(model, digits, tmp_path, loggers=mnist_tb.classification_loggers(tmp_path), epochs=2)
    predicted = model.predict(digits.x_val, verbose=0).argmax(axis=1)
    np.testing.assert_array_equal(read.steps, [0, 1])
    np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val, predicted))
    assert read.counts[-1].sum() == 103  # the short last batch too


def test_true_classes_are_on_the_rows(make_model, digits, tmp_path):
    validation = (digits.x_val, np.full(103, 3))
    _, read = fit(make_model(), digits, tmp_path, validation)
    np.testing.assert_array_equal(np.flatnonzero(read.counts[-1].sum(axis=1)), [3])
    assert len(np.flatnonzero(read.counts[-1].sum(axis=0))) > 1


def labels_of(form, y, num_classes):
    rows = np.eye(num_classes, dtype="float32")[y]
    return {
        "sparse": y,
        "sparse column": y[:, None],
        "sparse float": y.astype("float32"),
        "one-hot": rows,
        "smoothed one-hot": rows * 0.9 + 0.1 / num_classes,
    }[form]


@pytest.mark.parametrize(("form", "logits"), [("sparse column", True), ("smoothed one-hot", False)])
def test_forms_of_labels_give_the_same_counts(form, logits, make_model, digits, tmp_path, keras):
    name = "CategoricalCrossentropy" if "one-hot" in form else "SparseCategoricalCrossentropy"
    loss = getattr(keras.losses, name)(from_logits=logits)
    model = make_model(activation="linear" if logits else "softmax", loss=loss)
    validation = (digits.x_val, labels_of(form, digits.y_val, 10))
    _, read = fit(model, digits, tmp_path, validation, y=labels_of(form, digits.y, 10))
    predicted = predictions(model, digits.x_val).argmax(axis=1)
    np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val, predicted))


@pytest.mark.parametrize(("column", "logits"), [(True, False), (False, True)])
def test_one_sigmoid_unit_is_two_classes(logits, column, make_model, digits, tmp_path, keras):
    digits.x -= 0.5  # so that whatever weights the backend's seed gives, both classes are predicted
    digits.x_val -= 0.5
    model = make_model(
        units=1,
        activation="linear" if logits else "sigmoid",
        loss=keras.losses.BinaryCrossentropy(from_logits=logits),
    )
    y, y_val = digits.y % 2, digits.y_val % 2
    validation = (digits.x_val, y_val[:, None] if column else y_val)
    _, read = fit(model, digits, tmp_path, validation, y=y[:, None] if column else y)
    predicted = predictions(model, digits.x_val)[:, 0] > (0 if logits else 0.5)
    np.testing.assert_array_equal(read.counts[-1], matrix_of(y_val, predicted, 2))
    assert read.counts[-1].any(axis=0).all(), "the case should predict both classes"


def test_logits_are_found_by_the_last_layer_where_the_loss_does_not_say(make_model, digits, tmp_path, keras):
    def loss(y_true, y_pred):
        return keras.losses.binary_crossentropy(y_true, y_pred, from_logits=True)

    model = make_model(units=1, activation="linear", loss=loss)
    validation = (digits.x_val, (digits.y_val % 2)[:, None])
    _, read = fit(model, digits, tmp_path, validation, y=(digits.y % 2)[:, None])
    predicted = predictions(model, digits.x_val)[:, 0] > 0
    np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val % 2, predicted, 2))


def test_logarithms_of_probabilities_are_logits(make_model, digits, tmp_path, keras):
    def loss(y_true, y_pred):  # the negative log-likelihood
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)

    if hasattr(keras.activations, "log_softmax"):
        log_softmax = keras.activations.log_softmax
    else:  # a late Keras 2
        log_softmax = pytest.importorskip("tensorflow").nn.log_softmax
    model, shown = make_model(activation=log_softmax, loss=loss), Shown(tmp_path)
    _, read = fit(model, digits, tmp_path, loggers=[mnist_tb.ConfusionMatrixLogger(tmp_path), shown])
    probabilities = np.exp(predictions(model, digits.x_val))
    mistakes = shown.drawn[0, "predictions/mistakes"]
    assert len(mistakes) == 25
    np.testing.assert_allclose(mistakes.confidence, probabilities.max(axis=1)[mistakes.position], rtol=1e-4)
    np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val, probabilities.argmax(axis=1)))
    assert mnist_tb.read_examples(tmp_path)[0].true.size


def test_sample_weights_are_summed_beside_the_plain_counts(make_model, digits, tmp_path):
    weights = np.random.default_rng(1).random(103).astype("float32")
    model = make_model()
    _, read = fit(model, digits, tmp_path, (*digits.validation, weights))
    predicted = predictions(model, digits.x_val).argmax(axis=1)
    np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val, predicted))
    wanted = np.zeros((10, 10))
    np.add.at(wanted, (digits.y_val, predicted), weights)
    np.testing.assert_allclose(read.weighted_counts[-1], wanted, rtol=1e-5)


@pytest.mark.parametrize("form", ["sparse", "one-hot"])
def test_outputs_with_further_axes_are_counted_per_pixel(form, digits, tmp_path, keras):
    if keras.backend.backend() == "torch" and form != "one-hot":
        pytest.skip("Keras' sparse loss of pixels fails on torch, with or without us: grad_input must be contiguous")
    model = keras.Sequential(
        [
            keras.layers.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    sparse = form != "one-hot"
    model.compile("adam", "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy")
    maps, maps_val = ((x * 2.999).astype(int) for x in (digits.x, digits.x_val))
    weights = np.random.default_rng(1).random((103, 28, 28)).astype("float32")
    validation = (
        digits.x_val,
        labels_of(form, maps_val, 3),
        weights,
    )
    y = labels_of(form, maps, 3)
    _, read = fit(model, digits, tmp_path, validation, y=y)
    predicted = predictions(model, digits.x_val).argmax(axis=-1)
    np.testing.assert_array_equal(read.counts[-1], matrix_of(maps_val, predicted, 3))
    wanted = np.zeros((3, 3))
    np.add.at(wanted, (maps_val, predicted), weights)
    np.testing.assert_allclose(read.weighted_counts[-1], wanted, rtol=1e-4)


def test_a_class_that_the_loss_ignores_is_not_counted(make_model, digits, tmp_path, keras):
    loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=9)
    model = make_model(loss=loss)
    _, read = fit(model, digits, tmp_path)
    predicted = predictions(model, digits.x_val).argmax(axis=1)
    kept = digits.y_val != 9
    np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val[kept], predicted[kept]))


def test_masked_time_steps_are_not_counted(keras, tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 5, (64, 7)), rng.integers(0, 3, (64, 7))
    model = keras.Sequential(
        [
            keras.layers.Input(shape=(7,), dtype="int32"),
            keras.layers.Embedding(5, 4, mask_zero=True),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, validation_data=(x, y), verbose=0, callbacks=mnist_tb.classification_loggers(tmp_path))
    counts = mnist_tb.read_confusion_matrices(tmp_path).counts[-1]
    predicted = predictions(model, x).argmax(axis=-1)
    np.testing.assert_array_equal(counts, matrix_of(y[x > 0], predicted[x > 0], 3))


def test_nonfinite_predictions_are_counted_apart(digits, tmp_path, make_model, read_run):
    model = make_model()
    x_val = digits.x_val.copy()
    x_val[:5] = np.nan
    _, read = fit(model, digits, tmp_path, (x_val, digits.y_val), epochs=2)
    predicted = predictions(model, x_val)[5:].argmax(axis=1)
    np.testing.assert_array_equal(read.nonfinite, [5, 5])
    np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val[5:], predicted))
    assert read_run(tmp_path).scalars("nonfinite_predictions") == [5, 5]


def test_the_metrics_of_the_validation_join_the_logs(make_model, digits, tmp_path):
    history, read = fit(make_model(), digits, tmp_path)
    report = mnist_tb.class_report(read.counts[-1])
    assert history.history["val_balanced_accuracy"][-1] == pytest.approx(report.balanced_accuracy)
    assert history.history["val_macro_f1"][-1] == pytest.approx(report.macro_f1)
    assert "balanced_accuracy" not in history.history


@pytest.mark.parametrize("ours_first", [True, False])
def test_early_stopping_can_monitor_them(ours_first, make_model, digits, tmp_path, keras):
    stop = keras.callbacks.EarlyStopping("val_balanced_accuracy", mode="max", patience=0, min_delta=1.0)
    loggers = mnist_tb.classification_loggers(tmp_path)
    _, read = fit(
        make_model(), digits, tmp_path, loggers=[*loggers, stop] if ours_first else [stop, *loggers], epochs=9
    )
    assert stop.stopped_epoch == 1
    np.testing.assert_array_equal(read.steps, [0, 1])


def test_epochs_without_validation_log_nothing_as_validation(make_model, digits, tmp_path):
    _, read = fit(make_model(), digits, tmp_path, epochs=5, validation_freq=2)
    np.testing.assert_array_equal(read.steps, [1, 3])


def test_steps_are_those_of_keras(make_model, digits, tmp_path):
    _, read = fit(make_model(), digits, tmp_path, epochs=9, initial_epoch=7)
    np.testing.assert_array_equal(read.steps, [7, 8])


def test_a_validation_split_is_observed(make_model, digits, tmp_path):
    model = make_model()
    model.fit(
        digits.x,
        digits.y,
        validation_split=0.2,
        verbose=0,
        callbacks=mnist_tb.classification_loggers(tmp_path),
    )
    predicted = predictions(model, digits.x[-46:]).argmax(axis=1)
    counts = mnist_tb.read_confusion_matrices(tmp_path).counts[-1]
    np.testing.assert_array_equal(counts, matrix_of(digits.y[-46:], predicted))


def test_an_evaluate_in_another_callback_is_not_taken_for_the_validation(make_model, digits, tmp_path, keras):
    class Evaluates(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.evaluate(digits.x, digits.y, verbose=0)

    model = make_model()
    _, read = fit(
        model,
        digits,
        tmp_path,
        loggers=[Evaluates(), *mnist_tb.classification_loggers(tmp_path), Evaluates()],
        epochs=2,
    )
    assert read.counts.sum(axis=(1, 2)).tolist() == [103, 103]


def test_many_classes_are_counted_exactly(digits, tmp_path, make_model):
    rng = np.random.default_rng(0)
    y, y_val = rng.integers(0, 300, 230), rng.integers(0, 300, 103)
    model = make_model(units=300)
    _, read = fit(model, digits, tmp_path, (digits.x_val, y_val), y=y)
    predicted = predictions(model, digits.x_val).argmax(axis=1)
    np.testing.assert_array_equal(read.counts[-1], matrix_of(y_val, predicted, 300))


@pytest.mark.parametrize("form", ["sparse", "one-hot"])
def test_a_generator_is_observed_though_its_shapes_are_not_known(form, make_model, digits, tmp_path, read_run):
    def batches(x, y):
        while True:
            yield from zip(np.array_split(x, 4), np.array_split(labels_of(form, y, 10), 4), strict=True)

    model = make_model(loss="sparse_categorical_crossentropy" if form == "sparse" else "categorical_crossentropy")
    model.fit(
        batches(digits.x, digits.y),
        steps_per_epoch=4,
        validation_data=batches(digits.x_val, digits.y_val),
        validation_steps=4,
        verbose=0,
        callbacks=mnist_tb.classification_loggers(tmp_path),
    )
    predicted = predictions(model, digits.x_val).argmax(axis=1)
    counts = mnist_tb.read_confusion_matrices(tmp_path).counts[-1]
    np.testing.assert_array_equal(counts, matrix_of(digits.y_val, predicted))
    assert read_run(tmp_path).steps("predictions/mistakes") == [0]
