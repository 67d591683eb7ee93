"""Two runs, or two epochs of one, compared in a real TensorBoard and a real browser."""

import numpy as np
from tab_browser import worst_cell
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
    assert tab.button("% of true").get_attribute("aria-pressed") == "true"
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
    tab.find("[data-key='sort change']").click()
    tab.find("[data-key='class 1']").click()
    f1 = 2 * counts[5, 5] / (counts[5, 1:].sum() + counts[1:, 5].sum())
    tab.sees(".figures.two", f"{f1:.1%}".replace("%", " %"))


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
