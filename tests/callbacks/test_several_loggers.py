"""Loggers side by side in one `fit`: each gets the data, the samples and the text that are its own."""

import time

import numpy as np
import pytest
from helpers import fit, matrix_of, most_confident, predictions
from recording import Shown

import mnist_tb
from mnist_tb.events.writer import EventWriter
from mnist_tb.observer import observation
from mnist_tb.observer.data import same_data


def test_each_looks_through_the_data_that_it_was_given(make_model, digits, tmp_path):
    data = {"all": digits.validation, "few": (digits.x[:40], digits.y[:40])}
    loggers = [
        logger
        for name, given in data.items()
        for logger in mnist_tb.classification_loggers(tmp_path / name, validation_data=given)
    ]
    model = make_model()
    history = fit(model, digits, loggers, validation_data=None).history
    for name, (x, y) in data.items():
        counts = mnist_tb.read_confusion_matrices(tmp_path / name).counts[-1]
        np.testing.assert_array_equal(counts, matrix_of(y, predictions(model, x).argmax(axis=1)))
    counts = mnist_tb.read_confusion_matrices(tmp_path / "all").counts[-1]
    figure = mnist_tb.class_report(counts).balanced_accuracy  # the logs have that of the first
    assert history["val_balanced_accuracy"][-1] == pytest.approx(figure)


def test_loggers_without_data_share_those_of_another(make_model, digits, tmp_path):
    without = mnist_tb.ConfusionMatrixLogger(tmp_path / "without")
    loggers = [mnist_tb.ClassAccuracyLogger(tmp_path / "with", validation_data=digits.validation), without]
    fit(make_model(), digits, loggers, validation_data=digits.validation, validation_freq=2)
    assert mnist_tb.read_confusion_matrices(tmp_path / "without").counts.sum(axis=(1, 2)).tolist() == [103, 103]


def test_the_same_arrays_in_two_tuples_are_the_same_data(digits):
    assert same_data((digits.x, digits.y), (digits.x, digits.y))
    assert not same_data((digits.x, digits.y), (digits.x, digits.y.copy()))
    assert not same_data((digits.x, digits.y), (digits.x, digits.y, None))


@pytest.mark.parametrize("numbers", [(9, 25), (25, 9)])
def test_each_shows_as_many_samples_as_it_was_asked_for(numbers, make_model, digits, tmp_path):
    loggers = [Shown(tmp_path / str(number), num_samples=number) for number in numbers]
    model = make_model()
    fit(model, digits, loggers, epochs=1)
    scores = predictions(model, digits.x_val)
    wrong = np.flatnonzero(scores.argmax(axis=1) != digits.y_val)
    ranked = wrong[np.argsort(-scores.max(axis=1)[wrong], kind="stable")]
    for logger, number in zip(loggers, numbers, strict=True):
        first, mistakes = (logger.drawn[0, f"predictions/{name}"] for name in ("samples", "mistakes"))
        np.testing.assert_array_equal(first.inputs, digits.x_val[:number])
        np.testing.assert_array_equal(mistakes.position, ranked[:number])
        np.testing.assert_array_equal(mistakes.inputs, digits.x_val[ranked[:number]])


def examples_of(number, log_dir):
    return mnist_tb.ConfusionMatrixLogger(log_dir / str(number), examples_per_cell=number)


def test_each_keeps_as_many_examples_as_it_was_asked_for(make_model, digits, tmp_path, read_run):
    model = make_model()
    fit(model, digits, [examples_of(number, tmp_path) for number in (0, 1, 4)], epochs=1)
    scores = predictions(model, digits.x_val)
    for number in (1, 4):
        (read,) = mnist_tb.read_examples(tmp_path / str(number))
        wanted = most_confident(digits.y_val, scores.argmax(axis=1), scores.max(axis=1), number)
        np.testing.assert_array_equal(read.position, wanted)
        assert all(read.thumbnails)
    assert "examples" not in read_run(tmp_path / "0").tags()


def test_also_where_mistakes_alone_are_kept(make_model, digits, tmp_path, monkeypatch):
    monkeypatch.setattr(observation, "MEMORY_LIMIT", (10 * 4 - 1) * (4 * (28 * 28 + 10) + 16))
    model = make_model()
    fit(model, digits, [examples_of(number, tmp_path) for number in (1, 4)], epochs=1)
    read = {number: mnist_tb.read_examples(tmp_path / str(number))[0] for number in (1, 4)}
    assert [(one.scope, len(one.true)) for one in read.values()] == [("mistakes", 10), ("mistakes", 39)]
    np.testing.assert_array_equal(read[1].position, read[4].position[:10])


def test_what_two_observers_would_say_is_said_once(make_model, digits, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(observation, "MEMORY_LIMIT", 1)
    loggers = [
        mnist_tb.ConfusionMatrixLogger(tmp_path / str(from_logits), from_logits=from_logits)
        for from_logits in (True, False)
    ]
    fit(make_model(), digits, loggers, epochs=1)
    assert caplog.text.count("no examples are kept instead") == 1


def about(run):
    ((markdown,),) = run.strings("about")
    return markdown.decode()


def test_the_text_names_those_that_write_to_the_same_place(make_model, digits, tmp_path, read_run, monkeypatch):
    begin = EventWriter.begin  # so slow that training ends before the text is written
    monkeypatch.setattr(EventWriter, "begin", lambda self, step: time.sleep(0.5) or begin(self, step))
    model = make_model(metrics=[mnist_tb.ConfusionMatrix(num_classes=10)])
    loggers = mnist_tb.classification_loggers(tmp_path / "all", train=True)
    loggers.append(mnist_tb.ClassAccuracyLogger(tmp_path / "one"))
    fit(model, digits, loggers, epochs=1)
    lines = [logger.describes for logger in loggers[:4]]
    texts = {
        "all": (about(read_run(tmp_path / "all")), lines),
        "train": (about(read_run(tmp_path / "all", "train")), lines[:2]),  # which shows no samples
        "one": (about(read_run(tmp_path / "one")), lines[1:2]),
    }
    for text, expected in texts.values():
        assert [line[2:] for line in text.splitlines() if line.startswith("- ")] == expected
