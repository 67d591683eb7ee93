"""Event files that are damaged: TensorBoard says nothing of them, and the tab says what the reader does."""

import os

import pytest
import tab_logs
from tab_client import open_logs

from mnist_tb.events.records import find_damage
from mnist_tb.tensorboard_plugin import checks
from mnist_tb.tensorboard_plugin.checks import Damage

pytestmark = pytest.mark.usefixtures("made_page")

RUN = "a/mnist_tb/validation"


def write_damaged(folder):
    """Write a run of three epochs and spoil a byte of the last; gives the file."""
    tab_logs.write_run(folder, epochs=3, samples=100)
    (path,) = folder.glob("*.mnist_tb")
    content = bytearray(path.read_bytes())
    content[-50] ^= 1
    path.write_bytes(content)
    return path


def found(damage, run="run"):
    damage.check([run])
    return damage.of_runs[run]


def test_a_run_with_a_damaged_file_says_what_the_reader_says(tmp_path):
    path = write_damaged(tmp_path / RUN)
    tab_logs.write_run(tmp_path / "good", epochs=2, samples=100)
    runs = open_logs(tmp_path).runs()
    said = find_damage(path)
    assert said.startswith("damaged at byte ")
    assert f" of {path}, " in said
    assert runs[RUN]["warnings"] == [said]
    assert (runs[RUN]["error"], runs[RUN]["steps"]) == (None, [0, 1])
    assert runs["good"]["warnings"] == []


def test_a_run_of_which_nothing_can_be_read_is_listed_with_its_damage(tmp_path):
    path = write_damaged(tmp_path / "run")
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"x" * 100 + content[200:])
    client = open_logs(tmp_path)
    assert client.json("runs") == {"runs": []}
    client.plugin._damage.check(["run"])
    run = client.runs()["run"]
    assert (run["error"], run["steps"], run["warnings"]) == (find_damage(path), [], [find_damage(path)])
    assert client.ask("overview", run="run").status == 404
    path.unlink()
    client.plugin._damage.check(["run"])
    assert client.json("runs") == {"runs": []}


def test_damage_is_looked_for_after_the_list_of_runs_was_sent(tmp_path):
    write_damaged(tmp_path / "run")
    client = open_logs(tmp_path)
    first = client.runs(checked=False)["run"]
    assert (first["checked"], first["warnings"]) == (False, [])
    assert len(client.runs()["run"]["warnings"]) == 1


def test_a_file_that_is_damaged_later_or_repaired_is_noticed(tmp_path):
    folder = tmp_path / "run"
    tab_logs.write_run(folder, epochs=2, samples=100)
    (path,) = folder.glob("*.mnist_tb")
    whole, damage = path.read_bytes(), Damage(str(tmp_path))
    assert found(damage) == []
    path.write_bytes(b"x" * 20 + whole)
    assert found(damage) == [f"damaged at byte 0 of {path}, 20 bytes not read"]
    path.write_bytes(whole)
    assert found(damage) == []


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path, monkeypatch):
    path, read = write_damaged(tmp_path / "run"), []
    monkeypatch.setattr(checks, "find_damage", lambda path: read.append(path) or "damaged")
    damage = Damage(str(tmp_path))
    assert found(damage) == found(damage) == ["damaged"]
    assert read == [path]
    os.utime(path, ns=(1, 1))
    found(damage)
    assert read == [path, path]


def test_an_unfinished_last_record_and_files_of_others_are_no_damage(tmp_path):
    path = write_damaged(tmp_path / "run")
    path.rename(path.with_suffix(".v2"))
    tab_logs.write_run(tmp_path / "run", epochs=1, samples=100)
    (own,) = (tmp_path / "run").glob("*.mnist_tb")
    own.write_bytes(own.read_bytes()[:-5])
    (tmp_path / "run" / "folder.mnist_tb").mkdir()
    os.mkfifo(tmp_path / "run" / "pipe.mnist_tb")  # who opens it waits for ever
    assert found(Damage(str(tmp_path))) == []


@pytest.mark.parametrize("logdir", ["", None, "gs://bucket/logs", "s3://bucket/logs", "name:{here},other:{here}"])
def test_of_logs_that_are_not_a_folder_of_this_machine_nothing_is_said_or_touched(tmp_path, monkeypatch, logdir):
    write_damaged(tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checks, "find_damage", lambda path: pytest.fail(f"{path} was read"))
    damage = Damage(logdir and logdir.format(here=tmp_path))
    assert found(damage) == found(damage, ".") == []


@pytest.mark.parametrize("run", ["../run", "a/../../run", "{here}/run", "nobody", "\0", "x" * 999])
def test_nothing_outside_the_logs_is_read_whatever_the_name_of_a_run(tmp_path, run):
    write_damaged(tmp_path / "run")
    (tmp_path / "logs").mkdir()
    assert found(Damage(str(tmp_path / "logs")), run.format(here=tmp_path)) == []


def test_the_folder_of_the_logs_may_be_a_run_itself_and_below_the_home(tmp_path, monkeypatch):
    path = write_damaged(tmp_path / "logs")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert found(Damage("~/logs"), ".") == [find_damage(path)]
