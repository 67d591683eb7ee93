"""Event files may hold anything: a run that can't be read has a message, and the others are not disturbed."""

import json
import zlib

import numpy as np
import pytest
import tab_logs
from tab_client import HeldProvider, TabClient, open_logs

from mnist_tb.events import payload
from mnist_tb.events.writer import EventWriter
from mnist_tb.tensorboard_plugin import runs

pytestmark = pytest.mark.usefixtures("made_page")

MATRIX = payload.encode_matrix(np.array([[5, 1], [2, 7]]), ("cat", "dog"))
WEIGHTED = payload.encode_matrix(np.array([[5, 1], [2, 7]]), ("cat", "dog"), np.array([[0.5, np.nan], [0, 1]]))
ONE = np.array([1])
CELL = {"true": 1, "predicted": 1}  # of the examples
PICTURE = tab_logs.png(np.zeros((2, 2), np.uint8))


def examples(thumbnails, true=1, scope="cell"):
    return payload.encode_examples(scope, ONE * true, ONE, ONE * 0.5, ONE, list(thumbnails), thumbnails)


EXAMPLES = examples({"a": PICTURE})
TRACKED = payload.encode_tracked(np.array([0, 1]), np.array([0, 0]))


def header(**changes):
    """The header of a matrix of two classes with something else in it."""
    return json.dumps(json.loads(MATRIX[0]) | changes).encode()


def matrix_of(classes):
    """A well-formed payload of so many classes without a sample."""
    names = json.dumps({"version": 1, "class_names": ["x"] * classes, "nonfinite": 0, "weighted": False})
    return [names.encode(), zlib.compress(b""), zlib.compress(b"")]


def squeezed(dtype, *numbers):
    """Numbers as a part of a payload."""
    return zlib.compress(np.array(numbers, dtype).tobytes())


BROKEN_MATRICES = {
    "no parts": ([], "must begin with its header"),
    "no JSON": ([b"\xff\x00", MATRIX[1]], "must begin with its header"),
    "deep JSON": ([b"[" * 10**6, MATRIX[1]], "must begin with its header"),
    "a huge header": ([b" " * 9_000_000 + MATRIX[0], MATRIX[1]], "9,000,0"),
    "a future version": ([header(version=2), MATRIX[1]], "update mnist_tb"),
    "a long version": ([header(version="9" * 10_000), MATRIX[1]], "update mnist_tb"),
    "no names": ([header(class_names=None), MATRIX[1]], "class_names"),
    "names that are none": ([header(class_names=["cat", 7]), MATRIX[1]], "class_names"),
    "one class": ([header(class_names=["cat"]), MATRIX[1]], "1 classes"),
    "too many classes": ([header(class_names=["x"] * 4001), MATRIX[1]], "4,001 classes"),
    "a huge nonfinite": ([header(nonfinite=10**30), MATRIX[1]], "must say"),
    "a nonfinite below 0": ([header(nonfinite=-1), MATRIX[1]], "must say"),
    "no counts": ([MATRIX[0]], "parts"),
    "no weights": ([header(weighted=True), *MATRIX[1:]], "parts"),
    "cut off": ([*MATRIX[:2], MATRIX[2][:-5]], "cut off"),
    "no zlib": ([*MATRIX[:2], b"counts"], "can't be read"),
    "too many cells": ([MATRIX[0], zlib.compress(bytes(10**8)), MATRIX[2]], "do not fit its 2 classes"),
    "uneven cells": ([MATRIX[0], zlib.compress(bytes(15)), MATRIX[2]], "do not fit its 2 classes"),
    "cells of 3 classes": ([MATRIX[0], squeezed("<i4", 0, 1, 2, 8), MATRIX[2]], "do not fit its 2 classes"),
    "cells below 0": ([MATRIX[0], squeezed("<i4", -1, 1, 2, 3), MATRIX[2]], "do not fit its 2 classes"),
    "cells that come twice": ([MATRIX[0], squeezed("<i4", 0, 1, 1, 3), MATRIX[2]], "do not fit its 2 classes"),
    "too many counts": ([*MATRIX[:2], zlib.compress(bytes(10**8))], "do not fit its 4 cells"),
    "too few counts": ([*MATRIX[:2], squeezed("<i8", 5, 1, 2)], "do not fit its 4 cells"),
    "counts below 0": ([*MATRIX[:2], squeezed("<i8", -1, 1, 2, 5)], "below 0"),
    "counts that overflow": ([*MATRIX[:2], squeezed("<i8", *[2**62] * 4)], "larger than can be"),
}


def client_of(**runs):
    """A client of runs beside one that is good; each a dict by tag of a dict by step."""
    good = {"confusion_matrix": {0: MATRIX}, "examples": {0: EXAMPLES}, "tracked": {0: TRACKED}}
    return TabClient(HeldProvider({"good": good, **runs}))


