"""Calibration and the curves of scores in the tab: the same numbers as in Python, drawn in a real browser."""

import json
from pathlib import Path

import numpy as np
import pytest
from servers import tensorboard
from tab_browser import Tab, focused, modules_served
from tab_logs import TRAIN, VALIDATION, MadeRun, logged_epoch, write_epochs

from mnist_tb.curves import precision_recall, roc
from mnist_tb.reliability import calibration

RELIABILITY = """async ([answer, index]) => {
    const { reliability } = await import("/static/reliability.js");
    const { bins, expected, maximum } = reliability(answer, index);
    return [bins.map((bin) => [bin.count, bin.accuracy, bin.confidence]), expected, maximum];
}"""
TRADEOFF = """async ([own, other]) => {
    const found = await import("/static/tradeoff.js");
    const curve = found.tradeoff(own, other);
    return { ...curve, averagePrecision: found.averagePrecision(curve), auc: found.areaUnder(curve) };
}"""


@pytest.fixture(scope="module")
def made():
    """Confidences of a run with a class that nothing is predicted as, and as they are without cells."""
    run = MadeRun(4, samples=700)
    run.rival[run.rival == 3], run.true[run.true == 3] = 0, 2
    whole = run.epoch(5, ("a", "b", "c", "d")).confidences
    true, predicted, wrong = whole.true, whole.predicted, whole.true != whole.predicted
    other = np.full(wrong.sum(), -1)
    without = whole._replace(
        true=np.concatenate([true, other]),
        predicted=np.concatenate([np.where(wrong, -1, predicted), predicted[wrong]]),
        bins=np.concatenate([whole.bins, whole.bins[wrong]]),
        counts=np.concatenate([whole.counts, whole.counts[wrong]]),
    )
    return whole, without


@pytest.fixture(scope="module")
def modules(page):
    """The page, on a server of the modules alone."""
    with modules_served() as address:
        page.goto(f"{address}/js/blank.html")
        yield page


def as_answer(confidences):
    """As /confidences answers."""
    parts = {name: getattr(confidences, name).tolist() for name in ("true", "predicted", "bins", "counts")}
    return parts | {"num_classes": 4, "edges": confidences.edges.astype(float).round(7).tolist()}


@pytest.mark.parametrize("index", [None, 0, 3])
@pytest.mark.parametrize("cells", [True, False])
def test_the_reliability_is_that_of_python(modules, made, index, cells):
    confidences = made[0] if cells else made[1]
    assert confidences.has_cells == cells
    bins, expected, maximum = modules.evaluate(RELIABILITY, [as_answer(confidences), index])
    known = calibration(confidences, index)
    count, accuracy, confidence = np.array(bins, float).T
    np.testing.assert_array_equal(count, known.samples)
    np.testing.assert_allclose(accuracy, known.accuracy, rtol=1e-12)
    np.testing.assert_allclose(confidence, known.confidence, rtol=1e-6)
    errors = [known.expected_calibration_error, known.maximum_calibration_error]
    np.testing.assert_allclose([expected, maximum], errors, rtol=1e-5)


@pytest.mark.parametrize("index", [1, 3])
def test_the_curves_are_those_of_python(modules, made, index):
    counts = [counts[index].tolist() for counts in (made[0].label_counts, made[0].other_counts)]
    found = {name: np.array(values, float) for name, values in modules.evaluate(TRADEOFF, counts).items()}
    curve, area = precision_recall(made[0], index), roc(made[0], index)
    np.testing.assert_allclose(found["precision"], curve.precision)
    np.testing.assert_allclose(found["recall"], curve.recall)
    np.testing.assert_allclose(found["falsePositives"], area.false_positive_rate[::-1])
    np.testing.assert_allclose([found["averagePrecision"], found["auc"]], [curve.average_precision, area.auc])


def percent(rate, digits=1):
    return f"{rate * 100:.{digits}f} %"


def figures(tab):
    """The numbers of what is shown on the right, by their names."""
    tab.find(".plane:visible").wait_for()
    parts = (text.split("\n") for text in tab.texts(".by-two:visible > div"))
    return {name: values for name, *values in parts}


