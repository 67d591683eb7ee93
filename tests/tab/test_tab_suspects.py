"""Suspect labels in the tab: what the server answers, the list, its file, and what a sample shown large says."""

import csv
import re

import numpy as np
import pytest
import tab_logs
from tab_browser import focused
from tab_client import open_logs
from tab_logs import HOSTILE, VALIDATION, logged_epoch

import mnist_tb

NAMES = tuple("0123456789")


@pytest.fixture(scope="module")
def epochs(tmp_path_factory):
    """Where logs are, and what was logged of its run of three steps; beside it stand older and odd ones."""
    folder = tmp_path_factory.mktemp("logs")
    made, two = tab_logs.MadeRun(samples=400), tab_logs.MadeRun(2, samples=50)
    written = tab_logs.write_epochs(folder / "run", [made.epoch(step, NAMES) for step in range(3)])
    tab_logs.write_epochs(folder / "gap", [made.epoch(0, NAMES), made.epoch(1, NAMES, per_cell=0)])
    older = written[0].examples._replace(likely=None, thumbnails={})
    tab_logs.write_epochs(folder / "unsure", [written[0]._replace(confidences=None)])
    tab_logs.write_epochs(folder / "older", [written[0]._replace(confidences=None, examples=older)])
    odd = written[0].examples
    odd = odd._replace(true=np.where(np.arange(len(odd.true)) % 2, 10**12, odd.true))
    tab_logs.write_epochs(folder / "odd", [written[0]._replace(examples=odd)])
    tab_logs.write_epochs(folder / "two", [two.epoch(0, ("healthy", "ill"))])
    return folder, written


@pytest.fixture
def client(epochs, made_page):
    return open_logs(epochs[0])


def test_the_server_ranks_as_the_function_does(client, epochs):
    folder, written = epochs
    answer = client.json("suspects", run="run", step=2)
    suspects = mnist_tb.suspect_labels(mnist_tb.read_examples(folder / "run"), written[2].confidences)
    assert answer["total"] == len(suspects.position) > 0
    columns = ("position", "true", "predicted", "label_probability", "confidence", "epochs_same", "epochs_seen")
    for name, array in zip(columns, (*suspects[:5], *suspects[6:8]), strict=True):
        assert [sample[name] for sample in answer["samples"]] == array[:100].tolist(), name
    earlier = client.json("suspects", run="run", step=1)["samples"]
    assert {sample["epochs_seen"] for sample in earlier} == {2}


def test_the_samples_of_a_cell_come_with_the_most_probable_classes(client, epochs):
    (sample, *_) = client.json("examples", run="run", step=2, true=3, predicted=2)["samples"]
    examples = mnist_tb.read_examples(epochs[0] / "run")[2]
    row = examples.position.tolist().index(sample["position"])
    likely = examples.likely
    assert sample["label_probability"] == likely.label_probability[row]
    assert sample["likely"] == [
        [2, examples.confidence[row]],
        [likely.second[row], likely.second_probability[row]],
        [likely.third[row], likely.third_probability[row]],
    ]


def test_of_two_classes_two_are_most_probable(client):
    samples = client.json("examples", run="two", step=0, true=1, predicted=0)["samples"]
    assert {tuple(index for index, _ in sample["likely"]) for sample in samples} == {(0, 1)}


def test_what_older_logs_and_a_matrix_alone_do_not_hold_is_not_made_up(client):
    assert client.json("suspects", run="older", step=0) == {"total": None, "samples": []}
    (sample, *_) = client.json("examples", run="older", step=0, true=3, predicted=3)["samples"]
    assert (sample["label_probability"], sample["likely"]) == (None, None)
    assert client.json("suspects", run="gap", step=1) == {"total": 0, "samples": []}


def test_without_confidences_the_list_goes_by_the_samples_alone(client, epochs):
    suspects = mnist_tb.suspect_labels(mnist_tb.read_examples(epochs[0] / "unsure"))
    answer = client.json("suspects", run="unsure", step=0)
    assert [sample["position"] for sample in answer["samples"]] == suspects.position[:100].tolist()


def test_samples_of_what_is_no_class_are_no_suspects(client):
    answer = client.json("suspects", run="odd", step=0)
    assert answer["total"] > 0
    assert all(sample["true"] < 10 for sample in answer["samples"])


def positions_of(tab):
    tab.find("figure").first.wait_for()
    return [int(text.split("#")[1].replace(",", "")) for text in tab.texts("figure")]


