"""What is written is on the disk, what can't be is an OSError, and what comes after one can be read again."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from event_logs import folder_of, matrix_value, read_counts, shown_counts, warnings

from mnist_tb.events import summaries
from mnist_tb.events.writer import EventWriter, check_log_dir

LARGE = [summaries.payload("pictures", [np.random.default_rng(0).bytes(300_000)])]


@pytest.fixture
def begin(tmp_path):
    """A function that begins a fit in the folder of a run, with one matrix."""

    def begin(log_dir=tmp_path):
        events = EventWriter(folder_of(log_dir))
        events.begin(0)
        events.write(0, [matrix_value(10)])
        return events

    return begin


def test_each_write_is_on_the_disk_at_once(begin, tmp_path):
    events = begin()
    assert read_counts(tmp_path) == {0: 10}
    events.close()


def take_folder(folder, path):
    shutil.rmtree(folder.parents[1])


def put_a_file_in_its_place(folder, path):
    shutil.rmtree(folder)
    folder.write_text("no folder")


def cut_file(folder, path):
    os.truncate(path, 30)


def replace_file(folder, path):
    (folder / "copy").write_bytes(path.read_bytes())
    (folder / "copy").rename(path)


def append_to_file(folder, path):
    with path.open("ab") as file:
        file.write(b"theirs")


@pytest.mark.parametrize("hand", [take_folder, put_a_file_in_its_place, cut_file, replace_file, append_to_file])
def test_what_somebody_does_to_the_file_is_said_once_and_costs_no_event(hand, begin, tmp_path):
    events = begin()
    folder, path = folder_of(tmp_path), events.path
    hand(folder, path)
    if folder.is_file():
        for message in ("Not a directory", "exists"):
            with pytest.raises(OSError, match=message):
                events.write(2, [matrix_value(12)])
        folder.unlink()
    else:
        with warnings() as said:
            events.write(2, [matrix_value(12)])
        (message,) = said
        assert str(path) in message
        assert f"the logs go on in a new file in {folder}" in message
    for step in (3, 4):
        events.write(step, [matrix_value(10 + step)])
    events.close()
    assert events.path != path
    kept = {0: 10} if hand in (replace_file, append_to_file) else {}
    kept |= {} if hand is put_a_file_in_its_place else {2: 12}
    assert read_counts(tmp_path, strict=True) == {**kept, 3: 13, 4: 14}
    assert shown_counts(tmp_path) == {**kept, 3: 13, 4: 14}


@pytest.fixture
def limited_files():
    """Files can't grow beyond 100,000 bytes in a `with` of this fixture: a part of a larger event is written."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    class Limited:
        def __enter__(self):
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))

        def __exit__(self, *error):
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return Limited()


def test_nothing_follows_half_an_event(begin, tmp_path, limited_files):
    events = begin()
    path, whole = events.path, events.path.read_bytes()
    with limited_files, pytest.raises(OSError, match=f"File too large: '{path}'"):
        events.write(1, LARGE)
    events.write(1, [matrix_value(11)])
    assert path.read_bytes() == whole
    assert events.path != path
    with limited_files, pytest.raises(OSError, match="File too large"):
        events.write(2, LARGE)
    with limited_files:
        events.write(2, [matrix_value(12)])
    events.close()
    assert read_counts(tmp_path, strict=True) == shown_counts(tmp_path) == {0: 10, 1: 11, 2: 12}


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def error_of(call, *args):
    """The message of the OSError of a call, or ""."""
    try:
        call(*args)
    except OSError as error:
        return str(error)
    return ""


def test_on_a_full_disk_what_fits_is_written_and_nothing_else_is_left(begin, small_disk):
    events, filler = begin(small_disk), small_disk / "filler"
    filler.write_bytes(bytes(1_000_000))
    written, errors = {0: 10}, []
    for step in range(1, 20):
        errors.append(error_of(events.write, step, LARGE))
        events.write(step, [matrix_value(step)])
        written[step] = step
    assert ["No space left on device" in error for error in errors] == [False] * 3 + [True] * 16
    files = list(folder_of(small_disk).iterdir())
    error_of((small_disk / "second filler").write_bytes, bytes(2_000_000))
    for step in range(20, 40):
        assert "No space left on device" in error_of(events.write, step, LARGE)
    assert list(folder_of(small_disk).iterdir()) == files
    filler.unlink()
    events.write(40, [matrix_value(40)])
    events.close()
    assert read_counts(small_disk, strict=True) == shown_counts(small_disk) == {**written, 40: 40}


