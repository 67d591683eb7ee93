"""On several devices and in several processes the counts are those of the whole validation set."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import distributed_fit
import numpy as np
import pytest
from helpers import assert_counted, matrix_of, most_confident

import mnist_tb
from mnist_tb.backend.distribution import check_replicas, global_positions, traced
from mnist_tb.backend.flavours import backend_of

README = (Path(__file__).parents[2] / "examples" / "README.md").read_text()
PROGRAM = Path(distributed_fit.__file__)
PROCESSES = {"mirrored": 1, "multi-worker": 2, "jax": 1, "jax-processes": 2, "torch": 2}


def free_port():
    """A port that is free, as is the next one."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("localhost", 0))
            try:
                other.bind(("localhost", one.getsockname()[1] + 1))
            except (OSError, OverflowError):
                continue
            return one.getsockname()[1]


def run(backend, folder, modes="validates", seconds=150):
    """Run all processes of a backend to their end; gives what each returned and said."""
    command = [sys.executable, str(PROGRAM), backend, modes, str(folder)]
    port = str(free_port())
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    env = os.environ | {"PYTHONFAULTHANDLER": "1"}  # where a backend crashes, it says where
    processes = [subprocess.Popen([*command, str(rank), port], env=env, **pipes) for rank in range(PROCESSES[backend])]
    try:
        said = [process.communicate(timeout=seconds)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [process.returncode for process in processes], said


def skip_unless(keras, backend):
    backend = backend.partition("-")[0] if backend not in ("mirrored", "multi-worker") else "tensorflow"
    if backend_of(keras) != backend:
        pytest.skip(f"a backend of {backend}")


def loses_counts(keras):
    return keras.__version__.startswith("3.") and int(keras.__version__.split(".")[1]) < 10


def assert_all_was_seen(backend, folder):
    """What the chief saw and wrote is what NumPy makes of the whole validation set."""
    _, (x, y), (kernel, bias) = distributed_fit.data(backend)
    scores = np.exp(x @ kernel + bias)
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    confidence, predicted = probabilities.max(axis=1), scores.argmax(axis=1)
    read = mnist_tb.read_confusion_matrices(folder / "logs")
    assert read.steps.tolist() == [0, 1]
    assert len(list(folder.rglob("*tfevents*"))) == 1  # one process wrote, into one file
    for counts in read.counts:
        np.testing.assert_array_equal(counts, matrix_of(y, predicted, 4))
    for confidences in mnist_tb.read_confidences(folder / "logs"):
        assert_counted(confidences, y, probabilities)
        assert confidences.has_cells
    wrong = np.flatnonzero(predicted != y)
    ranked = wrong[np.argsort(-confidence[wrong], kind="stable")][:20]
    examples = most_confident(y, predicted, confidence, 4, num_classes=4)
    with np.load(folder / "seen-0.npz") as seen:
        np.testing.assert_array_equal(seen["tracked"], predicted)
        for name, positions in {"first_samples": np.arange(20), "mistakes": ranked, "examples": examples}.items():
            np.testing.assert_array_equal(seen[f"{name}_position"], positions)
            np.testing.assert_array_equal(seen[f"{name}_inputs"], x[positions])
            np.testing.assert_array_equal(seen[f"{name}_true"], y[positions])
            np.testing.assert_array_equal(seen[f"{name}_predicted"], predicted[positions])
            np.testing.assert_allclose(seen[f"{name}_confidence"], confidence[positions], rtol=1e-4)


@pytest.mark.parametrize("backend", PROCESSES)
def test_all_devices_and_processes_are_counted_and_one_writes(backend, tmp_path, keras):
    skip_unless(keras, backend)
    if backend == "multi-worker" and hasattr(keras, "ops"):
        pytest.skip("Keras 3's fit does not run in several TensorFlow workers (see the next test)")
    if backend == "mirrored" and loses_counts(keras):
        pytest.skip("this Keras loses counts under MirroredStrategy, and is refused")
    # Under the strategy the data that the callbacks were given are gone through too.
    modes = ["validates", "passes"] if backend == "mirrored" else ["validates"]
    codes, said = run(backend, tmp_path, ",".join(modes))
    assert not any(codes), said
    for mode in modes:
        assert_all_was_seen(backend, tmp_path / mode)


OWN_LIMITS = {
    "multi-worker": "Attempt to convert a value (PerReplica",
    "jax": "axis 0 is partitioned 2 times, but the dimension size is 7",
}


@pytest.mark.parametrize("backend", OWN_LIMITS)
def test_what_keras_3_itself_does_not_do_is_as_the_readme_says(backend, tmp_path, keras):
    skip_unless(keras, backend)
    if not hasattr(keras, "ops") or loses_counts(keras):
        pytest.skip("Keras 2 does, and Keras 3.0 to 3.9 train and lose counts")
    codes, said = run(backend, tmp_path, "bare")
    assert all(codes)
    assert OWN_LIMITS[backend] in said[0]
    assert OWN_LIMITS[backend] in README


@pytest.mark.parametrize("backend", ["mirrored", "multi-worker"])
def test_keras_that_loses_counts_is_refused(backend, tmp_path, keras):
    skip_unless(keras, backend)
    if not loses_counts(keras):
        pytest.skip("Keras 3.0 to 3.9 do")
    codes, said = run(backend, tmp_path)
    assert all(codes)
    assert "upgrade to Keras 3.10 or newer, or train without the strategy" in said[0]


def test_the_version_that_loses_counts_is_named():
    class Keras:
        __version__ = "3.9.2"

    class MirroredStrategy:
        num_replicas_in_sync = 2

    class Model:
        distribute_strategy = MirroredStrategy()

    with pytest.raises(
        ValueError, match=r"Keras 3\.9\.2 loses most .* under MirroredStrategy, .* upgrade to Keras 3\.10"
    ):
        check_replicas(Keras, Model)
    Keras.__version__ = "3.10.0"
    check_replicas(Keras, Model)


@pytest.mark.parametrize("backend", ["multi-worker", "jax-processes", "torch"])
def test_the_death_of_a_process_leaves_readable_events(backend, tmp_path, keras):
    skip_unless(keras, backend)
    if backend == "multi-worker" and hasattr(keras, "ops"):
        pytest.skip("Keras 3's fit does not run in several TensorFlow workers")
    codes, _ = run(backend, tmp_path, "dies")
    assert all(codes)  # the other one can't go on, and says so instead of waiting for ever
    assert mnist_tb.read_confusion_matrices(tmp_path / "dies" / "logs").steps.tolist() == [0]


def test_many_models_in_a_row_are_no_reason_to_warn(keras, caplog):
    tf = pytest.importorskip("tensorflow", reason="the warning is TensorFlow's")
    if backend_of(keras) != "tensorflow":
        pytest.skip("traced is for the TensorFlow backend")
    for number in range(12):
        assert traced(keras, keras.Sequential(), lambda: tf.constant(number))() == number  # noqa: B023
    assert not caplog.records  # TensorFlow warns of retracing where 5 of the last 10 calls traced


def test_positions_are_those_before_a_batch_was_split():
    rng = np.random.default_rng(0)
    for replicas, size, total in [(2, 3, 20), (3, 2, 13), (4, 5, 41), (2, 8, 3)]:
        order = np.arange(total)
        of = [[] for _ in range(replicas)]
        for start in range(0, total, replicas * size):
            batch = order[start : start + replicas * size]
            for replica in range(replicas):
                of[replica] += batch[replica * size : (replica + 1) * size].tolist()
        passed = np.array([len(rows) for rows in of])
        local = rng.integers(0, np.maximum(passed, 1)[:, None], (replicas, 6))
        positions = global_positions(local, passed, np.minimum(passed, size))
        for replica, rows in enumerate(of):
            if rows:
                np.testing.assert_array_equal(positions[replica], np.array(rows)[local[replica]])