def test_the_calibration_is_that_of_the_epoch_and_of_the_class_that_is_chosen(tab, logs):
    tab.page.set_viewport_size({"width": 1280, "height": 900})
    tab.open(run=VALIDATION)
    tab.button("Calibration", exact=True).click()
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.list=calibration')")
    known = calibration(logged_epoch(logs, 5).confidences)
    right = np.nansum(known.accuracy * known.samples) / 600
    sure = np.nansum(known.confidence * known.samples) / 600
    assert figures(tab) == {
        "expected error": [percent(known.expected_calibration_error, 2)],
        "maximum error": [percent(known.maximum_calibration_error)],
        "mean confidence": [percent(sure)],
        "accuracy": [percent(right)],
    }
    rates = f"mean confidence {percent(sure)}, accuracy {percent(right)}"
    assert tab.texts(".verdict") == [f"Underconfident by {(right - sure) * 100:.1f} points: {rates}."]
    tab.find(".right select:visible").select_option("4")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.class=4')")
    known = calibration(logged_epoch(logs, 5).confidences, 4)
    tab.sees(".by-two", percent(known.expected_calibration_error, 2))
    box = tab.find(".plane-box:visible").bounding_box()
    tab.page.mouse.move(box["x"] + 0.78 * box["width"], box["y"] + 5)
    tab.sees(".chart-readout", f"75 to 80 %\n{known.samples[15]} answers, {percent(known.accuracy[15])} right")
    tab.page.keyboard.press("Escape")
    tab.page.wait_for_function("!location.hash.includes('class')")
    tab.find(".chart.pickable:visible").first.click(position={"x": 2, "y": 20})
    tab.sees("h1", "epoch 0")
    tab.sees(".by-two", percent(calibration(logged_epoch(logs, 0).confidences).expected_calibration_error, 2))


def test_two_runs_are_in_one_reliability_diagram(tab, logs):
    tab.open(run=VALIDATION, vs=TRAIN, list="calibration", **{"class": 99})  # which is none
    known = [calibration(logged_epoch(logs, 5, run).confidences) for run in (VALIDATION, TRAIN)]
    tab.find(".bar-B").first.wait_for()
    errors = [percent(one.expected_calibration_error, 2) for one in known]
    assert figures(tab)["expected error"] == errors
    filled = sum(int((one.samples > 0).sum()) for one in known)
    assert tab.find(".plane-box .bar-A, .plane-box .bar-B").count() == filled
    assert tab.find(".plane-counts .bar-A, .plane-counts .bar-B").count() == filled


def test_curves_of_all_classes_and_of_one_say_their_areas(tab, logs):
    tab.open(run=VALIDATION)
    tab.button("Curves", exact=True).click()
    confidences = logged_epoch(logs, 5).confidences
    curves, area = precision_recall(confidences), roc(confidences)
    assert figures(tab) == {
        "mean average precision": [percent(curves.macro_average_precision, 2)],
        "mean area under ROC": [percent(area.macro_auc, 2)],
    }
    assert (tab.find(".plane .thin").count(), tab.find(".plane .curve").count()) == (10, 11)
    tab.button("ROC", exact=True).press("Enter")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.tradeoff=roc')")
    tab.find("[data-key='class 7']").click()
    tab.sees(".by-two", percent(area.auc[7], 2))
    assert figures(tab)["average precision"] == [percent(curves.average_precision[7], 2)]
    assert tab.find(".plane .curve").count() == 1
    tab.open(run=VALIDATION, **{"class": "7"})
    tab.find("[data-key=curves]").press("Enter")
    tab.find("[data-key='List:curves']:focus").wait_for()
    tab.open(run=VALIDATION, vs=TRAIN, list="curves", **{"class": "7"})
    other = precision_recall(logged_epoch(logs, 5, TRAIN).confidences, 7).average_precision
    tab.sees(".by-two", percent(other, 2))
    assert tab.find(".plane .curve.dashed").count() == 1


