"""The parts of the tab: loading, keeping, sampling, ordering."""

import argparse
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import tab_logs
from tab_client import HeldProvider, TabClient
from tensorboard.errors import InvalidArgumentError, NotFoundError
from tensorboard.plugins.base_plugin import TBContext

from mnist_tb.events import payload
from mnist_tb.tensorboard_plugin import plugin, run_list
from mnist_tb.tensorboard_plugin.cache import Cache, size_of
from mnist_tb.tensorboard_plugin.checks import Checker, Damage
from mnist_tb.tensorboard_plugin.loader import Loader


def test_the_plugin_imports_nothing_heavy():
    program = (
        "import sys; sys.modules.update(dict.fromkeys(['tensorflow', 'keras', 'matplotlib', 'PIL', 'scipy']));"
        "import mnist_tb.tensorboard_plugin.plugin; from mnist_tb.tensorboard_plugin.loader import Loader;"
        "print(sorted(name for name in sys.modules if name.startswith('mnist_tb')))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    own = {name.removeprefix("mnist_tb.") for name in eval(said)}  # noqa: S307
    assert {name for name in own if "tensorboard_plugin" not in name} <= {
        "mnist_tb",
        "confidence",
        "curves",
        "groups",
        "reliability",
        "report",
        "suspects",
        "events",
        "events.confidence",
        "events.payload",
        "events.records",
    }


def test_the_entry_point_imports_neither_the_plugin_nor_numpy():
    program = (
        "import sys; from mnist_tb.tensorboard_plugin.loader import Loader;"
        "assert 'mnist_tb.tensorboard_plugin.plugin' not in sys.modules; assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_tensorboard_finds_the_plugin_by_its_entry_point():
    from tensorboard import default

    assert Loader in default.get_dynamic_plugins()


@pytest.mark.parametrize(
    ("given", "kept"),
    [({}, {"mnist_tb": 0}), ({"mnist_tb": 5}, {"mnist_tb": 5}), ({"images": 3}, {"images": 3, "mnist_tb": 0})],
)
def test_every_step_is_kept_unless_the_user_says_otherwise(given, kept):
    flags = argparse.Namespace(samples_per_plugin=given)
    Loader().fix_flags(flags)
    assert flags.samples_per_plugin == kept


@pytest.mark.parametrize("flags", [argparse.Namespace(), argparse.Namespace(samples_per_plugin=None), None])
def test_flags_of_another_kind_are_left_alone(flags):
    Loader().fix_flags(flags)


def test_nothing_that_is_missing_keeps_tensorboard_from_starting(made_page, monkeypatch, tmp_path, caplog):
    context = TBContext(data_provider=HeldProvider({}))
    assert Loader().load(context) is not None
    assert Loader().load(TBContext()) is None
    assert Loader().load(None) is None
    monkeypatch.setattr(plugin, "STATIC", tmp_path / "nowhere")
    assert Loader().load(context) is None
    assert "nowhere" in caplog.text
    monkeypatch.setitem(sys.modules, "mnist_tb.tensorboard_plugin.plugin", None)
    assert Loader().load(context) is None
    assert caplog.text.count("The tab of mnist_tb is not shown") == 4


def test_a_provider_that_fails_gives_no_500_and_no_active_tab(made_page):
    class Failing(HeldProvider):
        def list_blob_sequences(self, *args, **options):
            raise RuntimeError("the server is gone")

    client = TabClient(Failing({}))
    assert not client.plugin.is_active()
    answer = client.ask("runs")
    assert answer.status == 503
    assert "log" in answer.text


def test_a_run_that_the_provider_cannot_list_leaves_the_others_alone(made_page):
    class Failing(HeldProvider):
        def read_blob_sequences(self, ctx, *, run_tag_filter, **options):
            if "bad" in run_tag_filter.runs:
                raise RuntimeError("a message that is too large")
            return super().read_blob_sequences(ctx, run_tag_filter=run_tag_filter, **options)

    good = {"confusion_matrix": {0: payload.encode_matrix(np.eye(2, dtype=int), ("cat", "dog"))}}
    client = TabClient(Failing({"bad": good, "good": good}))
    runs = client.runs()
    assert runs["bad"]["error"] == "TensorBoard can't list its steps (RuntimeError)"
    assert (runs["good"]["error"], runs["good"]["steps"]) == (None, [0])
    assert client.ask("matrix", run="bad", step=0).status == 404


def test_the_checks_come_to_an_end_though_their_results_do_not_fit_the_cache(made_page):
    made = tab_logs.MadeRun()
    names = tuple("abcdefghij")
    epochs = [made.epoch(step, names) for step in range(6)]
    client = TabClient(
        HeldProvider(
            {
                "run": {
                    "confusion_matrix": {epoch.step: payload.encode_matrix(*epoch.matrix) for epoch in epochs},
                    "examples": {epoch.step: payload.encode_examples(*epoch.examples) for epoch in epochs},
                }
            }
        )
    )
    client.plugin._shared.cache = Cache(1000)  # not one step's
    assert client.runs()["run"]["checked"]


def test_a_value_is_made_once_however_many_threads_want_it():
    cache, made, found = Cache(1000), [], []

    def make():
        made.append(1)
        time.sleep(0.05)  # the others come while it is made
        return "value"

    threads = [threading.Thread(target=lambda: found.append(cache.get("key", make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), found) == (1, ["value"] * 8)


def test_the_cache_keeps_to_its_bytes_and_forgets_what_was_used_longest_ago():
    cache, kilobyte = Cache(2500), np.zeros(125)
    for key in "abc":
        cache.get(key, lambda: kilobyte)
    assert [cache.peek(key) is None for key in "acb"] == [True, False, False]
    cache.get("d", lambda: kilobyte)
    assert [cache.peek(key) is None for key in "bcd"] == [False, True, False]
    assert len(cache.get("large", lambda: bytes(2500))) == 2500
    assert cache.peek("large") is None
    assert cache.peek("b") is not None
    assert 1000 < size_of({"a": (kilobyte, frozenset({"b"}))}) < 2000


def test_a_failure_is_not_kept():
    cache = Cache(100)
    with pytest.raises(ZeroDivisionError):
        cache.get("key", lambda: 1 / 0)
    assert cache.get("key", lambda: "value") == "value"


def test_what_is_decoded_is_not_read_again(made_page):
    made = tab_logs.MadeRun()
    names = tuple("abcdefghij")
    steps = {step: payload.encode_matrix(*made.epoch(step, names).matrix) for step in range(20)}
    source = HeldProvider({"run": {"confusion_matrix": steps}})
    client = TabClient(source)
    client.runs()
    reads = source.reads
    for route in ("overview", "matrix", "classes", "class", "cell", "similar_order", "runs"):
        assert client.ask(route, run="run", step=3, class_=1, true=1, predicted=0).status == 200
    assert source.reads == reads == 60


def test_a_step_that_was_logged_again_is_read_again(made_page):
    source = HeldProvider({})
    client = TabClient(source)
    for count in (3, 5):
        blobs = payload.encode_matrix(np.diag([count, 1]), ("cat", "dog"))
        source.payloads = {"run": {"confusion_matrix": {0: blobs}}}
        source.wall_time += 60
        assert client.json("matrix", run="run", step=0)["counts"] == [count, 1]
        assert client.json("cell", run="run", true=0, predicted=0)["counts"] == [count]


def test_a_run_that_tensorboard_cannot_read_is_asked_for_once(made_page):
    class Refusing(HeldProvider):
        def read_blob(self, ctx=None, *, blob_key):
            self.reads += 1
            raise (NotFoundError if "gone" in blob_key else InvalidArgumentError)(blob_key)

    good = payload.encode_matrix(np.eye(2, dtype=int), ("cat", "dog"))
    source = Refusing({name: {"confusion_matrix": dict.fromkeys(range(3), good)} for name in ('quo"te', "gone")})
    client = TabClient(source)
    runs = client.runs()
    assert "rename its folder" in runs['quo"te']["error"]
    assert "Not found" in runs["gone"]["error"]
    assert [run["steps"] for run in runs.values()] == [[], []]
    assert client.runs() == runs
    assert client.ask("matrix", run='quo"te', step=0).status == 404
    assert source.reads == 6


def test_the_list_of_runs_comes_at_once_and_what_is_wrong_with_them_after_it(made_page, monkeypatch):
    threads, start = [], Checker.start
    monkeypatch.setattr(Checker, "start", lambda *arguments: threads.append(start(*arguments)))
    good = payload.encode_matrix(np.eye(2, dtype=int), ("cat", "dog"))
    client = TabClient(HeldProvider({"run": {"confusion_matrix": {0: [b"{"], 1: good}}}))
    run = client.runs(checked=False)["run"]
    assert (run["steps"], run["checked"], run["class_names"]) == ([0, 1], False, ["cat", "dog"])
    threads[0].join()
    run = client.runs()["run"]
    assert (run["steps"], run["checked"], len(run["warnings"])) == ([1], True, 1)


def test_checks_that_fail_are_silent_and_can_begin_again(made_page):
    checker = Checker(Damage(""))
    for _ in range(2):
        thread = checker.start(["no run"], "no logs")
        thread.join()


def test_many_threads_get_the_same_answers(made_page):
    made = tab_logs.MadeRun()
    epochs = [made.epoch(step, tuple("abcdefghij")) for step in range(20)]
    source = HeldProvider(
        {
            "run": {
                "confusion_matrix": {epoch.step: payload.encode_matrix(*epoch.matrix) for epoch in epochs},
                "examples": {epoch.step: payload.encode_examples(*epoch.examples) for epoch in epochs},
            }
        }
    )
    cell = {"true": 1, "predicted": 0}
    asked = [("overview", {}), ("classes", {"step": 3}), ("examples", {"step": 3} | cell), ("cell", cell)]
    expected = [TabClient(source).json(route, run="run", **query) for route, query in asked]
    client, found = TabClient(source), []

    def ask(number):
        route, query = asked[number % 4]
        found.append(client.json(route, run="run", **query) == expected[number % 4])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 24


@pytest.mark.parametrize(
    ("steps", "limit", "dropped"),
    [
        (range(300), 0, False),
        (range(10), 10, False),
        (range(0, 100, 10), 10, False),
        ([0, 3, 4, 9, 12, 15, 17, 20, 22, 29], 10, True),
        ([0, 3, 4, 9, 12, 15, 17, 20, 22, 29], 0, False),
        ([0, 3, 4, 9], 10, False),
        ([5], 1, False),
        ([], 10, False),
    ],
)
def test_dropped_steps_are_told_as_far_as_can_be_known(steps, limit, dropped):
    assert run_list.were_dropped(list(steps), limit) is dropped


def test_a_tensorboard_that_keeps_few_steps_is_told_of(made_page, tmp_path):
    tab_logs.write_run(tmp_path / "run", epochs=30, per_cell=0)
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer

    multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance={"mnist_tb": 10})
    multiplexer.AddRunsFromDirectory(str(tmp_path))
    multiplexer.Reload()
    source = data_provider.MultiplexerDataProvider(multiplexer, str(tmp_path))
    for samples in (10, None):
        run = TabClient(source, samples=samples).runs()["run"]
        assert len(run["steps"]) == 10
        assert run["dropped"] is True
