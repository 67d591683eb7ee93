"""Thresholds and calibration from counts in bins, against scikit-learn and NumPy on the raw probabilities."""

import warnings

import numpy as np
import pytest
from made_confidences import CASES, counted, made

from mnist_tb import accuracy_coverage, at_threshold, calibration, precision_recall, roc
from mnist_tb.confidence import EDGES, NUM_BINS, Confidences, bins_of
from mnist_tb.curves import pr_curve_table


@pytest.fixture(autouse=True)
def _nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def without_cells(confidences):
    """The same, as where a matrix would have too many cells: wrong answers by true and by predicted class alone."""
    right = confidences.true == confidences.predicted
    code = np.concatenate([confidences.true, confidences.predicted[~right]])
    others = np.full((~right).sum(), -1)
    return confidences._replace(
        true=np.concatenate([confidences.true, others]),
        predicted=np.concatenate([np.where(right, confidences.predicted, -1), code[len(right) :]]),
        bins=np.concatenate([confidences.bins, confidences.bins[~right]]),
        counts=np.concatenate([confidences.counts, confidences.counts[~right]]),
    )


def as_said(probabilities, threshold):
    return probabilities >= np.float32(threshold)


@pytest.mark.parametrize(("classes", "samples", "seed"), CASES)
@pytest.mark.parametrize("threshold", [0, 0.5, 0.9, 0.997, 0.99999])
def test_a_threshold_leaves_the_matrix_of_the_answers_that_are_sure_enough(classes, samples, seed, threshold):
    metrics = pytest.importorskip("sklearn.metrics")
    true, probabilities = made(classes, samples, seed)
    found = at_threshold(counted(true, probabilities), threshold)
    sure, predicted = as_said(probabilities.max(axis=1), threshold), probabilities.argmax(axis=1)
    assert found.threshold == threshold
    matrix = metrics.confusion_matrix(true[sure], predicted[sure], labels=range(classes))
    np.testing.assert_array_equal(found.counts, matrix)
    np.testing.assert_array_equal(found.rejected, np.bincount(true[~sure], minlength=classes))
    assert found.coverage == pytest.approx(sure.mean())
    assert found.accuracy == pytest.approx(metrics.accuracy_score(true[sure], predicted[sure]))
    assert (found.counts.dtype, found.rejected.dtype) == (np.int64, np.int64)


@pytest.mark.parametrize("positive", [0, 1])
@pytest.mark.parametrize("threshold", [0, 0.003, 0.3, 0.5, 0.97, 1])
def test_of_two_classes_a_threshold_is_the_boundary(positive, threshold):
    metrics = pytest.importorskip("sklearn.metrics")
    true, probabilities = made(2, 600, 3, sharpness=1)
    found = at_threshold(counted(true, probabilities), threshold, positive=positive)
    said = np.where(as_said(probabilities[:, positive], found.threshold), positive, 1 - positive)
    np.testing.assert_array_equal(found.counts, metrics.confusion_matrix(true, said, labels=[0, 1]))
    assert found.rejected.tolist() == [0, 0]
    assert (found.coverage, found.accuracy) == (1, pytest.approx((true == said).mean()))


def test_a_threshold_is_rounded_to_the_nearest_edge_and_1_to_the_highest():
    confidences = counted(*made(3, 50, 0))
    asked = [0, 0.0049, 0.7051, 0.7049, 0.9985, 1, np.float32(0.9), np.int64(1)]
    used = [at_threshold(confidences, threshold).threshold for threshold in asked]
    assert used == [0, 0.003, 0.71, 0.7, 0.999, 0.9999999, 0.9, 0.9999999]


def test_answers_of_probability_1_are_sure_enough_for_every_threshold():
    confidences = counted(np.array([0, 1]), np.array([[1, 0], [0.6, 0.4]], np.float32))
    assert at_threshold(confidences, 1).counts.tolist() == [[1, 0], [0, 0]]


def test_a_threshold_has_no_matrix_where_cells_were_not_counted():
    with pytest.raises(ValueError, match=r"not counted by cell.*accuracy_coverage\(confidences\) says how many"):
        at_threshold(without_cells(counted(*made(10, 500, 0))), 0.5)


