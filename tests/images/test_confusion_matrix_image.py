"""Confusion matrices as pictures, checked by known colours at known places."""

import numpy as np
import pytest

import mnist_tb
from mnist_tb.images import CARD_WIDTH, LINE, MISTAKE, WHITE
from mnist_tb.images.confusion_matrix import heat_colors, most_confused_classes, percent, short_count, text_color

FASHION = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
]


def confusion_matrix_image(*arguments, **options):
    """The picture as (H, W, 3) uint8."""
    return np.asarray(mnist_tb.confusion_matrix_image(*arguments, **options))


def random_counts(num_classes, seed=0):
    generator = np.random.default_rng(seed)
    return np.diag(generator.integers(50, 100, num_classes)) + generator.poisson(0.3, (num_classes, num_classes))


def matrix_area(image):
    """Left, top and side of the matrix, found by the lines around it."""
    is_line = (image == LINE).all(axis=-1)
    columns = np.flatnonzero(is_line.sum(axis=0) > 0.25 * len(image))
    rows = np.flatnonzero(is_line.sum(axis=1) > 0.25 * image.shape[1])
    assert columns[-1] - columns[0] == rows[-1] - rows[0]
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0])


def cell_of(image, true, predicted, num_classes, area=None):
    """The pixels of a cell within its lines."""
    left, top, side = area or matrix_area(image)
    cell = side // num_classes
    x, y = left + predicted * cell, top + true * cell
    return image[y + 1 : y + cell, x + 1 : x + cell]


def cell_color(image, true, predicted, num_classes):
    return tuple(cell_of(image, true, predicted, num_classes)[2, 2].tolist())


def expected_color(rate):
    return tuple(heat_colors(np.array(rate)).tolist())


def has_text(pixels):
    return len(np.unique(pixels.reshape(-1, 3), axis=0)) > 1


def test_true_classes_are_on_the_rows():
    image = confusion_matrix_image([[10, 0], [8, 2]])
    assert cell_color(image, 1, 0, 2) == expected_color(0.8)
    assert cell_color(image, 0, 1, 2) == WHITE
    assert cell_color(image, 1, 1, 2) == expected_color(0.2)


@pytest.mark.parametrize(
    ("normalize", "rates"),
    [
        ("true", [[0.25, 0.75], [0, 1]]),
        ("pred", [[1, 0.6], [0, 0.4]]),
        ("all", [[1 / 3, 1], [0, 2 / 3]]),  # relative to the highest share
        (None, [[1 / 3, 1], [0, 2 / 3]]),
    ],
)
def test_colors_follow_the_normalization(normalize, rates):
    image = confusion_matrix_image([[10, 30], [0, 20]], normalize=normalize)
    for true in range(2):
        for predicted in range(2):
            assert cell_color(image, true, predicted, 2) == expected_color(rates[true][predicted])


def test_cells_that_are_zero_carry_no_text_and_all_others_do():
    counts = random_counts(10)
    image = confusion_matrix_image(counts)
    area = matrix_area(image)
    for true in range(10):
        for predicted in range(10):
            assert has_text(cell_of(image, true, predicted, 10, area)) == (counts[true, predicted] > 0)


def test_one_mistake_among_a_million_differs_from_none():
    counts = [[999_999, 1], [0, 1_000_000]]
    image = confusion_matrix_image(counts)
    assert cell_color(image, 0, 1, 2) != cell_color(image, 1, 0, 2) == WHITE


def test_a_rate_is_drawn_below_the_count_unless_there_is_none():
    def num_lines(normalize):
        cell = cell_of(confusion_matrix_image([[10, 0], [8, 2]], normalize=normalize), 1, 0, 2)
        is_text = (cell != cell[0, 0]).any(axis=(1, 2))
        return np.count_nonzero(np.diff(is_text.astype(int)) == 1)

    assert num_lines("true") == 2
    assert num_lines(None) == 1


@pytest.mark.parametrize("num_classes", [2, 10, 26, 30])
def test_large_and_small_numbers_alike_stay_within_their_cells(num_classes):
    counts = np.full((num_classes, num_classes), 123_456_789.0)
    counts[0] = 1
    counts[1] = np.resize([0.0123, 99_999, 0.005, 8.88, 888_888], num_classes)
    image = confusion_matrix_image(counts)
    area = matrix_area(image)
    for true, predicted in np.ndindex(min(3, num_classes), num_classes):
        cell = cell_of(image, true, predicted, num_classes, area)
        edge = np.concatenate([cell[0], cell[-1], cell[:, 0], cell[:, -1]])
        assert not has_text(edge)
        assert has_text(cell)


