"""PNG files, read by Pillow: they show what the arrays hold."""

import io

import numpy as np
import pytest
from PIL import Image

from mnist_tb.images import (
    confusion_matrix_image,
    confusion_matrix_png,
    encode_png,
    most_confused_image,
    most_confused_png,
    picture_png,
    sample_grid_image,
    sample_grid_png,
)

GREY = np.random.default_rng(0).integers(0, 256, (9, 28, 28), dtype=np.uint8)
COLORED = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3), dtype=np.uint8)
TEXTS = np.array(["a good film, with a café"] * 9)
MIXED = [GREY[0], np.zeros((70, 90)), "a text", COLORED[0]]


def decoded(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("num_classes", [1, 2, 10, 30, 31, 300])
@pytest.mark.parametrize(
    ("image_of", "png_of"), [(confusion_matrix_image, confusion_matrix_png), (most_confused_image, most_confused_png)]
)
def test_a_matrix_as_png_is_the_same_picture(image_of, png_of, num_classes):
    counts = np.random.default_rng(0).poisson(0.5, (num_classes, num_classes)) + 50 * np.eye(num_classes, dtype=int)
    names = ["Größe Çag", *map(str, range(1, num_classes))]
    options = {"normalize": "pred", "title": "epoch 7", "nonfinite_predictions": 3, "weighted": True}
    png = png_of(counts, names, **options)
    assert png[25] == 3  # the colour type "palette"
    np.testing.assert_array_equal(decoded(png), image_of(counts, names, **options))


def test_a_matrix_of_ten_classes_is_a_small_file():
    generator = np.random.default_rng(0)
    counts = np.diag(generator.integers(50, 100, 10)) + generator.poisson(0.3, (10, 10))
    assert len(confusion_matrix_png(counts, [f"class {index}" for index in range(10)], title="epoch 7")) < 40_000


@pytest.mark.parametrize("function", [confusion_matrix_png, most_confused_png])
def test_counts_that_are_no_matrix_are_refused(function):
    with pytest.raises(ValueError, match="square matrix"):
        function(np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("samples", "color_type"),
    [(GREY, 3), (GREY[:0], 3), (TEXTS, 3), (MIXED[:3], 3), (COLORED, 2), (MIXED, 2)],  # 2 is RGB
)
def test_a_grid_as_png_is_the_same_picture(samples, color_type):
    count = len(samples)
    arguments = (samples, np.arange(count) - 1, np.arange(count) % 3, np.linspace(0, 1, count), ["Größe", "b"])
    options = {"title": "epoch 7", "columns": 4}
    png = sample_grid_png(*arguments, **options)
    assert png[25] == color_type
    np.testing.assert_array_equal(decoded(png), sample_grid_image(*arguments, **options))


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (37, 53), (300, 200)])
def test_a_picture_is_encoded_without_loss(shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    np.testing.assert_array_equal(decoded(encode_png(image)), image)
    np.testing.assert_array_equal(decoded(picture_png(image)), image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (28, 28), (64, 64), (65, 64), (300, 200)])
def test_a_grey_sample_is_encoded_as_grey_without_loss(shape):
    grey = np.random.default_rng(0).integers(0, 256, (*shape, 1), dtype=np.uint8)
    image = grey.repeat(3, axis=2)
    png = picture_png(image)
    assert png[25] == 0  # the colour type "greyscale"
    np.testing.assert_array_equal(decoded(png), image)
    image[-1, -1, 2] ^= 1
    assert picture_png(image)[25] == 2  # the colour type "truecolour"
    np.testing.assert_array_equal(decoded(picture_png(image)), image)


def test_a_digit_is_a_small_file():
    digit = np.zeros((28, 28, 3), np.uint8)
    digit[4:24, 10:18] = np.arange(50, 250, 10)[:, np.newaxis, np.newaxis]
    assert len(picture_png(digit)) < 150


def test_a_view_that_is_not_contiguous_is_encoded():
    image = np.random.default_rng(0).integers(0, 4, (40, 50, 3), dtype=np.uint8)[::2, ::-1]
    np.testing.assert_array_equal(decoded(encode_png(image)), image)
    np.testing.assert_array_equal(decoded(picture_png(image)), image)


@pytest.mark.parametrize("encode", [encode_png, picture_png])
@pytest.mark.parametrize("image", [np.zeros((4, 4)), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_what_is_no_picture_is_refused(image, encode):
    with pytest.raises(ValueError, match="image must be a picture"):
        encode(image)
