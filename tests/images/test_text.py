"""Text, fonts and colours: what all pictures are made of."""

import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

from mnist_tb.images import MISTAKE, QUIET_TEXT, RIGHT, TEXT, WHITE
from mnist_tb.images import text as text_module
from mnist_tb.images.confusion_matrix import heat_colors, text_color
from mnist_tb.images.text import (
    Line,
    draw_text,
    font_paths,
    largest_size,
    one_line,
    runs,
    shorten,
    text_width,
    with_lines,
    wrap,
)

LONG = "a name of far more than thirty characters, as some data sets have"


def contrast(one, other):
    """From 1 to 21, as the Web Content Accessibility Guidelines 2.1 define it for sRGB."""

    def luminance(color):
        levels = np.array(color) / 255
        return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def pixels_of(text, xy, size, canvas, align="left"):
    """How strong the ink is at each pixel, (H, W)."""
    image = Image.new("RGB", canvas, WHITE)
    draw_text(image, xy, Line(text, size), align)
    return 255 - np.asarray(image.convert("L")).astype(int)


def drawn(text, align):
    """Left, top, right and bottom of a text drawn at (100, 100)."""
    rows, columns = np.nonzero(pixels_of(text, (100, 100), 20, (200, 200), align))
    return columns.min(), rows.min(), columns.max(), rows.max()


def fonts_of(text):
    """The file of the font of each part of a text."""
    return [Path(font.path).name for _, font in runs(text, 20)]


def lines_of(text, width, max_lines):
    return [line.text for line in wrap(Line(text, 14), width, max_lines)]


def test_black_or_white_text_is_readable_on_every_color_of_the_map():
    colors = matplotlib.colormaps["Blues"](np.arange(256), bytes=True)[:, :3].tolist()
    drawn_colors = heat_colors(np.linspace(0.001, 1, 10_000)).tolist()
    assert all(color in colors for color in drawn_colors)
    assert min(contrast(text_color(color), color) for color in colors) >= 4.5


def test_colored_text_is_readable_on_white():
    assert min(contrast(color, WHITE) for color in (TEXT, QUIET_TEXT, RIGHT, MISTAKE)) >= 4.5


def test_the_map_darkens_steadily_from_white():
    colors = heat_colors(np.linspace(0, 1, 500))
    assert (np.diff(colors @ [0.2126, 0.7152, 0.0722]) <= 0).all()
    assert colors[0].tolist() == [255, 255, 255]


def test_only_zero_is_white():
    assert (heat_colors(np.array([1e-12, 1e-6, 0.001, 1.0])) != 255).any(axis=-1).all()


def test_text_lies_where_it_is_put():
    left, top, right, bottom = drawn("H0", "left")
    assert abs(left - 100) <= 3
    assert abs((top + bottom) / 2 - 100) <= 1
    left, _, right, _ = drawn("H0", "center")
    assert abs((left + right) / 2 - 100) <= 2
    assert abs(drawn("H0", "right")[2] - 100) <= 3


@pytest.mark.parametrize("text", ["", " "])
def test_empty_text_draws_nothing(text):
    assert not pixels_of(text, (10, 10), 12, (20, 20)).any()


@pytest.mark.parametrize("xy", [(-30, 20), (95, 75), (300, 300)])
def test_what_reaches_beyond_the_image_is_cut_off(xy):
    large = pixels_of("a long text", (400 + xy[0], 400 + xy[1]), 30, (900, 880))
    small = pixels_of("a long text", xy, 30, (100, 80))
    np.testing.assert_array_equal(small, large[400:480, 400:500])


def test_the_font_is_that_of_matplotlibs_settings():
    assert text_width("iii", 20) < text_width("WWW", 20)
    with matplotlib.rc_context({"font.family": "DejaVu Sans Mono"}):
        assert fonts_of("abc") == ["DejaVuSansMono.ttf"]
        assert text_width("iii", 20) == text_width("WWW", 20)
    assert fonts_of("abc") == ["DejaVuSans.ttf"]
    assert Path(runs("abc", 20, bold=True)[0][1].path).name == "DejaVuSans-Bold.ttf"


def test_a_family_that_is_not_there_is_passed_over():
    with matplotlib.rc_context({"font.family": ["No Such Font", "DejaVu Serif"]}):
        assert fonts_of("abc") == ["DejaVuSerif.ttf"]


