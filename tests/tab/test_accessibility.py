"""What axe-core, the field's checker of accessibility, finds in the tab."""

from pathlib import Path

import pytest
from tab_browser import worst_cell
from tab_logs import TRAIN, VALIDATION, logged_epoch

RUN_AXE = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    const serious = violations.filter((one) => ["serious", "critical"].includes(one.impact));
    return serious.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).slice(0, 3)}`);
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1500, 390])
def test_axe_finds_nothing_serious(tab, logs, width, theme):
    axe = pytest.importorskip("axe_playwright_python", reason="axe_playwright_python brings axe-core")
    true, predicted = worst_cell(logged_epoch(logs, 5).matrix.counts)
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.open(dark=theme == "dark", run=VALIDATION, cell=f"{true},{predicted}", vs=TRAIN, threshold=0.6)
    tab.find("figure img").first.wait_for()
    tab.frame().evaluate(Path(axe.__file__).with_name("axe.min.js").read_text())
    assert tab.frame().evaluate(RUN_AXE) == []
