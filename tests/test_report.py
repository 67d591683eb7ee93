"""The numbers of every class, by hand and against scikit-learn."""

import warnings

import numpy as np
import pytest

from mnist_tb.report import check_counts, class_report, find_flips, most_confused, normalize_counts

# Of 10 cats 8 are recognised and 2 called dogs; of 40 dogs 30 are recognised, 4 called cats and 6 birds;
# there is no bird. Every number differs from that of the transposed matrix.
ASYMMETRIC = np.array([[8, 2, 0], [4, 30, 6], [0, 0, 0]])


def labels_and_predictions(num_classes, absent=(), never_predicted=(), seed=0):
    generator = np.random.default_rng(seed)
    true = generator.choice([c for c in range(num_classes) if c not in absent], 300)
    guess = generator.choice([c for c in range(num_classes) if c not in never_predicted], 300)
    is_right = (generator.random(300) < 0.6) & ~np.isin(true, list(never_predicted))
    return true, np.where(is_right, true, guess)


def count(true, predicted, num_classes, weights=None):
    counts = np.zeros((num_classes, num_classes), int if weights is None else float)
    np.add.at(counts, (true, predicted), 1 if weights is None else weights)
    return counts


def test_rows_are_true_classes():
    report = class_report(ASYMMETRIC)
    np.testing.assert_allclose(report.support, [10, 40, 0])
    np.testing.assert_allclose(report.recall, [0.8, 0.75, np.nan])
    np.testing.assert_allclose(report.precision, [8 / 12, 30 / 32, 0])
    np.testing.assert_allclose(report.f1, [16 / 22, 60 / 72, 0])


def test_scalars_by_hand():
    report = class_report(ASYMMETRIC)
    assert report.accuracy == pytest.approx(38 / 50)
    assert report.balanced_accuracy == pytest.approx((0.8 + 0.75) / 2)
    assert report.macro_f1 == pytest.approx((16 / 22 + 60 / 72 + 0) / 3)


def test_a_class_neither_seen_nor_predicted_is_left_out_of_the_means():
    with_absent = class_report([[8, 2, 0], [1, 9, 0], [0, 0, 0]])
    without = class_report([[8, 2], [1, 9]])
    assert np.isnan([with_absent.recall[2], with_absent.precision[2], with_absent.f1[2]]).all()
    assert with_absent.macro_f1 == without.macro_f1
    assert with_absent.balanced_accuracy == without.balanced_accuracy


def test_without_samples_everything_is_nan_and_nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = class_report(np.zeros((3, 3), int))
    assert np.isnan([report.accuracy, report.balanced_accuracy, report.macro_f1, *report.recall, *report.f1]).all()


def test_numbers_are_float64_arrays_and_names_are_strings():
    report = class_report(ASYMMETRIC.astype(np.int32), ["cat", "dog", "bird"])
    assert report.class_names == ("cat", "dog", "bird")
    assert {array.dtype for array in (report.recall, report.precision, report.f1, report.support)} == {np.dtype(float)}
    assert class_report(ASYMMETRIC).class_names == ("0", "1", "2")


def test_a_report_cannot_be_changed():
    with pytest.raises(AttributeError):
        class_report(ASYMMETRIC).accuracy = 1.0


@pytest.mark.parametrize(
    ("absent", "never_predicted"), [((), ()), ((3,), ()), ((), (1, 2)), ((3,), (3,)), ((0, 4), (4, 2))]
)
@pytest.mark.parametrize("weighted", [False, True])
def test_numbers_equal_scikit_learns(absent, never_predicted, weighted):
    metrics = pytest.importorskip("sklearn.metrics")
    true, predicted = labels_and_predictions(6, absent, never_predicted)
    weights = np.random.default_rng(1).uniform(0.1, 3, len(true)) if weighted else None
    report = class_report(count(true, predicted, 6, weights))
    precision, recall, _, support = metrics.precision_recall_fscore_support(
        true, predicted, labels=range(6), sample_weight=weights, zero_division=np.nan
    )
    np.testing.assert_allclose(report.precision, precision)
    np.testing.assert_allclose(report.recall, recall)
    np.testing.assert_allclose(report.support, support)
    assert report.accuracy == pytest.approx(metrics.accuracy_score(true, predicted, sample_weight=weights))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # classes predicted that are not in `true`
        balanced = metrics.balanced_accuracy_score(true, predicted, sample_weight=weights)
    assert report.balanced_accuracy == pytest.approx(balanced)
    macro = metrics.f1_score(true, predicted, average="macro", sample_weight=weights, zero_division=0)
    assert report.macro_f1 == pytest.approx(macro)
    present = np.union1d(true, predicted)
    f1 = metrics.f1_score(true, predicted, labels=present, average=None, sample_weight=weights, zero_division=0)
    np.testing.assert_allclose(report.f1[present], f1)


