"""Text, numbers as text, colours and palettes: what all pictures are made of."""

import doctest
import importlib
import subprocess
import sys

import numpy as np
import pytest

from mnist_tb.images.colors import (
    MISTAKE,
    NUM_SHADES,
    QUIET_TEXT,
    RIGHT,
    TEXT,
    WHITE,
    color_table,
    contrast,
    shade_table,
    shades,
    text_color,
)
from mnist_tb.images.number_text import percent, short_count, whole_percent
from mnist_tb.images.palette import (
    MISTAKE_INK,
    NUM_STRENGTHS,
    QUIET_INK,
    TEXT_INK,
    grey_palette,
    heat_map_palette,
    shade_codes,
)
from mnist_tb.images.text import draw_text, largest_size, one_line, shorten, text_width, wrap

LONG = "a name of far more than thirty characters, as some data sets have"


def drawn(text, **options):
    """Left, top, right and bottom of a text drawn at (100, 100)."""
    canvas = np.zeros((200, 200), np.uint8)
    draw_text(canvas, (100, 100), text, 20, **options)
    rows, columns = np.nonzero(canvas)
    return columns.min(), rows.min(), columns.max(), rows.max()


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
    colors = shade_table()[shades(np.linspace(0, 1, 500))]
    lightness = colors @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) <= 0).all()
    assert colors[0].tolist() == [255, 255, 255]
    assert len(np.unique(colors, axis=0)) <= NUM_SHADES


def test_only_zero_is_white():
    assert (shade_table()[shades(np.array([1e-12, 1e-6, 0.001, 1.0]))] != 255).any(axis=-1).all()


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
    canvas = np.zeros((20, 20), np.uint8)
    draw_text(canvas, (10, 10), "", 12)
    draw_text(canvas, (10, 10), " ", 12)
    assert not canvas.any()


def test_overlapping_texts_mix_no_other_colors():
    canvas = np.zeros((60, 200), np.uint8)
    draw_text(canvas, (10, 30), "WWWW", 30, ink=QUIET_INK)
    draw_text(canvas, (14, 33), "MMMM", 30, ink=MISTAKE_INK)
    draw_text(canvas, (18, 36), "####", 30, ink=MISTAKE_INK)
    inked = canvas[canvas > 0]
    assert set((inked // NUM_STRENGTHS * NUM_STRENGTHS).tolist()) == {QUIET_INK, MISTAKE_INK}
    assert (inked % NUM_STRENGTHS > 0).all()


def test_a_text_leaves_what_is_around_its_letters():
    canvas = np.full((60, 200), 250, np.uint8)
    draw_text(canvas, (10, 30), "long", 30, ink=TEXT_INK)
    assert set(np.unique(canvas).tolist()) <= {250, *range(1, NUM_STRENGTHS)}
    assert (canvas == 250).sum() > canvas.size / 2


@pytest.mark.parametrize("upwards", [False, True])
@pytest.mark.parametrize("x", [-300, -100, -7, 20, 95, 300])
@pytest.mark.parametrize("y", [-300, -100, -7, 20, 75, 300])
def test_what_reaches_beyond_the_canvas_is_cut_off(x, y, upwards):
    large, small = np.zeros((880, 900), np.uint8), np.zeros((80, 100), np.uint8)
    draw_text(large, (400 + x, 400 + y), "a long text", 30, upwards=upwards)
    draw_text(small, (x, y), "a long text", 30, upwards=upwards)
    np.testing.assert_array_equal(small, large[400:480, 400:500])


def test_palettes_fit_into_a_byte_and_hold_text_on_each_ground():
    assert max(len(heat_map_palette()), len(grey_palette())) <= 256
    for palette in (heat_map_palette(), grey_palette()):
        assert tuple(palette[TEXT_INK]) == tuple(palette[MISTAKE_INK]) == WHITE
        assert tuple(palette[TEXT_INK + NUM_STRENGTHS - 1]) == TEXT
        assert tuple(palette[MISTAKE_INK + NUM_STRENGTHS - 1]) == MISTAKE
    codes = shade_codes(np.arange(NUM_SHADES, dtype=np.uint8))
    np.testing.assert_array_equal(heat_map_palette()[codes], shade_table())
    for code, shade in zip(codes[1:].tolist(), shade_table()[1:].tolist(), strict=True):
        assert tuple(heat_map_palette()[code + NUM_STRENGTHS - 1]) == text_color(tuple(shade))


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


def test_line_breaks_of_a_text_are_kept():
    assert wrap("radius +3.1\narea +2.9\n\nend", 500, 14, 9) == ["radius +3.1", "area +2.9", "", "end"]
    assert wrap("one\ntwo\nthree", 500, 14, 2) == ["one", "two three"]  # the last line takes what is left
    assert wrap("one\ntwo " + LONG, 120, 14, 2)[1].endswith("…")


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
