"""Precision-recall and ROC curves from counts in bins, against scikit-learn on the raw probabilities."""

import warnings

import numpy as np
import pytest
from made_confidences import CASES, counted, made

from mnist_tb import calibration, precision_recall, roc
from mnist_tb.confidence import EDGES, NUM_BINS
from mnist_tb.curves import pr_curve_table


@pytest.fixture(autouse=True)
def _nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def bounds_of_average_precision(own, other):
    """Where the average precision of the raw probabilities must lie, as the docstring of `precision_recall` has it."""
    above, above_other, low, high = 0, 0, 0.0, 0.0
    for few, others in zip(own[::-1].tolist(), other[::-1].tolist(), strict=True):
        place = above + np.arange(1, few + 1)
        low += (place / (place + above_other + others)).sum()
        high += few and few * (above + few) / (above + few + above_other)
        above, above_other = above + few, above_other + others
    return low / above, high / above


@pytest.mark.parametrize(("classes", "samples", "seed"), CASES)
@pytest.mark.parametrize("sharpness", [0.5, 3])
def test_average_precision_and_auc_are_scikit_learns_within_the_stated_bounds(classes, samples, seed, sharpness):
    metrics = pytest.importorskip("sklearn.metrics")
    true, probabilities = made(classes, samples, seed, sharpness)
    confidences = counted(true, probabilities)
    curve, areas = precision_recall(confidences), roc(confidences)
    for index in range(classes):
        own, other = confidences.label_counts[index], confidences.other_counts[index]
        low, high = bounds_of_average_precision(own, other)
        raw = metrics.average_precision_score(true == index, probabilities[:, index])
        assert low - 1e-9 <= raw <= high + 1e-9
        assert low - 1e-9 <= curve.average_precision[index] <= high + 1e-9
        most = (own * other).sum() / (2 * own.sum() * other.sum()) + 1e-9
        raw = metrics.roc_auc_score(true == index, probabilities[:, index])
        assert areas.auc[index] == pytest.approx(raw, abs=most)
    assert curve.macro_average_precision == pytest.approx(curve.average_precision.mean())
    assert areas.macro_auc == pytest.approx(areas.auc.mean())


@pytest.mark.parametrize("seed", range(3))
def test_of_a_network_like_those_for_mnist_both_are_right_within_0_002(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    true, probabilities = made(10, 10_000, seed, ease=5)
    assert (probabilities.max(axis=1) > 0.99).mean() > 0.8
    assert (probabilities.argmax(axis=1) == true).mean() > 0.9
    confidences = counted(true, probabilities)
    every = np.eye(10, dtype=int)[true]
    raw = metrics.average_precision_score(every, probabilities, average=None)
    np.testing.assert_allclose(precision_recall(confidences).average_precision, raw, atol=0.002)
    raw = metrics.roc_auc_score(every, probabilities, average=None)
    np.testing.assert_allclose(roc(confidences).auc, raw, atol=0.002)


@pytest.mark.parametrize("classes", [2, 10])
def test_of_probabilities_that_are_edges_the_curves_are_scikit_learns_to_the_last_digit(classes):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(classes)
    true = rng.integers(0, classes, 500)
    probabilities = EDGES[rng.integers(0, NUM_BINS, (500, classes))]
    confidences = counted(true, probabilities)
    curve, areas = precision_recall(confidences), roc(confidences)
    for index in range(classes):
        scores = probabilities[:, index]
        raw = metrics.average_precision_score(true == index, scores)
        assert curve.average_precision[index] == pytest.approx(raw)
        assert areas.auc[index] == pytest.approx(metrics.roc_auc_score(true == index, scores))
        precision, recall, thresholds = metrics.precision_recall_curve(true == index, scores)
        at = np.append(np.searchsorted(curve.thresholds[:-1].astype(np.float32), thresholds), -1)
        np.testing.assert_allclose(curve.precision[index][at], precision)
        np.testing.assert_allclose(curve.recall[index][at], recall)
        false, right, thresholds = metrics.roc_curve(true == index, scores, drop_intermediate=False)
        at = np.append(0, NUM_BINS - np.searchsorted(EDGES, thresholds[1:]))
        np.testing.assert_allclose(areas.false_positive_rate[index][at], false)
        np.testing.assert_allclose(areas.true_positive_rate[index][at], right)


def test_the_curves_of_a_class_are_a_row_of_those_of_all():
    confidences = counted(*made(10, 500, 5))
    for function in (precision_recall, roc):
        for one, every in zip(function(confidences, 7)[1:], function(confidences)[1:], strict=True):
            np.testing.assert_array_equal(one, every[7])


def test_classes_without_samples_are_nan_and_are_left_out_of_the_means():
    true, probabilities = made(10, 800, 6, absent=(2, 9))
    confidences = counted(true, probabilities)
    curve, areas, present = precision_recall(confidences), roc(confidences), [0, 1, 3, 4, 5, 6, 7, 8]
    assert np.isnan([curve.average_precision[[2, 9]], areas.auc[[2, 9]]]).all()
    assert curve.macro_average_precision == pytest.approx(curve.average_precision[present].mean())
    assert areas.macro_auc == pytest.approx(areas.auc[present].mean())
    assert np.isnan(calibration(counted(np.array([0]), np.array([[0.9, 0.1]])), 1).expected_calibration_error)


def test_a_class_that_all_samples_are_of_has_no_area():
    confidences = counted(np.array([0, 0]), np.array([[0.9, 0.1], [0.4, 0.6]]))
    curve, areas = precision_recall(confidences), roc(confidences)
    assert np.isnan([*curve.average_precision, *areas.auc, curve.macro_average_precision, areas.macro_auc]).all()
    assert curve.recall[0, :2].tolist() == [1, 1]


def test_curves_need_the_probabilities_of_all_classes():
    confidences = counted(*made(3, 50, 0))._replace(other_counts=None)
    for function in (precision_recall, roc):
        with pytest.raises(ValueError, match=r"were not counted: log with ConfidenceLogger\(curves=True\)"):
            function(confidences)
    assert calibration(confidences).samples.sum() == 50


def test_the_table_for_tensorboard_counts_at_even_hundredths():
    true, probabilities = made(10, 3000, 7, sharpness=1.5)
    table = pr_curve_table(counted(true, probabilities), 4)
    assert (table.shape, table.dtype) == ((6, 101), np.float32)
    thresholds = np.append(np.float32(np.arange(100) / 100), EDGES[-2])[:, None]
    said, own = probabilities[:, 4] >= thresholds, true == 4
    parts = [(said & own).sum(1), (said & ~own).sum(1), (~said & ~own).sum(1), (~said & own).sum(1)]
    np.testing.assert_array_equal(table[:4], parts)
    np.testing.assert_allclose(table[4], parts[0] / np.maximum(1, parts[0] + parts[1]), rtol=1e-6)
    np.testing.assert_allclose(table[5], parts[0] / own.sum(), rtol=1e-6)