def test_what_was_written_before_an_error_is_not_superseded_by_what_comes_after(begin, tmp_path):
    events = begin()
    events.write(1, [matrix_value(11)])
    os.truncate(events.path, events.path.stat().st_size - 1)  # of step 1, half is left
    events.write(2, [matrix_value(12)])
    events.write(1, [matrix_value(21)])  # pictures of an earlier step come later
    events.close()
    assert read_counts(tmp_path) == shown_counts(tmp_path) == {0: 10, 1: 21, 2: 12}


def test_a_second_fit_replaces_one_whose_beginning_was_removed(begin, tmp_path):
    events = begin()
    shutil.rmtree(tmp_path / "mnist_tb")
    events.write(2, [matrix_value(12)])
    events.close()
    begin().close()
    assert read_counts(tmp_path) == shown_counts(tmp_path) == {0: 10}


def test_closing_twice_or_when_the_file_has_gone_is_no_error(begin, tmp_path):
    events = begin()
    shutil.rmtree(tmp_path / "mnist_tb")
    events.close()
    events.close()
    events.write(1, [matrix_value(11)])
    events.close()
    assert read_counts(tmp_path, strict=True) == {1: 11}


def test_sync_brings_the_file_to_the_disk(begin, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(os.fstat(number).st_ino))
    events = begin()
    events.sync()
    assert synced == [events.path.stat().st_ino]
    events.close()
    events.sync()
    assert len(synced) == 1


def test_what_follows_a_sync_that_failed_is_readable(begin, tmp_path, monkeypatch):
    def fail(number):
        raise OSError("on purpose")

    events = begin()
    path = events.path
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="on purpose"):
            events.sync()
    events.write(1, [matrix_value(11)])
    events.close()
    assert events.path != path
    assert read_counts(tmp_path, strict=True) == {0: 10, 1: 11}


def test_threads_may_share_a_writer(begin, tmp_path):
    events = begin()

    def write(thread):
        for number in range(50):
            events.write(1 + thread * 50 + number, [matrix_value(number)])

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events.close()
    assert len(read_counts(tmp_path, strict=True)) == 201


@pytest.mark.parametrize(
    "address",
    ["gs://bucket/logs", "s3://b", "hdfs://host:8020/logs", "s3a://b/c", Path("gs://bucket/logs"), "file:///tmp/logs"],
)
def test_an_address_is_refused(address):
    with pytest.raises(ValueError, match=r"log_dir must be a local folder, and '\w+:/.*' is an address: log into a "):
        check_log_dir(address)


@pytest.mark.parametrize("log_dir", ["", "a\0b", None, 7, b"logs", ["logs"]])
def test_what_is_no_path_is_refused(log_dir):
    with pytest.raises(ValueError, match="log_dir must be the path of a folder, such as 'logs/run1', and is "):
        check_log_dir(log_dir)


def test_a_path_is_text_with_the_home_folder_in_it(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert check_log_dir("~/logs") == check_log_dir(Path("~/logs")) == f"{tmp_path}/logs"
    assert [check_log_dir(path) for path in ("logs/a:b", "C:/logs", Path("/x"))] == ["logs/a:b", "C:/logs", "/x"]


def test_a_reader_takes_the_same_paths(begin, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    begin(tmp_path / "logs").close()
    assert read_counts("~/logs") == {0: 10}
    with pytest.raises(ValueError, match="is an address"):
        read_counts("gs://bucket/logs")


def test_writing_needs_no_tensorflow(tmp_path):
    code = f"""
import sys, numpy, mnist_tb.events.summaries as s
from mnist_tb.events.writer import EventWriter
events = EventWriter({str(tmp_path)!r})
events.write(0, [s.scalar("a", 1.0), s.text("b", "c"), s.charts({{"d": {{"e": "f"}}}}), s.image("g", bytes(24))])
print("tensorflow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_no_warning_where_all_is_well(begin, tmp_path):
    with warnings() as said:
        for _ in range(3):
            begin().close()
    assert said == []
