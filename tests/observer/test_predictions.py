"""Labels and predictions of every form become the classes that scikit-learn counts."""

import re

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from mnist_tb.backend.flavours import ops_of, to_numpy
from mnist_tb.observer import predictions
from mnist_tb.observer.predictions import (
    BAD_LABEL,
    NONFINITE,
    NUM_OTHERS,
    SKIPPED,
    outcomes,
    position_weights,
)

CLASSES = 4


def decode(keras, y_true, y_pred, **options):
    """`predictions.decode` of NumPy arrays, as NumPy arrays."""
    ops = ops_of(keras)
    options = {"num_classes": CLASSES, "from_logits": False, **options}
    batch = predictions.decode(ops, ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred), **options)
    cell = batch.true * options["num_classes"] + batch.predicted
    outcome = to_numpy(keras, outcomes(ops, batch, cell, options["num_classes"] ** 2 + NUM_OTHERS))
    return type(batch)(*(to_numpy(keras, part) for part in batch)), outcome


def counts_of(outcome, num_classes=CLASSES):
    """The confusion matrix, and how many are counted as something else."""
    counts = np.bincount(outcome, minlength=num_classes**2 + NUM_OTHERS)
    return counts[: num_classes**2].reshape(num_classes, num_classes), counts[num_classes**2 :]


@pytest.fixture
def scores():
    """Labels of 60 samples, and logits whose best class is one of 4."""
    rng = np.random.default_rng(0)
    return rng.integers(0, CLASSES, 60), rng.normal(size=(60, CLASSES)).astype("float32")


def softmax(logits):
    powers = np.exp(logits)
    return powers / powers.sum(axis=-1, keepdims=True)


FORMS = {
    "sparse": lambda y: y,
    "sparse column": lambda y: y[..., None],
    "sparse float": lambda y: y.astype("float32"),
    "sparse uint8": lambda y: y.astype("uint8"),
    "one-hot": lambda y: np.eye(CLASSES, dtype="float32")[y],
    "one-hot int": lambda y: np.eye(CLASSES, dtype="int32")[y],
    "smoothed one-hot": lambda y: np.eye(CLASSES, dtype="float32")[y] * 0.9 + 0.1 / CLASSES,
}


@pytest.mark.parametrize("from_logits", [False, True], ids=["probabilities", "logits"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_of_labels_is_counted_as_by_scikit_learn(form, from_logits, keras, scores):
    y, logits = scores
    batch, outcome = decode(keras, form(y), logits if from_logits else softmax(logits), from_logits=from_logits)
    wanted = confusion_matrix(y, logits.argmax(axis=1), labels=range(CLASSES))
    np.testing.assert_array_equal(counts_of(outcome)[0], wanted)
    np.testing.assert_allclose(batch.confidence, softmax(logits).max(axis=1), rtol=1e-5)


@pytest.mark.parametrize("form", ["sparse", "sparse column", "one-hot"])
def test_further_axes_are_positions_of_their_own(form, keras):
    rng = np.random.default_rng(0)
    y, y_pred = rng.integers(0, CLASSES, (5, 6, 7)), softmax(rng.normal(size=(5, 6, 7, CLASSES)).astype("float32"))
    _, outcome = decode(keras, FORMS[form](y), y_pred)
    wanted = confusion_matrix(y.ravel(), y_pred.argmax(axis=-1).ravel(), labels=range(CLASSES))
    np.testing.assert_array_equal(counts_of(outcome)[0], wanted)


@pytest.mark.parametrize("from_logits", [False, True], ids=["probabilities", "logits"])
@pytest.mark.parametrize("shape", [(60,), (60, 1)], ids=["flat", "column"])
def test_one_sigmoid_unit_is_two_classes(shape, from_logits, keras):
    rng = np.random.default_rng(0)
    y, logit = rng.integers(0, 2, shape), rng.normal(size=shape).astype("float32")
    probability = 1 / (1 + np.exp(-logit))
    options = {"num_classes": 2, "from_logits": from_logits}
    batch, outcome = decode(keras, y, logit if from_logits else probability, **options)
    wanted = confusion_matrix(y.ravel(), logit.ravel() > 0)
    np.testing.assert_array_equal(counts_of(outcome, 2)[0], wanted)
    np.testing.assert_allclose(batch.confidence, np.maximum(probability, 1 - probability).ravel(), rtol=1e-5)


def test_what_is_masked_or_ignored_is_not_counted(keras, scores):
    y, logits = scores
    mask = np.arange(60) % 3 > 0
    mask_tensor = ops_of(keras).convert_to_tensor(mask)
    for form in ("sparse", "one-hot"):
        batch, outcome = decode(keras, FORMS[form](y), logits, from_logits=True, ignore_class=2, mask=mask_tensor)
        np.testing.assert_array_equal(batch.counted, mask & (y != 2))
        assert not batch.bad_label.any()
        assert counts_of(outcome)[1][SKIPPED] == 60 - batch.counted.sum()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_predictions_that_are_not_finite_are_told_apart(bad, keras, scores):
    y, logits = scores
    logits[7, 1] = bad
    batch, outcome = decode(keras, y, logits, from_logits=True)
    assert np.flatnonzero(batch.nonfinite).tolist() == [7]
    assert np.flatnonzero(~batch.counted).tolist() == [7]
    assert counts_of(outcome)[1][NONFINITE] == 1


@pytest.mark.parametrize("label", [-1, CLASSES, 1.5, np.nan])
def test_labels_that_are_no_class_are_told_apart(label, keras, scores):
    y, logits = scores
    y = y.astype("float32")
    y[7] = label
    batch, outcome = decode(keras, y, logits, from_logits=True)
    assert np.flatnonzero(batch.bad_label).tolist() == np.flatnonzero(~batch.known).tolist() == [7]
    assert counts_of(outcome)[1][BAD_LABEL] == 1
    np.testing.assert_equal(batch.label[7], np.float32(label))


@pytest.mark.parametrize(
    ("true_shape", "pred_shape", "said"),
    [
        ((5,), (5, 3), "num_classes=4 is at odds with the model's output of shape (5, 3)"),
        ((5, 3), (5, 4), "labels of shape (5, 3) do not fit predictions of shape (5, 4)"),
        ((5, 2, 2), (5, 4), "give class indices of shape (5) or one-hot rows of (5, 4)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(true_shape, pred_shape, said, keras):
    with pytest.raises(ValueError, match=re.escape(said)):
        decode(keras, np.zeros(true_shape, "float32"), np.zeros(pred_shape, "float32"))


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 2), (3, 2, 1)])
def test_a_weight_counts_for_each_of_its_positions(shape, keras):
    ops = ops_of(keras)
    weight = np.arange(1, 1 + np.prod(shape), dtype="float32").reshape(shape)
    tensors = (ops.convert_to_tensor(array) for array in (weight, np.zeros((3, 2, CLASSES), "float32")))
    wide = weight.reshape(3, -1)
    wanted = np.broadcast_to(wide, (3, 2)).ravel()
    np.testing.assert_array_equal(to_numpy(keras, position_weights(ops, *tensors)), wanted)
