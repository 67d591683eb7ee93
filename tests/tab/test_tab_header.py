"""The numbers above the matrix, and the words that are explained."""

from tab_browser import focused
from tab_logs import VALIDATION, logged_epoch


def accuracy(logs, step):
    counts = logged_epoch(logs, step).matrix.counts
    return counts.trace() / counts.sum() * 100


def test_tiles_have_a_line_over_the_epochs_and_the_step_since_the_one_before(tab, page, logs):
    tab.open(run=VALIDATION, step=3)
    tab.find(".tile .spark").first.wait_for()
    now, before = accuracy(logs, 3), accuracy(logs, 2)
    assert tab.find(".tile").first.inner_text().split()[:2] == ["accuracy", f"{now:.2f}"]
    assert f"{now - before:+.2f}".replace("-", "−") in tab.texts(".tile")[0]
    try:
        for width, highest in ((1500, 57), (1280, 57), (390, 150)):
            page.set_viewport_size({"width": width, "height": 800})
            assert tab.find(".sides").bounding_box()["height"] <= highest
            assert tab.frame().evaluate("document.body.scrollWidth <= innerWidth")
    finally:
        page.set_viewport_size({"width": 1440, "height": 900})
    tab.find("[aria-label='Epoch of A']").press("Home")
    tab.sees(".side h1", "epoch 0")
    tab.find(".since").first.wait_for(state="hidden")  # there is no epoch before


def test_the_toolbar_is_one_row_from_1280_pixels_on(tab, page):
    try:
        for width in (1500, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            for other in ({}, {"vs": "weighted"}, {"vs": VALIDATION}):
                tab.open(run="weighted", weighted=1, **other)
                assert tab.texts(".controls > .check") == ["Diagonal", "Weights"]
                assert tab.find(".controls").bounding_box()["height"] < 50
    finally:
        page.set_viewport_size({"width": 1440, "height": 900})


def test_words_are_explained_by_a_click_and_from_the_keyboard(tab):
    tab.open(run=VALIDATION, cell="2,3")
    tab.button("macro F1").click()
    tab.sees(".tip", "the mean of F1 over the classes")
    tab.button("What the words mean: Classes").press("Enter")
    assert tab.texts(".tip dt") == ["Support (n)", "Recall", "Precision", "F1"]
    assert focused(tab).startswith("word support")
    tab.page.keyboard.press("Escape")
    tab.find(".tip").wait_for(state="hidden")
    assert "p.mnist_tb.cell=" in tab.link()  # the selection stays
    assert tab.find(".classes thead button").count() == 5  # no head is two stops
