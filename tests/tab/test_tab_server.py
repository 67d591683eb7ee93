"""A real TensorBoard, started as anybody would, serves the tab on both of its loaders and behind a path prefix."""

import json
import re
import urllib.request

import numpy as np
import pytest
import tab_logs
from servers import tensorboard
from tab_client import ask_server, checked_runs

from mnist_tb.events.records import find_damage

RUN = "run/mnist_tb/validation"
EPOCHS = 300
ODD = 'a "quoted"\nname'


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder, and the epochs written to it: more than TensorBoard keeps of anything by default but scalars."""
    folder = tmp_path_factory.mktemp("logs")
    epochs = tab_logs.write_run(folder / RUN, epochs=EPOCHS, samples=300)
    events = tab_logs.writer.EventWriter(folder / "broken")
    tab_logs.write_blobs(events, 0, {"confusion_matrix": [b"\xff\xfe no payload", b"\x00"]})
    events.close()
    tab_logs.write_run(folder / ODD, epochs=2, samples=100)
    tab_logs.write_run(folder / "damaged", epochs=3, samples=100)
    path = damaged_file(folder)
    content = path.read_bytes()
    path.write_bytes(content[:-50] + b"damage" + content[-44:])
    return folder, epochs


@pytest.fixture(scope="module", params=["true", "false"], ids=["fast loader", "Python loader"])
def server(request, written):
    with tensorboard(written[0], request.param, "--path_prefix", "/a/prefix") as address:
        yield address if address.endswith("/a/prefix") else f"{address}/a/prefix"


def damaged_file(folder):
    (path,) = (folder / "damaged").glob("*.mnist_tb")
    return path


def get(address, route, **query):
    answer = ask_server(address, route, **query)
    assert answer.status == 200, answer.text
    return answer.json


def test_the_tab_is_listed(server):
    with urllib.request.urlopen(f"{server}/data/plugins_listing") as answer:  # noqa: S310
        listed = json.load(answer)["mnist_tb"]
    assert (listed["enabled"], listed["tab_name"]) == (True, "Confusion Matrix")
    assert listed["loading_mechanism"]["type"] == "IFRAME"
    path = listed["loading_mechanism"]["module_path"]
    assert path == "/a/prefix/data/plugin/mnist_tb/plugin/mnist_tb/static/index.js"


def test_no_step_is_dropped(server, written):
    runs = {run["run"]: run for run in get(server, "runs")["runs"]}
    assert runs[RUN]["steps"] == list(range(EPOCHS))
    assert runs[RUN]["dropped"] is False
    assert "must begin with its header" in runs["broken"]["error"]
    for step in (0, 150, 299):
        answer = get(server, "matrix", run=RUN, step=step)
        counts = np.zeros(100, int)
        counts[answer["indices"]] = answer["counts"]
        np.testing.assert_array_equal(counts.reshape(10, 10), written[1][step].matrix.counts)


def test_a_damaged_file_is_named_as_the_reader_names_it(server, written):
    run = checked_runs(server)["damaged"]
    said = find_damage(damaged_file(written[0])).replace(f"{written[0].parent}/", "")  # where TensorBoard was started
    assert said.startswith("damaged at byte")
    assert (run["warnings"][0], run["error"], run["steps"][:2]) == (said, None, [0, 1])


def test_a_run_of_an_odd_name_is_shown_or_said_to_be_unreadable_and_not_checked_for_ever(server, request):
    run = checked_runs(server)[ODD]
    if request.node.callspec.params["server"] == "true":
        assert "--load_fast=false" in run["error"]
    else:
        assert (run["error"], run["steps"]) == (None, [0, 1])


@pytest.mark.parametrize("load_fast", ["true", "false"])
def test_steps_that_tensorboard_dropped_are_said_to_be(written, load_fast):
    with tensorboard(written[0], load_fast, "--samples_per_plugin", "mnist_tb=30") as address:
        runs = {run["run"]: run for run in get(address, "runs")["runs"]}
    assert len(runs[RUN]["steps"]) == 30
    assert runs[RUN]["dropped"] is True


@pytest.mark.parametrize("load_fast", ["true", "false"])
def test_of_a_fit_into_the_same_folder_the_new_epochs_take_the_place_of_the_old(tmp_path, load_fast):
    folder, made, names = tmp_path / "logs", tab_logs.MadeRun(samples=300), tuple(map(str, range(10)))

    def fit(run, first, last):
        return tab_logs.write_epochs(folder / run, [made.epoch(step, names) for step in range(first, last)])[0]

    fit("again", 0, 4)
    fit("resumed", 0, 4)
    newest = {"again": fit("again", 0, 2), "resumed": fit("resumed", 4, 6)}
    with tensorboard(folder, load_fast) as address:
        assert {run["run"]: run["steps"] for run in get(address, "runs")["runs"]} == {
            "again": [0, 1],
            "resumed": [0, 1, 2, 3, 4, 5],
        }
        for run, epoch in newest.items():
            answer = get(address, "matrix", run=run, step=epoch.step)
            np.testing.assert_array_equal(answer["counts"], epoch.matrix.counts.ravel()[answer["indices"]])


def test_the_pictures_of_a_cell_are_the_very_ones_that_were_logged(server, written):
    logged = {}
    for epoch in written[1]:
        logged.update(epoch.examples.thumbnails)
    samples = get(server, "examples", run=RUN, step=299, true=4, predicted=4)["samples"]
    assert len(samples) == 4
    for sample in samples:
        answer = ask_server(server, "picture", run=RUN, key=sample["key"])
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.data == logged[sample["key"]]


def test_every_other_route_answers(server):
    for route in ("overview", "classes", "class", "cell", "flips", "similar_order"):
        assert get(server, route, run=RUN, step=1, class_=1, true=1, predicted=0, from_=0, to=299)


def test_the_page_and_all_that_it_imports_is_served(server):
    waiting, seen = ["index.js"], set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            answer = ask_server(server, f"static/{name}")
            assert answer.headers["Content-Type"].startswith("text/javascript")
            waiting += re.findall(r"""from ["']\./([\w.]+)["']""", answer.text)


@pytest.mark.parametrize("path", ["static/../plugin.py", "static/..%2fplugin.py", "static/%2e%2e/%2e%2e/payload.py"])
def test_no_other_file_is_served(server, path):
    assert ask_server(server, path).status == 404
