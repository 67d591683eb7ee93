"""Arrays of any usual layout and range → RGB pictures, and samples of any kind → tiles."""

import warnings

import numpy as np
import pytest

from mnist_tb.images.arrays import are_pictures, make_tiles, prepare_pictures, sample_text

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((5, 28, 28), {}, (28, 28)),
        ((5, 28, 28, 1), {}, (28, 28)),
        ((5, 32, 30, 3), {}, (32, 30)),
        ((5, 1, 28, 26), {}, (28, 26)),
        ((5, 3, 32, 30), {}, (32, 30)),
        ((5, 4, 32, 30), {}, (32, 30)),
        ((5, 3, 32, 3), {}, (3, 32)),  # both could be; last is Keras' own habit
        ((5, 3, 32, 3), {"data_format": "channels_first"}, (32, 3)),
        ((5, 784), {"image_shape": (28, 28)}, (28, 28)),
        ((5, 3072), {"image_shape": (3, 32, 32)}, (32, 32)),
        ((0, 28, 28), {}, (28, 28)),
    ],
)
def test_every_layout_becomes_rgb(shape, options, expected):
    pictures = prepare_pictures(np.zeros(shape), **options)
    assert pictures.shape == (shape[0], *expected, 3)
    assert pictures.dtype == np.uint8
    assert are_pictures(shape[1:], **options)


def test_channels_first_and_last_give_the_same_picture():
    last = RANDOM.integers(0, 256, (4, 9, 7, 3), dtype=np.uint8)
    np.testing.assert_array_equal(prepare_pictures(np.moveaxis(last, -1, 1)), last)
    np.testing.assert_array_equal(prepare_pictures(last), last)
    flat = np.moveaxis(last, -1, 1).reshape(4, -1)
    np.testing.assert_array_equal(prepare_pictures(flat, image_shape=(3, 9, 7)), last)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0.0, 0.5, 1.0], np.float16), [0, 128, 255]),
        (np.array([0.2, 0.5, 0.6]), [51, 128, 153]),
        (np.array([0.0, 0.5, 1.004]), [0, 128, 255]),  # resizing overshoots
        (np.array([-1.0, 0.0, 1.0]), [0, 128, 255]),
        (np.array([-0.5, 0.0, 0.5]), [64, 128, 191]),
        (np.array([0.0, 100.0, 200.0]), [0, 100, 200]),
        (np.array([0, 100, 200]), [0, 100, 200]),
        (np.array([0.0, 8.0, 16.0]), [0, 128, 255]),
        (np.array([0, 30_000, 60_000], np.uint16), [0, 128, 255]),
        (np.array([-3.0, 0.0, 3.0]), [0, 128, 255]),
        (np.array([False, True, True]), [0, 255, 255]),
        (np.array([0, 1, 7], np.uint8), [0, 1, 7]),
        (np.array([-3.0, np.nan, 3.0]), [0, 0, 255]),
        (np.array([0.0, np.inf, 0.5]), [0, 255, 128]),
        (np.array([-np.inf, -2.0, 2.0]), [0, 0, 255]),
        (np.array([np.nan, np.nan, np.nan]), [0, 0, 0]),
        (np.array([1e30, 1e30, 1e30]), [0, 0, 0]),
        (np.array([-3e38, 0, 3e38]), [0, 128, 255]),
    ],
)
def test_the_range_of_values_is_recognised(values, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pictures = prepare_pictures(values.reshape(1, 1, 3), image_shape=(1, 3))
    np.testing.assert_allclose(pictures[0, 0, :, 0].astype(int), expected, atol=1)


def test_the_range_is_that_of_the_whole_batch():
    batch = np.stack([np.full((2, 2), 0.0), np.full((2, 2), 5.0), np.full((2, 2), 10.0)])
    assert prepare_pictures(batch)[:, 0, 0, 0].tolist() == [0, 128, 255]


def test_transparent_pixels_are_white():
    picture = np.zeros((1, 1, 2, 4), np.uint8)
    picture[0, 0, 1] = (200, 0, 0, 255)
    assert prepare_pictures(picture).tolist() == [[[[255, 255, 255], [200, 0, 0]]]]


@pytest.mark.parametrize("dtype", [np.float64, np.uint8])
def test_the_batch_is_left_alone(dtype):
    batch = RANDOM.integers(1, 99, (3, 4, 4, 3)).astype(dtype)
    before = batch.copy()
    prepare_pictures(batch)[:] = 0
    np.testing.assert_array_equal(batch, before)


@pytest.mark.parametrize("shape", [(784,), (28, 28, 2), (13, 28, 28), (), (2, 3, 4, 5), (0, 28)])
def test_what_is_no_picture_is_refused_with_the_remedies(shape):
    assert not are_pictures(shape)
    with pytest.raises(ValueError, match=r"image_shape=….*draw=…") as error:
        prepare_pictures(np.zeros((5, *shape)))
    assert str(shape) in str(error.value)
    assert "\n" not in str(error.value)


def test_an_image_shape_of_another_size_is_refused():
    assert not are_pictures((784,), (28, 27))
    with pytest.raises(ValueError, match=r"\(28, 27\) has 756 and a sample of shape \(784,\) has 784"):
        prepare_pictures(np.zeros((5, 784)), image_shape=(28, 27))


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match="pictures must be numbers"):
        prepare_pictures(np.array([["a", "b"]]))