def test_the_list_leads_to_the_sample_and_to_its_cell_and_stands_in_the_link(tab, logs):
    tab.open(run=VALIDATION, step=4)
    tab.button("Suspects").click()
    positions = positions_of(tab)
    tab.sees(".detail p", "no verdict")
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.list=suspects')")
    examples = logged_epoch(logs, 4).examples
    row = examples.position.tolist().index(positions[0])
    given, proposed = int(examples.true[row]), int(examples.predicted[row])
    said = tab.texts("figure")[0]
    assert re.search(rf"given {given}, [\d.]+ %\nproposed {proposed}, [\d.]+ %\nin \d of 5 epochs", said), said
    tab.find(f"[data-key='sample {positions[0]}']").click()
    tab.sees(".viewer [role=status]", "1 of ")
    tab.page.keyboard.press("ArrowRight")
    tab.sees(".viewer dd", str(positions[1]))
    tab.page.keyboard.press("Escape")
    tab.find(f"[data-key='sample {positions[1]}']:focus").wait_for()
    tab.find(f"[data-key='suspect {positions[0]}']").press("Enter")
    tab.page.wait_for_function(f"location.hash.includes('p.mnist_tb.cell={given}%2C{proposed}')")
    assert focused(tab) == "close"


def test_a_sample_shown_large_says_its_most_probable_classes(tab, logs):
    tab.open(run=VALIDATION, step=4, list="suspects")
    position = positions_of(tab)[0]
    examples = logged_epoch(logs, 4).examples
    row = examples.position.tolist().index(position)
    tab.find(f"[data-key='sample {position}']").click()
    tab.find(".likely li").first.wait_for()
    likely, given = examples.likely, examples.true[row]
    classes = [examples.predicted[row], likely.second[row], likely.third[row]]
    values = [examples.confidence[row], likely.second_probability[row], likely.third_probability[row]]
    assert [" ".join(text.split()) for text in tab.texts(".likely li")] == [
        f"{name}{' (the label)' if name == given else ''} {value:.1%}".replace("%", " %")
        for name, value in zip(classes, values, strict=True)
    ]
    widths = tab.find(".likely .share > span").evaluate_all("bars => bars.map((bar) => bar.style.width)")
    assert [float(width.rstrip("%")) for width in widths] == pytest.approx([100 * value for value in values], abs=1e-3)
    label = likely.label_probability[row]
    assert f"probability of the label\n{label:.1%}".replace("%", " %") in tab.find(".viewer .figures").inner_text()


def test_the_list_is_taken_away_and_no_name_becomes_a_formula(tab, logs):
    tab.open(run="hostile", step=1, list="suspects")
    positions = positions_of(tab)
    with tab.page.expect_download() as found:
        tab.button("Save as CSV").click()
    assert found.value.suggested_filename == "hostile-suspects-epoch-1.csv"
    head, *rows = csv.reader(found.value.path().read_text().splitlines())
    assert head[:3] == ["position", "given", "proposed"]
    assert head[3:] == ["given_probability", "proposed_probability", "epochs_same", "epochs_seen"]
    assert [int(row[0]) for row in rows[: len(positions)]] == positions
    examples = logged_epoch(logs, 1, "hostile").examples
    safe = [*HOSTILE[:4], f"'{HOSTILE[4]}"]
    for row in rows:
        at = examples.position.tolist().index(int(row[0]))
        assert row[1:3] == [safe[examples.true[at]], safe[examples.predicted[at]]]
        assert float(row[3]) == pytest.approx(examples.likely.label_probability[at], abs=1e-6)
        assert float(row[4]) == pytest.approx(examples.confidence[at], abs=1e-6)
    assert any(safe[4] in row for row in rows)


def test_a_run_without_samples_says_so(tab):
    tab.open(run=tab_logs.TRAIN, step=4, list="suspects")
    tab.sees(".detail p", "This run kept no samples.")


@pytest.mark.parametrize(("total", "said"), [(None, "logged by an older mnist_tb"), (0, "No mistake was kept")])
def test_where_there_is_nothing_to_list_one_sentence_says_why(tab, total, said):
    answer = {"total": total, "samples": []}
    tab.page.route(re.compile("/suspects\\?"), lambda route: route.fulfill(json=answer))
    tab.open(run=VALIDATION, step=1, list="suspects")
    tab.sees(".detail p", said)
    tab.page.unroute_all()
