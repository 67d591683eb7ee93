"""The threshold in a real TensorBoard and a real browser: what it leaves, and how sure the answers were."""

import csv
import json

import numpy as np
import pytest
from servers import chromium_page
from tab_browser import download, focused, modules_served, require_chromium, svg_texts
from tab_logs import TRAIN, VALIDATION, MadeRun, logged_epoch

from mnist_tb import at_threshold

SLIDER, FIELD = "[data-key='threshold slider']", "[data-key='threshold field']"
AT = """async ([sure, threshold, positive]) => {
    const { matrixAt, placeOf, withBoundary } = await import("/static/confidences.js");
    const { at } = await import("/static/matrix.js");
    const place = placeOf(sure, threshold);
    const matrix = positive === null ? matrixAt(sure, place) : matrixAt(withBoundary(sure, place, positive), 0);
    const classes = [...matrix.rowSums.keys()];
    const counts = classes.map((row) => classes.map((column) => at(matrix, row, column)));
    return [counts, [...(matrix.rejected?.rowSums ?? classes.map(() => 0))], sure.edges[place]];
}"""


def confidences_of(logs, run=VALIDATION, step=5):
    return logged_epoch(logs, step, run).confidences


def answer_of(confidences):
    """What /confidences says of them."""
    parts = {name: getattr(confidences, name).tolist() for name in ("true", "predicted", "bins", "counts")}
    edges = confidences.edges.astype(float).round(7).tolist()
    return {"num_classes": len(confidences.class_names), "edges": edges, **parts}


def percent(share, digits=1):
    return f"{100 * share:.{digits}f} %"


def test_the_page_and_python_work_out_the_same_of_a_threshold():
    require_chromium()
    ten = MadeRun(10, samples=2000, seed=3).epoch(6, tuple("0123456789")).confidences
    two = MadeRun(2, samples=500, seed=3).epoch(6, ("cat", "dog")).confidences
    cases = [(ten, value, None) for value in (0, 0.003, 0.555, 0.7, 0.98, 0.9997, 1)]
    cases += [(two, value, positive) for value in (0.2, 0.31, 0.5, 0.87) for positive in (0, 1)]
    with chromium_page() as page, modules_served() as address:
        page.goto(f"{address}/js/blank.html")
        for confidences, value, positive in cases:
            expected = at_threshold(confidences, value, positive=positive)
            counts, rejected, threshold = page.evaluate(AT, [answer_of(confidences), value, positive])
            np.testing.assert_array_equal(counts, expected.counts)
            np.testing.assert_array_equal(rejected, expected.rejected)
            assert threshold == pytest.approx(expected.threshold, abs=1e-9)


def test_everything_follows_the_threshold(tab, logs):
    expected = at_threshold(confidences_of(logs), 0.6)
    counts, rejected = expected.counts, expected.rejected
    tab.open(run=VALIDATION, threshold=0.6)
    tab.sees(".tile", percent(expected.coverage, 2))
    assert tab.find(".tile").first.inner_text().split()[:2] == ["accuracy", f"{100 * expected.accuracy:.2f}"]
    assert tab.find(".tile .spark").count() == 0  # the curve over the epochs is another number's
    tab.sees("[data-class='3']", str(counts[3].sum()))
    wrong = counts - np.diag(np.diag(counts))
    assert tab.find(".pairs td").first.inner_text() == str(wrong.max())
    table = list(csv.reader(download(tab, "CSV")[0].read_text().splitlines()))
    assert table[0][-1] == "no prediction"
    np.testing.assert_array_equal(np.array(table)[1:, 1:].astype(int), np.column_stack([counts, rejected]))
    view = json.loads(download(tab, "JSON")[0].read_text())
    assert (view["threshold"], view["matrix"], view["no_prediction"]) == (0.6, counts.tolist(), rejected.tolist())
    assert view["coverage"] == pytest.approx(expected.coverage)
    texts = [one.text for one in svg_texts(download(tab, "SVG")[0])]
    assert "no prediction" in texts
    assert any("threshold 0.6" in text for text in texts)
    tab.find("[data-key='threshold off']").click()
    tab.page.wait_for_function("!location.hash.includes('threshold=')")
    tab.sees(".tile", "600")
    tab.find(".tile .spark").first.wait_for()