@pytest.mark.parametrize("normalize", ["true", "pred", "all", None])
def test_normalized_counts_equal_scikit_learns(normalize):
    metrics = pytest.importorskip("sklearn.metrics")
    true, predicted = labels_and_predictions(5, absent=(2,), never_predicted=(4,))
    expected = metrics.confusion_matrix(true, predicted, labels=range(5), normalize=normalize)
    np.testing.assert_allclose(normalize_counts(count(true, predicted, 5), normalize), expected)


def test_normalized_counts_by_hand():
    np.testing.assert_allclose(normalize_counts(ASYMMETRIC, "true")[1], [0.1, 0.75, 0.15])
    np.testing.assert_allclose(normalize_counts(ASYMMETRIC, "pred")[:, 1], [2 / 32, 30 / 32, 0])
    np.testing.assert_allclose(normalize_counts(ASYMMETRIC, "all")[1, 0], 4 / 50)
    assert normalize_counts(ASYMMETRIC, None).tolist() == ASYMMETRIC.tolist()


def test_an_unknown_normalization_is_refused():
    with pytest.raises(ValueError, match='normalize must be "true", "pred", "all" or None, but is \'rows\''):
        normalize_counts(ASYMMETRIC, "rows")


def test_most_confused_pairs_come_biggest_first_and_ties_by_index():
    assert most_confused([[9, 2, 0], [3, 9, 2], [2, 0, 9]]) == [(1, 0, 3), (0, 1, 2), (1, 2, 2), (2, 0, 2)]


def test_most_confused_stops_at_top_and_leaves_zeros_out():
    assert most_confused(ASYMMETRIC, top=2) == [(1, 2, 6), (1, 0, 4)]
    assert most_confused(ASYMMETRIC, top=0) == []
    assert most_confused(np.eye(4, dtype=int)) == []


def test_most_confused_counts_keep_their_kind():
    assert isinstance(most_confused(ASYMMETRIC.astype(np.uint8))[0][2], int)
    assert most_confused(ASYMMETRIC / 2, top=1) == [(1, 2, 3.0)]


def test_most_confused_leaves_the_counts_alone():
    counts = ASYMMETRIC.astype(np.int64)
    most_confused(counts)
    assert counts.tolist() == ASYMMETRIC.tolist()


def test_narrow_integers_do_not_overflow():
    assert class_report(np.full((2, 2), 200, np.uint8)).support.tolist() == [400, 400]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (np.zeros((2, 3)), r"square matrix.*\(2, 3\)"),
        (np.zeros(4), r"square matrix.*\(4,\)"),
        (np.zeros((0, 0)), r"square matrix.*\(0, 0\)"),
        ([[1, -1], [0, 1]], "at least 0, but range from -1 to 1"),
        ([[1, np.nan], [0, 1]], "finite"),
        ([[1, np.inf], [0, 1]], "finite"),
        ([["a", "b"], ["c", "d"]], "numbers"),
    ],
)
@pytest.mark.parametrize("function", [check_counts, class_report, most_confused])
def test_what_is_no_matrix_of_counts_is_refused_in_one_sentence(function, counts, message):
    with pytest.raises(ValueError, match=message) as error:
        function(counts)
    assert "\n" not in str(error.value)


def test_other_numbers_of_names_are_refused():
    with pytest.raises(ValueError, match="each of the 3 classes, but holds 2"):
        class_report(ASYMMETRIC, ["cat", "dog"])


def test_a_negative_top_is_refused():
    with pytest.raises(ValueError, match="top must be at least 0, but is -1"):
        most_confused(ASYMMETRIC, top=-1)


def test_flips_are_told_by_position_and_leave_unknown_labels_out():
    broken, fixed = find_flips(np.array([4, 7, -1, 5]), np.array([4, 1, 2, 5]), np.array([9, 7, -1, 5]))
    assert (broken.tolist(), fixed.tolist()) == ([0], [1])