def test_a_click_on_a_curve_chooses_the_threshold(tab, logs):
    tab.open(run=VALIDATION, list="curves", whole=1, **{"class": "2"})
    curve = precision_recall(logged_epoch(logs, 5).confidences, 2)
    place = int(np.abs(curve.recall - 0.7).argmin())
    box = tab.find(".plane-box:visible").bounding_box()
    x, y = (box[side] + share * box[size] for side, share, size in (
        ("x", curve.recall[place], "width"),
        ("y", 1 - curve.precision[place], "height"),
    ))  # fmt: skip
    tab.page.mouse.click(x, y)
    tab.find(".plane .curve-dot").wait_for(state="attached")
    shown = figures(tab)
    (threshold,) = (float(name.split()[-1]) for name in shown if name.startswith("precision at"))
    at = curve.thresholds == threshold
    assert shown[f"precision at {threshold:g}"] == [percent(float(curve.precision[at][0]), 2)]
    assert shown[f"recall at {threshold:g}"] == [percent(float(curve.recall[at][0]), 2)]
    assert curve.recall[at][0] == pytest.approx(0.7, abs=0.05)
    tab.page.wait_for_function(f"location.hash.includes('p.mnist_tb.threshold={threshold:g}')")


def test_of_two_classes_the_threshold_is_the_boundary_of_the_positive_one(tab, logs):
    confidences = logged_epoch(logs, 1, "two").confidences
    tab.open(run="two", list="curves", threshold=0.3)
    tab.sees(".by-two", "recall at 0.3")
    curve = precision_recall(confidences, 1)
    assert figures(tab)["recall at 0.3"] == [percent(float(curve.recall[curve.thresholds == 0.3][0]), 2)]
    tab.find(".score-curves select").first.select_option("0")
    tab.sees(".by-two", "recall at 0.7")
    box = tab.find(".plane-box:visible").bounding_box()
    tab.page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.2 * box["height"])
    tab.page.wait_for_function("!location.hash.includes('threshold=0.3')")
    chosen = float(tab.link().split("threshold=")[1].split("&")[0])
    tab.sees(".by-two", f"recall at {1 - chosen:g}")


def test_a_threshold_for_each_class_is_shown_and_taken_away(tab, logs):
    tab.open(run=VALIDATION, list="curves")
    curve = precision_recall(logged_epoch(logs, 5).confidences)
    target = tab.find("[data-key=target]")
    assert target.input_value() == "95"
    target.fill("99.5")
    target.press("Enter")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.target=0.995')")
    enough = (curve.precision >= 0.995) & (curve.recall > 0)
    first = enough.argmax(axis=1)
    assert enough.any(axis=1).all()
    with tab.page.expect_download() as found:
        tab.button("Save as JSON").click()
    saved = json.loads(Path(found.value.path()).read_text())
    assert found.value.suggested_filename == "digits-epoch-5.thresholds.json"
    assert (saved["run"], saved["step"], saved["target"]) == (VALIDATION, 5, 0.995)
    assert [row["class"] for row in saved["thresholds"]] == list("0123456789")
    for index, row in enumerate(saved["thresholds"]):
        assert row["threshold"] == pytest.approx(curve.thresholds[first[index]])
        assert row["precision"] == pytest.approx(curve.precision[index, first[index]])
        assert row["recall"] == pytest.approx(curve.recall[index, first[index]])
    target.fill("200")
    target.press("Enter")
    assert tab.find("[data-key=target]:invalid").count() == 1
    tab.find("[data-key='choice For']").select_option("f1")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.target=f1')")
    tab.find(".thresholds tbody button").first.press("End")
    assert focused(tab) == "threshold 9"


def test_what_was_not_counted_is_said_in_one_sentence(tab, page, tmp_path):
    tab.open(run="%3Cb%3Emany", list="curves")
    tab.sees(".score-curves p", "ConfidenceLogger(curves=True) counts them")
    epoch = MadeRun(3, samples=90).epoch(0, ("a", "b", "c"))._replace(confidences=None)
    write_epochs(tmp_path / "old", [epoch])
    with tensorboard(tmp_path, "false") as address:
        old = Tab(page, address)
        for view in ("calibration", "curves"):
            old.open(list=view)
            old.sees(".right .scroll:visible p", "was logged without confidences: how sure its answers were")
            assert old.find(".plane").count() == 0
        assert old.errors == []
