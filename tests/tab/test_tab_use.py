"""How the tab is worked with, in a real TensorBoard and a real browser: keys, focus, links, windows, time."""

from tab_browser import focused, modules_served, reload_until
from tab_logs import VALIDATION, write_run


def test_the_slider_stands_at_the_epochs_that_were_logged(tab):
    tab.open(run="gaps")
    slider = tab.find("[aria-label='Epoch of A']")
    for key, step in (("ArrowLeft", 10), ("ArrowDown", 0), ("ArrowRight", 10)):
        slider.press(key)
        tab.sees(".side h1", f"epoch {step}")
    box = slider.bounding_box()
    place = lambda step: (box["x"] + 8 + (box["width"] - 16) * step / 20, box["y"] + box["height"] / 2)  # noqa: E731
    tab.page.mouse.move(*place(10))
    tab.page.mouse.down()
    tab.page.mouse.move(*place(13), steps=4)
    tab.page.mouse.up()
    assert slider.input_value() == "10"
    tab.open(run=VALIDATION, step=2, vs="gaps")  # which has more epochs
    slider.press("End")
    tab.sees(".pair", "digits validation, epoch 5")
    assert slider.input_value() == "5"


def test_keys_of_the_browser_are_left_to_it(tab):
    tab.open(run=VALIDATION)
    press = """how => document.body.dispatchEvent(
        new KeyboardEvent("keydown", { key: "[", bubbles: true, cancelable: true, ...how }))"""
    goes_on = [tab.frame().evaluate(press, how) for how in ({"metaKey": True}, {"ctrlKey": True})]
    assert goes_on == [True, True]
    assert not tab.frame().evaluate(press, {"ctrlKey": True, "altKey": True})  # as AltGr is on some systems
    tab.sees(".side h1", "epoch 4")


def test_one_timer_asks_for_the_runs_and_only_while_somebody_looks(tab):
    asked = []

    def unchecked(route):
        asked.append(route.request.url)
        answer = route.fetch()
        content = answer.json()
        content["runs"][0]["checked"] = False
        route.fulfill(response=answer, json=content)

    def asked_in(milliseconds):
        before = len(asked)
        tab.page.wait_for_timeout(milliseconds)
        return len(asked) - before

    tab.page.route("**/mnist_tb/runs", unchecked)
    try:
        tab.open(run=VALIDATION)
        for _ in range(5):
            tab.page.locator("app-header-reload button").click()
            tab.page.wait_for_timeout(100)
        assert 1 <= asked_in(5000) <= 3
        tab.page.evaluate("location.hash = '#scalars'")  # another tab
        tab.page.wait_for_timeout(1500)
        assert asked_in(3000) == 0
        before = len(asked)
        with tab.page.expect_request("**/mnist_tb/runs"):
            tab.page.evaluate("location.hash = '#mnist_tb'")
        tab.page.wait_for_timeout(1000)
        assert 1 <= len(asked) - before <= 2  # TensorBoard may tell of a reload as well
    finally:
        tab.page.unroute_all(behavior="wait")  # a request that is on its way would be another test's


def test_it_works_from_the_keyboard(tab):
    tab.open(run=VALIDATION)
    tab.find("canvas").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        tab.page.keyboard.press(key)
    tab.sees("#summary", "true 1 ")
    assert tab.find(".title h2").inner_text().split() == ["1", "→", "1"]
    tab.page.keyboard.press("Escape")
    tab.find(".pairs").first.wait_for()
    tab.find("[data-key='class 3']").press("Enter")
    tab.find("[data-key='sort f1']").focus()
    tab.page.keyboard.press("Escape")  # from wherever one is
    tab.find(".pairs").first.wait_for()
    reached = []
    for _ in range(60):
        tab.page.keyboard.press("Tab")
        reached.append(focused(tab))
    assert {"choice Values", "threshold", "check Diagonal", "menu Axes", "slider A", "menu Save", "sort f1"} <= set(
        reached
    )


def test_a_menu_opens_and_closes_from_the_keyboard(tab):
    tab.open(run=VALIDATION)
    tab.find("[data-key='menu Colours']").press("Enter")
    tab.page.keyboard.press("Tab")
    assert focused(tab) == "Colour scale:epoch"
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.scale=epoch')")
    assert focused(tab) == "Colour scale:epoch"
    tab.page.keyboard.press("Escape")
    assert focused(tab) == "menu Colours"
    tab.find(".menu-box >> nth=0").wait_for(state="hidden")