def test_an_unknown_data_format_is_refused():
    with pytest.raises(ValueError, match='data_format must be "channels_first" or "channels_last", but is \'NCHW\''):
        prepare_pictures(np.zeros((1, 3, 8, 8)), data_format="NCHW")


@pytest.mark.parametrize(
    "samples",
    [
        np.array([b"good", b"bad"]),
        np.array(["good", "bad"], object),
        np.array([["good"], ["bad"]]),
        ["good", "bad"],
    ],
)
def test_texts_are_shown_as_they_are(samples):
    assert make_tiles(samples) == ["good", "bad"]


def test_pictures_become_pictures():
    tiles = make_tiles(np.zeros((3, 8, 8)))
    assert [tile.shape for tile in tiles] == [(8, 8, 3)] * 3


def test_flat_samples_are_drawn_with_an_image_shape_and_listed_without():
    samples = np.arange(8).reshape(2, 4) / 10
    assert make_tiles(samples, image_shape=(2, 2))[0].shape == (2, 2, 3)
    assert make_tiles(samples) == ["[0, 0.1, 0.2, 0.3]", "[0.4, 0.5, 0.6, 0.7]"]


def test_long_samples_are_cut():
    text = sample_text(np.arange(1000))
    assert text.startswith("[0, 1, 2")
    assert text.endswith("…]")
    assert len(text) < 300


def test_samples_that_differ_in_shape_are_listed():
    assert make_tiles([np.array([1, 2]), np.array([3])]) == ["[1, 2]", "[3]"]


def test_pictures_that_differ_in_shape_are_drawn():
    tiles = make_tiles([np.zeros((4, 6)), np.zeros((7, 5, 3))])
    assert [tile.shape for tile in tiles] == [(4, 6, 3), (7, 5, 3)]


def test_broken_bytes_are_shown():
    assert sample_text(b"\xff ok") == "\ufffd ok"


def test_a_users_function_draws_pictures_or_texts():
    tiles = make_tiles(np.arange(3), draw=lambda n: f"number {n}" if n else np.full((4, 5), 255, np.uint8))
    assert tiles[0].shape == (4, 5, 3)
    assert tiles[1:] == ["number 1", "number 2"]


def test_a_users_function_that_draws_neither_is_refused():
    with pytest.raises(ValueError, match="a picture must have the shape"):
        make_tiles(np.arange(3), draw=lambda n: np.zeros(5))
