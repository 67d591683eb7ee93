"""Links to a view, and the browser's history, in a real TensorBoard and a real browser."""

from tab_logs import TRAIN, VALIDATION


def test_a_link_opens_the_same_view_and_a_reload_keeps_it(tab, logs):
    tab.open(run=VALIDATION, step=3, cell="2,3", values="true", log=0, order="error", list="flips")
    tab.sees(".title h2", "2")
    assert tab.find(".side h1").inner_text() == "digits validation, epoch 3"
    link = tab.link()
    tab.reload()
    tab.sees(".title h2", "3")
    assert tab.link() == link
    assert tab.find("[data-key='choice Values']").input_value() == "true"
    assert not tab.find("[data-key='check Log']").is_checked()
    tab.find("[data-key='close']").click()
    tab.page.wait_for_function("link => location.href !== link", arg=link)
    tab.page.evaluate("link => { location.href = link }", link)  # pasted into the address bar of the same page
    tab.sees(".title h2", "2")


def test_the_back_button_goes_through_what_was_looked_at_and_not_through_epochs(tab):
    tab.open(run=VALIDATION)
    tab.find("[data-key='class 7']").click()
    tab.sees(".title h2", "7")
    tab.find("[aria-label='Epoch of A']").press("Home")
    tab.sees(".side h1", "epoch 0")
    tab.find(".detail:not([hidden]) .pairs tbody button").first.click()
    tab.sees(".title h2", "→")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.cell=')")
    tab.page.go_back()
    tab.find(".figures").wait_for()  # the class again, at the epoch at which it was left
    assert tab.find(".side h1").inner_text() == "digits validation, epoch 0"
    tab.page.go_back()
    tab.find(".detail:not([hidden])").wait_for(state="detached")
    tab.page.go_forward()
    tab.sees(".figures", "precision")


def test_a_walk_by_keys_is_one_step_of_the_back_button(tab):
    tab.open(run=VALIDATION)
    tab.point_at(2, 2, click=True)
    tab.sees(".title h2", "2")
    for row in (3, 4, 5):
        tab.page.keyboard.press("ArrowDown")
        tab.page.wait_for_function(f"location.hash.includes('p.mnist_tb.cell={row}%2C2')")
    tab.page.go_back()
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.cell=2%2C2')")
    tab.page.go_forward()
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.cell=5%2C2')")
    tab.find("canvas").first.focus()
    for row in (6, 7):
        tab.page.keyboard.press("ArrowDown")
        tab.page.wait_for_function(f"location.hash.includes('p.mnist_tb.cell={row}%2C2')")
    tab.find("[data-key='class 7']").click()
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.class=7')")
    for cell in ("7%2C2", "5%2C2", "2%2C2"):
        tab.page.go_back()
        tab.page.wait_for_function(f"location.hash.includes('p.mnist_tb.cell={cell}')")


def test_a_link_is_followed_though_the_tab_writes_its_view_at_the_same_moment(tab):
    tab.open(run=VALIDATION, step=3, cell="2,3")
    tab.sees(".title h2", "2")
    link = tab.link()
    tab.find("[data-key='close']").click()
    tab.page.wait_for_function("link => location.href !== link", arg=link)
    tab.page.evaluate(
        """link => {
            const before = location.href;
            location.href = link;
            history.replaceState(history.state, "", before);
        }""",
        link,
    )
    tab.sees(".title h2", "2")
    tab.page.wait_for_function("link => location.href === link", arg=link)


def test_a_link_to_what_is_not_there_says_so(tab):
    tab.open(run="gone", step=77, cell="500,3", **{"class": 12345}, vs="nowhere", zoom="999,999,4")
    tab.sees(".notes", "The link is of a run that is not here: gone")
    tab.sees(".notes", "The link compares with a run that is not here: nowhere")
    tab.find(".pairs").wait_for()


def test_the_link_to_a_cell_can_be_copied(tab, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.open(run=VALIDATION, cell="2,3")
    tab.button("Copy link").click()
    tab.button("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "p.mnist_tb.step=5" in copied  # a link must show the same when there are later epochs
    tab.open(run=TRAIN)
    tab.follow(copied)
    tab.sees(".title h2", "2")
    assert tab.find(".side h1").inner_text() == "digits validation, epoch 5"


def test_where_a_browser_forbids_to_copy_the_link_can_be_taken_by_hand(tab):
    tab.open(run=VALIDATION, cell="2,3")
    tab.frame().evaluate("""() => {
        Object.defineProperty(navigator, "clipboard", { value: undefined });
        document.execCommand = () => false;
    }""")
    tab.button("Copy link").click()
    assert "p.mnist_tb.cell=2%2C3" in tab.find("[aria-label='Link to this view']").input_value()
