"""The examples of other people's projects, run as a user runs them, and what they logged."""

import importlib.util
import re
import shlex
import sys

import numpy as np
import pytest
from helpers import Run
from programs import run_example

import mnist_tb


def needs(*packages):
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}, not installed")


def said_by(script, folder, *arguments):
    done = run_example(script, "--log-dir", "logs/run", *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    command = ["tensorboard", "--logdir", str(folder / "logs/run"), "--samples_per_plugin", "images=1000"]
    assert shlex.split(done.stdout.splitlines()[-1]) == command
    return done.stdout


def found(pattern, said):
    match = re.search(pattern, said)
    assert match, said
    return match


DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PACKAGES = ("asyncio", "email", "http", "importlib", "logging", "unittest", "xml")


@pytest.mark.parametrize(
    ("script", "epochs", "least", "class_names"),
    [
        pytest.param("train_cnn.py", 4, 50, DIGITS, marks=needs("tensorflow", "mlxtend")),
        pytest.param("train_text.py", 4, 60, PACKAGES),
        pytest.param("train_tabular.py", 5, 80, ("malignant", "benign"), marks=needs("sklearn")),
    ],
)
def test_an_example_learns_and_logs_every_sample_it_validates(tmp_path, script, epochs, least, class_names, read_run):
    said = said_by(script, tmp_path, "--epochs", epochs)
    accuracy, size = found(r"validation accuracy ([\d.]+)% on ([\d,]+)", said).groups()
    size = int(size.replace(",", ""))
    read = mnist_tb.read_confusion_matrices(tmp_path / "logs/run")
    assert read.steps.tolist() == list(range(epochs))
    assert read.class_names == class_names
    assert read.counts.sum((1, 2)).tolist() == [size] * epochs
    assert read.counts.sum(2).all()  # samples of every class
    assert float(accuracy) == pytest.approx(100 * np.trace(read.counts[-1]) / size, abs=0.006)
    assert least < float(accuracy) < 100
    assert len(read_run(tmp_path / "logs/run").pictures("predictions/samples")) == epochs


@needs("sklearn")
def test_the_table_example_counts_the_patients_it_misses(tmp_path):
    said = said_by("train_tabular.py", tmp_path, "--epochs", 2)
    missed = int(found(r"(\d+) malignant ones taken for benign", said)[1])
    assert missed == mnist_tb.read_confusion_matrices(tmp_path / "logs/run").counts[-1][0, 1]


@pytest.mark.parametrize(
    ("script", "missing"), [("tune_with_keras_tuner.py", "keras_tuner"), ("grid_search_with_scikeras.py", "scikeras")]
)
def test_a_search_without_its_package_says_what_to_install(tmp_path, monkeypatch, script, missing):
    monkeypatch.setitem(sys.modules, missing, None)  # as if it were not installed
    done = run_example(script, folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert 'pip install ".[examples,tuning]"' in done.stderr
    assert not list(tmp_path.iterdir())


@needs("keras_tuner", "mlxtend")
def test_each_trial_of_keras_tuner_is_a_run_and_the_best_is_told_by_our_key(tmp_path):
    said = said_by("tune_with_keras_tuner.py", tmp_path, "--trials", 2, "--epochs", 2)
    trials = re.findall(r"trial (\d): balanced accuracy ([\d.]+)% with (.*)", said)
    assert sorted(name for name, _, _ in trials) == ["0", "1"]
    scores = []
    for name, score, _ in trials:
        log_dir = tmp_path / "logs/run/digits" / f"trial_{name}"
        read = mnist_tb.read_confusion_matrices(log_dir)
        assert read.counts.sum((1, 2)).tolist() == [1000, 1000]
        balanced = [mnist_tb.class_report(counts).balanced_accuracy for counts in read.counts]
        assert float(score) == pytest.approx(100 * max(balanced), abs=0.006)
        assert Run(log_dir).tags("hparams")
        scores.append(max(balanced))
    assert scores == sorted(scores, reverse=True)
    assert max(scores) > 0.5
    assert found(r"best of 2 trials on 1,000 digits: (.*)", said)[1] == trials[0][2]


@needs("scikeras")
def test_each_fit_of_a_grid_search_is_a_run(tmp_path):
    said = said_by("grid_search_with_scikeras.py", tmp_path, "--epochs", 2)
    units, rate, accuracy = found(r"units': (\d+), .*rate': ([\d.]+)}, accuracy ([\d.]+)%", said).groups()
    folders = sorted((tmp_path / "logs/run").glob("*/fit-*"))
    grid = [f"units={units},learning_rate={rate}" for units in (16, 64) for rate in (0.001, 0.01)]
    best = f"units={units},learning_rate={rate}"
    expected = {f"{name}/fit-{number}": 180 for name in grid for number in (1, 2)}  # a fifth of half the digits
    expected[f"{best}/fit-3"] = 360
    assert [folder.relative_to(tmp_path / "logs/run").as_posix() for folder in folders] == sorted(expected)
    for folder in folders:
        counts = mnist_tb.read_confusion_matrices(folder).counts
        assert counts.sum((1, 2)).tolist() == [expected[folder.relative_to(tmp_path / "logs/run").as_posix()]] * 2
        assert Run(folder).tags("hparams")
    assert 50 < float(accuracy) < 100