def test_a_long_table_is_one_stop_and_the_arrow_keys_move_in_it(tab):
    tab.open(run=VALIDATION, sort="name")
    tab.find("[data-key='sort f1']").focus()
    reached = []
    for key in ("Tab", "ArrowDown", "ArrowDown", "ArrowUp", "End", "ArrowDown", "Home", "Tab", "Shift+Tab"):
        tab.page.keyboard.press(key)
        reached.append(focused(tab))
    assert reached[:7] == [f"class {index}" for index in (0, 1, 2, 1, 9, 9, 0)]
    assert not (reached[7] or "").startswith("class ")
    assert reached[8] == "class 0"
    tab.page.keyboard.press("ArrowLeft")
    assert focused(tab) == "pick 0"
    tab.page.keyboard.press("Space")
    tab.button("Show this one in the matrix").wait_for()
    assert focused(tab) == "pick 0"
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    tab.sees(".title h2", "1")
    assert focused(tab) == "class 1"


def test_the_focus_goes_where_what_had_it_went(tab):
    def press_enter_on(selector):
        found = tab.find(selector)
        key = found.get_attribute("data-key")
        found.press("Enter")
        return key

    def has_focus(key):
        script = "key => document.activeElement.getAttribute('data-key') === key"
        tab.frame().wait_for_function(script, arg=key, timeout=30_000)

    for view, selector in (({}, ".pairs tbody tr:nth-child(3) button"), ({"list": "flips"}, ".flip >> nth=2")):
        tab.open(run=VALIDATION, step=1, **view)
        key = press_enter_on(selector)
        assert key
        has_focus("close")
        tab.page.keyboard.press("Enter")
        has_focus(key)
    tab.open(run=VALIDATION, step=0, cell="2,3")
    for selector in (".chip >> nth=0", "[data-key='predicted class']", ".detail:not([hidden]) tbody button >> nth=0"):
        before = tab.link()
        press_enter_on(selector)
        tab.page.wait_for_function("before => location.href !== before", arg=before)
        has_focus("close")


def test_it_works_in_a_notebook(page, address):
    """As `%tensorboard` shows it: TensorBoard in a frame of a page from another origin."""
    with modules_served() as notebook:
        page.goto(f"{notebook}/js/blank.html")
        show = """address => {
            const frame = document.createElement("iframe");
            Object.assign(frame, { width: "100%", height: 800, src: address });
            document.body.append(frame);
        }"""
        page.evaluate(show, address)
        board = page.frame_locator("iframe")
        board.get_by_text("Confusion Matrix", exact=True).first.click(timeout=30_000)
        tab = board.frame_locator("iframe")
        tab.locator(".legend .ramp").wait_for(timeout=30_000)
        tab.locator(".pairs tbody button").first.click()
        tab.locator(".title h2").wait_for()
        assert "p.mnist_tb.cell=" in page.frames[1].evaluate("location.href")


def test_new_epochs_appear_and_the_place_is_kept(tab, logs):
    tab.open(run="growing")
    tab.sees(".side h1", "growing, epoch 1")
    write_run(logs[0] / "growing", epochs=3, samples=300)  # a later file of the same run
    reload_until(tab, 3)
    tab.sees(".side h1", "growing, epoch 2")  # nothing was selected: the newest is tracked
    slider = tab.find("[aria-label='Epoch of A']")
    slider.press("Home")
    slider.press("End")  # who goes back to the newest goes along with it as well
    tab.sees(".side h1", "growing, epoch 2")
    write_run(logs[0] / "growing", epochs=4, samples=300)
    reload_until(tab, 4)
    tab.sees(".side h1", "growing, epoch 3")
    tab.find(".pairs tbody button").first.click()
    selected = tab.find(".title h2").inner_text()
    write_run(logs[0] / "growing", epochs=5, samples=300)
    reload_until(tab, 5)
    assert tab.find(".title h2").inner_text() == selected
    assert tab.find(".side h1").inner_text() == "growing, epoch 3"
