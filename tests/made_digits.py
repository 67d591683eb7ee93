"""Pictures of digits as people have them: printed or drawn, turned, off-centre, on many papers; always the same."""

from pathlib import Path
from string import ascii_letters
from typing import NamedTuple

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = ("DejaVuSans", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSans-Bold", "DejaVuSerif-Bold")
SIZES = np.geomspace(40, 1200, 10).round().astype(int)  # of the longer side, in pixels
PAPERS = ("white", "dark", "shaded", "photo", "transparent")
SUPERSAMPLING = 1.5  # what is turned and made smaller afterwards has smooth edges

# Control points of the strokes of each digit, (x, y) from the top left corner of a box of height 1; the second of a
# pair says whether a curve or straight lines join them.
STROKES = {
    0: [([(0.35, 0), (0.1, 0.14), (0, 0.5), (0.1, 0.87), (0.3, 1), (0.5, 0.86), (0.6, 0.5), (0.5, 0.1),
          (0.33, 0)], True)],
    1: [([(0.14, 0.2), (0.32, 0), (0.3, 1)], False)],
    2: [([(0.03, 0.24), (0.14, 0.03), (0.4, 0.02), (0.54, 0.2), (0.44, 0.46), (0.2, 0.76), (0, 1)], True),
        ([(0, 1), (0.6, 0.98)], False)],
    3: [([(0.04, 0.1), (0.28, 0), (0.52, 0.2), (0.4, 0.42), (0.2, 0.48)], True),
        ([(0.2, 0.48), (0.48, 0.56), (0.57, 0.76), (0.36, 1), (0.02, 0.92)], True)],
    4: [([(0.32, 0), (0, 0.62), (0.62, 0.6)], False), ([(0.46, 0.3), (0.43, 1)], False)],
    5: [([(0.52, 0), (0.1, 0.03), (0.06, 0.44)], False),
        ([(0.06, 0.44), (0.35, 0.37), (0.56, 0.62), (0.44, 0.93), (0.2, 1), (0, 0.9)], True)],
    6: [([(0.45, 0), (0.16, 0.3), (0.03, 0.66), (0.15, 0.95), (0.4, 0.97), (0.54, 0.75), (0.4, 0.55), (0.15, 0.6),
          (0.06, 0.74)], True)],
    7: [([(0, 0.03), (0.56, 0), (0.2, 1)], False)],
    8: [([(0.3, 0.48), (0.08, 0.25), (0.3, 0), (0.52, 0.22), (0.3, 0.48), (0.04, 0.76), (0.3, 1), (0.57, 0.76),
          (0.3, 0.48)], True)],
    9: [([(0.52, 0.14), (0.3, 0.01), (0.06, 0.22), (0.2, 0.48), (0.42, 0.42), (0.53, 0.16), (0.5, 0.6),
          (0.42, 1)], True)],
}  # fmt: skip


class MadeDigit(NamedTuple):
    """A picture and the digit that is on it; `suffix` says the format of its file."""

    image: Image.Image
    digit: int
    name: str
    suffix: str

    def save(self, folder):
        """Write it into a folder; gives its path."""
        file = Path(folder) / f"{self.name}.{self.suffix}"
        self.image.save(file, quality=70)
        return file


def hundred_digits(seed=0):
    """Ten of each digit, five printed and five drawn by hand, on each of the papers once, at ten sizes."""
    rng = np.random.default_rng(seed)
    made = []
    for digit in range(10):
        for index, size in enumerate(rng.permutation(SIZES)):
            paper, height = PAPERS[index % 5], size * rng.uniform(0.4, 0.65)
            kind = "drawn" if index >= 5 else FONTS[(index + digit) % 5]
            if kind == "drawn":
                ink = drawn(STROKES[digit], height, rng)
            else:
                ink = printed(str(digit), font_file(kind), height)
            image = on_paper(placed(turned(ink, rng.uniform(-15, 15)), size, rng), paper, rng)
            made.append(MadeDigit(image, digit, f"{digit}-{kind}-{paper}-{size}", "jpg" if paper == "photo" else "png"))
    return made


def letters(seed=0):
    """Each letter, capital and small, of four fonts, as dark ink on white paper, turned a little."""
    rng = np.random.default_rng(seed)
    for font in FONTS[:4]:
        for letter in ascii_letters:
            ink = turned(printed(letter, font_file(font), 200), rng.uniform(-10, 10))
            yield letter, on_paper(placed(ink, 400, rng), "white", rng)


def font_file(name):
    """The file of a font that comes with matplotlib, as each machine has it."""
    return Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")


def printed(text, font, height):
    """`text` in a font, as an image of its ink alone, 0 to 255, `height` pixels high."""
    face = ImageFont.truetype(str(font), 200)
    left, top, right, bottom = face.getbbox(text)
    image = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(image).text((-left, -top), text, fill=255, font=face)
    image = image.crop(image.getbbox())
    return image.resize((max(1, round(image.width * height / image.height)), round(height)), Image.Resampling.LANCZOS)


def drawn(strokes, height, rng):
    """Strokes as a hand draws them, as an image of their ink alone, 0 to 255, `height` pixels high."""
    scale, pen = 400, 400 * rng.uniform(0.05, 0.14)
    image = Image.new("L", (2 * scale, 2 * scale))
    draw = ImageDraw.Draw(image)
    slant, width = rng.uniform(-0.1, 0.3), rng.uniform(0.8, 1.2)
    for points, is_curve in strokes:
        jittered = np.array(points) + rng.normal(0, 0.015, (len(points), 2))
        path = curve(jittered) if is_curve else jittered
        x = (path[:, 0] * width + slant * (0.5 - path[:, 1]) + 0.7) * scale
        y = (path[:, 1] + 0.5) * scale
        draw.line(list(zip(x, y, strict=True)), fill=255, width=round(pen), joint="curve")
        for end in (0, -1):
            draw.ellipse([x[end] - pen / 2, y[end] - pen / 2, x[end] + pen / 2, y[end] + pen / 2], fill=255)
    image = image.crop(image.getbbox())
    return image.resize((max(1, round(image.width * height / image.height)), round(height)), Image.Resampling.LANCZOS)


def curve(points):
    """A smooth curve through points (n, 2): Catmull and Rom's."""
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, 12)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
    ]
    return np.concatenate(pieces)