def test_ten_classes_are_legible_on_the_card_and_at_full_size():
    image = confusion_matrix_image(random_counts(10) * 10)
    assert 680 <= image.shape[1] <= 1000
    cell = cell_of(image, 0, 0, 10)
    rows = np.flatnonzero((cell != cell[0, 0]).any(axis=(1, 2)))
    upper_line = rows[: np.flatnonzero(np.diff(rows) > 1)[0] + 1]
    lower_line = rows[len(upper_line) :]
    assert len(upper_line) * CARD_WIDTH / image.shape[1] >= 6.5  # height of figures: 9 pixels per em
    assert len(lower_line) * CARD_WIDTH / image.shape[1] >= 5.5


def test_text_keeps_its_size_from_epoch_to_epoch():
    early, late = np.full((10, 10), 100), np.diag(np.full(10, 1000))
    late[0, 1] = 100
    late[0, 0] = 900
    images = [confusion_matrix_image(counts) for counts in (early, late)]
    heights = []
    for image in images:
        cell = cell_of(image, 0, 1, 10)
        heights.append(np.flatnonzero((cell != cell[0, 0]).any(axis=(1, 2))).tolist())
    assert heights[0] == heights[1]
    assert images[0].shape == images[1].shape


@pytest.mark.parametrize("num_classes", [1, 10, 30, 31, 110, 111, 1000])
def test_any_number_of_classes_gives_a_picture_of_sane_size(num_classes):
    image = confusion_matrix_image(random_counts(num_classes), title="epoch 7")
    assert image.dtype == np.uint8
    assert image.ndim == 3
    assert max(image.shape) <= 1650
    left, top, side = matrix_area(image)
    assert side % num_classes == 0
    assert side <= image.shape[1] - left
    assert side <= image.shape[0] - top


def test_beyond_thirty_classes_cells_carry_no_numbers():
    assert has_text(cell_of(confusion_matrix_image(np.full((30, 30), 5)), 3, 4, 30))
    assert not has_text(cell_of(confusion_matrix_image(np.full((31, 31), 5)), 3, 4, 31))


def test_a_legend_explains_colors_where_there_are_no_numbers():
    counts = np.eye(40, dtype=int)
    image = confusion_matrix_image(counts)
    _, top, side = matrix_area(image)
    below = image[top + side + 5 :].reshape(-1, 3)
    for rate in (0.01, 0.1, 0.5, 1.0):
        assert (below == expected_color(rate)).all(axis=-1).any()


def test_a_thousand_classes_take_one_pixel_each():
    counts = np.diag(np.full(1000, 50))
    counts[700, 20] = 1
    image = confusion_matrix_image(counts)
    left, top, side = matrix_area(image)
    assert side == 1000
    assert tuple(image[top + 700, left + 20]) != WHITE
    assert tuple(image[top + 20, left + 700]) == WHITE


