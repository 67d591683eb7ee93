"""Windows large and small, themes, phones and forced colours, in a real TensorBoard and a real browser."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tab_logs import TRAIN, VALIDATION


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_small_and_large_windows_in_both_themes(tab, page, tmp_path, theme):
    folder = Path(os.environ.get("MNIST_TB_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for width, height in ((1024, 768), (1440, 900), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            for place, there in (({}, ".pairs tbody"), ({"cell": "2,3"}, "figure img")):
                tab.open(dark=theme == "dark", run=VALIDATION, vs=TRAIN, **place)
                tab.find(there).first.wait_for()
                boxes = "[...document.querySelectorAll('.card, .controls, .sides, .scroll')]"
                too_wide = f"{boxes}.filter(box => box.scrollWidth > box.clientWidth + 1).length"
                assert tab.frame().evaluate(too_wide) == 0
            assert tab.frame().evaluate("document.body.classList.contains('dark')") == (theme == "dark")
            page.screenshot(path=folder / f"tab-{theme}-{width}.png")
    finally:
        page.set_viewport_size({"width": 1440, "height": 900})


def test_in_a_small_window_the_controls_take_two_rows(tab, page):
    try:
        page.set_viewport_size({"width": 1024, "height": 768})
        tab.open(run="%3Cb%3Emany")
        middle = "one => { const box = one.getBoundingClientRect(); return box.top + box.height / 2; }"
        middles = tab.frame().evaluate(f"[...document.querySelector('.controls').children].map({middle})")
        assert len({round(middle / 10) for middle in middles}) <= 2
    finally:
        page.set_viewport_size({"width": 1440, "height": 900})


def test_the_matrix_can_have_the_whole_screen(tab, page):
    tab.open(run=VALIDATION)
    tab.button("Full screen").click()
    tab.frame().wait_for_function("document.querySelector('canvas').clientWidth > 1200")
    tab.point_at(2, 3, click=True)
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.cell=2%2C3')")
    tab.button("Full screen").click()
    tab.frame().wait_for_function("document.querySelector('canvas').clientWidth < 900")


@pytest.fixture
def phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    yield page.context.new_cdp_session(page)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_in_a_narrow_window_a_click_brings_the_details_into_sight(tab, phone):
    tab.open(run=VALIDATION)
    tab.point_at(2, 3, click=True)
    tab.find("figure img").first.wait_for()
    in_sight = "document.querySelector('.title h2').getBoundingClientRect().bottom < innerHeight"
    tab.frame().wait_for_function(in_sight)


def test_on_a_phone_two_matrices_stand_one_above_the_other(tab, phone):
    tab.open(run=VALIDATION, vs=TRAIN)
    tab.find("canvas").nth(1).wait_for()  # B is asked for after A
    first, second = (tab.find("canvas").nth(number).bounding_box() for number in (0, 1))
    assert first["y"] + first["height"] <= second["y"]
    assert first["width"] > 330


def test_on_a_phone_a_swipe_scrolls_and_two_fingers_zoom(tab, phone):
    def touch(*paths):
        for kind, part in [("Start", 0), *(("Move", part / 8) for part in range(1, 9))]:
            points = [{"x": x + across * part, "y": y + down * part} for x, y, across, down in paths]
            phone.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
        phone.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    tab.open(run=VALIDATION)
    box = tab.find("canvas").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch((x - 20, y, -60, 0), (x + 20, y, 60, 0))
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.zoom=')")
    before = tab.link()
    touch((x, y, 0, -100))
    tab.page.wait_for_function("before => location.href !== before", arg=before)
    assert tab.frame().evaluate("scrollY") == 0
    tab.button("See all again").click()
    tab.page.wait_for_function("!location.hash.includes('p.mnist_tb.zoom=')")
    touch((x, y, 0, -150))
    tab.frame().wait_for_function("scrollY > 100")
    assert "cell=" not in tab.link()


def test_what_is_told_by_colour_is_seen_where_the_system_forces_its_own(tab, page):
    def seen(selector):
        """The part of what an element takes that has not the colour of the page."""
        drawn = Image.open(io.BytesIO(tab.find(selector).first.screenshot())).convert("RGB")
        pixels = np.asarray(drawn).reshape(-1, 3)
        return np.any(pixels != page_color, axis=1).mean()

    try:
        page.emulate_media(forced_colors="active", color_scheme="dark")
        tab.open(run=VALIDATION, vs=TRAIN)
        page_color = [0, 0, 0]
        assert seen(".track input.b") > 0.01  # the thumb alone
        assert seen(".pairs .bar") > 0.5
        assert seen(".legend .ramp") > 0.9
        background = "button => getComputedStyle(button).backgroundColor"
        pressed, other = (tab.button(name).evaluate(background) for name in ("Side by side", "A − B"))
        assert pressed != other
    finally:
        page.emulate_media(forced_colors="none", color_scheme="light")
