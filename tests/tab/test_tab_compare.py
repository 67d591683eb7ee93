"""Two runs, or two epochs of one, compared in a real TensorBoard and a real browser."""

import csv

import numpy as np
from tab_browser import download, worst_cell
from tab_logs import TRAIN, VALIDATION, logged_epoch


def test_two_runs_stand_side_by_side_and_as_a_difference(tab, logs):
    tab.open(run=VALIDATION, step=2)
    tab.button(f"Compare with this run: {TRAIN}").click()
    tab.sees(".pair", "digits train, epoch 5")
    assert tab.find("canvas").count() == 2
    tab.button("A − B").click()
    tab.find(".map-box").nth(1).wait_for(state="hidden")
    first, second = logged_epoch(logs, 2).matrix.counts, logged_epoch(logs, 5, TRAIN).matrix.counts
    tab.point_at(1, 1)
    rates = [f"{counts[1, 1] / counts[1].sum():.1%}".replace("%", " %") for counts in (first, second)]
    tab.sees("#summary", f"True 1 predicted as 1: {rates[0]} in A, {rates[1]} in B")
    tab.sees(".sides", "A has 600 samples and B 900: they are compared by rates")
    assert tab.find("[data-key='choice Values']").input_value() == "true"
    wrong = [counts / counts.sum(axis=1, keepdims=True) for counts in (first, second)]
    true, predicted = map(int, tab.texts(".pairs tbody th")[0].split(" → "))
    change = 100 * (wrong[0] - wrong[1])[true, predicted]
    assert tab.texts(".pairs td")[2] == f"{change:+.2f}".replace("-", "−")
    tab.find("[data-key='List:changed']").click()
    worst = np.unravel_index((wrong[0] - wrong[1] - 2 * np.eye(10)).argmax(), (10, 10))
    tab.sees(".changed h3:has-text('more often') + table tbody tr:first-child th", "{} → {}".format(*worst))
    tab.find("[aria-label='Epoch of B']").press("Home")
    tab.sees(".pair", "digits train, epoch 0")
    tab.button("Swap").click()
    tab.sees(".pair tbody tr:first-child", "digits train, epoch 0")


def test_a_difference_is_blue_where_a_is_better_and_orange_where_it_is_worse(tab, logs):
    last, first = (logged_epoch(logs, step).matrix.counts for step in (5, 0))
    true, predicted = worst_cell(first)
    assert last[true, true] > first[true, true]
    assert last[true, predicted] < first[true, predicted]
    for steps, is_better in (({"step": 5, "vs_step": 0}, True), ({"step": 0, "vs_step": 5}, False)):
        tab.open(run=VALIDATION, vs=VALIDATION, mode="difference", **steps)
        tab.sees(".legend", "A − B: better")
        for cell in ((true, true), (true, predicted)):
            red, _, blue = tab.color_of(*cell)
            assert (blue > red) == is_better


def test_runs_of_other_classes_are_compared_on_those_that_they_share(tab, logs):
    tab.open(run=VALIDATION, vs="others")
    tab.sees(".sides", "A has 10 classes and B 6: they are compared on the 5 that both have")
    counts = logged_epoch(logs, 1, "others").matrix.counts  # of cat, 5, 4, 3, 2, 1
    tab.point_at(0, 1, classes=5, click=True, number=1)  # 1 predicted as 2, in the matrix of B
    tab.sees(".detail:not([hidden])", f"B: {counts[5, 4]} of {counts[5, 1:].sum()} true 1")
    assert tab.find(".classes tbody tr").count() == 5
    assert tab.find("[data-key='curve'] option:checked").text_content() == "accuracy, all classes"
    tab.find("[data-key='sort change']").click()
    tab.find("[data-key='class 1']").click()
    f1 = 2 * counts[5, 5] / (counts[5, 1:].sum() + counts[1:, 5].sum())
    tab.sees(".figures.two", f"{f1:.1%}".replace("%", " %"))
    tab.sees(".keys", "all classes")


