"""Text, numbers as text, fonts and colours: what all pictures are made of."""

import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

from mnist_tb.images import text as text_module
from mnist_tb.images.numbers import percent, short_count, whole_percent
from mnist_tb.images.style import (
    MISTAKE,
    QUIET_TEXT,
    RIGHT,
    TEXT,
    WHITE,
    color_table,
    contrast,
    heat_colors,
    text_color,
)
from mnist_tb.images.text import draw_text, font_paths, largest_size, one_line, shorten, text_width, wrap

LONG = "a name of far more than thirty characters, as some data sets have"


def pixels_of(text, xy, size, canvas, **options):
    """How strong the ink is at each pixel, (H, W)."""
    image = Image.new("RGB", canvas, WHITE)
    draw_text(image, xy, text, size, **options)
    return 255 - np.asarray(image.convert("L")).astype(int)


def drawn(text, **options):
    """Left, top, right and bottom of a text drawn at (100, 100)."""
    rows, columns = np.nonzero(pixels_of(text, (100, 100), 20, (200, 200), **options))
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
    colors = heat_colors(np.linspace(0, 1, 500))
    assert (np.diff(colors @ [0.2126, 0.7152, 0.0722]) <= 0).all()
    assert colors[0].tolist() == [255, 255, 255]


def test_only_zero_is_white():
    assert (heat_colors(np.array([1e-12, 1e-6, 0.001, 1.0])) != 255).any(axis=-1).all()


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


@pytest.mark.parametrize("text", ["", " "])
def test_empty_text_draws_nothing(text):
    assert not pixels_of(text, (10, 10), 12, (20, 20)).any()


@pytest.mark.parametrize("upwards", [False, True])
@pytest.mark.parametrize("xy", [(-30, 20), (95, 75), (300, 300)])
def test_what_reaches_beyond_the_image_is_cut_off(xy, upwards):
    large = pixels_of("a long text", (400 + xy[0], 400 + xy[1]), 30, (900, 880), upwards=upwards)
    small = pixels_of("a long text", xy, 30, (100, 80), upwards=upwards)
    np.testing.assert_array_equal(small, large[400:480, 400:500])


def test_the_font_is_that_of_matplotlibs_settings():
    with matplotlib.rc_context({"font.family": "DejaVu Sans Mono"}):
        assert Path(font_paths()[0]).name == "DejaVuSansMono.ttf"
        assert text_width("iii", 20) == text_width("WWW", 20)
    assert Path(font_paths()[0]).name == "DejaVuSans.ttf"
    assert Path(font_paths(bold=True)[0]).name == "DejaVuSans-Bold.ttf"


def test_a_family_that_is_not_there_is_passed_over():
    with matplotlib.rc_context({"font.family": ["No Such Font", "DejaVu Serif"]}):
        assert Path(font_paths()[0]).name == "DejaVuSerif.ttf"


def test_a_character_is_drawn_with_a_font_that_has_it():
    only_in_math = "\U0001d538"  # a double-struck A
    with matplotlib.rc_context({"font.family": "cmr10"}):  # has few letters besides ASCII
        paths = font_paths()
        assert Path(paths[0]).name == "cmr10.ttf"
        assert text_module._path_for("é", False, paths[:1]) not in ("", paths[0])
        assert text_module._path_for(only_in_math, False, paths[:1]) not in ("", paths[0])


def test_characters_that_no_font_has_are_named_once(caplog, monkeypatch):
    monkeypatch.setattr(text_module, "_reported", set())
    for _ in range(2):
        pixels_of("a \uefff\ueffe", (10, 10), 12, (100, 20))
    (record,) = caplog.records
    assert record.getMessage().startswith("mnist_tb: no font of this machine has the characters \ueffe \uefff: install")


@pytest.mark.parametrize("text", [LONG, "日本語" * 20, "x" * 10_000, "שלום " * 30])
@pytest.mark.parametrize("width", [20, 150])
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


def test_drawing_does_not_load_pyplot():
    code = (
        "import sys, numpy, mnist_tb; mnist_tb.confusion_matrix_image(numpy.eye(3)); "
        "print('matplotlib.pyplot' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
