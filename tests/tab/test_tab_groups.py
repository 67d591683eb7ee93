"""Groups of classes in the tab, in a real TensorBoard and a real browser."""

import numpy as np
from servers import tensorboard
from tab_browser import Tab
from tab_logs import VALIDATION, MadeRun, write_epochs

from mnist_tb.events import payload
from mnist_tb.tensorboard_plugin.numbers import similar_groups

GROUPS = {"early": {"first": ["a", "b"], "second": ["c"]}, "late": ["g", "h"]}


def test_groups_stand_in_the_place_of_their_classes_and_are_expanded(page, tmp_path):
    made = MadeRun(8, samples=400)
    epochs = [made.epoch(step, tuple("abcdefgh")) for step in range(2)]
    grouped = [epoch._replace(matrix=epoch.matrix._replace(class_groups=GROUPS)) for epoch in epochs]
    write_epochs(tmp_path / "logs" / "grouped", grouped)
    counts = grouped[1].matrix.counts
    wrong = counts - np.diag(np.diag(counts))
    inside = wrong[:3, :3].sum() + wrong[6:, 6:].sum()
    with tensorboard(tmp_path / "logs", "false") as address:
        tab = Tab(page, address)
        tab.open(groups=1)
        tab.sees(".sides", f"mistakes: {inside} inside groups, {wrong.sum() - inside} across")
        tab.point_at(0, 1, classes=5)
        tab.sees("#summary", f"{counts[:3, 6:].sum()} of {counts[:3].sum()} true early ")
        left, top, (width, height) = tab.place_of(1, 1, 5)
        tab.find("canvas").first.dblclick(position={"x": left + width / 2, "y": top + height / 2})
        page.wait_for_function("location.hash.includes('p.mnist_tb.expanded=3')")
        tab.point_at(2, 2, classes=6)
        tab.sees("#summary", f"of {counts[7].sum()} true h ")
        tab.button("Axes", exact=True).click()
        tab.find(".group-list input").first.check()
        page.wait_for_function("location.hash.includes('p.mnist_tb.expanded=0%2C3')")
        boxes = tab.find(".group-list input")
        boxes.first.uncheck()
        boxes.nth(1).check()  # within a collapsed group: nothing moves along the axes, but the choice is kept
        boxes.nth(2).check()
        page.wait_for_function("location.hash.includes('p.mnist_tb.expanded=1%2C2%2C3')")
        tab.open(groups=1, zoom="0,0,4", sort="name")
        tab.find("[data-key='class 5']").click()  # the last of five, where two groups stand for five classes
        page.wait_for_function("location.hash.includes('p.mnist_tb.zoom=1%2C1%2C4')")
        tab.open(groups=1)
        left, top, (width, height) = tab.place_of(0, 0, 5)
        tab.find("canvas").first.dblclick(position={"x": left + width / 2, "y": top + height / 2})
        page.wait_for_function("location.hash.split('&').includes('p.mnist_tb.expanded=0')")  # once, for row and column
        assert tab.errors == []


def test_the_table_of_classes_has_a_head_for_each_group_which_expands_it(page, tmp_path):
    made = MadeRun(8, samples=400)
    epoch = made.epoch(0, tuple("abcdefgh"))
    write_epochs(tmp_path / "logs", [epoch._replace(matrix=epoch.matrix._replace(class_groups=GROUPS))])
    counts = epoch.matrix.counts
    right, support, predicted = counts[:3, :3].sum(), counts[:3].sum(), counts[:, :3].sum()
    shares = [right / support, right / predicted, 2 * right / (support + predicted)]
    with tensorboard(tmp_path / "logs", "false") as address:
        tab = Tab(page, address)

        def names():
            return [name.strip("▸▾") for name in tab.texts(".classes tbody th")]

        tab.open(groups=1, sort="name")
        assert names() == ["early", "late", "d", "e", "f"]
        assert tab.texts(".classes tbody tr:first-child td") == [
            str(support),
            *(f"{share * 100:.1f}" for share in shares),
            "",
        ]
        tab.button("early", exact=True).press("Enter")
        page.wait_for_function("location.hash.includes('p.mnist_tb.expanded=0')")
        tab.find(".classes [aria-level='2']").first.wait_for()
        assert names() == ["early", "first", "second", "late", "d", "e", "f"]
        tab.find("[data-key='group row 0'][aria-expanded='true']:focus").wait_for()
        right, support = counts[:2, :2].sum(), counts[:2].sum()
        assert tab.texts(".classes tr:nth-child(2) td")[:2] == [str(support), f"{right / support * 100:.1f}"]
        tab.button("first", exact=True).click()
        tab.find(".classes [aria-level='3']").first.wait_for()
        assert names() == ["early", "first", "a", "b", "second", "late", "d", "e", "f"]
        tab.find("[data-key='class 1']").click()
        tab.find(".title h2", has_text="b").wait_for()
        tab.find("[data-key='group row 0']").click()  # what is chosen in it is left, or it could not collapse
        tab.find(".classes [aria-level='2']").first.wait_for(state="hidden")
        tab.find("input[type=search][aria-label='Search classes by name']").fill("h")
        tab.sees(".classes tbody tr:nth-child(2)", "h")
        assert names() == ["late", "h"]
        tab.find("[data-key='pick group 3']").check()
        tab.button("Show these 2 in the matrix").click()
        page.wait_for_function("location.hash.includes('p.mnist_tb.classes=6%2C7')")
        assert tab.errors == []


def test_classes_are_grouped_by_the_mistakes_of_one_epoch_which_stays_while_time_moves(tab, logs):
    newest = logs[1][VALIDATION][5].matrix
    groups = similar_groups(payload.decode_matrix(payload.encode_matrix(*newest)))
    names = [f"{group[0]}, {group[1]}" + (f" +{len(group) - 2}" if len(group) > 2 else "") for group in groups]
    assert sum(map(len, groups)) == 10

    def rows():
        return sorted(name.strip("▸▾") for name in tab.texts(".classes tbody th"))

    tab.open(run=VALIDATION)
    tab.button("Axes", exact=True).click()
    assert tab.texts("[aria-label=Groups] button") == ["by similarity", "none"]
    tab.button("by similarity", exact=True).click()
    tab.sees(".menu p", "by the mistakes of epoch 5")
    tab.sees(".whole", " inside groups, ")
    assert rows() == sorted(names)
    tab.page.keyboard.press("[")
    tab.sees("h1", "epoch 4")
    counts = logs[1][VALIDATION][4].matrix.counts
    tab.point_at(0, 0, classes=len(groups))
    tab.sees("#summary", f"{counts[np.ix_(groups[0], groups[0])].sum()} of {counts[groups[0]].sum()} true {names[0]} ")
    assert rows() == sorted(names)
    left, top, (width, height) = tab.place_of(0, 0, len(groups))
    tab.find("canvas").first.dblclick(position={"x": left + width / 2, "y": top + height / 2})
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.expanded=0')")
    tab.reload()  # by the link
    tab.sees(".classes [aria-level='2']", str(groups[0][0]))
    tab.button("Axes", exact=True).click()
    tab.button("none", exact=True).click()
    tab.page.wait_for_function("/groups=0/.test(location.hash) && !/similar|expanded/.test(location.hash)")
    tab.open(run="two")
    assert tab.find("[data-key='menu Axes']").count() == 0
