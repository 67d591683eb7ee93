"""Writer and reader: what is written is what comes back, whole or cut off."""

import struct

import numpy as np
import pytest

import mnist_tb
from mnist_tb.events import payload, writer
from mnist_tb.events.payload import MatrixPayload

MATRIX = MatrixPayload(np.array([[5, 1], [0, 7]]), ("cat", "dog"))


def write(folder, *matrices, split="validation"):
    events = writer.EventWriter(folder / "mnist_tb" / split)
    for step, matrix in matrices:
        events.write(step, [writer.payload("confusion_matrix", payload.PLUGIN_NAME, payload.encode(matrix))])
    events.close()
    return events.path


@pytest.mark.parametrize(
    "matrix",
    [
        MATRIX,
        MatrixPayload(np.array([[2**40, 0], [3, 1]]), ("ü", "<b>"), np.array([[0.5, 0], [1e-9, 3]]), nonfinite=4),
        MatrixPayload(np.arange(300**2).reshape(300, 300), tuple(map(str, range(300)))),
    ],
)
def test_a_payload_comes_back_as_it_went(matrix):
    back = payload.decode(payload.encode(matrix))
    np.testing.assert_array_equal(back.counts, matrix.counts)
    assert (back.class_names, back.nonfinite) == (matrix.class_names, matrix.nonfinite)
    assert (back.weighted_counts is None) == (matrix.weighted_counts is None)
    if matrix.weighted_counts is not None:
        np.testing.assert_array_equal(back.weighted_counts, matrix.weighted_counts)


@pytest.mark.parametrize(
    ("blobs", "message"),
    [
        ([], "must begin with its header"),
        ([b"{"], "must begin with its header"),
        ([b"[]"], "must begin with its header"),
        ([b"\xff\xfe"], "must begin with its header"),
        ([b"[" * 100_000], "must begin with its header"),
        ([payload.encode(MATRIX)[0]], "is none that mnist_tb wrote"),
        (
            [payload.encode(MATRIX)[0].replace(b'"version": 1', b'"version": 2'), b""],
            "has version 2: update mnist_tb",
        ),
        ([payload.encode(MATRIX)[0].replace(b'"cat"', b"7"), b""], "must be a list of texts"),
        (
            [payload.encode(MATRIX._replace(nonfinite=10**30))[0], payload.encode(MATRIX)[1]],
            "must say whether it is weighted and what is not in it",
        ),
        (
            [payload.encode(MATRIX._replace(nonfinite=-1))[0], payload.encode(MATRIX)[1]],
            "must say whether it is weighted and what is not in it",
        ),
        ([payload.encode(MATRIX)[0], b"no zlib"], "can't be read"),
        ([payload.encode(MATRIX)[0], payload.encode(MATRIX)[1][:-5]], "cut off"),
        (
            [payload.encode(MATRIX)[0].replace(b'"cat"', b'"cat", "cow"'), payload.encode(MATRIX)[1]],
            "do not fit its 3",
        ),
    ],
)
def test_a_damaged_payload_is_refused_in_a_message(blobs, message):
    with pytest.raises(ValueError, match=message):
        payload.decode(blobs)


def test_epochs_are_read_in_order(tmp_path):
    write(tmp_path, (3, MATRIX), (1, MATRIX._replace(counts=np.array([[1, 2], [3, 4]]))))
    read = mnist_tb.read_confusion_matrices(tmp_path)
    assert read.steps.tolist() == [1, 3]
    assert read.counts.tolist() == [[[1, 2], [3, 4]], [[5, 1], [0, 7]]]
    assert read.class_names == ("cat", "dog")
    assert read.weighted_counts is None
    assert read.nonfinite.tolist() == [0, 0]


def test_an_epoch_written_twice_counts_as_it_was_written_last(tmp_path):
    write(tmp_path, (0, MATRIX), (1, MATRIX))
    write(tmp_path, (1, MATRIX._replace(counts=np.eye(2, dtype=int))))
    read = mnist_tb.read_confusion_matrices(tmp_path)
    assert read.counts.tolist() == [[[5, 1], [0, 7]], [[1, 0], [0, 1]]]


