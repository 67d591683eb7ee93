"""Of several fits in one folder the later one counts, whatever the clock says; two at once get a warning."""

import os
import signal
import subprocess
import sys
import time

import pytest
from event_logs import folder_of, matrix_value, read_counts, shown_counts, warnings, write_matrices

import mnist_tb
from mnist_tb.events import payload, summaries
from mnist_tb.events.writer import EventWriter


def test_an_epoch_logged_again_counts_as_it_was_logged_last(tmp_path):
    write_matrices(tmp_path, {0: 10, 1: 11})
    write_matrices(tmp_path, {1: 21})
    assert read_counts(tmp_path) == shown_counts(tmp_path) == {0: 10, 1: 21}


def test_a_shorter_fit_supersedes_the_whole_of_a_longer_one(tmp_path):
    write_matrices(tmp_path, {step: 10 + step for step in range(9)})
    write_matrices(tmp_path, {0: 20, 1: 21})
    assert read_counts(tmp_path) == shown_counts(tmp_path) == {0: 20, 1: 21}


def test_a_resumed_fit_keeps_what_was_before_it(tmp_path):
    write_matrices(tmp_path, {step: 10 + step for step in range(9)})
    write_matrices(tmp_path, {5: 25})
    expected = {0: 10, 1: 11, 2: 12, 3: 13, 4: 14, 5: 25}
    assert read_counts(tmp_path) == shown_counts(tmp_path) == expected


@pytest.mark.parametrize(
    ("seconds", "processes"),
    [((1000, 995), (1, 1)), ((1000, 1000), (999, 1000)), ((1000, 1000), (1000, 999)), ((1000, 0), (1, 1))],
    ids=["a clock that is behind", "process 999, then 1000", "process 1000, then 999", "no clock"],
)
def test_the_later_fit_counts_whatever_clock_and_process_say(seconds, processes, tmp_path, monkeypatch):
    for second, process, counts in zip(seconds, processes, ({0: 10, 1: 11}, {0: 20}), strict=True):
        monkeypatch.setattr(time, "time", lambda now=second: now)
        monkeypatch.setattr(os, "getpid", lambda number=process: number)
        write_matrices(tmp_path, counts)
    assert read_counts(tmp_path) == shown_counts(tmp_path) == {0: 20}


def test_a_file_of_another_program_with_a_later_time_comes_first(tmp_path):
    theirs = write_matrices(tmp_path, {0: 10, 1: 11})
    theirs.rename(theirs.with_name("events.out.tfevents.9000000000.host.1.v2"))
    write_matrices(tmp_path, {0: 20})
    assert read_counts(tmp_path) == shown_counts(tmp_path) == {0: 20}


def test_files_of_one_second_do_not_meet(tmp_path):
    paths = [EventWriter(tmp_path).path for _ in range(3)]
    assert sorted(paths) == paths
    assert len(set(paths)) == len(list(tmp_path.iterdir())) == 3


def write_samples(log_dir, step, predicted, thumbnails):
    """Log one sample as an example and as tracked, as a fit of one epoch that begins at `step`."""
    events = EventWriter(folder_of(log_dir))
    events.begin(step)
    examples = payload.encode_examples("cell", [1], [predicted], [0.5], [0], ["a"], thumbnails)
    for tag, blobs in {"examples": examples, "tracked": payload.encode_tracked([1], [predicted])}.items():
        events.write(step, [summaries.payload(tag, blobs)])
    events.close()


def test_samples_of_an_earlier_fit_are_superseded_and_its_thumbnails_are_not(tmp_path):
    for step, predicted, thumbnails in ((0, 2, {}), (5, 3, {"a": "text"}), (1, 4, {})):
        write_samples(tmp_path, step, predicted, thumbnails)
    read = mnist_tb.read_examples(tmp_path)
    assert [(one.step, one.predicted.tolist(), one.thumbnails) for one in read] == [
        (0, [2], ("text",)),
        (1, [4], ("text",)),
    ]
    tracked = mnist_tb.read_tracked(tmp_path)
    assert (tracked.steps.tolist(), tracked.predicted.tolist()) == ([0, 1], [[2], [4]])


OTHER = """
import sys
from mnist_tb.events.writer import EventWriter
events = EventWriter(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
events.close()
print("closed", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that has begun to write into the folder."""
    pytest.importorskip("fcntl")
    command = [sys.executable, "-c", OTHER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def begin(folder):
    """Begin a fit and write two epochs; gives what was warned of."""
    with warnings() as said:
        events = EventWriter(folder)
        events.begin(0)
        for step in range(2):
            events.write(step, [matrix_value(step)])
        events.close()
    return said


def test_two_processes_in_one_folder_get_one_warning(other, tmp_path):
    expected = f"mnist_tb: another training is writing into {tmp_path} now: give each its own log_dir"
    assert begin(tmp_path) == [expected]
    assert begin(tmp_path / "its own") == []


def test_a_process_that_has_closed_its_files_gets_none(other, tmp_path):
    other.stdin.write("\n")
    other.stdin.flush()
    assert other.stdout.readline() == "closed\n"
    assert begin(tmp_path) == []


def test_a_process_that_died_gets_none(other, tmp_path):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert begin(tmp_path) == []


def test_two_writers_of_one_process_get_one_warning_when_the_earlier_goes_on(tmp_path):
    earlier = EventWriter(tmp_path)
    later = EventWriter(tmp_path)
    with warnings() as said:
        later.write(0, [matrix_value(20)])
    assert said == []  # the earlier one may be of a fit that an exception ended
    with warnings() as said:
        for step in range(3):
            earlier.write(step, [matrix_value(10)])
            later.write(step, [matrix_value(20)])
    assert said == [f"mnist_tb: another training is writing into {tmp_path} now: give each its own log_dir"]
    later.close()
    earlier.close()


def test_a_writer_that_goes_on_when_another_has_closed_gets_none(tmp_path):
    outer, inner = EventWriter(tmp_path), EventWriter(tmp_path)  # of a fit within a fit
    with warnings() as said:
        inner.write(0, [matrix_value(20)])
        inner.close()
        outer.write(0, [matrix_value(10)])
        outer.close()
    assert said == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_process_that_lives_on_gets_none(tmp_path):
    events = EventWriter(tmp_path)
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:  # it inherited the open file, as workers that load data do
        os.close(write_end)
        os.read(read_end, 1)
        os._exit(0)
    events.close()
    code = "import sys; from mnist_tb.events.writer import EventWriter; EventWriter(sys.argv[1])"
    later = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    os.write(write_end, b"x")
    os.close(read_end)
    os.close(write_end)
    os.waitpid(child, 0)
    assert "another training" not in later.stderr
