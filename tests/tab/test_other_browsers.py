"""The main ways through the tab in Firefox and WebKit."""

import pytest
from other_browsers import firefox, webkit
from tab_browser import worst_cell
from tab_logs import VALIDATION, logged_epoch

LEFT, RIGHT = "\ue012", "\ue014"  # keys, as WebDriver writes them
PLACE_OF_CELL = """
const [row, column, classes] = args;
const { layOut } = await import("./static/geometry.js");
const { width, height } = document.querySelector("canvas").getBoundingClientRect();
const context = document.createElement("canvas").getContext("2d");
context.font = "bold 12px Roboto, Arial, sans-serif";
const label = Math.max(8, context.measureText("8").width) + 4;
const plot = layOut({ width, height, size: classes, zoom: null, label });
return [
    plot.left + (column + 0.5) * plot.cellWidth - width / 2, plot.top + (row + 0.5) * plot.cellHeight - height / 2,
];
"""


@pytest.fixture(scope="module", params=[firefox, webkit])
def browser(request):
    with request.param() as browser:
        yield browser


def test_the_main_ways_through_the_tab(browser, address, logs):
    counts = logged_epoch(logs, 5).matrix.counts
    true, predicted = worst_cell(counts)
    browser.open(f"{address}/#mnist_tb&p.mnist_tb.run={VALIDATION}")
    browser.sees(".side h1", "epoch 5")

    browser.click(browser.find("canvas"), *browser.run(PLACE_OF_CELL, true, predicted, 10))
    browser.sees("#summary", f"{counts[true, predicted]} of {counts[true].sum()} true {true} were predicted")
    browser.wait("return [...document.querySelectorAll('figure img')].some((image) => image.naturalWidth)")

    browser.find("[aria-label='Epoch of A']").send_keys(LEFT)
    browser.sees(".side h1", "epoch 4")

    browser.open(browser.link())
    browser.sees(".side h1", "epoch 4")
    browser.wait("return document.querySelectorAll('figure').length")

    browser.find("canvas").send_keys(RIGHT)
    browser.sees("#summary", f"predicted as {predicted + 1}")
