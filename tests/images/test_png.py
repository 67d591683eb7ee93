"""PNG files, read by Pillow: they show what was drawn."""

import io

import numpy as np
import pytest
from PIL import Image

import mnist_tb
from mnist_tb.images import png_bytes


def decoded(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_a_matrix_is_a_small_file_that_looks_the_same():
    generator = np.random.default_rng(0)
    counts = np.diag(generator.integers(50, 100, 10)) + generator.poisson(0.3, (10, 10))
    image = mnist_tb.confusion_matrix_image(counts, [f"class {index}" for index in range(10)], title="epoch 7")
    png = png_bytes(image)
    assert len(png) < 60_000
    assert abs(decoded(png) - np.asarray(image)).max() <= 16


def test_photographs_are_stored_without_loss():
    photographs = np.random.default_rng(0).integers(0, 256, (9, 64, 64, 3), dtype=np.uint8)
    image = mnist_tb.sample_grid_image(photographs, None, [0] * 9, [1.0] * 9)
    np.testing.assert_array_equal(decoded(png_bytes(image)), np.asarray(image))


@pytest.mark.parametrize("shape", [(1, 50), (28, 28), (300, 200)])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_sample_is_stored_without_loss_and_grey_as_grey(shape, channels):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, channels), dtype=np.uint8)
    pixels = np.broadcast_to(pixels, (*shape, 3))
    png = png_bytes(Image.fromarray(np.ascontiguousarray(pixels)))
    np.testing.assert_array_equal(decoded(png), pixels)
    assert png[25] == (0 if channels == 1 else 2)  # the colour types "greyscale" and "truecolour"


def test_a_digit_is_a_small_file():
    digit = np.zeros((28, 28, 3), np.uint8)
    digit[4:24, 10:18] = np.arange(50, 250, 10)[:, np.newaxis, np.newaxis]
    assert len(png_bytes(Image.fromarray(digit))) < 180