def test_the_column_is_read_by_pointing_and_a_click_leads_to_the_class(tab, logs):
    rejected = at_threshold(confidences_of(logs), 0.7).rejected
    support = logged_epoch(logs, 5).matrix.counts.sum(axis=1)
    tab.open(run=VALIDATION, threshold=0.7)
    box = tab.find("canvas").first.bounding_box()
    script = """async ([width, height]) => {
        const { layOut } = await import("./static/geometry.js");
        const plot = layOut({ width, height, size: 10, zoom: null, label: 12, hasRejected: true });
        return [plot.rejected.left + 20, plot.top + 4.5 * plot.cellHeight];
    }"""
    x, y = tab.frame().evaluate(script, [box["width"], box["height"]])
    tab.page.mouse.move(box["x"] + x, box["y"] + y)
    share = percent(rejected[4] / support[4])
    tab.sees("#summary", f"{rejected[4]} of {support[4]} true 4 have no prediction, {share}.")
    tab.page.mouse.click(box["x"] + x, box["y"] + y)
    tab.sees(".title h2", "4")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.class=4')")


def test_a_threshold_is_chosen_by_the_keys_by_typing_and_by_the_accuracy_that_is_wanted(tab, logs):
    confidences = confidences_of(logs)
    tab.open(run=VALIDATION)
    assert tab.find(".threshold").is_hidden()
    tab.find("[data-key='threshold']").press("Enter")
    tab.find(FIELD).fill("0.804")
    tab.find(FIELD).press("Enter")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.threshold=0.8')")
    assert tab.find(FIELD).input_value() == "0.8"
    tab.find(SLIDER).press("ArrowRight")
    tab.sees(".tile", percent(at_threshold(confidences, 0.81).coverage, 2))
    for nonsense in ("1.5", "-0.1", "x", ""):
        tab.find(FIELD).fill(nonsense)
        tab.find(FIELD).press("Enter")
        tab.find(".threshold .problem", has_text="A threshold is a number from 0 to 1").wait_for()
        assert tab.find(".threshold .problem").inner_text().endswith(f", and {nonsense} is none." if nonsense else "1.")
    assert "p.mnist_tb.threshold=0.81" in tab.link()
    tab.find("[data-key='choice For']").select_option("95")
    places = [at_threshold(confidences, edge) for edge in confidences.edges[:-1]]
    enough = next(one for one in places if one.accuracy >= 0.95)
    rest = f"{enough.rejected.sum()} of 600 go without an answer"
    tab.sees(".leaves", f"leaves {percent(enough.coverage)}: {rest}")
    tab.find("[data-key='threshold set']").press("Enter")
    tab.sees(".tile", percent(enough.coverage, 2))
    assert focused(tab) == "threshold set"
    tab.page.keyboard.press("Escape")
    tab.find(".threshold").wait_for(state="hidden")
    assert focused(tab) == "threshold"


def test_where_no_answer_is_sure_enough_it_is_said_and_nothing_is_called_lost(tab):
    tab.open(run=VALIDATION, step=1, threshold=0.9999999, cell="3,2")
    tab.sees(".tile", "0.00 %")
    tab.sees(".lost", "3 left out: NaN or infinite, of 603 predictions.")
    tab.sees("#summary", "true 3 have no prediction, 100.0 %.")
    tab.sees(".detail:not([hidden])", "true 3 have no prediction, 100.0 %")
    tab.find("[data-key='close']").click()
    tab.find("[aria-label='Epoch of A']").press("End")
    tab.sees(".right", "No answer reaches the threshold.")


def test_a_click_on_the_curve_chooses_the_threshold(tab, logs):
    tab.open(run=VALIDATION, threshold=0.9)
    box = tab.find(".coverage .chart").bounding_box()
    tab.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    tab.page.wait_for_function("!location.hash.includes('threshold=0.9')")
    shares = [at_threshold(confidences_of(logs), edge).coverage for edge in confidences_of(logs).edges[:-1]]
    near = min(abs(share - 0.5) for share in shares)
    chosen = at_threshold(confidences_of(logs), float(tab.find(FIELD).input_value())).coverage
    assert abs(chosen - 0.5) == pytest.approx(near, abs=0.005)