@pytest.mark.parametrize(("blobs", "message"), BROKEN_MATRICES.values(), ids=BROKEN_MATRICES)
def test_a_run_that_cannot_be_read_has_a_message_and_the_others_work(blobs, message):
    client = client_of(bad={"confusion_matrix": {0: blobs}})
    runs = client.runs()
    assert message in runs["bad"]["error"]
    assert len(runs["bad"]["error"]) < 400
    assert (runs["bad"]["steps"], runs["bad"]["class_names"]) == ([], [])
    assert (runs["good"]["error"], runs["good"]["steps"]) == (None, [0])
    assert client.json("matrix", run="good", step=0)["counts"] == [5, 1, 2, 7]
    for route in ("overview", "matrix", "classes", "class", "cell", "similar_order"):
        answer = client.ask(route, run="bad", step=0, class_=0, true=0, predicted=0)
        assert answer.status == 404
        assert "run 'bad'" in answer.text
        assert message in answer.text


def test_ten_thousand_classes_are_refused_before_they_are_unzipped():
    """Its counts would take 800 MB."""
    client = client_of(bad={"confusion_matrix": {0: matrix_of(10_000)}})
    assert "10,000 classes" in client.runs()["bad"]["error"]
    assert client.json("matrix", run="good", step=0)["counts"] == [5, 1, 2, 7]


def test_a_thousand_classes_are_none_too_many():
    answer = client_of(bad={"confusion_matrix": {0: matrix_of(1000)}}).json("matrix", run="bad", step=0)
    assert (answer["num_classes"], answer["counts"]) == (1000, [])


@pytest.mark.parametrize("what", ["no parts", "too many classes", "cut off"])
def test_a_broken_step_of_a_good_run_is_left_out_and_named(what):
    blobs, message = BROKEN_MATRICES[what]
    client = client_of(run={"confusion_matrix": {0: MATRIX, 1: blobs, 2: MATRIX, 3: blobs}})
    run = client.runs()["run"]
    assert (run["steps"], run["error"], len(run["warnings"])) == ([0, 2], None, 2)
    assert "step 1 " in run["warnings"][0]
    assert message in run["warnings"][0]
    assert client.json("overview", run="run")["steps"] == [0, 2]
    assert client.json("cell", run="run", true=1, predicted=0)["counts"] == [2, 2]
    answer = client.ask("matrix", run="run", step=1)
    assert answer.status == 404
    assert message in answer.text


def test_a_step_with_other_classes_than_the_newest_is_left_out_and_named():
    other = payload.encode_matrix(np.eye(3, dtype=int), ("a", "b", "c"))
    client = client_of(run={"confusion_matrix": {0: other, 1: MATRIX}})
    run = client.runs()["run"]
    assert run["steps"] == [1]
    assert "step 0 has other classes" in run["warnings"][0]
    assert client.ask("matrix", run="run", step=0).status == 404
    assert client.json("overview", run="run")["steps"] == [1]
    assert client.json("cell", run="run", true=1, predicted=0) == {"steps": [1], "counts": [2]}


def test_a_matrix_with_samples_in_millions_of_cells_is_refused(monkeypatch):
    monkeypatch.setattr(runs, "_MAX_CELLS", 3)
    assert "in more than 3 cells" in client_of().runs()["good"]["error"]


BROKEN_EXAMPLES = {
    "a missing picture": (EXAMPLES[:-1], "parts"),
    "no table": (EXAMPLES[:1], "parts"),
    "a table cut off": ([EXAMPLES[0], EXAMPLES[1][:-3], PICTURE], "cut off"),
    "a table without columns": ([EXAMPLES[0], zlib.compress(b"{}"), PICTURE], "table"),
    "a huge table": ([EXAMPLES[0], zlib.compress(bytes(10**8)), PICTURE], "more than can be read"),
    "a future version": ([EXAMPLES[0].replace(b'"version": 1', b'"version": 2'), *EXAMPLES[1:]], "update mnist_tb"),
    "thumbnails that are none": ([EXAMPLES[0].replace(b'{"a": "png"}', b'[[1]]'), *EXAMPLES[1:]], "which thumbnails"),
}  # fmt: skip


@pytest.mark.parametrize(("blobs", "message"), BROKEN_EXAMPLES.values(), ids=BROKEN_EXAMPLES)
def test_broken_examples_are_named_and_the_matrix_is_shown(blobs, message):
    client = client_of(run={"confusion_matrix": {0: MATRIX, 1: MATRIX}, "examples": {0: blobs, 1: EXAMPLES}})
    run = client.runs()["run"]
    assert (run["steps"], run["error"], run["has_examples"]) == ([0, 1], None, True)
    assert message in run["warnings"][0]
    answer = client.ask("examples", run="run", step=0, **CELL)
    assert answer.status == 404
    assert message in answer.text
    assert client.json("examples", run="run", step=1, **CELL)["samples"][0]["key"] == "a"
    assert client.ask("picture", run="run", key="a").data == PICTURE


