"""What the scripts save: nothing that is there is lost, and no trained model, on a full disk either."""

import io
import subprocess
import sys

import numpy as np
import pytest
from helpers import fill_up, is_keras_3_on_tensorflow
from programs import EXAMPLES, run_example


@pytest.fixture
def full(small_disk):
    """The path of a model that is there already, on a disk that has become full since."""
    file = small_disk / "model.keras"
    file.write_bytes(b"an earlier one")
    fill_up(small_disk / "filler")
    return file


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder of temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def save_model():
    from command_line import save_model

    return save_model


def test_a_model_takes_the_place_of_an_earlier_one(save_model, make_model, tmp_path, keras, capsys):
    file = tmp_path / "models" / "model.keras"
    for units in (10, 7):
        assert save_model(make_model(units), file) == file
        assert keras.models.load_model(file).output_shape == (None, units)
    assert list(file.parent.iterdir()) == [file]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_on_a_full_disk_it_goes_to_the_temporary_files(save_model, make_model, full, temporary, keras, capsys, name):
    file = full.rename(full.with_name(name))
    assert save_model(make_model(), file) == temporary / name
    assert keras.models.load_model(temporary / name).output_shape == (None, 10)
    assert file.read_bytes() == b"an earlier one"
    assert sorted(path.name for path in file.parent.iterdir()) == ["filler", name]
    said = capsys.readouterr().err  # Keras warns of HDF5 there too
    assert said.count(f"can't write {file}: ") == 1
    assert said.endswith(f"\nthe model is in {temporary / name}\n")


def test_another_model_among_the_temporary_files_stays(save_model, make_model, full, temporary):
    (temporary / full.name).write_bytes(b"of somebody else")
    assert save_model(make_model(), full) == temporary / "model-2.keras"
    assert (temporary / full.name).read_bytes() == b"of somebody else"


def test_a_model_is_saved_though_no_folder_has_room_for_temporary_files(save_model, make_model, tmp_path, monkeypatch):
    def find_none():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", find_none)
    assert save_model(make_model(), tmp_path / "model.h5") == tmp_path / "model.h5"


def test_where_no_disk_has_room_a_person_can_make_some(
    save_model, make_model, full, monkeypatch, keras, capsys, tmp_path
):
    monkeypatch.setattr("tempfile.tempdir", str(full.parent))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: (full.parent / "filler").unlink())
    assert save_model(make_model(), full) == full
    assert keras.models.load_model(full).output_shape == (None, 10)
    assert capsys.readouterr().err.count("No space left on device") == 2


@pytest.mark.parametrize("stdin", [None, io.StringIO()], ids=["closed", "no terminal"])
def test_without_a_person_the_script_says_that_nothing_is_saved(save_model, make_model, full, monkeypatch, stdin):
    monkeypatch.setattr("tempfile.tempdir", str(full.parent))
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(SystemExit, match="the trained model is not saved"):
        save_model(make_model(), full)
    assert full.read_bytes() == b"an earlier one"


@pytest.mark.parametrize("script", ["train_mnist.py", "train_record.py"])
def test_a_disk_without_room_is_refused_before_training(small_disk, tmp_path, keras, script):
    if script == "train_record.py" and not is_keras_3_on_tensorflow(keras):
        pytest.skip("the recipes are made for Keras 3 on TensorFlow")
    x, y = np.zeros((300, 28, 28), np.uint8), np.arange(300) % 10
    np.savez(tmp_path / "digits.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    command = [sys.executable, EXAMPLES / script, "--data", "digits.npz", "--save", small_disk / "new" / "model.keras"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "model.keras needs up to " in done.stderr.splitlines()[-1]
    assert "MB, and its disk has 2 MB left" in done.stderr.splitlines()[-1]
    assert list(small_disk.iterdir()) == []


def test_a_figure_that_finds_no_room_is_said(make_model, full, tmp_path):
    make_model().save(tmp_path / "model.keras")
    picture = full.with_name("read.png")
    done = run_example("predict_digit.py", "model.keras", EXAMPLES / "digit.png", "--save", picture, folder=tmp_path)
    assert done.returncode == 2
    assert f"can't write {picture}: No space left on device" in done.stderr
    assert not picture.exists()