def turned(ink, degrees):
    """An image of ink, turned."""
    image = ink.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    return image.crop(image.getbbox())


def placed(ink, size, rng):
    """Ink anywhere on a sheet whose longer side is `size` pixels, clear of the border, 0 to 1 (height, width)."""
    margin = 3
    height, width = (max(round(size * rng.uniform(0.75, 1)), side + 2 * margin) for side in (ink.height, ink.width))
    height, width = (size, width) if rng.random() < 0.5 else (height, size)
    top = rng.integers(margin, height - ink.height - margin + 1)
    left = rng.integers(margin, width - ink.width - margin + 1)
    sheet = np.zeros((height, width))
    sheet[top : top + ink.height, left : left + ink.width] = np.asarray(ink) / 255
    return sheet


def on_paper(ink, paper, rng):
    """A picture of ink (height, width), 0 to 1, on one of `PAPERS`."""
    if paper == "transparent":
        colour = np.full_like(ink, rng.choice([0, 40, 255]))
        return as_image(np.stack([colour, colour, colour, 255 * ink], axis=-1))
    if paper in ("white", "dark"):
        of_paper, of_ink = (255, rng.uniform(0, 90))
        if paper == "dark":
            of_paper, of_ink = (rng.uniform(0, 60), rng.uniform(170, 255))
        return as_image(of_paper + (of_ink - of_paper) * ink)
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in ink.shape), indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    light = 0.8 + 0.14 * (x * np.cos(angle) + y * np.sin(angle))  # from one side
    of_paper, of_ink = ((225, 220, 205), (50, 55, 110))
    if rng.random() < 0.3:  # chalk on a board
        of_paper, of_ink = ((50, 75, 60), (225, 225, 215))
    if paper == "photo":  # darker towards the corners, and a little out of focus
        light -= 0.12 * (x**2 + y**2)
        ink = np.asarray(as_image(255 * ink).filter(ImageFilter.GaussianBlur(max(ink.shape) / 300))) / 255
    shades = (of_paper + np.subtract(of_ink, of_paper) * ink[..., None]) * light[..., None]
    return as_image(shades + rng.normal(0, 5, ink.shape)[..., None])


def as_image(shades):
    """An image of shades, which are rounded to 0 to 255."""
    return Image.fromarray(np.clip(shades, 0, 255).round().astype(np.uint8))
