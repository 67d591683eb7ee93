"""What the tab shows, in a real TensorBoard and a real browser."""

import csv
import re

import numpy as np
import pytest
from servers import tensorboard
from tab_browser import Tab, download, modules_served, pictures_of, svg_texts, worst_cell
from tab_logs import HOSTILE, TRAIN, VALIDATION, logged_epoch

from mnist_tb.report import class_report


def test_the_numbers_are_those_that_were_logged(tab, logs):
    tab.open(run=VALIDATION)
    counts = logged_epoch(logs, 5).matrix.counts
    assert f"{np.trace(counts) / counts.sum():.2%}".replace("%", " %") in tab.texts(".side")[0]
    true, predicted = worst_cell(counts)
    tab.point_at(true, predicted)
    said = f"{counts[true, predicted]} of {counts[true].sum()} true {true} were predicted as {predicted}, "
    tab.sees("#summary", said)
    assert tab.texts(".pairs td")[0] == str(counts[true, predicted])


def logged_pictures(epochs, step, true, predicted):
    shown = {key: png for epoch in epochs[: step + 1] for key, png in epoch.examples.thumbnails.items()}
    examples = epochs[step].examples
    rows = np.flatnonzero((examples.true == true) & (examples.predicted == predicted))
    return [shown[examples.key[row]] for row in rows[np.argsort(-examples.confidence[rows], kind="stable")]]


def test_a_click_on_a_cell_shows_the_very_pictures_that_were_logged_there(tab, logs):
    tab.open(run=VALIDATION)
    true, predicted = worst_cell(logged_epoch(logs, 5).matrix.counts)
    tab.point_at(true, predicted, click=True)
    assert pictures_of(tab) == logged_pictures(logs[1][VALIDATION], 5, true, predicted)
    example = tab.texts("figure")[0].split()
    assert example[:3] == [str(true), "→", str(predicted)]
    tab.page.wait_for_function(f"location.hash.includes('p.mnist_tb.cell={true}%2C{predicted}')")


def test_the_fast_loader_shows_the_same(page, logs):
    pytest.importorskip("tensorboard_data_server", reason="the fast loader is a package of its own")
    true, predicted = worst_cell(logged_epoch(logs, 5).matrix.counts)
    with tensorboard(logs[0], "true") as address:
        tab = Tab(page, address)
        tab.open(run=VALIDATION, cell=f"{true},{predicted}")
        assert pictures_of(tab) == logged_pictures(logs[1][VALIDATION], 5, true, predicted)
        tab.find("[aria-label='Epoch of A']").press("Home")
        tab.sees(".side h1", "epoch 0")
        assert tab.errors == []


def test_slider_and_keys_move_in_time(tab, logs):
    tab.open(run=VALIDATION)
    slider = tab.find("[aria-label='Epoch of A']")
    slider.press("ArrowLeft")
    tab.sees(".side h1", "epoch 4")
    assert slider.get_attribute("aria-valuetext").startswith("epoch 4, the 5th of 6: accuracy ")
    slider.press("Home")
    tab.sees(".side h1", "epoch 0")
    counts = logged_epoch(logs, 0).matrix.counts
    tab.sees(".side", f"{np.trace(counts) / counts.sum():.2%}".replace("%", " %"))
    tab.page.keyboard.press("]")
    tab.sees(".side h1", "epoch 1")
    tab.sees(".lost", "3 left out: NaN or infinite, of 603 predictions")
    tab.button("Play").click()
    tab.sees(".side h1", "epoch 5")
    tab.button("Play").wait_for()  # it stops at the end


def test_the_colours_stand_still_over_the_run_and_over_both_runs(tab, logs):
    def largest(*runs):
        return f"0\n{max(epoch.matrix.counts.max() for run in runs for epoch in logs[1][run])}"

    for step in (0, 5):
        tab.open(run=VALIDATION, step=step)
        tab.sees(".legend", largest(VALIDATION).split()[1])
        assert tab.find(".legend").inner_text() == largest(VALIDATION)
    tab.open(run=VALIDATION, step=0, scale="epoch")
    tab.sees(".legend", str(logged_epoch(logs, 0).matrix.counts.max()))
    tab.open(run=VALIDATION, values="true", scale="full")
    tab.sees(".legend", "100.0 %")
    tab.open(run=VALIDATION, vs=TRAIN)
    tab.sees(".legend", largest(VALIDATION, TRAIN).split()[1])


def test_the_timeline_shows_what_is_chosen_its_best_epoch_and_the_other_runs(tab, logs):
    reports = [class_report(epoch.matrix.counts) for epoch in logs[1][VALIDATION]]
    tab.open(run=VALIDATION, step=1)
    tab.find(".behind path").first.wait_for(state="attached")
    for curve, values in (
        ("macro_f1", [report.macro_f1 for report in reports]),
        ("recall", [report.recall[7] for report in reports]),
    ):
        if curve == "recall":
            tab.find("[data-key='class 7']").click()
        tab.find("[data-key='curve']").select_option(curve)
        best = int(np.argmax(values))
        tab.sees("[data-key='best']", f"{values[best] * 100:.2f} % at epoch {best}")
        tab.sees(".places", f"epoch 1, the 2nd of 6 {values[1] * 100:.2f} %")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.curve=recall')")
    tab.find("[data-key='best']").click()
    tab.sees(".side h1", f"epoch {best}")
    tab.find("[data-key='close']").click()
    tab.find("[data-key='curve'] option:checked", has_text="accuracy").wait_for(state="attached")