@pytest.mark.parametrize("threshold", [-0.01, 1.01, float("nan"), float("inf"), None, "0.5", True, 1j, [0.5]])
def test_what_is_no_threshold_is_refused(threshold):
    confidences = counted(*made(3, 50, 0))
    with pytest.raises(ValueError, match=r"^threshold must be a number from 0 to 1, and is "):
        at_threshold(confidences, threshold)
    with pytest.raises(ValueError, match=r"^accuracy must be a number from 0 to 1, and is "):
        accuracy_coverage(confidences).threshold_for(threshold)


def test_a_boundary_needs_two_classes_and_their_probabilities():
    with pytest.raises(ValueError, match="between two classes, and there are 3: leave it out"):
        at_threshold(counted(*made(3, 50, 0)), 0.5, positive=1)
    with pytest.raises(ValueError, match=r"ConfidenceLogger\(curves=True\)"):
        at_threshold(counted(*made(2, 50, 0))._replace(other_counts=None), 0.5, positive=1)


@pytest.mark.parametrize("index", [-1, 2, 10**30, 1.0, "1", True, np.bool_(True), [0]])
def test_a_class_that_is_none_is_refused_everywhere_alike(index):
    confidences = counted(*made(2, 50, 0))
    with pytest.raises(ValueError, match=r"^positive must be the index of a class, 0 to 1, and is "):
        at_threshold(confidences, 0.5, positive=index)
    for function in (calibration, precision_recall, roc, pr_curve_table):
        with pytest.raises(ValueError, match=r"^class_index must be the index of a class, 0 to 1, and is "):
            function(confidences, index)


@pytest.mark.parametrize(("classes", "samples", "seed"), CASES)
def test_coverage_and_accuracy_at_every_threshold_with_cells_and_without(classes, samples, seed):
    true, probabilities = made(classes, samples, seed)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == true
    sure = [as_said(confidence, threshold) for threshold in EDGES[:-1]]
    for confidences in (counted(true, probabilities), without_cells(counted(true, probabilities))):
        found = accuracy_coverage(confidences)
        np.testing.assert_array_equal(found.thresholds.astype(np.float32), EDGES[:-1])
        np.testing.assert_allclose(found.coverage, [those.mean() for those in sure])
        accuracy = [right[those].mean() if those.any() else np.nan for those in sure]
        np.testing.assert_allclose(found.accuracy, accuracy)


def test_the_smallest_threshold_for_an_accuracy_is_found_or_there_is_none():
    confidences = counted(*made(10, 3000, 0, sharpness=1))
    curve = accuracy_coverage(confidences)
    threshold = curve.threshold_for(0.95)
    assert at_threshold(confidences, threshold).accuracy >= 0.95
    assert (curve.accuracy[curve.thresholds < threshold] < 0.95).all()
    assert curve.threshold_for(0) == 0
    assert curve.threshold_for(curve.accuracy[0]) == 0
    wrong = counted(np.array([0]), np.array([[0.1, 0.9]]))
    assert accuracy_coverage(wrong).threshold_for(0.5) is None


def raw_calibration(confidence, right, num_bins):
    """Mean confidence, accuracy and number of samples by bin, and both errors, from the confidences themselves."""
    place = np.searchsorted(np.float32(np.arange(1, num_bins) / num_bins), confidence, side="right")
    samples = np.bincount(place, minlength=num_bins)
    some = samples > 0
    means = [np.bincount(place, values, num_bins)[some] / samples[some] for values in (confidence, right)]
    distance = np.abs(means[0] - means[1])
    return *means, samples, (distance * samples[some]).sum() / samples.sum(), distance.max()


def error_of_middles(confidence):
    return float((np.diff(EDGES)[bins_of(confidence)] / 2).mean()) + 1e-6


