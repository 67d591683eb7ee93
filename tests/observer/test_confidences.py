"""How sure the answers were is counted as from the model's own predictions, on every backend."""

import logging

import numpy as np
import pytest
from helpers import assert_counted, predictions

import mnist_tb
from mnist_tb.confidence import bins_of
from mnist_tb.observer import counting

X = np.random.default_rng(0).normal(size=(777, 6)).astype("float32")


@pytest.fixture
def model_of(keras):
    """A function that makes a classifier of 6 numbers; without an activation it gives logits."""

    def make(num_classes, activation="softmax", from_logits=False, **options):
        keras.utils.set_random_seed(1)
        units = 1 if activation == "sigmoid" and num_classes == 2 else num_classes
        wide = keras.initializers.RandomNormal(stddev=1.0, seed=2)  # few answers are near a tie then
        output = keras.layers.Dense(units, activation, kernel_initializer=wide)
        model = keras.Sequential([keras.layers.Input((6,)), keras.layers.Dense(16, "tanh"), output])
        kind = "BinaryCrossentropy" if units == 1 else "SparseCategoricalCrossentropy"
        model.compile("adam", getattr(keras.losses, kind)(from_logits=from_logits), **options)
        return model

    return make


def labels_of(num_classes):
    return np.random.default_rng(1).integers(0, num_classes, len(X))


def train(model, y, tmp_path, **options):
    loggers = mnist_tb.classification_loggers(tmp_path, **options)
    return model.fit(X[:64], y[:64], validation_data=(X, y), epochs=1, batch_size=100, verbose=0, callbacks=loggers)


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def matrix_of(confidences, num_classes):
    counts = np.zeros((num_classes, num_classes), int)
    np.add.at(counts, (confidences.true, confidences.predicted), confidences.counts)
    return counts


@pytest.mark.parametrize(
    ("num_classes", "activation", "curves"),
    [(10, "softmax", None), (2, "softmax", None), (2, "sigmoid", None), (5, None, None), (60, "softmax", None),
     (60, "softmax", True), (10, "softmax", False)],
)  # fmt: skip
def test_bins_are_those_of_the_models_predictions(model_of, tmp_path, num_classes, activation, curves):
    model, y = model_of(num_classes, activation, from_logits=activation is None), labels_of(num_classes)
    train(model, y, tmp_path, curves=curves)
    (confidences,) = mnist_tb.read_confidences(tmp_path)
    outputs = predictions(model, X)
    outputs = np.concatenate([1 - outputs, outputs], axis=1) if outputs.shape[1] == 1 else outputs
    assert_counted(confidences, y, softmax(outputs) if activation is None else outputs)
    assert confidences.has_cells
    assert (confidences.other_counts is not None) == (curves is True or (curves is None and num_classes <= 20))
    counts = mnist_tb.read_confusion_matrices(tmp_path).counts[0]
    np.testing.assert_array_equal(matrix_of(confidences, num_classes), counts)


@pytest.mark.parametrize("num_classes", [10, 60])
def test_steps_that_xla_compiles_count_the_same(model_of, tmp_path, keras, num_classes):
    if keras.backend.backend() == "torch":
        pytest.skip("torch compiles steps by other means")
    model, y = model_of(num_classes, jit_compile=True), labels_of(num_classes)
    train(model, y, tmp_path)
    (confidences,) = mnist_tb.read_confidences(tmp_path)
    assert_counted(confidences, y, predictions(model, X))
    assert confidences.has_cells