def test_a_single_mistake_among_thousands_of_classes_stays_visible():
    counts = np.diag(np.full(2500, 50))
    counts[2000, 100] = 1
    image = confusion_matrix_image(counts)
    left, top, side = matrix_area(image)
    assert 800 <= side <= 1200
    classes_per_pixel = -(-2500 // side)
    row, column = top + 2000 // classes_per_pixel, left + 100 // classes_per_pixel
    assert tuple(image[row, column]) != WHITE
    assert tuple(image[top + 100 // classes_per_pixel, left + 2000 // classes_per_pixel]) == WHITE


@pytest.mark.parametrize("names", [["a", "b", "c"], ["a much longer name than fits"] * 3, ["y" * 1000, "", "z"]])
def test_names_widen_the_picture_only_so_far(names):
    assert confusion_matrix_image(random_counts(3), names).shape[1] <= 1000


def test_names_are_drawn():
    one = confusion_matrix_image(random_counts(10), FASHION)
    other = confusion_matrix_image(random_counts(10), [*FASHION[:-1], "Ankle toob"])
    left, top, _ = matrix_area(one)
    differs = (one[: len(other)] != other[: len(one)]).any(axis=-1)
    assert differs[:top].any()  # above the columns
    assert differs[top:, :left].any()  # left of the rows


@pytest.mark.parametrize("num_classes", [10, 40])
def test_no_name_can_break_the_drawing(num_classes):
    names = ["naïve café", "日本語", "שלום עולם", "العربية", "🙂", "a\nb\tc\0d", "\ud800", "\u202eabc", "", "é" * 500]
    numbers = map(str, range(num_classes - len(names)))
    assert confusion_matrix_image(random_counts(num_classes), [*names, *numbers], title=" ".join(names)).size


def test_title_accuracy_and_warning_stand_above_the_matrix():
    plain = confusion_matrix_image(random_counts(10))
    titled = confusion_matrix_image(random_counts(10), title="epoch 7")
    warned = confusion_matrix_image(random_counts(10), title="epoch 7", nonfinite_predictions=12)
    tops = [matrix_area(image)[1] for image in (plain, titled, warned)]
    assert tops[0] < tops[1] < tops[2]
    assert (warned[: tops[2]] == MISTAKE).all(axis=-1).any()
    assert not (titled == MISTAKE).all(axis=-1).any()


def test_a_weighted_matrix_says_so():
    plain, weighted = (confusion_matrix_image(random_counts(10), weighted=value) for value in (False, True))
    assert weighted.shape[0] > plain.shape[0]


def test_long_titles_stay_inside():
    image = confusion_matrix_image(random_counts(2), title="a very long title " * 20)
    assert (image[:, -10:] == WHITE).all()


def test_counts_of_nothing_are_drawn():
    image = confusion_matrix_image(np.zeros((3, 3), int), title="epoch 0")
    assert cell_color(image, 0, 0, 3) == WHITE


def test_text_is_black_or_white_whichever_is_easier_to_read():
    image = confusion_matrix_image([[10, 30], [0, 20]])
    for predicted, rate in [(0, 0.25), (1, 0.75)]:
        assert (cell_of(image, 0, predicted, 2) == text_color(expected_color(rate))).all(axis=-1).any()


def test_most_confused_classes_are_those_of_the_worst_pairs_in_either_direction():
    counts = np.diag(np.full(100, 50))
    counts[7, 42], counts[42, 7] = 6, 5  # together more than the next
    counts[90, 3] = 10
    counts[50, 51] = 1
    assert most_confused_classes(counts, 2).tolist() == [7, 42]
    assert most_confused_classes(counts, 4).tolist() == [3, 7, 42, 90]
    assert most_confused_classes(counts, 20).tolist() == [3, 7, 42, 50, 51, 90]


def test_most_confused_classes_never_exceed_the_limit():
    assert len(most_confused_classes(random_counts(100), 5)) <= 5
    assert most_confused_classes(np.eye(100, dtype=int), 20).tolist() == list(range(20))


def test_the_most_confused_classes_show_rates_of_the_whole_matrix():
    counts = np.diag(np.full(100, 50))
    counts[7, 42], counts[7, 43] = 25, 25
    image = confusion_matrix_image(counts, max_classes=2, title="epoch 7")
    assert cell_color(image, 0, 1, 2) == expected_color(0.25)
    assert cell_color(image, 1, 0, 2) == WHITE


@pytest.mark.parametrize("limit", [1, 31])
def test_a_number_of_classes_that_cannot_be_drawn_is_refused(limit):
    with pytest.raises(ValueError, match=f"max_classes must be from 2 to 30, but is {limit}"):
        confusion_matrix_image(np.eye(100, dtype=int), max_classes=limit)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="square matrix"):
        confusion_matrix_image(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="one name for each of the 2 classes, but holds 1"):
        confusion_matrix_image(np.zeros((2, 2)), ["cat"])
    with pytest.raises(ValueError, match="normalize must be"):
        confusion_matrix_image(np.zeros((2, 2)), normalize="rows")


def test_counts_are_short():
    texts = {
        0: "0",
        99_999: "99999",
        100_000: "100k",
        123_456: "123k",
        999_499: "999k",
        999_500: "1.0M",
        9_950_000: "10M",
        123_456_789: "123M",
        2_000_000_000: "2.0G",
        3e20: "3e+20",
        5.0: "5",
        12.25: "12.2",
        0.5: "0.5",
        0.0001: "<0.01",
        999.7: "1000",
        1234.5: "1234",
    }
    assert {count: short_count(count) for count in texts} == texts


def test_percentages_never_claim_to_be_none_or_all():
    texts = {0: "0%", 0.0004: "<0.1%", 0.001: "0.1%", 0.0123: "1.2%", 0.9996: "99.9%", 1 + 1e-15: "100%"}
    assert {share: percent(share) for share in texts} == texts
    assert percent(float("nan")) == "–"
    assert percent(0.5, " ") == "50.0 %"