def test_a_and_b_follow_both(tab, logs):
    tab.open(run=VALIDATION, vs=TRAIN, threshold=0.7)
    first, second = (at_threshold(confidences_of(logs, run), 0.7) for run in (VALIDATION, TRAIN))
    tab.sees(".pair", percent(first.coverage, 2))
    tab.sees(".pair", percent(second.coverage, 2))
    tab.sees(".sides", f"A has {first.counts.sum()} answered samples and B {second.counts.sum()}")
    assert tab.find(".coverage path.curve-dot").count() == 2


def test_of_two_classes_the_boundary_moves(tab, logs):
    confidences = confidences_of(logs, "two", 1)
    tab.open(run="two", threshold=0.7)
    counts = at_threshold(confidences, 0.7, positive=1).counts
    words = ["true positives", "false negatives", "false positives", "true negatives"]
    values = [counts[1, 1], counts[1, 0], counts[0, 1], counts[0, 0]]
    for word, value in zip(words, values, strict=True):
        tab.sees(f".field:has-text('{word}') .field-value", str(value))
    tab.sees(".figures", percent(counts[1, 1] / counts[1].sum()))
    tab.sees(".tile", "200")  # none is left out
    tab.find("[data-key='threshold off']").click()
    tab.sees(".field:has-text('true positives') .field-value", str(logged_epoch(logs, 1, "two").matrix.counts[1, 1]))


def test_weights_do_not_count_while_a_threshold_is_set(tab):
    tab.open(run="weighted", weighted=1, threshold=0.6)
    tab.sees(".sides", "Confidences are counted without weights: each sample counts once.")
    tab.open(run="weighted", weighted=1)
    tab.sees(".tile", "of weight")


def test_how_sure_the_answers_of_a_cell_were(tab, logs):
    confidences = confidences_of(logs)
    cell = (confidences.true == 2) & (confidences.predicted == 3)
    counts, bins = confidences.counts[cell], confidences.bins[cell]
    middles = (confidences.edges[:-1] + confidences.edges[1:]) / 2
    mean = percent((counts * middles[bins]).sum() / counts.sum())
    tab.open(run=VALIDATION, cell="2,3", values="confidence")
    tab.sees(".detail:not([hidden])", f"mean {mean} of {counts.sum()}")
    table = list(csv.reader(download(tab, "CSV")[0].read_text().splitlines()))
    assert table[0][0] == "true \\ predicted (mean confidence)"
    assert percent(float(table[3][4])) == mean


def test_without_cells_or_without_confidences_one_sentence_says_why(tab, logs):
    tab.page.route("**/mnist_tb/confidences*", by_class)
    tab.page.route("**/mnist_tb/runs", without_confidences)
    try:
        tab.open(run=VALIDATION, threshold=0.7)
        tab.sees(".sides", "How sure the answers were was counted by class, not by cell, as there are so many")
        tab.sees(".sides", percent(at_threshold(confidences_of(logs), 0.7).coverage) + " answered")
        tab.sees(".tile", "600")
        tab.open(run=TRAIN, threshold=0.7)
        tab.sees(".sides", "digits was logged without confidences: how sure its answers were is not known.")
        tab.sees(".threshold", "was logged without confidences")
        assert tab.find(SLIDER).count() == 0
        assert tab.find("[data-key='choice Values'] option").count() == 4
    finally:
        tab.page.unroute_all(behavior="wait")


def by_class(route):
    """As of so many classes that wrong answers are counted by true and by predicted class alone."""
    answer = route.fetch()
    content = answer.json()
    rows = list(zip(*(content[name] for name in ("true", "predicted", "bins", "counts")), strict=True))
    right = [row for row in rows if row[0] == row[1]]
    wrong = [row for row in rows if row[0] != row[1]]
    parts = right + [(true, -1, *rest) for true, _, *rest in wrong] + [(-1, said, *rest) for _, said, *rest in wrong]
    names = ("true", "predicted", "bins", "counts")
    route.fulfill(response=answer, json=content | dict(zip(names, map(list, zip(*parts, strict=True)), strict=True)))


def without_confidences(route):
    """As of the training run, by an older version."""
    answer = route.fetch()
    content = answer.json()
    for run in content["runs"]:
        run["has_confidences"] = run["run"] != TRAIN
    route.fulfill(response=answer, json=content)