def test_of_more_answers_than_have_a_code_cells_are_not_kept(model_of, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(counting, "MOST_CODES", len(X) - 1)
    model, y = model_of(60), labels_of(60)
    train(model, y, tmp_path)
    (confidences,) = mnist_tb.read_confidences(tmp_path)
    assert not confidences.has_cells
    assert_counted(confidences, y, predictions(model, X))
    assert "777 answers for 60 classes are too many" in caplog.text


@pytest.mark.parametrize(
    ("activation", "from_logits", "message"),
    [("relu", False, "off by up to"), ("sigmoid", False, "off by up to"), ("softmax", True, "these are probabilities")],
)
def test_what_is_no_probability_is_named_once_and_not_logged(
    model_of, tmp_path, caplog, activation, from_logits, message
):
    model, y = model_of(4, activation), labels_of(4)
    with caplog.at_level(logging.WARNING, "mnist_tb"):
        history = train(model, y, tmp_path, from_logits=from_logits)
    assert caplog.text.count("it is not logged how sure the answers are") == 1
    assert message in caplog.text
    assert "val_expected_calibration_error" not in history.history
    assert "val_macro_f1" in history.history
    with pytest.raises(FileNotFoundError, match="though its confusion matrices were"):
        mnist_tb.read_confidences(tmp_path)


def test_predictions_that_are_not_finite_stay_apart(keras, model_of, tmp_path):
    model, y = model_of(3), labels_of(3)
    x = X.copy()
    x[:5] = np.nan
    loggers = mnist_tb.classification_loggers(tmp_path)
    model.fit(X[:64], y[:64], validation_data=(x, y), epochs=1, verbose=0, callbacks=loggers)
    (confidences,) = mnist_tb.read_confidences(tmp_path)
    assert_counted(confidences, y[5:], predictions(model, X[5:]))


def test_what_was_thought_of_the_samples_behind_the_cells_is_kept(model_of, tmp_path):
    model, y = model_of(5), labels_of(5)
    train(model, y, tmp_path)
    (examples,) = mnist_tb.read_examples(tmp_path)
    probabilities, likely = predictions(model, X)[examples.position], examples.likely
    np.testing.assert_allclose(
        likely.label_probability, probabilities[range(len(y[examples.position])), examples.true], atol=1e-5
    )
    ordered = np.argsort(-probabilities, axis=1)
    for place, (classes, values) in enumerate(
        [(likely.second, likely.second_probability), (likely.third, likely.third_probability)], start=1
    ):
        np.testing.assert_allclose(values, np.take_along_axis(probabilities, ordered, axis=1)[:, place], atol=1e-5)
        assert (classes == ordered[:, place]).mean() > 0.99  # but for ties


def test_the_calibration_error_and_the_areas_join_the_logs_and_the_scalars(model_of, tmp_path, read_run):
    from sklearn.metrics import average_precision_score, roc_auc_score

    model, y = model_of(4), labels_of(4)
    logs = train(model, y, tmp_path).history
    (confidences,) = mnist_tb.read_confidences(tmp_path)
    assert logs["val_expected_calibration_error"] == [mnist_tb.calibration(confidences).expected_calibration_error]
    one_hot, probabilities = np.eye(4)[y], predictions(model, X)
    assert logs["val_macro_average_precision"] == pytest.approx(
        [average_precision_score(one_hot, probabilities)], abs=0.01
    )
    assert logs["val_macro_auc"] == pytest.approx([roc_auc_score(one_hot, probabilities)], abs=0.01)
    run = read_run(tmp_path)
    for name in ("expected_calibration_error", "macro_average_precision", "macro_auc"):
        assert run.scalars(name) == pytest.approx(logs[f"val_{name}"])


def test_pr_curves_are_of_the_classes_that_were_asked_for(model_of, tmp_path, read_run):
    model, y = model_of(3), labels_of(3)
    train(model, y, tmp_path, class_names=["ant", "bee", "cat"], pr_curves=["bee"])
    assert read_run(tmp_path).tags("pr_curves") == ["pr_curve/bee"]
    assert set(read_run(tmp_path).tags("histograms")) == {"confidence/right", "confidence/wrong"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"curves": "yes"}, "curves must be True, False or None, and is 'yes'"),
        ({"pr_curves": "cat"}, "pr_curves must be True, False or a list of class names, and is 'cat'"),
        ({"pr_curves": ["cow"], "class_names": ["ant", "bee"]}, "pr_curves must name classes, and cow came"),
        ({"pr_curves": True, "curves": False}, "leave out curves=False"),
    ],
)
def test_options_that_cannot_be_right_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        mnist_tb.ConfidenceLogger("logs", **options)


def test_a_curve_of_no_class_is_refused_before_the_first_batch(model_of, tmp_path):
    with pytest.raises(ValueError, match="pr_curves must name classes, and cow came"):
        train(model_of(3), labels_of(3), tmp_path, pr_curves=["cow"])


def test_bins_hold_their_lower_edge():
    assert bins_of([0.0, 0.5, 0.4999, 1.0, -1.0, 2.0]).tolist() == [0, 60, 59, 119, 0, 119]
