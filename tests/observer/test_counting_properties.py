"""Whatever the classes, labels, dtypes, weights, masks and batches: counts are those of scikit-learn, and none is lost.

MNIST_TB_TRUST=1 tries many more cases.
"""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from mnist_tb.backend.flavours import ops_of, to_numpy
from mnist_tb.backend.scatter import total
from mnist_tb.metrics import confusion_matrix_class
from mnist_tb.observer.predictions import BAD_LABEL, NONFINITE

CASES = 3000 if os.environ.get("MNIST_TB_TRUST") == "1" else 30
BATCHES = [1, 8]  # few, as JAX compiles each operation for each shape

cases = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32 - 1),
        "num_classes": st.sampled_from([2, 3, 10]),
        "form": st.sampled_from(["sparse", "column", "one-hot", "smoothed"]),
        "positions": st.sampled_from([(), (2, 3)]),
        "units": st.sampled_from(["softmax", "sigmoid"]),
        "from_logits": st.booleans(),
        "label_dtype": st.sampled_from(["int32", "int64", "uint8", "float32"]),
        "score_dtype": st.sampled_from(["float32", "float16"]),
        "decimals": st.sampled_from([1, 6]),  # few decimals make ties
        "weights": st.sampled_from([None, "sample", "position"]),
        "masked": st.booleans(),
        "ignored": st.booleans(),
        "bad": st.sampled_from([0.0, 0.2]),  # how many labels are no class, and how many predictions NaN or inf
        "batches": st.lists(st.sampled_from(BATCHES), min_size=1, max_size=4),
    }
)


@pytest.fixture(autouse=True)
def _cases(record_property):
    record_property("cases", CASES)


def draw_batch(rng, case, size):
    """Labels, of which C is no class, scores, weights and a mask, as they are without a case's form and dtypes."""
    shape, num_classes = (size, *case["positions"]), case["num_classes"]
    y = rng.integers(0, num_classes, shape)
    y[rng.random(shape) < case["bad"]] = num_classes
    scores = rng.normal(size=(*shape, 1 if case["units"] == "sigmoid" else num_classes))
    scores = scores if case["from_logits"] else 1 / (1 + np.exp(-scores))
    # Without -0.0, which is less than 0.0 to Keras' argmax on JAX, and as much to NumPy's
    scores = (np.round(scores, case["decimals"]) + 0.0).astype(case["score_dtype"])
    scores[rng.random(shape) < case["bad"], -1] = rng.choice([np.nan, np.inf, -np.inf])
    weights = rng.normal(size=shape[:1] if case["weights"] == "sample" else shape).astype("float32")
    return y, scores, weights, rng.random(shape) < (0.7 if case["masked"] else 1)


def in_form(y, case):
    """Labels as they are handed over; what is no class has a one-hot row that is none."""
    num_classes, form = case["num_classes"], case["form"]
    if form in ("sparse", "column") or case["units"] == "sigmoid":
        return (y if form == "sparse" else y[..., None]).astype(case["label_dtype"])
    rows = np.eye(num_classes + 1, num_classes, dtype="float32")[y]
    return rows if form == "one-hot" else rows * np.float32(0.9) + np.float32(0.1 / num_classes)


def decided(scores, case):
    """Which class each prediction is."""
    if case["units"] == "softmax":
        return scores.argmax(axis=-1)
    return (scores[..., 0] > (0 if case["from_logits"] else 0.5)).astype(int)


def matrix(y, predicted, num_classes, weights=None):
    """By scikit-learn, which takes no empty arrays."""
    if not len(y):
        return np.zeros((num_classes, num_classes))
    return confusion_matrix(y, predicted, labels=range(num_classes), sample_weight=weights)


@settings(max_examples=CASES, derandomize=True, deadline=None, database=None)
@given(case=cases)
def test_counts_are_those_of_scikit_learn(case, keras):
    rng, seen = np.random.default_rng(case["seed"]), []
    num_classes = case["num_classes"] = 2 if case["units"] == "sigmoid" else case["num_classes"]
    ignored = int(rng.integers(num_classes)) if case["ignored"] else None
    metric = confusion_matrix_class(keras)(num_classes, from_logits=case["from_logits"], ignore_class=ignored)
    for size in case["batches"]:
        y, scores, weights, mask = draw_batch(rng, case, size)
        handed_mask = ops_of(keras).convert_to_tensor(mask) if case["masked"] else None
        metric.count(in_form(y, case), scores, weights if case["weights"] else None, handed_mask)
        weights = np.broadcast_to(weights.reshape(*weights.shape, *(1,) * (y.ndim - weights.ndim)), y.shape)
        parts = (y, decided(scores, case), weights, mask & (y != ignored), np.isfinite(scores).all(axis=-1))
        seen.append([part.ravel() for part in parts])

    y, predicted, weights, asked, is_finite = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    is_class = y < num_classes
    y_in, predicted_in, weights_in = (part[asked & is_class & is_finite] for part in (y, predicted, weights))
    np.testing.assert_array_equal(metric.confusion_matrix(), matrix(y_in, predicted_in, num_classes))
    if case["weights"]:
        wanted = matrix(y_in, predicted_in, num_classes, weights_in.astype(float))
        np.testing.assert_allclose(metric.confusion_matrix(weighted=True), wanted, rtol=1e-7, atol=1e-7)
    (counts,) = total(to_numpy(keras, metric.counts)[None])
    assert counts[BAD_LABEL] == (asked & ~is_class).sum()
    assert counts[NONFINITE] == (asked & is_class & ~is_finite).sum()
    assert counts.sum() == len(y)