def test_the_best_epoch_of_all_runs_is_found_and_the_filter_stands_in_the_link(tab, logs):
    tab.open(run="gaps", runs="digits|growing", best_by="macro_f1")
    assert tab.texts("h2")[0].startswith("Runs: 2 of ")
    tab.find("[data-key='best of all']").click()
    tab.sees(".side h1", "digits validation, epoch ")
    tab.find("[aria-label='Filter runs']").fill("nothing like it")
    tab.sees(".notes", "No run matches “nothing like it”.")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.runs=nothing')")
    divider = tab.find("[aria-label='Width of runs and classes']")
    width = tab.find(".left").bounding_box()["width"]
    divider.press("ArrowRight")
    assert tab.find(".left").bounding_box()["width"] == width + 16
    tab.page.evaluate("localStorage.clear()")


def test_classes_are_ranked_searched_and_looked_into(tab, logs):
    tab.open(run=VALIDATION)
    counts = logged_epoch(logs, 5).matrix.counts
    tab.find("[data-key='sort recall']").click()
    recall = np.diag(counts) / counts.sum(axis=1)
    tab.sees(".classes tbody tr:first-child th", str(int(recall.argmin())))
    shown = [float(text) for text in tab.texts(".classes tbody td:nth-child(3)")]
    assert shown == [round(value * 100, 1) for value in sorted(recall)]
    tab.find("[aria-label='Search classes by name']").fill("7")
    tab.sees("h2", "Classes: 1 of 10")
    tab.find("[data-key='class 7']").click()
    tab.sees(".figures", f"{recall[7]:.1%}".replace("%", " %"))
    mistaken = [text.split("\n")[0] for text in tab.texts(".detail:not([hidden]) .pairs >> nth=0 >> tbody th")]
    assert mistaken[0] == str(np.delete(np.arange(10), 7)[np.delete(counts[7], 7).argmax()])


def test_confused_pairs_are_sorted_and_searched(tab, logs):
    counts = logged_epoch(logs, 5).matrix.counts
    wrong = counts - np.diag(np.diag(counts))
    tab.open(run=VALIDATION)
    tab.find("[data-key='pairs rate']").click()
    true, predicted = np.unravel_index((wrong / counts.sum(axis=1, keepdims=True)).argmax(), wrong.shape)
    tab.sees(".pairs tbody tr:first-child th", f"{true} → {predicted}")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.pairs=rate')")
    tab.find("[aria-label='Search classes by name']").fill("7")
    tab.sees(".detail:not([hidden]) p, .scroll:not([hidden]) > p", "Pairs with “7”")
    assert all("7" in text for text in tab.texts(".pairs tbody th"))
    assert len(tab.texts(".pairs tbody th")) == np.count_nonzero(wrong[7]) + np.count_nonzero(wrong[:, 7])


def test_weights_count_where_all_that_is_shown_has_them(tab):
    tab.open(run="weighted", weighted=1)
    shown = tab.find("[data-key='curve'] option:checked")
    assert shown.text_content() == "accuracy, unweighted"
    tab.sees("th.over", "unweighted")
    tab.sees(".runs-card h2", ", unweighted")
    tab.sees(".side", "300 samples, of weight ")
    tab.open(run="weighted", weighted=1, vs=VALIDATION)
    tab.sees(".whole", "A and B don't both have weights: each sample counts once.")
    assert shown.text_content() == "accuracy"
    tab.find("[data-key='check Weights']").click()
    tab.find("[data-key='check Weights']").wait_for(state="detached")


def test_flips_between_two_epochs(tab, logs):
    before, after = logged_epoch(logs, 1).tracked, logged_epoch(logs, 4).tracked
    fixed = np.flatnonzero((before.predicted != before.true) & (after.predicted == after.true))
    tab.open(run=VALIDATION, step=4, list="flips", **{"from": 1})
    tab.sees("h3", f"Fixed: wrong before, right now ({len(fixed)})")
    flipped = np.count_nonzero((before.predicted != before.true) != (after.predicted != after.true))
    tab.sees(".detail:not([hidden]) p", f"{flipped} of the first 200 samples, which alone are tracked, flipped.")
    assert "" in tab.find("figure").evaluate_all("all => all.map((one) => one.querySelector('img') ? 'picture' : '')")
    tab.sees(".detail:not([hidden]) p", "A card has no picture where")
    positions = {int(text.split("#")[1]) for text in tab.texts("figure") if "⇒ " in text}
    assert {int(position) for position in fixed[:5]} <= positions