def test_pictures_are_read_when_they_are_looked_at_and_a_later_one_that_is_none_is_not_served():
    shown = dict.fromkeys("abcdefgh", PICTURE) | {"h": b"\xff\xd8\xff\xe0 a JPEG"}
    eight = np.ones(8, int)
    blobs = payload.encode_examples("cell", eight, eight, eight * 0.5, np.arange(8), list(shown), shown)
    client = client_of(run={"confusion_matrix": {0: MATRIX}, "examples": {0: blobs}})
    source = client.plugin._provider
    client.runs()
    reads = source.reads
    assert [sample["form"] for sample in client.json("examples", run="run", step=0, **CELL)["samples"]] == ["png"] * 8
    assert source.reads == reads
    assert client.ask("picture", run="run", key="g").data == PICTURE
    assert client.ask("picture", run="run", key="h").status == 404


def test_a_text_is_shown_as_text_and_is_no_picture():
    text = "<svg onload=alert(1)>"
    client = client_of(run={"confusion_matrix": {0: MATRIX}, "examples": {0: examples({"a": text})}})
    sample = client.json("examples", run="run", step=0, **CELL)["samples"][0]
    assert (sample["form"], sample["text"]) == ("text", text)
    assert client.ask("picture", run="run", key="a").status == 404


def test_examples_of_no_class_are_not_shown():
    client = client_of(run={"confusion_matrix": {0: MATRIX}, "examples": {0: examples({"a": PICTURE}, true=2)}})
    for true in (0, 1):
        answer = client.json("examples", run="run", step=0, true=true, predicted=1)
        assert answer == {"scope": "cell", "samples": []}


def test_the_scope_is_a_known_word_or_none():
    client = client_of(run={"confusion_matrix": {0: MATRIX}, "examples": {0: examples({"a": PICTURE}, scope="<b>")}})
    assert client.json("examples", run="run", step=0, **CELL)["scope"] == ""


def test_broken_tracked_samples_are_named():
    steps = {0: TRACKED, 1: [TRACKED[0], TRACKED[1][:-3]]}
    client = client_of(run={"confusion_matrix": {0: MATRIX, 1: MATRIX}, "tracked": steps})
    run = client.runs()["run"]
    assert run["has_tracked"]
    assert "tracked at step 1" in run["warnings"][0]
    assert client.ask("flips", run="run", from_=0, to=1).status == 404


def test_flips_of_samples_in_another_order_are_not_made_up():
    turned = payload.encode_tracked(np.array([1, 0]), np.array([1, 1]))
    client = client_of(run={"confusion_matrix": {0: MATRIX}, "tracked": {0: TRACKED, 1: turned}})
    answer = client.json("flips", run="run", from_=0, to=1)
    assert (answer["stable"], answer["broken"], answer["fixed"]) == (False, [], [])


def test_flips_to_what_is_no_class_are_left_out():
    odd = payload.encode_tracked(np.array([0, 1]), np.array([2**60, -5]))
    client = client_of(run={"confusion_matrix": {0: MATRIX}, "tracked": {0: TRACKED, 1: odd}})
    answer = client.json("flips", run="run", from_=0, to=1)
    assert (answer["stable"], answer["broken"], answer["fixed"]) == (True, [], [])


def test_weights_that_are_no_numbers_are_null():
    answer = client_of(run={"confusion_matrix": {0: WEIGHTED}}).json("matrix", run="run", step=0)
    assert answer["weighted"] == [0.5, None, 0, 1]


def test_many_warnings_are_cut_short():
    steps = {step: MATRIX if step == 99 else [] for step in range(100)}
    warnings = client_of(run={"confusion_matrix": steps}).runs()["run"]["warnings"]
    assert len(warnings) == 21
    assert warnings[-1] == "and 79 more like these"


def test_a_payload_that_claims_a_billion_parts_is_left_alone(tmp_path):
    """TensorBoard's Python loader would name each of them."""
    from tensorboard.compat.proto import summary_pb2, tensor_pb2

    def value(tag, dtype="DT_STRING", size=10**9, **content):
        described = summary_pb2.SummaryMetadata(plugin_data={"plugin_name": "mnist_tb"})
        described.data_class = summary_pb2.DATA_CLASS_BLOB_SEQUENCE
        tensor = tensor_pb2.TensorProto(dtype=dtype, tensor_shape={"dim": [{"size": size}]}, **content)
        return summary_pb2.Summary.Value(tag=tag, metadata=described, tensor=tensor)

    for run, values in {
        "many": [value("confusion_matrix")],
        "some": [value("examples")],
        "floats": [value("confusion_matrix", "DT_FLOAT", 2, float_val=[1, 2])],
        "negative": [value("confusion_matrix", size=-2)],
        "fewer": [value("confusion_matrix", size=4, string_val=MATRIX)],
    }.items():
        events = EventWriter(tmp_path / run)
        events.write(0, values)
        if run == "some":
            tab_logs.write_blobs(events, 0, {"confusion_matrix": MATRIX})
        events.close()
    runs = open_logs(tmp_path).runs()
    assert "more parts" in runs["many"]["error"]
    assert "more parts" in runs["some"]["warnings"][0]
    assert runs["some"]["steps"] == [0]
    assert all(runs[run]["error"] for run in ("floats", "negative", "fewer"))
