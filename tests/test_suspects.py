"""Suspect labels: by hand, against confident learning worked out on all probabilities, and read back from logs."""

import numpy as np
import pytest

import mnist_tb
from mnist_tb.confidence import Confidences, confidences_of
from mnist_tb.events import payload, summaries, writer
from mnist_tb.events.reader import Examples
from mnist_tb.suspects import class_means, suspect_labels

NAMES = ("cat", "dog", "owl")


def examples_of(true, probabilities, position=None, step=0):
    """Every sample with its two most probable other classes, as if all had been kept."""
    true, probabilities = np.asarray(true, int), np.asarray(probabilities, float)
    order = np.argsort(-probabilities, axis=1)
    ranked = np.take_along_axis(probabilities, order, axis=1)
    label = probabilities[np.arange(len(true)), true]
    likely = payload.Likely(label, order[:, 1], ranked[:, 1], order[:, 2], ranked[:, 2])
    position = np.arange(len(true)) if position is None else np.asarray(position)
    texts = tuple(f"sample {place}" for place in position)
    return Examples(step, "cell", true, order[:, 0], ranked[:, 0], position, texts, likely)


def made_predictions(samples=3000, seed=0):
    """Probabilities of three classes, of which the model knows the last one badly."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, samples)
    scores = rng.normal(0, 1.5, (samples, 3))
    scores[np.arange(samples), true] += np.array([8, 7, 0.5])[true]
    powers = np.exp(scores)
    return true, powers / powers.sum(axis=1, keepdims=True)


def cleanlab_margins(true, probabilities):
    """Of a sample's probability of another class, at most, less that of its label, both adjusted by the class' mean."""
    means = np.array([probabilities[true == c, c].mean() for c in range(probabilities.shape[1])])
    adjusted = probabilities - means + means.max()
    adjusted /= adjusted.sum(axis=1, keepdims=True)
    label = adjusted[np.arange(len(true)), true]
    predicted = probabilities.argmax(axis=1)
    return adjusted[np.arange(len(true)), predicted] - label


def test_scores_are_the_adjusted_margins_of_confident_learning():
    true, probabilities = made_predictions()
    suspects = suspect_labels([examples_of(true, probabilities)], confidences_of(true, probabilities, NAMES))
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != true)
    assert sorted(suspects.position) == wrong.tolist()
    np.testing.assert_allclose(suspects.score, cleanlab_margins(true, probabilities)[suspects.position], atol=1e-3)
    assert (np.diff(suspects.score) <= 0).all()
    np.testing.assert_array_equal(suspects.given, true[suspects.position])
    np.testing.assert_array_equal(suspects.proposed, probabilities.argmax(axis=1)[suspects.position])
    rows = np.arange(len(wrong))
    for found, classes in (
        (suspects.label_probability, suspects.given),
        (suspects.proposed_probability, suspects.proposed),
    ):
        np.testing.assert_array_equal(found, probabilities[suspects.position][rows, classes])


def test_wrong_labels_are_found_among_samples_of_a_class_that_the_model_knows_badly():
    true, probabilities = made_predictions()
    chosen = np.flatnonzero(true < 2)[:40]
    given = true.copy()
    given[chosen] = 1 - given[chosen]
    examples, confidences = examples_of(given, probabilities), confidences_of(given, probabilities, NAMES)
    adjusted, plain = (suspect_labels([examples], one, top=40).position for one in (confidences, None))
    assert np.isin(adjusted, chosen).all()
    assert not np.isin(plain, chosen).all()


def test_a_sample_that_stays_wrong_with_the_same_answer_comes_first():
    true = [0, 0, 0]
    same, other, right = [0.2, 0.8, 0.0], [0.1, 0.0, 0.9], [0.9, 0.1, 0.0]
    epochs = [(right, same, right), (right, same, other), (other, same, same), (same, same, same)]
    examples = [examples_of(true, probabilities, step=step) for step, probabilities in enumerate(epochs)]
    suspects = suspect_labels(examples)
    assert suspects.position.tolist() == [1, 2, 0]
    assert suspects.epochs_same.tolist() == [4, 2, 1]
    assert suspects.epochs_seen.tolist() == [4, 4, 4]
    np.testing.assert_allclose(suspects.score, 0.6 * (0.75 + 0.25 * np.array([4, 2, 1]) / 4))
    assert suspect_labels(examples[:1]).position.size == 1  # at an earlier epoch


def test_an_epoch_whose_data_came_in_another_order_does_not_count():
    wrong = [0.1, 0.9, 0.0]
    epochs = [
        examples_of([0, 0], [wrong, wrong], position=[5, 7]),
        examples_of([0, 2], [wrong, wrong], position=[5, 7]),  # the sample at 7 is another one
        examples_of([0], [wrong], position=[9]),  # none of these was kept, so that nothing tells
        examples_of([0, 0, 0], [wrong, wrong, wrong], position=[7, 8, 5]),
    ]
    suspects = suspect_labels(epochs)
    assert suspects.position.tolist() == [5, 7, 8]
    assert suspects.epochs_same.tolist() == [2, 2, 1]
    assert suspects.epochs_seen.tolist() == [2, 2, 2]


def test_a_class_without_samples_has_the_mean_of_all():
    probabilities = np.array([[0.915, 0.085, 0.0], [0.715, 0.285, 0.0], [0.205, 0.795, 0.0]])
    means = class_means(confidences_of([0, 0, 1], probabilities, NAMES))
    np.testing.assert_allclose(means, [0.815, 0.795, (0.915 + 0.715 + 0.795) / 3], atol=1e-6)


def test_without_mistakes_or_samples_there_are_no_suspects():
    for true in ([0], []):
        suspects = suspect_labels([examples_of(true, np.array([[0.9, 0.1, 0.0]] * len(true)).reshape(-1, 3))])
        assert [len(column) for column in suspects] == [0] * 9


def test_suspects_are_read_back_with_their_pictures(tmp_path):
    events = writer.EventWriter(tmp_path / "mnist_tb/validation")
    texts = {"a": "a four", "b": "a nine"}
    likely = payload.Likely(*np.array([[0.125, 0.0625], [4, 9], [0.125, 0.0625], [1, 1], [0, 0]]))
    likely = likely._replace(second=np.array([4, 9]), third=np.array([1, 1]))
    for step, thumbnails in enumerate((texts, {})):
        columns = ([4, 9], [9, 4], [0.75, 0.9375], [115, 247], ["a", "b"])
        blobs = payload.encode_examples("cell", *columns, thumbnails, likely)
        events.write(step, [summaries.payload("examples", blobs)])
    events.close()
    suspects = mnist_tb.suspect_labels(mnist_tb.read_examples(tmp_path), top=1)
    assert suspects.thumbnails == ("a nine",)
    assert [column.tolist() for column in suspects[:8]] == [[247], [9], [4], [0.0625], [0.9375], [0.875], [2], [2]]


def test_labels_made_wrong_are_the_first_suspects_of_a_training(make_model, tmp_path):
    rng = np.random.default_rng(0)
    label = rng.integers(0, 10, 1200)
    x = rng.random((1200, 28, 28)).astype("float32") / 4
    x[np.arange(1200), 2 * label] = 1
    wrong = np.arange(5, 300, 50)
    given = label.copy()
    given[900 + wrong] = (given[900 + wrong] + 3) % 10
    validation = x[900:], given[900:]
    loggers = mnist_tb.classification_loggers(tmp_path)
    make_model().fit(x[:900], given[:900], validation_data=validation, epochs=4, verbose=0, callbacks=loggers)
    examples, confidences = mnist_tb.read_examples(tmp_path), mnist_tb.read_confidences(tmp_path)[-1]
    suspects = suspect_labels(examples, confidences, top=len(wrong))
    assert sorted(suspects.position) == wrong.tolist()
    np.testing.assert_array_equal(suspects.proposed, label[900:][suspects.position])
    np.testing.assert_array_equal(suspects.given, given[900:][suspects.position])
    assert (suspects.epochs_seen == 4).all()
    assert all(text.startswith(b"\x89PNG") for text in suspects.thumbnails)


ONE = examples_of([0], [[0.1, 0.9, 0.0]], step=3)
OF_OTHER_CLASSES = Confidences(3, ("no",), *[np.zeros(0, np.int64)] * 4, np.zeros((1, 120), np.int64), None)


@pytest.mark.parametrize(
    ("examples", "options", "message"),
    [
        ([], {}, "examples must hold at least one epoch, but is empty"),
        ([ONE], {"top": -1}, "top must be at least 0, but is -1"),
        ([ONE._replace(likely=None)], {}, "of an older mnist_tb, which did not keep the probability of the label"),
        (
            [ONE],
            {"confidences": OF_OTHER_CLASSES._replace(step=4)},
            "confidences are those of epoch 4, and the last examples those of epoch 3",
        ),
        ([ONE], {"confidences": OF_OTHER_CLASSES}, "examples have a class 1, and confidences those from 0 to 0"),
    ],
)
def test_what_does_not_fit_is_refused(examples, options, message):
    with pytest.raises(ValueError, match=message):
        suspect_labels(examples, **options)
