"""Grids of samples, checked by known colours."""

import numpy as np
import pytest

import mnist_tb
from mnist_tb.images import MISTAKE, RIGHT
from mnist_tb.images.sample_grid import whole_percent

GREEN = (0, 255, 0)  # occurs in the samples only
SMALL = np.full((36, 8, 8, 3), GREEN, np.uint8)


def sample_grid_image(*arguments, **options):
    """The picture as (H, W, 3) uint8."""
    return np.asarray(mnist_tb.sample_grid_image(*arguments, **options))


def grid(num, *, right=True, names=None, confidence=0.87, samples=SMALL, **options):
    true = np.zeros(num, int)
    predicted = true if right else true + 1
    return sample_grid_image(samples[:num], true, predicted, np.full(num, confidence), names, **options)


def places(image, color):
    return (image == color).all(axis=-1)


def num_blocks(mask):
    """How many separate stretches of True there are."""
    return int(np.count_nonzero(np.diff(np.concatenate([[0], mask.astype(int)])) == 1))


@pytest.mark.parametrize(("num", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (7, 3, 3), (36, 6, 6)])
def test_tiles_stand_in_a_square(num, columns, rows):
    is_tile = places(grid(num), GREEN)
    assert num_blocks(is_tile.any(axis=0)) == columns
    assert num_blocks(is_tile.any(axis=1)) == rows
    assert grid(num).shape[1] <= 900


def test_columns_can_be_chosen():
    is_tile = places(grid(12, columns=4), GREEN)
    assert (num_blocks(is_tile.any(axis=0)), num_blocks(is_tile.any(axis=1))) == (4, 3)


def test_mistakes_have_a_thick_frame_and_right_ones_have_none():
    wrong, right = grid(4, right=False), grid(4)
    row = np.flatnonzero(places(wrong, GREEN).any(axis=1))[20]
    frame = places(wrong, MISTAKE)[row]
    assert frame.sum() >= 4 * 5  # left and right of two tiles, each at least 5 pixels thick
    assert not places(right, MISTAKE).any()
    assert places(right, RIGHT).any()
    assert not places(wrong, RIGHT).any()


def test_mistakes_differ_from_right_ones_in_grey_too():
    wrong, right = grid(1, right=False).mean(axis=-1), grid(1).mean(axis=-1)
    tile = places(grid(1), GREEN)
    beside = np.flatnonzero(tile.any(axis=0))[0] - 4
    row = np.flatnonzero(tile.any(axis=1))[20]
    assert right[row, beside] == 255
    assert wrong[row, beside] < 150


def test_an_unknown_label_is_neither_right_nor_wrong():
    for true in (None, np.full(4, -1)):
        image = sample_grid_image(SMALL[:4], true, [1, 2, 3, 4], [0.5] * 4)
        assert not places(image, MISTAKE).any()
        assert not places(image, RIGHT).any()


def test_names_and_confidence_are_drawn():
    one, other = grid(1, names=["cat", "dog"]), grid(1, names=["cow", "dog"])
    assert (one != other).any()
    assert (one != grid(1, names=["cat", "dog"], confidence=0.5)).any()
    assert (one != grid(1, names=["cat", "dog"], confidence=np.nan)).any()


def test_the_true_name_is_drawn_for_mistakes():
    one, other = (grid(1, right=False, names=names) for names in (["cat", "dog"], ["cow", "dog"]))
    assert (one != other).any()


def test_long_names_get_a_line_of_their_own_and_never_reach_the_next_tile():
    short, long = grid(25), grid(25, names=["a name that is much too long for its tile"])
    assert long.shape[1] == short.shape[1]
    assert long.shape[0] > short.shape[0]
    is_tile = places(long, GREEN).any(axis=0)
    gap_ends = np.flatnonzero(np.diff(is_tile.astype(int)) == 1)[1:]
    captions = long[~places(long, GREEN).any(axis=1)][:-60]  # without the line at the bottom
    for end in gap_ends:
        assert (captions[:, end - 5 : end - 1] > 200).all()


def test_no_name_can_break_the_drawing():
    names = ["日本語", "שלום", "a\nb", "\ud800", "", "🙂" * 50]
    classes = np.arange(len(names))
    assert sample_grid_image(SMALL[:6], classes, classes[::-1], [0.5] * 6, names, title=" ".join(names)).size


