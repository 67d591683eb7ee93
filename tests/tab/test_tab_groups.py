"""Groups of classes in the tab, in a real TensorBoard and a real browser."""

import numpy as np
from servers import tensorboard
from tab_browser import Tab
from tab_logs import MadeRun, write_epochs

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
        tab.button("Groups", exact=True).first.click()
        tab.find(".group-list input").first.check()
        page.wait_for_function("location.hash.includes('p.mnist_tb.expanded=0%2C3')")
        assert tab.errors == []
