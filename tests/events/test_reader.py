"""What was logged is read back, and where nothing can be read, a message says why."""

import zlib

import numpy as np
import pytest
from event_logs import folder_of, read_counts, write_matrices

import mnist_tb
from mnist_tb.events import payload, summaries, writer

MATRIX = {"counts": np.array([[5, 1], [0, 7]]), "class_names": ("cat", "dog")}


def write_blobs(log_dir, *steps):
    """Log payloads of matrices as they are, good or bad."""
    events = writer.EventWriter(folder_of(log_dir))
    for step, blobs in enumerate(steps):
        events.write(step, [summaries.payload(payload.MATRIX_TAG, blobs)])
    events.close()


def test_epochs_are_read_in_order(tmp_path):
    write_matrices(tmp_path, {3: 5, 1: 1})
    read = mnist_tb.read_confusion_matrices(tmp_path)
    assert read.steps.tolist() == [1, 3]
    assert read.counts.tolist() == [[[1, 1], [0, 7]], [[5, 1], [0, 7]]]
    assert read.class_names == ("cat", "dog")
    assert read.weighted_counts is None
    assert read.nonfinite.tolist() == [0, 0]


def test_weighted_counts_are_read_where_every_epoch_has_them(tmp_path):
    weighted = payload.encode_matrix(**MATRIX, weighted_counts=np.array([[0.5, 0], [1e-9, 3]]), nonfinite=4)
    write_blobs(tmp_path / "all", weighted, weighted)
    write_blobs(tmp_path / "some", payload.encode_matrix(**MATRIX), weighted)
    read = mnist_tb.read_confusion_matrices(tmp_path / "all")
    assert read.weighted_counts.tolist() == [[[0.5, 0], [1e-9, 3]]] * 2
    assert read.nonfinite.tolist() == [4, 4]
    assert mnist_tb.read_confusion_matrices(tmp_path / "some").weighted_counts is None


def test_the_folder_of_one_run_can_be_named_too(tmp_path):
    write_matrices(tmp_path, {0: 10})
    assert read_counts(folder_of(tmp_path)) == {0: 10}


def test_where_nothing_was_logged_the_runs_below_are_named(tmp_path):
    write_matrices(tmp_path / "run1", {0: 10})
    with pytest.raises(FileNotFoundError, match=r"no confusion matrices of validation.*there are runs in .*run1"):
        mnist_tb.read_confusion_matrices(tmp_path)
    with pytest.raises(FileNotFoundError, match="no confusion matrices of train were logged in"):
        mnist_tb.read_confusion_matrices(tmp_path / "run1", "train")


def test_a_run_without_samples_says_what_that_comes_from(tmp_path):
    write_matrices(tmp_path, {0: 10})
    several = "though its confusion matrices were: the model's outputs have several positions per sample"
    with pytest.raises(FileNotFoundError, match=f"no examples of validation .*{several}.*, or examples_per_cell=0, or"):
        mnist_tb.read_examples(tmp_path)
    with pytest.raises(FileNotFoundError, match=f"no samples of validation .*{several}"):
        mnist_tb.read_tracked(tmp_path)


def test_classes_that_changed_between_epochs_are_refused(tmp_path):
    write_blobs(tmp_path, *(payload.encode_matrix(MATRIX["counts"], names) for names in (["a", "b"], ["b", "a"])))
    with pytest.raises(ValueError, match="the classes changed between the epochs"):
        mnist_tb.read_confusion_matrices(tmp_path)


@pytest.mark.parametrize("counts", [(-1, 0, 0, 5), (2**62,) * 4])
def test_counts_that_can_not_be_are_refused(counts, tmp_path):
    header, cells, _ = payload.encode_matrix(np.full((2, 2), 5), ("cat", "dog"))
    write_blobs(tmp_path, [header, cells, zlib.compress(np.array(counts, "<i8").tobytes())])
    with pytest.raises(ValueError, match="are below 0 or larger than can be"):
        mnist_tb.read_confusion_matrices(tmp_path)