def test_a_class_without_a_name_has_its_number():
    assert sample_grid_image(SMALL[:1], [5], [7], [0.5], ["only one name"]).size


def test_small_pictures_keep_square_pixels():
    checkers = np.indices((28, 28)).sum(axis=0) % 2 * np.uint8(255)
    image = sample_grid_image(checkers[np.newaxis], [0], [0], [1.0])
    left = np.flatnonzero((image == 0).all(axis=-1).sum(axis=0) > 100)[0]
    column = (image[:, left] == 0).all(axis=-1)
    edges = np.flatnonzero(np.diff(column.astype(int)))
    assert len(set(np.diff(edges).tolist())) == 1


@pytest.mark.parametrize("shape", [(300, 200, 3), (64, 64), (1, 500), (3, 40, 40), (1, 1)])
def test_pictures_of_any_size_are_drawn(shape):
    pictures = np.full((4, *shape), 200, np.uint8)
    image = sample_grid_image(pictures, [0] * 4, [0] * 4, [1.0] * 4)
    assert image.shape[1] <= 900
    assert (abs(image.astype(int) - 200) <= 1).all(axis=-1).any()


def test_grey_levels_are_kept_exactly():
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    image = sample_grid_image(levels, None, [0], [1.0])
    assert all((image == level).all(axis=-1).any() for level in range(256))


def test_colors_are_kept_exactly():
    colors = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 3), dtype=np.uint8)
    image = sample_grid_image(colors, None, [0], [1.0])
    assert all(places(image, color).any() for color in colors.reshape(-1, 3))


def test_texts_are_drawn_in_place_of_pictures():
    samples = np.array(["a good film", "a bad one"])
    image = sample_grid_image(samples, [1, 0], [1, 0], [0.9, 0.8], ["bad", "good"])
    other = sample_grid_image(np.array(["a good film", "a sad one"]), [1, 0], [1, 0], [0.9, 0.8], ["bad", "good"])
    assert image.shape == other.shape
    assert (image != other).any()


def test_many_columns_of_texts_are_drawn():
    assert sample_grid_image(["a good film"] * 40, None, [0] * 40, [0.9] * 40, columns=40).size


def test_values_are_listed_where_there_is_no_picture():
    samples = np.random.default_rng(0).random((4, 4))
    assert sample_grid_image(samples, None, [0, 1, 2, 0], [0.9] * 4).size
    assert not places(sample_grid_image(samples, None, [0, 1, 2, 0], [0.9] * 4), GREEN).any()


def test_a_users_function_draws_the_tiles():
    image = sample_grid_image(np.arange(4), None, [0] * 4, [1.0] * 4, draw=lambda n: SMALL[n])
    assert num_blocks(places(image, GREEN).any(axis=0)) == 2


def test_flat_pictures_are_drawn_with_an_image_shape():
    flat = SMALL[:4].reshape(4, -1)
    image = sample_grid_image(flat, None, [0] * 4, [1.0] * 4, image_shape=(8, 8, 3))
    assert places(image, GREEN).any()


def test_no_samples_say_so():
    nothing = np.zeros((0, 28, 28)), [], [], []
    image = sample_grid_image(*nothing, title="epoch 7")
    other = sample_grid_image(*nothing, title="epoch 7", empty="nothing to see")
    assert image.shape == other.shape
    assert (image != other).any()


def test_a_title_stands_above():
    assert grid(4, title="epoch 7").shape[0] > grid(4).shape[0]
    assert (grid(1, title="a very long title " * 10)[:, -10:] == 255).all()


@pytest.mark.parametrize("wrong", ["true", "predicted", "confidence"])
def test_arrays_of_another_length_are_refused(wrong):
    arrays = {"true": [0] * 4, "predicted": [0] * 4, "confidence": [1.0] * 4}
    arrays[wrong] = arrays[wrong][:3]
    with pytest.raises(ValueError, match=rf"{wrong} must hold one value for each of the 4 samples.*\(3,\)"):
        sample_grid_image(SMALL[:4], **arrays)


def test_no_columns_are_refused():
    with pytest.raises(ValueError, match="columns must be at least 1, but is 0"):
        grid(4, columns=0)


def test_confidence_is_whole_per_cent():
    assert [whole_percent(value) for value in (0.874, 1.0, float("nan"))] == ["87 %", "100 %", "–"]
