"""Single samples in the tab: shown large, followed over the epochs, read back in Python; in a real browser."""

from tab_browser import pictures_of
from tab_logs import VALIDATION, logged_epoch


def shown_sample(tab):
    """The position of the sample that is shown large, and its place in the list."""
    return int(tab.find(".viewer dd").last.inner_text().split()[0]), tab.find(".viewer [role=status]").inner_text()


def positions_of(tab):
    tab.find("figure").first.wait_for()
    return [int(text.split("#")[1].replace(",", "")) for text in tab.texts("figure")]


def test_a_picture_is_shown_large_and_the_arrows_lead_through_its_list(tab, logs):
    tab.open(run=VALIDATION, step=2, cell="2,2")
    positions = positions_of(tab)
    assert len(positions) == 4
    picture = tab.find(".picture").first
    picture.click()
    large = tab.find(".viewer img")
    large.wait_for()
    assert large.get_attribute("src") == picture.locator("img").get_attribute("src")
    assert large.evaluate("image => image.width % image.naturalWidth === 0 && image.width > 200")
    assert shown_sample(tab) == (positions[0], "1 of 4")
    tab.find(".stage").click()  # which must not take the keys away
    tab.button("The next sample (→)").click()
    tab.sees(".viewer [role=status]", "2 of 4")
    for key, place in (("ArrowRight", 2), ("End", 3), ("ArrowLeft", 2), ("[", 2)):
        tab.page.keyboard.press(key)
        tab.sees(".viewer [role=status]", f"{place + 1} of 4")
    assert shown_sample(tab) == (positions[2], "3 of 4")
    tab.page.wait_for_function(f"location.hash.includes('p.mnist_tb.sample={positions[2]}')")
    tab.reload()
    tab.sees(".viewer [role=status]", "3 of 4")
    tab.page.keyboard.press("Escape")
    tab.find(".viewer").wait_for(state="hidden")
    tab.find(f"[data-key='sample {positions[2]}']:focus").wait_for()
    tab.page.wait_for_function("!location.hash.includes('sample=')")
    assert tab.find(".side h1").inner_text() == "digits validation, epoch 2"


def test_a_tracked_sample_shows_what_the_model_said_of_it(tab, logs):
    tab.open(run=VALIDATION, step=4, list="flips", **{"from": 1})
    position = positions_of(tab)[0]
    tab.find(f"[data-key='sample {position}']").click()
    tab.find(".story li").first.wait_for()
    tracked = [epoch.tracked for epoch in logs[1][VALIDATION]]
    true, predicted = tracked[0].true[position], [one.predicted[position] for one in tracked]
    tab.sees(".viewer p", f"Right in {predicted.count(true)} of 6 epochs.")
    first = tab.find(".story li").first.get_attribute("title")
    assert first.endswith(f": {predicted[0]}, {'right' if predicted[0] == true else 'wrong'}")
    tab.open(run=VALIDATION, step=4, cell="2,2")
    position = next(position for position in positions_of(tab) if position >= 200)
    tab.find(f"[data-key='sample {position}']").click()
    tab.sees(".viewer p", "Only the first 200 samples are followed over the epochs.")


def test_a_text_is_shown_whole_and_is_text(tab, logs):
    tab.open(run="texts", cell="1,1")
    tab.find("[data-key^='sample ']").first.click()
    text = tab.find(".viewer blockquote").inner_text()
    assert text in logged_epoch(logs, 0, "texts").examples.thumbnails.values()
    assert tab.find(".viewer blockquote b").count() == 0


def test_the_python_that_is_copied_reads_the_samples_of_the_list(tab, page, logs, monkeypatch):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    monkeypatch.chdir(logs[0].parent)  # where TensorBoard was started
    tab.open(run=VALIDATION, step=3, cell="2,2")
    lists = []
    for first in ("most", "least"):
        tab.find("[data-key='first']").select_option(first)
        tab.page.wait_for_function(f"location.hash.includes('first=least') === {str(first == 'least').lower()}")
        page.wait_for_load_state("networkidle")
        tab.button("Copy as Python").click()
        tab.button("Copied").wait_for()
        found = {}
        exec(page.evaluate("navigator.clipboard.readText()"), found)  # noqa: S102
        lists.append(positions_of(tab))
        assert found["positions"].tolist() == lists[-1]
        assert found["thumbnails"] == pictures_of(tab)
        tab.button("Copy as Python").wait_for()
    assert lists[0] == lists[1][::-1]