def test_two_classes_are_four_fields_with_names(tab, logs):
    counts = logged_epoch(logs, 1, "two").matrix.counts

    def fields():
        return [text.split("\n")[:2] for text in tab.texts(".field")]

    tab.open(run="two")
    words = ["true positives", "false negatives", "false positives", "true negatives"]
    assert fields() == [[str(count), word] for count, word in zip(counts[::-1, ::-1].flat, words, strict=True)]
    tab.sees(".fields .figures", f"{counts[1, 1] / counts[1].sum():.1%}".replace("%", " %"))
    tab.find("[data-key='choice Positive class']").select_option("0")
    tab.sees(".field >> nth=0", str(counts[0, 0]))
    assert fields() == [[str(count), word] for count, word in zip(counts.flat, words, strict=True)]
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.positive=0')")
    tab.find("[data-key='field 0 1']").press("Enter")
    tab.sees(".title h2", "healthy")
    texts = [element.text for element in svg_texts(download(tab, "SVG")[0])]
    assert {"two, epoch 1", str(counts[0, 1])} <= set(texts)


def test_names_that_look_like_code_are_text(tab):
    tab.open(run="hostile")
    assert tab.texts(".classes tbody th button").count(HOSTILE[0]) == 1
    tab.find("[data-key='class 0']").click()
    tab.sees(".title h2", HOSTILE[0])
    tab.find("[data-key='class 3']").click()
    tab.sees(".title h2", "(no name)")
    tab.open(run="hostile", cell="0,1")
    tab.sees("#summary", HOSTILE[1])
    tab.sees(".run-name", "<b>many")
    assert tab.frame().evaluate("[window.hacked, document.querySelectorAll('bdi *, .run b').length]") == [None, 0]
    assert tab.page.evaluate("window.hacked") is None


def test_many_classes_begin_with_the_most_confused(tab):
    tab.open(run="%3Cb%3Emany")
    assert tab.find("[data-key='choice Classes']").input_value() == "40"
    tab.button("Axes", exact=True).click()
    tab.find("[data-key='choice Classes']").select_option("0")
    box = tab.find("canvas").first.bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.page.mouse.wheel(0, -300)
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.zoom=')")
    before = tab.link()
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + box["width"] / 2 - 120, box["y"] + box["height"] / 2 - 90, steps=4)
    tab.page.mouse.up()
    tab.page.wait_for_function("before => location.href !== before", arg=before)
    tab.find("[data-key^='See all again']").click()
    tab.page.wait_for_function("!location.hash.includes('p.mnist_tb.zoom=')")


def test_picked_classes_are_shown_with_one_row_and_column_for_all_others(tab, logs):
    run, picked = "<b>many", [14, *range(140, 150)]
    tab.open(run="%3Cb%3Emany", sort="name")
    tab.find("[aria-label='Search classes by name']").fill("14")
    tab.sees("h2", "Classes: 12 of 150")
    tab.find("[data-key='pick all']").click()
    tab.find("[data-key='pick 114']").click()
    tab.button("Show these 11 in the matrix").click()
    tab.sees(".foot", "11 of 150 classes shown")
    counts = logged_epoch(logs, 1, run).matrix.counts
    others = np.setdiff1d(np.arange(150), picked)
    groups = [[index] for index in picked] + [others]
    expected = [[counts[np.ix_(rows, columns)].sum() for columns in groups] for rows in groups]
    rows = list(csv.reader(download(tab, "CSV")[0].read_text().splitlines()))
    assert rows[0][1:] == [*map(str, picked), "139 others"]
    assert [[int(value) for value in row[1:]] for row in rows[1:]] == expected
    tab.reload()
    tab.find("[data-key='class 114']").click()  # what is chosen comes into sight
    tab.sees(".foot", "12 of 150 classes shown")
    tab.button("Show all again").click()
    tab.sees(".foot", re.compile("4[01] of 150 classes shown"))


def test_what_is_chosen_comes_into_sight(tab):
    tab.open(run="%3Cb%3Emany", sort="name")
    tab.sees(".foot", "40 of 150 classes shown")
    tab.open(run="%3Cb%3Emany", top=20)
    tab.sees(".foot", "20 of 150 classes shown")
    tab.find(".pairs tbody tr:nth-child(60) button").click()  # far beyond the pairs of the 20 worst
    tab.sees(".foot", re.compile("2[12] of 150 classes shown"))
    tab.open(run="%3Cb%3Emany", top=0, zoom="0,0,20", sort="name")
    tab.find("[data-key='class 99']").click()
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.zoom=80%2C80%2C20')")


def test_without_data_it_says_how_to_make_some(page):
    with modules_served() as address:
        page.goto(f"{address}/js/blank.html")
        page.evaluate("""async () => {
            window.fetch = async () => ({ ok: true, json: async () => ({ runs: [] }) });
            (await import("/static/index.js")).render();
        }""")
        page.get_by_text("No confusion matrices yet").wait_for()
        assert "classification_loggers" in page.locator("pre").first.inner_text()
        assert len(page.locator("pre").first.inner_text().splitlines()) == 5