@pytest.mark.parametrize(("classes", "samples", "seed"), CASES)
@pytest.mark.parametrize("num_bins", [1, 10, 20, 25, 100])
def test_calibration_is_that_of_the_confidences_up_to_half_a_bin(classes, samples, seed, num_bins):
    true, probabilities = made(classes, samples, seed, sharpness=1.5)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == true
    found = calibration(counted(true, probabilities), num_bins=num_bins)
    means, accuracy, samples_of, expected, maximum = raw_calibration(confidence, right, num_bins)
    some = samples_of > 0
    np.testing.assert_array_equal(found.samples, samples_of)
    np.testing.assert_allclose(found.accuracy[some], accuracy)
    np.testing.assert_allclose(found.confidence[some], means, atol=0.005)
    assert np.isnan([found.accuracy[~some], found.confidence[~some]]).all()
    assert found.expected_calibration_error == pytest.approx(expected, abs=error_of_middles(confidence))
    assert found.maximum_calibration_error == pytest.approx(maximum, abs=0.005)
    np.testing.assert_allclose(found.edges, np.linspace(0, 1, num_bins + 1))


def test_the_reliability_diagram_is_scikit_learns():
    sklearn = pytest.importorskip("sklearn.calibration")
    true, probabilities = made(10, 3000, 4, sharpness=1.5)
    right, confidence = probabilities.argmax(axis=1) == true, probabilities.max(axis=1)
    accuracy, means = sklearn.calibration_curve(right, confidence, n_bins=10)
    found = calibration(counted(true, probabilities), num_bins=10)
    some = found.samples > 0
    np.testing.assert_allclose(found.accuracy[some], accuracy)
    np.testing.assert_allclose(found.confidence[some], means, atol=0.005)


def test_calibration_of_a_class_is_that_of_the_answers_that_said_it_with_cells_and_without():
    true, probabilities = made(10, 3000, 2, sharpness=1.5)
    said = probabilities.argmax(axis=1) == 7
    confidence, right = probabilities.max(axis=1)[said], true[said] == 7
    *_, samples, expected, _ = raw_calibration(confidence, right, 20)
    for confidences in (counted(true, probabilities), without_cells(counted(true, probabilities))):
        found = calibration(confidences, 7)
        np.testing.assert_array_equal(found.samples, samples)
        assert found.expected_calibration_error == pytest.approx(expected, abs=error_of_middles(confidence))


@pytest.mark.parametrize("num_bins", [0, 3, 40, 101, -20, 2.5, None, True, "20"])
def test_bins_whose_edges_are_no_hundredths_are_refused(num_bins):
    with pytest.raises(ValueError, match=r"^num_bins must be one of 1, 2, 4, 5, 10, 20, 25, 50, 100, and is "):
        calibration(counted(*made(2, 50, 0)), num_bins=num_bins)


def test_one_sample_and_none_have_what_can_be_said():
    one = counted(np.array([1]), np.array([[0.2, 0.8]], np.float32))
    assert at_threshold(one, 0.8)[1:] == (pytest.approx(np.array([[0, 0], [0, 1]])), pytest.approx([0, 0]), 1, 1)
    assert np.isnan(at_threshold(one, 0.9).accuracy)
    assert calibration(one).samples.sum() == 1
    assert calibration(one).expected_calibration_error == pytest.approx(0.2, abs=0.006)
    none = counted(np.zeros(0, int), np.zeros((0, 2)))
    assert np.isnan([*at_threshold(none, 0.5)[3:], *calibration(none)[4:], *accuracy_coverage(none).coverage]).all()
    assert np.isnan([precision_recall(none).macro_average_precision, roc(none).macro_auc]).all()
    assert accuracy_coverage(none).threshold_for(0) is None


@pytest.mark.parametrize("odd", [-0.01, 1.01, 7.0, np.nan, np.inf])
def test_what_is_no_probability_is_not_counted(odd):
    with pytest.raises(ValueError, match=r"must be from 0 to 1, and range from .*: give logits to a softmax first"):
        counted(np.array([0, 1]), np.array([[0.5, 0.5], [odd, 0.2]]))
    assert counted(np.array([0]), np.array([[1.0000001, 0]])).bins.tolist() == [NUM_BINS - 1]


def test_sums_do_not_overflow():
    counts = np.full((2, NUM_BINS), 2**45)
    entries = np.array([0, 1])
    huge = Confidences(0, ("a", "b"), entries, entries, entries, entries * 0 + 2**52, counts, counts)
    assert roc(huge).auc.tolist() == pytest.approx([0.5, 0.5])
    assert precision_recall(huge).average_precision.tolist() == pytest.approx([0.5, 0.5])
    assert at_threshold(huge, 0).accuracy == 1
