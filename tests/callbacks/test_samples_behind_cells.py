"""The samples kept behind each cell are the most confident ones of the whole validation set."""

import io
import logging

import numpy as np
import pytest
from helpers import fit, most_confident, predictions
from PIL import Image
from recording import Shown

import mnist_tb
from mnist_tb.images.arrays import sample_text
from mnist_tb.observer import observation
from mnist_tb.observer.data import InputSpec
from mnist_tb.observer.observation import plan_samples

DIGIT = [InputSpec((28, 28), "float32")]
DIGIT_BYTES = 4 * (28 * 28 + 10) + 16  # with the probabilities of ten classes


def train(model, digits, tmp_path, **options):
    """One epoch; gives what the validation showed, and what the model says of it."""
    shown = Shown(tmp_path)
    fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path, **options), shown], epochs=1)
    scores = predictions(model, digits.x_val)
    return shown.seen[0], scores.argmax(axis=1), scores.max(axis=1)


@pytest.mark.parametrize("options", [{}, {"jit_compile": True}, {"run_eagerly": True}], ids=["default", "xla", "eager"])
def test_each_cell_has_its_most_confident_samples(options, make_model, digits, tmp_path, keras):
    if keras.backend.backend() == "torch" and "jit_compile" in options:
        pytest.skip("torch has no XLA")
    seen, predicted, confidence = train(make_model(**options), digits, tmp_path, examples_per_cell=3)
    positions = most_confident(digits.y_val, predicted, confidence, 3)
    assert len(positions) > 15
    np.testing.assert_array_equal(seen.examples.position, positions)
    np.testing.assert_array_equal(seen.examples.inputs, digits.x_val[positions])
    np.testing.assert_array_equal(seen.examples.true, digits.y_val[positions])
    np.testing.assert_array_equal(seen.examples.predicted, predicted[positions])
    np.testing.assert_allclose(seen.examples.confidence, confidence[positions], rtol=1e-4)


def test_they_are_read_back_with_their_pictures(make_model, digits, tmp_path):
    digits.x_val = np.round(digits.x_val * 255) / np.float32(255)
    seen, *_ = train(make_model(), digits, tmp_path)
    (read,) = mnist_tb.read_examples(tmp_path)
    assert (read.step, read.scope) == (0, "cell")
    np.testing.assert_array_equal(read.position, seen.examples.position)
    for position, png in zip(read.position, read.thumbnails, strict=True):
        with Image.open(io.BytesIO(png)) as picture:
            np.testing.assert_array_equal(np.asarray(picture), np.rint(digits.x_val[position] * 255))


def test_a_picture_is_written_once_a_run(make_model, digits, tmp_path):
    model = make_model()
    model.optimizer.learning_rate = 0.0  # the same samples at each epoch
    fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path)], epochs=1)
    (file,) = tmp_path.rglob("*tfevents*")
    once = file.stat().st_size
    fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path / "longer")], epochs=3)
    (file,) = (tmp_path / "longer").rglob("*tfevents*")
    first, *later = mnist_tb.read_examples(tmp_path / "longer")
    assert len(later) == 2
    for read in later:
        assert read.thumbnails == first.thumbnails
    pictures = sum(len(png) for png in set(first.thumbnails))
    assert file.stat().st_size < 3 * once - 2 * pictures + 1000


def test_none_are_kept_where_none_are_wanted(make_model, digits, tmp_path, read_run):
    seen, *_ = train(make_model(), digits, tmp_path, examples_per_cell=0)
    assert len(seen.examples) == 0
    assert "examples" not in read_run(tmp_path).tags()


@pytest.mark.parametrize(
    ("limit", "groups", "said"),
    [
        (100 * 3 * DIGIT_BYTES, 100, ""),
        (100 * 3 * DIGIT_BYTES - 1, 10, "the 3 most confident mistakes of each class are kept"),
        (10 * 3 * DIGIT_BYTES - 1, 1, "the 29 most confident mistakes of all are kept"),
        (DIGIT_BYTES - 1, 0, "no examples are kept"),
    ],
)
def test_fewer_are_kept_where_memory_is_short(
    limit, groups, said, make_model, digits, tmp_path, monkeypatch, caplog, read_run
):
    monkeypatch.setattr(observation, "MEMORY_LIMIT", limit)
    caplog.set_level(logging.INFO, "mnist_tb")
    seen, predicted, confidence = train(make_model(), digits, tmp_path, examples_per_cell=3)
    assert seen.plan.groups == groups
    assert seen.plan.scope == ("mistakes" if groups in (1, 10) else "cell")
    assert said in caplog.text
    wrong = np.flatnonzero(predicted != digits.y_val)
    if groups == 10:
        of_class = [wrong[digits.y_val[wrong] == true] for true in range(10)]
        expected = [rows[np.argsort(-confidence[rows], kind="stable")][:3] for rows in of_class]
        np.testing.assert_array_equal(seen.examples.position, np.concatenate(expected))
    if groups == 1:
        expected = wrong[np.argsort(-confidence[wrong], kind="stable")][:29]
        np.testing.assert_array_equal(seen.examples.position, expected)
        np.testing.assert_array_equal(seen.mistakes.position, expected[:25])
    assert ("examples" in read_run(tmp_path).tags()) == (groups > 0)


def test_the_limit_counts_what_a_sample_takes():
    num_classes = max(n for n in range(2, 100) if 4 * n**2 * (4 * (28 * 28 + n) + 16) <= 64 * 2**20)
    assert plan_samples(num_classes, DIGIT, examples_per_cell=4).groups == num_classes**2
    assert plan_samples(num_classes + 1, DIGIT, examples_per_cell=4).groups == num_classes + 1
    assert plan_samples(10, [InputSpec((5000, 5000), "float32")], examples_per_cell=4).groups == 0


def test_samples_that_are_no_pictures_have_a_text(keras, digits, tmp_path):
    model = keras.Sequential([keras.layers.Input(shape=(3,)), keras.layers.Dense(10, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    digits.x, digits.x_val = digits.x[:, 0, :3], digits.x_val[:, 0, :3]
    digits.validation = (digits.x_val, digits.y_val)
    fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path)], epochs=1)
    (read,) = mnist_tb.read_examples(tmp_path)
    assert read.thumbnails == tuple(sample_text(digits.x_val[position]) for position in read.position)


def test_large_pictures_are_made_smaller(keras, tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.random((40, 120, 200, 3), "float32"), rng.integers(0, 3, 40)
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input(shape=(120, 200, 3)), layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, validation_data=(x, y), verbose=0, callbacks=[mnist_tb.ConfusionMatrixLogger(tmp_path)])
    (read,) = mnist_tb.read_examples(tmp_path)
    with Image.open(io.BytesIO(read.thumbnails[0])) as picture:
        assert picture.size == (96, 58)


@pytest.mark.parametrize("count", [-1, 17, 2.5, True])
def test_a_number_of_examples_that_cant_be_is_refused(count, tmp_path):
    with pytest.raises(ValueError, match=r"examples_per_cell must be a whole number of samples from 0 to 16"):
        mnist_tb.ConfusionMatrixLogger(tmp_path, examples_per_cell=count)