def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path):
    path = write(tmp_path, (0, MATRIX), (1, MATRIX))
    path.write_bytes(path.read_bytes()[:-7])
    assert mnist_tb.read_confusion_matrices(tmp_path).steps.tolist() == [0]


def test_a_record_that_is_no_event_is_named(tmp_path):
    path = write(tmp_path, (0, MATRIX))
    with path.open("ab") as file:
        file.write(writer._record(b"no event"))
    with pytest.raises(ValueError, match=r"a record of '.*tfevents.*' is no event"):
        mnist_tb.read_confusion_matrices(tmp_path)


@pytest.mark.parametrize("length", [2**64 - 1, 2**63 - 1, 2**50])
def test_a_length_that_can_not_be_is_where_reading_ends(length, tmp_path):
    path, header = write(tmp_path, (0, MATRIX)), struct.pack("<Q", length)
    with path.open("ab") as file:
        file.write(header + writer._checksum(header) + b"a record")
    assert mnist_tb.read_confusion_matrices(tmp_path).steps.tolist() == [0]


def test_tensorboard_is_told_where_a_fit_begins(tmp_path):
    from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

    for values in ([0.1, 0.2, 0.3], [0.9, 0.8]):
        events, first = writer.EventWriter(tmp_path), 3 - len(values)
        events.begin(first)
        for step, value in enumerate(values, first):
            events.write(step, [writer.scalar("accuracy", value)])
        events.close()
    run = EventAccumulator(str(tmp_path))
    run.Reload()
    assert [event.step for event in run.Tensors("accuracy")] == [0, 1, 2]
    assert [event.tensor_proto.float_val[0] for event in run.Tensors("accuracy")] == pytest.approx([0.1, 0.9, 0.8])


def test_the_folder_of_one_run_can_be_named_too(tmp_path):
    write(tmp_path, (0, MATRIX))
    assert mnist_tb.read_confusion_matrices(tmp_path / "mnist_tb" / "validation").steps.tolist() == [0]


def test_where_nothing_was_logged_the_runs_below_are_named(tmp_path):
    write(tmp_path / "run1", (0, MATRIX))
    with pytest.raises(FileNotFoundError, match=r"no confusion matrices of validation.*there are runs in .*run1"):
        mnist_tb.read_confusion_matrices(tmp_path)
    with pytest.raises(FileNotFoundError, match="no confusion matrices of train were logged in"):
        mnist_tb.read_confusion_matrices(tmp_path / "run1", "train")


def test_classes_that_changed_between_epochs_are_refused(tmp_path):
    write(tmp_path, (0, MATRIX), (1, MATRIX._replace(class_names=("dog", "cat"))))
    with pytest.raises(ValueError, match="the classes changed between the epochs"):
        mnist_tb.read_confusion_matrices(tmp_path)


def test_each_write_is_on_the_disk_at_once(tmp_path):
    events = writer.EventWriter(tmp_path / "mnist_tb" / "validation")
    events.write(0, [writer.payload("confusion_matrix", payload.PLUGIN_NAME, payload.encode(MATRIX))])
    assert mnist_tb.read_confusion_matrices(tmp_path).steps.tolist() == [0]
    events.close()


def test_files_of_one_second_do_not_meet(tmp_path):
    paths = {writer.EventWriter(tmp_path).path for _ in range(3)}
    assert len(paths) == len(list(tmp_path.iterdir())) == 3


def test_writing_needs_no_tensorflow(tmp_path):
    import subprocess
    import sys

    code = f"""
import sys, numpy, mnist_tb.events.writer as w
events = w.EventWriter({str(tmp_path)!r})
events.write(0, [w.scalar("a", 1.0), w.text("b", "c"), w.charts({{"d": {{"e": "f"}}}}), w.image("g", bytes(24))])
print("tensorflow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