def test_runs_that_share_no_class_are_only_looked_at_beside_each_other(tab):
    tab.open(run=VALIDATION, vs="hostile", mode="difference")
    tab.sees(".problem", "A and B tell different classes apart")
    assert tab.find("canvas").count() == 2
    tab.point_at(2, 2, classes=5, click=True, number=1)
    assert "cell" not in tab.link()


def test_two_epochs_of_a_run_are_compared(tab):
    tab.open(run=VALIDATION)
    tab.button(f"Compare with another epoch of this run: {VALIDATION}").click()
    tab.sees(".pair tbody tr:nth-child(2)", "digits validation, epoch 0")


def test_a_chosen_class_is_told_of_both(tab, logs):
    tab.open(run=VALIDATION, vs=TRAIN, step=2, vs_step=5, **{"class": 3})
    first, second = logged_epoch(logs, 2).matrix.counts, logged_epoch(logs, 5, TRAIN).matrix.counts
    rates = [f"{counts[3, 3] / counts[3].sum():.1%}".replace("%", " %") for counts in (first, second)]
    tab.sees("#summary", f"True 3 predicted correctly: {rates[0]} in A, {rates[1]} in B")
    tab.open(run=VALIDATION, vs=VALIDATION, step=2, vs_step=5, **{"class": 3})
    counts = [logged_epoch(logs, step).matrix.counts[3, 3] for step in (2, 5)]
    tab.sees("#summary", f"True 3 predicted correctly: {counts[0]} in A, {counts[1]} in B")


def test_of_classes_that_are_not_shared_none_is_among_the_others(tab):
    for picked, others in (("3,4", ["3 others"]), ("1,2,3,4,5", [])):
        tab.open(run=VALIDATION, vs="others", classes=picked)
        table = download(tab, "CSV")[0].read_text().split("\n\n")[0]
        assert next(csv.reader(table.splitlines()))[1:] == picked.split(",") + others


def test_a_sample_that_b_alone_has_is_shown_large_and_called_so(tab, logs):
    tab.open(run=VALIDATION, vs="others", cell="2,2")  # which are of class 4 in B
    opener = tab.find("[data-key^='sample b']").first
    key = opener.get_attribute("data-key")
    position = int(key.removeprefix("sample b"))
    opener.click()
    tab.sees(".viewer [role=status]", ", in B")
    assert tab.find(".viewer h2").inner_text().split() == ["2", "→", "2"]
    assert "run=others" in tab.find(".viewer img").get_attribute("src")
    tracked = [epoch.tracked for epoch in logs[1]["others"]]
    right = [np.count_nonzero(one.predicted[position : position + 1] == 4) for one in tracked]
    tab.sees(".viewer p", f"Right in {sum(right)} of 2 epochs." if position < 200 else "Only the first 200 samples")
    tab.page.wait_for_function(f"location.hash.includes('p.mnist_tb.sample=b{position}')")
    tab.reload()
    tab.sees(".viewer [role=status]", ", in B")
    tab.page.keyboard.press("ArrowLeft")
    tab.sees(".viewer [role=status]", ", in A")
    tab.page.keyboard.press("ArrowRight")
    tab.sees(".viewer [role=status]", ", in B")
    tab.page.keyboard.press("Escape")
    tab.find(f"[data-key='{key}']:focus").wait_for()


def test_what_changed_begins_with_the_samples_that_one_alone_has_right(tab, logs):
    first, second = (logged_epoch(logs, step).tracked for step in (1, 4))
    right = [one.predicted == one.true for one in (first, second)]
    alone = [np.count_nonzero(one & ~other) for one, other in (right, right[::-1])]
    said = f"Of the first 200 samples A alone is right on {alone[0]} and B alone on {alone[1]}; chance explains"
    tab.open(run=VALIDATION, step=1, vs=VALIDATION, vs_step=4, list="changed")
    tab.sees(".changed p", said)
    tab.open(run=VALIDATION, vs="others", list="changed")  # of other samples
    tab.find(".changed table").first.wait_for()
    tab.page.wait_for_load_state("networkidle")
    assert "alone" not in tab.texts(".changed")[0]