def test_a_character_is_drawn_with_a_font_that_has_it(caplog):
    double_struck_a = "\U0001d538"
    with matplotlib.rc_context({"font.family": "cmr10"}):  # has few letters besides ASCII
        fonts = fonts_of(f"abé{double_struck_a}")
    assert fonts[0] == "cmr10.ttf"
    assert "cmr10.ttf" not in fonts[1:]
    assert not caplog.records


def test_words_of_one_script_are_laid_out_together():
    with matplotlib.rc_context({"font.family": "cmr10"}):
        parts = [part for part, _ in runs("abc שלום עולם", 20)]
    assert parts == ["abc ", "שלום עולם"]


def test_characters_that_no_font_has_are_named_once(caplog, monkeypatch):
    monkeypatch.setattr(text_module, "_reported", set())
    dejavu_sans = font_paths(("DejaVu Sans",))[:1]
    monkeypatch.setattr(text_module, "font_paths", lambda *_: dejavu_sans)
    for text in ("a 語日 b", "日 c"):
        pixels_of(text, (10, 10), 12, (100, 20))
    (record,) = caplog.records
    assert record.getMessage().startswith("mnist_tb: no font of this machine has the characters 日 語: install")


@pytest.mark.parametrize("text", [LONG, "日本語" * 20, "x" * 10_000, "שלום " * 30])
@pytest.mark.parametrize("width", [20, 150])
def test_shortened_text_fits_and_ends_in_dots(text, width):
    short = shorten(text, width, 14)
    assert text_width(short, 14) <= width
    assert short.endswith("…")


def test_shortened_text_is_as_long_as_it_can_be():
    short = shorten("m" * 50, 150, 14)
    assert text_width("m" + short, 14) > 150


def test_text_that_fits_is_not_shortened():
    assert shorten("Ankle boot", 200, 14) == "Ankle boot"


def test_one_line_has_no_breaks_and_no_broken_characters():
    assert one_line("a\nb\t\tc \0 d\ud800") == "a b c d?"


def test_joiners_stay_in_their_word_and_need_no_glyph(caplog):
    persian = "می\u200cخواهم"
    assert one_line(f"{persian} \u202e") == persian
    with matplotlib.rc_context({"font.family": "cmr10"}):
        assert [part for part, _ in runs(f"abc {persian}", 20)] == ["abc ", persian]
        runs("\u200d", 20)
    assert caplog.text == ""


def test_wrapped_lines_fit_and_say_when_there_is_more():
    lines = lines_of(LONG, 120, 2)
    assert len(lines) == 2
    assert all(text_width(line, 14) <= 120 for line in lines)
    assert lines[-1].endswith("…")
    assert " ".join(lines_of(LONG, 120, 20)) == LONG
    assert lines_of("", 120, 3) == []


def test_line_breaks_of_a_text_are_kept():
    assert lines_of("radius +3.1\narea +2.9\n\nend", 500, 9) == ["radius +3.1", "area +2.9", "", "end"]
    assert lines_of("one\ntwo\nthree", 500, 2) == ["one", "two three"]  # the last line takes what is left
    assert lines_of("one\ntwo " + LONG, 120, 2)[1].endswith("…")


def test_the_largest_size_makes_all_texts_fit():
    size = largest_size(["short", LONG], 300, 40, 5)
    assert text_width(LONG, size) <= 300 < text_width(LONG, size + 1)
    assert largest_size(["short"], 300, 40, 5) == 40
    assert largest_size([LONG], 10, 40, 5) == 5
    assert largest_size([], 10, 40, 5) == 40


def test_lines_stand_above_and_below_a_picture():
    picture = Image.new("RGB", (200, 50), RIGHT)
    plain = np.asarray(with_lines(picture, [Line("", 20)], []))
    image = np.asarray(with_lines(picture, [Line(LONG, 20, MISTAKE)], [Line("x", 20, QUIET_TEXT)]))
    top, bottom = np.flatnonzero((image == RIGHT).all(axis=-1).any(axis=1))[[0, -1]]
    assert image.shape[1] == plain.shape[1]
    assert image.shape[0] == plain.shape[0] + 4 * 28  # lines of 1.4 em, three of them for the long one
    assert (image[:top] == MISTAKE).all(axis=-1).any()
    assert (image[bottom + 1 :] == QUIET_TEXT).all(axis=-1).any()


def test_drawing_does_not_load_pyplot():
    code = (
        "import sys, numpy, mnist_tb; mnist_tb.confusion_matrix_image(numpy.eye(3)); "
        "print('matplotlib.pyplot' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
