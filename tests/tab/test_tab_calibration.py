"""The route /calibration: how far confidences can be trusted over the epochs, whatever the event files hold."""

import json
import zlib

import numpy as np
import pytest
import tab_logs
from tab_client import HeldProvider, TabClient, open_logs

from mnist_tb.confidence import confidences_of
from mnist_tb.curves import precision_recall, roc
from mnist_tb.events import payload
from mnist_tb.events.confidence import encode_confidences
from mnist_tb.reliability import calibration
from mnist_tb.tensorboard_plugin import cache

pytestmark = pytest.mark.usefixtures("made_page")

RUN = "a/mnist_tb/validation"
ERRORS = ("expected_calibration_error", "maximum_calibration_error")
CLASSES = ("cat", "dog")
MATRIX = payload.encode_matrix(np.array([[5, 1], [2, 7]]), CLASSES)
FOUND = confidences_of([0, 0, 1], [[0.9, 0.1], [0.3, 0.7], [0.4, 0.6]], CLASSES)
GOOD = encode_confidences(FOUND)


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def epochs(logs):
    tab_logs.write_run(logs / "many", 30, epochs=2, samples=900)
    matrix = tab_logs.Matrix(np.array([[3, 0], [0, 0]]), CLASSES)
    tab_logs.write_epochs(logs / "older", [tab_logs.Epoch(7, matrix, None, None)])
    return tab_logs.write_run(logs / RUN, epochs=4)


def test_it_says_of_all_answers_how_far_they_can_be_trusted_at_each_step(logs, epochs):
    answer = open_logs(logs).json("calibration", run=RUN)
    every = [epoch.confidences for epoch in epochs]
    assert answer.pop("steps") == [0, 1, 2, 3]
    for name in ERRORS:
        assert answer.pop(name) == pytest.approx([getattr(calibration(found), name) for found in every])
    precisions = [precision_recall(found).macro_average_precision for found in every]
    assert answer.pop("macro_average_precision") == pytest.approx(precisions)
    assert answer.pop("macro_auc") == pytest.approx([roc(found).macro_auc for found in every])
    assert answer == {}


def test_it_says_the_same_of_the_answers_that_said_a_class(logs, epochs):
    answer = open_logs(logs).json("calibration", run=RUN, class_=4)
    every = [epoch.confidences for epoch in epochs]
    assert answer.pop("steps") == [0, 1, 2, 3]
    for name in ERRORS:
        assert answer.pop(name) == pytest.approx([getattr(calibration(found, 4), name) for found in every])
    precisions = [precision_recall(found, 4).average_precision for found in every]
    assert answer.pop("average_precision") == pytest.approx(precisions)
    assert answer.pop("auc") == pytest.approx([roc(found, 4).auc for found in every])
    assert answer == {}


def test_what_was_not_counted_is_null_and_older_logs_have_no_step(logs, epochs):
    client = open_logs(logs)
    for query, names in (({}, ("macro_average_precision", "macro_auc")), ({"class_": 3}, ("average_precision", "auc"))):
        many = client.json("calibration", run="many", **query)
        assert [many[name] for name in names] == [[None, None], [None, None]]
        assert None not in many["expected_calibration_error"]
        older = client.json("calibration", run="older", **dict.fromkeys(query, 0))
        assert set(older) == {"steps", *ERRORS, *names}
        assert all(values == [] for values in older.values())


def header(**changes):
    return json.dumps(json.loads(GOOD[0]) | changes).encode()


BROKEN = {
    "no parts": ([], "must begin with its header"),
    "a future version": ([header(version=2), *GOOD[1:]], "update mnist_tb"),
    "other bins": ([header(bins=64), *GOOD[1:]], "in 64 bins, and this mnist_tb reads 120"),
    "one class": ([header(class_names=["cat"]), *GOOD[1:]], "1 classes"),
    "too many classes": ([header(class_names=["x"] * 10_001), *GOOD[1:]], "10,001 classes"),
    "a billion entries": ([header(entries=10**9), *GOOD[1:]], "how many entries"),
    "unknown widths": ([header(widths=[9] * 4), *GOOD[1:]], "how many bytes"),
    "a missing part": (GOOD[:-1], "in 1 parts"),
    "cut off": ([GOOD[0], GOOD[1][:-3]], "cut off"),
    "no zlib": ([GOOD[0], b"scores"], "can't be read"),
    "a part that is huge": ([GOOD[0], zlib.compress(bytes(10**8))], "do not hold the numbers"),
}


@pytest.mark.parametrize(("blobs", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_step_is_left_out_and_named_and_the_matrix_is_shown(blobs, message):
    run = {"confusion_matrix": {0: MATRIX, 1: MATRIX}, "confidences": {0: blobs, 1: GOOD}}
    client = TabClient(HeldProvider({"run": run}))
    listed = client.runs()["run"]
    assert (listed["steps"], listed["error"], listed["has_confidences"]) == ([0, 1], None, True)
    assert listed["warnings"][0].startswith("confidences at step 0 can't be read: ")
    assert message in listed["warnings"][0]
    answer = client.json("calibration", run="run")
    assert answer["steps"] == [1]
    assert answer["expected_calibration_error"] == [pytest.approx(calibration(FOUND).expected_calibration_error)]
    for route in ("confidences", "scores"):
        refused = client.ask(route, run="run", step=0, class_=1)
        assert refused.status == 404
        assert message in refused.text
        assert client.ask(route, run="run", step=1, class_=1).status == 200


def test_a_run_whose_confidences_are_all_broken_has_none():
    run = {"confusion_matrix": {0: MATRIX}, "confidences": {0: GOOD[:-1]}}
    client = TabClient(HeldProvider({"run": run}))
    assert not client.runs()["run"]["has_confidences"]
    assert client.json("calibration", run="run")["steps"] == []


def test_a_step_of_other_classes_than_the_newest_is_left_out():
    other = encode_confidences(FOUND._replace(class_names=("ant", "bee")))
    run = {"confusion_matrix": {0: MATRIX, 1: MATRIX}, "confidences": {0: other, 1: GOOD}}
    client = TabClient(HeldProvider({"run": run}))
    assert client.json("calibration", run="run")["steps"] == [1]
    assert "other classes" in client.ask("confidences", run="run", step=0).text


def test_numbers_that_contradict_each_other_are_answered():
    """Each part is as large as can be, and no part knows of the others."""
    huge = np.full_like(FOUND.label_counts, 2**53 // FOUND.label_counts.size)
    odd = encode_confidences(FOUND._replace(counts=FOUND.counts * 2**50, label_counts=huge, other_counts=huge * 0))
    client = TabClient(HeldProvider({"run": {"confusion_matrix": {0: MATRIX}, "confidences": {0: odd}}}))
    for query in ({}, {"class_": 1}):
        assert client.json("calibration", run="run", **query)["steps"] == [0]


def test_steps_are_read_once_and_no_more_than_some_of_them_are_kept(monkeypatch):
    monkeypatch.setattr(cache, "_MOST_OF_CONFIDENCES", 5 * cache.size_of(FOUND) // 2)
    run = {"confusion_matrix": {0: MATRIX}, "confidences": dict.fromkeys(range(5), GOOD)}
    source = HeldProvider({"run": run})
    client = TabClient(source)
    client.runs()
    reads = source.reads
    assert client.json("calibration", run="run")["steps"] == [0, 1, 2, 3, 4]
    assert source.reads == reads
    assert len(client.plugin._shared.confidences._kept) == 2
