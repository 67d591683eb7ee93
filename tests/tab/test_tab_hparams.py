"""Hyperparameters in the table of runs: as logged, on both loaders, in a browser, and whatever a file holds."""

import math

import numpy as np
import pytest
from servers import tensorboard
from tab_client import HeldProvider, TabClient, checked_runs, open_logs
from tab_logs import HOSTILE, write_run
from tensorboard.plugins.hparams import api as keras_hparams
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from mnist_tb.events import payload, summaries, writer

MATRIX = "mnist_tb/validation"
LOGGED = {
    "search/1": {"rate": 1e-5, "optimizer": "adam", "deep": True, "units": 64},
    "search/2": {"rate": 0.1, "optimizer": "adam", "units": 64, HOSTILE[0]: HOSTILE[1]},
    "search": {"rate": 0.001, "optimizer": "sgd", "deep": False, "units": 64},  # search/3 has none of its own
}
SHOWN = {
    "search/1": {"rate": 1e-5, "optimizer": "adam", "deep": True},
    "search/2": {"rate": 0.1, "optimizer": "adam", HOSTILE[0]: HOSTILE[1]},
    "search/3": {"rate": 0.001, "optimizer": "sgd", "deep": False},
    "plain": {},
}


def write_hparams(folder, value):
    events = writer.EventWriter(folder)
    events.write(0, [value])
    events.close()


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tab") / "logs"
    for seed, run in enumerate(SHOWN):
        write_run(folder / run / MATRIX, 4, epochs=2, samples=100, seed=seed)
    for run in ("search/1", "search"):
        write_hparams(folder / run, summaries.hparams(LOGGED[run]))
    (value,) = keras_hparams.hparams_pb(LOGGED["search/2"]).value  # what Keras' callback writes
    write_hparams(folder / "search/2", value)
    return (folder,)


@pytest.fixture(scope="module")
def address(logs):
    """A TensorBoard with the fast loader."""
    with tensorboard(logs[0], "true") as address:
        yield address


def test_a_run_has_those_of_the_nearest_folder_in_which_runs_differ(logs, address, made_page):
    for runs in (open_logs(logs[0]).runs(), checked_runs(address, len(SHOWN))):
        assert {run: runs[f"{run}/{MATRIX}"]["hparams"] for run in SHOWN} == SHOWN


def session(values):
    """What a session's value has for its content."""
    return summaries.hparams(values).metadata.plugin_data.content


def odd_types():
    """A list, an object, a null, and a value of no kind at all, beside a number."""
    info = HParamsPluginData()
    values = info.session_start_info.hparams
    values["list"].list_value.values.add(number_value=1)
    values["object"].struct_value["a"] = 1
    values["null"].null_value = 0
    values["none"].SetInParent()
    values["rate"].number_value = 0.5
    return info.SerializeToString()


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"\xff\xfe no proto", {}),
        (session({"units": 1})[:-3], {}),
        (b"", {}),
        (session({"rate": math.nan, "most": math.inf, "least": -math.inf}), {}),
        (odd_types(), {"rate": 0.5}),
        (session({f"name {index:05}": index for index in range(5000)}), {}),
        (session({f"name {index:03}": index for index in range(30)}), {f"name {i:03}": i for i in range(19)}),
        (session({"n" * 5000: "v" * 5000}), {"n" * 200: "v" * 200}),
        (session({"": "", "<b>": "\x00\u202e"}), {"": "", "<b>": "\x00\u202e"}),
    ],
    ids=["no proto", "cut off", "nothing", "not finite", "other types", "too large", "too many", "long", "hostile"],
)
def test_whatever_a_session_holds_the_runs_are_listed(content, shown, made_page):
    matrix = payload.encode_matrix(np.eye(2, dtype=int), ("a", "b"))
    source = HeldProvider({run: {"confusion_matrix": {0: matrix}} for run in ("bad/1", "good")})
    source.sessions = {"bad": content, "good": session({"a": 1})}
    runs = TabClient(source).runs()
    assert runs["bad/1"]["hparams"] == shown
    assert runs["good"]["hparams"] == ({"a": 1} if shown else {})
    assert runs["bad/1"]["error"] is None


def test_a_provider_that_has_no_hyperparameters_lists_the_runs_all_the_same(made_page):
    class Failing(HeldProvider):
        def list_tensors(self, *args, **options):
            raise NotImplementedError

    matrix = payload.encode_matrix(np.eye(2, dtype=int), ("a", "b"))
    runs = TabClient(Failing({"run": {"confusion_matrix": {0: matrix}}})).runs()
    assert (runs["run"]["hparams"], runs["run"]["error"]) == ({}, None)


def test_the_table_is_sorted_by_a_hyperparameter_and_the_link_says_so(tab):
    tab.open()
    assert tab.texts(".run-heads .hparam") == ["<img src…ed=1>", "deep", "optimizer", "rate"]
    assert tab.texts(".run:nth-child(3) .hparam") == ["</script…ript>", "", "adam", "0.1"]
    assert tab.frame().evaluate("window.hacked") is None
    tab.button("rate", exact=True).click()
    tab.sees(".run-heads [aria-sort=ascending]", "rate")
    assert tab.texts(".run-name") == ["search/1", "search/3", "search/2", "plain"]
    assert tab.texts(".run .hparam:nth-last-child(2)") == ["1e-5", "0.001", "0.1", ""]
    tab.page.wait_for_function("location.hash.includes('p.mnist_tb.run_sort=hparam.rate')")
    tab.button("rate").click()
    tab.sees(".run-heads [aria-sort=descending]", "rate")
    tab.reload()
    assert tab.texts(".run-name") == ["search/2", "search/3", "search/1", "plain"]


def test_many_columns_scroll_within_the_table_under_heads_that_stay(tab):
    tab.open()
    script = """() => {
        document.documentElement.style.setProperty("--runs", "90px");
        const runs = document.querySelector(".runs");
        runs.scrollTo(1000, 1000);
        const left = (selector) => document.querySelector(selector).getBoundingClientRect().left;
        const top = document.querySelector(".run-heads").getBoundingClientRect().top;
        const page = document.documentElement;
        return [runs.scrollLeft > 0, runs.scrollTop > 0, top === runs.getBoundingClientRect().top,
            left(".run > .name") > left(".runs"), page.scrollWidth <= page.clientWidth];
    }"""
    assert tab.frame().evaluate(script) == [True] * 5
