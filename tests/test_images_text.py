"""Text, numbers as text, colours and PNG: what all pictures are made of."""

import doctest
import importlib
import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from PIL.ImageDraw import Draw

from mnist_tb.images import encode_png
from mnist_tb.images.colors import (
    MISTAKE,
    NUM_SHADES,
    QUIET_TEXT,
    RIGHT,
    TEXT,
    WHITE,
    color_table,
    contrast,
    shade_colors,
    text_color,
)
from mnist_tb.images.number_text import percent, short_count, whole_percent
from mnist_tb.images.text import draw_text, largest_size, one_line, shorten, text_width, wrap

LONG = "a name of far more than thirty characters, as some data sets have"


def drawn(text, **options):
    """Left, top, right and bottom of a text drawn at (100, 100)."""
    image = Image.new("RGB", (200, 200), WHITE)
    draw_text(Draw(image), (100, 100), text, 20, **options)
    rows, columns = np.nonzero((np.asarray(image) != 255).any(axis=-1))
    return columns.min(), rows.min(), columns.max(), rows.max()


def decoded(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_black_or_white_text_is_readable_on_every_color_of_the_map():
    for color in color_table().tolist():
        assert contrast(text_color(tuple(color)), tuple(color)) >= 4.5


def test_colored_text_is_readable_on_white():
    assert min(contrast(color, WHITE) for color in (TEXT, QUIET_TEXT, RIGHT, MISTAKE)) >= 4.5


def test_contrast_runs_from_1_to_21():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((9, 9, 9), (9, 9, 9)) == 1
    assert contrast((119, 119, 119), WHITE) == pytest.approx(4.48, abs=0.01)  # a known value


def test_the_map_darkens_steadily_from_white():
    shades = shade_colors(np.linspace(0, 1, 500))
    lightness = shades @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) <= 0).all()
    assert shades[0].tolist() == [255, 255, 255]
    assert len(np.unique(shades, axis=0)) <= NUM_SHADES


def test_only_zero_is_white():
    assert (shade_colors(np.array([1e-12, 1e-6, 0.001, 1.0])) != 255).any(axis=-1).all()


def test_text_lies_where_it_is_put():
    left, top, right, bottom = drawn("H0", align="left")
    assert abs(left - 100) <= 3
    assert abs((top + bottom) / 2 - 100) <= 1
    left, _, right, _ = drawn("H0", align="center")
    assert abs((left + right) / 2 - 100) <= 2
    assert abs(drawn("H0", align="right")[2] - 100) <= 3


def test_upward_text_is_taller_than_wide_and_starts_at_the_bottom():
    left, top, right, bottom = drawn("long word", upwards=True)
    assert bottom - top > 2 * (right - left)
    assert abs(bottom - 100) <= 3
    assert abs(drawn("long word", upwards=True, align="right")[1] - 100) <= 3


def test_empty_text_draws_nothing():
    image = Image.new("RGB", (20, 20), WHITE)
    draw_text(Draw(image), (10, 10), "", 12)
    assert (np.asarray(image) == 255).all()


@pytest.mark.parametrize("text", [LONG, "日本語" * 20, "x" * 10_000, "שלום " * 30])
@pytest.mark.parametrize("width", [20, 60, 150])
def test_shortened_text_fits_and_ends_in_dots(text, width):
    short = shorten(text, width, 14)
    assert text_width(short, 14) <= width
    assert short.endswith("…")


def test_text_that_fits_is_not_shortened():
    assert shorten("Ankle boot", 200, 14) == "Ankle boot"


def test_one_line_has_no_breaks_and_no_broken_characters():
    assert one_line("a\nb\t\tc \0 d\ud800") == "a b c d?"


def test_wrapped_lines_fit_and_say_when_there_is_more():
    lines = wrap(LONG, 120, 14, 2)
    assert len(lines) == 2
    assert all(text_width(line, 14) <= 120 for line in lines)
    assert lines[-1].endswith("…")
    assert " ".join(wrap(LONG, 120, 14, 20)) == LONG
    assert wrap("", 120, 14, 3) == []


def test_the_largest_size_makes_all_texts_fit():
    size = largest_size(["short", LONG], 300, 40, 5)
    assert text_width(LONG, size) <= 300 < text_width(LONG, size + 2)
    assert largest_size(["short"], 300, 40, 5) == 40
    assert largest_size([LONG], 10, 40, 5) == 5
    assert largest_size([], 10, 40, 5) == 40


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (99_999, "99999"),
        (100_000, "100k"),
        (123_456, "123k"),
        (999_499, "999k"),
        (999_500, "1.0M"),
        (9_950_000, "10M"),
        (123_456_789, "123M"),
        (2_000_000_000, "2.0G"),
        (5.0, "5"),
        (12.25, "12.2"),
        (0.5, "0.5"),
        (0.0001, "<0.01"),
        (1234.5, "1234"),
        (3e20, "3e+20"),
    ],
)
def test_counts_are_short(count, text):
    assert short_count(count) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0%"),
        (0.0004, "<0.1%"),
        (0.001, "0.1%"),
        (0.0123, "1.2%"),
        (0.9996, "99.9%"),
        (1, "100%"),
        (1 + 1e-15, "100%"),
        (float("nan"), "–"),
    ],
)
def test_percentages_never_claim_to_be_none_or_all(share, text):
    assert percent(share) == text


def test_confidence_is_whole_per_cent():
    assert [whole_percent(value) for value in (0.874, 1.0, float("nan"))] == ["87 %", "100 %", "–"]


@pytest.mark.parametrize("num_colors", [1, 2, 100, 256])
def test_few_colors_make_a_palette_picture_without_loss(num_colors):
    generator = np.random.default_rng(num_colors)
    for _ in range(10):  # other colours, other hash collisions
        colors = generator.integers(0, 256, (num_colors, 3), dtype=np.uint8)
        image = colors[generator.integers(0, num_colors, (37, 53))]
        png = encode_png(image)
        assert png[25] == 3  # the colour type "palette"
        np.testing.assert_array_equal(decoded(png), image)


def test_many_colors_make_an_rgb_picture_without_loss():
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    png = encode_png(image)
    assert png[25] == 2  # the colour type "RGB"
    np.testing.assert_array_equal(decoded(png), image)


def test_a_view_that_is_not_contiguous_is_encoded():
    image = np.random.default_rng(0).integers(0, 4, (40, 50, 3), dtype=np.uint8)[::2, ::-1]
    np.testing.assert_array_equal(decoded(encode_png(image)), image)


@pytest.mark.parametrize("image", [np.zeros((4, 4)), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_what_is_no_picture_is_refused(image):
    with pytest.raises(ValueError, match="image must be a picture"):
        encode_png(image)


def test_importing_loads_neither_pillow_nor_matplotlib():
    code = "import sys, mnist_tb.images; print({'PIL', 'matplotlib'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


def test_drawing_does_not_load_pyplot():
    code = (
        "import sys, numpy, mnist_tb.images as images; images.confusion_matrix_image(numpy.eye(3)); "
        "print('matplotlib.pyplot' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["confusion_matrix", "number_text", "pictures", "png", "sample_grid", "tiles"])
def test_examples_in_docstrings_hold(name):
    result = doctest.testmod(importlib.import_module(f"mnist_tb.images.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
