"""A square matrix as an annotated picture: titles, class names on both axes, cells, a caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_tb.images.style import LINE, MISTAKE, QUIET_TEXT, TEXT, WHITE, Color, heat_colors, text_color
from mnist_tb.images.text import CARD_WIDTH, draw_text, largest_size, one_line, shorten, text_width

# With more classes than this no number is legible any more.
MOST_NUMBERED = 30
# With more cells than this on a side the picture would be larger than a screen.
MOST_CELLS = 1200
MARGIN = 22
GAP = 10


@dataclass(frozen=True, eq=False)
class HeatMapContent:
    """What is to be drawn.

    Attributes:
        values: (C, C) in [0, 1], the strength of each cell's colour; rows true, columns predicted.
        labels: C class names.
        cell_texts: one or two matrices of C rows of C, drawn under each other in each cell that is not 0.
        cell_samples: for each of them texts that could occur, so that their size is the same in each epoch.
        heading: first line of the title, bold.
        summary: second line.
        warning: third line, "" for none.
        captions: lines under the matrix.
        legend: values and their texts, for cells that carry no numbers themselves.
    """

    values: NDArray[np.float64]
    labels: Sequence[str]
    cell_texts: Sequence[Sequence[Sequence[str]]]
    cell_samples: Sequence[Sequence[str]]
    heading: str
    summary: str
    warning: str
    captions: Sequence[str]
    legend: Sequence[tuple[float, str]]


def draw_heat_map(content: HeatMapContent) -> Image.Image:
    """The picture, RGB."""
    return _HeatMap(content).draw()


class _HeatMap:
    """Where everything stands, in pixels, worked out from the cells to the margins."""

    def __init__(self, content: HeatMapContent) -> None:
        self.content = content
        count = len(content.values)
        self.cell = _cell_size(count)
        self.side = self.cell * count
        # Pixels of the picture for each pixel of the card, roughly; on large pictures text needn't shout.
        self.scale = min(2.7, (self.side + 150) / CARD_WIDTH)
        # Black figures stand out on the palest cells, and single pixels are seen.
        self.colors = heat_colors(content.values, self.palest)
        numbered = count <= MOST_NUMBERED
        self.label_size = min(self.size(10), int(0.42 * self.cell)) if numbered else min(14, max(11, self.cell) - 1)
        # Where there is no room for all, one class in so many is named.
        self.label_step = next(step for step in (1, 2, 5, 10, 20, 50) if step * self.cell > self.label_size)
        named = content.labels[:: self.label_step]
        self.labels = [shorten(str(label), 8.5 * self.label_size, self.label_size) for label in named]
        label_room = round(max(text_width(label, self.label_size) for label in self.labels))
        # Names of columns are turned where they don't fit side by side.
        self.is_turned = label_room > self.cell * self.label_step - 0.3 * self.label_size
        self.left = MARGIN + self.size(13) + GAP + label_room + GAP
        self.width = self.left + self.side + MARGIN
        self.title = self._title_lines()
        self.title_height = sum(round(1.45 * size) for _, size, _, _ in self.title) + GAP
        label_height = label_room if self.is_turned else self.label_size
        self.top = MARGIN + self.title_height + self.size(13) + GAP + label_height + GAP
        lines = len(content.captions) + bool(content.legend)
        self.height = self.top + self.side + GAP + lines * self.size(13) + MARGIN

    @property
    def palest(self) -> float:
        """Where the colours of cells that are not 0 begin."""
        return 0.06 if self.cell >= 10 else 0.26

    def size(self, card_pixels: float) -> int:
        """Pixels of the picture that are so many on the card."""
        return round(card_pixels * self.scale)

    def _title_lines(self) -> list[tuple[str, int, bool, Color]]:
        """Text, font size, boldness and colour of each line of the title."""
        content, width = self.content, self.width - 2 * MARGIN
        lines = [
            (one_line(content.heading), 13, True, TEXT),
            (content.summary, 12, False, TEXT),
            (content.warning, 10, False, MISTAKE),
        ]
        return [
            (shorten(text, width, size, bold), size, bold, color)
            for text, card_size, bold, color in lines
            if text
            for size in [largest_size([text], width, self.size(card_size), self.size(8), bold)]
        ]

    def draw(self) -> Image.Image:
        image = Image.new("RGB", (self.width, self.height), WHITE)
        y = float(MARGIN)
        for text, size, bold, color in self.title:
            draw_text(image, (MARGIN, y + size / 2), text, size, bold=bold, color=color)
            y += round(1.45 * size)
        self._draw_labels(image)
        self._draw_cells(image)
        self._draw_cell_texts(image)
        self._draw_captions(image)
        return image

    def _draw_labels(self, image: Image.Image) -> None:
        size, middle = self.size(11), self.side / 2
        axis_y = MARGIN + self.title_height + size / 2
        draw_text(image, (self.left + middle, axis_y), "predicted", size, align="center", color=QUIET_TEXT)
        axis_x = MARGIN + size / 2
        draw_text(image, (axis_x, self.top + middle), "true", size, align="center", color=QUIET_TEXT, upwards=True)
        for index, label in enumerate(self.labels):
            center = (index * self.label_step + 0.5) * self.cell
            draw_text(image, (self.left - GAP, self.top + center), label, self.label_size, align="right")
            x, y = self.left + center, self.top - GAP
            if self.is_turned:
                draw_text(image, (x, y), label, self.label_size, upwards=True)
            else:
                draw_text(image, (x, y - 0.36 * self.label_size), label, self.label_size, align="center")

    def _draw_cells(self, image: Image.Image) -> None:
        """The cells, and lines between them or, where they are small, around them all."""
        pixels = Image.fromarray(self.colors).resize((self.side, self.side), Image.Resampling.NEAREST)
        image.paste(pixels, (self.left, self.top))
        draw, step = ImageDraw.Draw(image), self.cell if self.cell >= 10 else self.side
        right, bottom = self.left + self.side, self.top + self.side
        for offset in range(0, self.side + 1, step):
            draw.line((self.left + offset, self.top, self.left + offset, bottom), LINE)
            draw.line((self.left, self.top + offset, right, self.top + offset), LINE)

    def _draw_cell_texts(self, image: Image.Image) -> None:
        content = self.content
        sizes = self._text_sizes()
        lines = list(zip(content.cell_texts, sizes, _stack(sizes), strict=True))
        for row, column in np.argwhere(content.values > 0).tolist() if lines else ():
            x, y = self.left + (column + 0.5) * self.cell, self.top + (row + 0.5) * self.cell
            red, green, blue = self.colors[row, column].tolist()
            ink = text_color((red, green, blue))
            for texts, size, middle in lines:
                draw_text(image, (x, y + middle), texts[row][column], size, color=ink, align="center")

    def _text_sizes(self) -> list[int]:
        """Font size of each line in the cells."""
        content = self.content
        # Card pixels, and shares of the cell in height and width: of the count, and of the smaller rate.
        limits = ((14, 0.36, 0.9), (11, 0.29, 0.95))[: len(content.cell_texts)]
        sizes = []
        for texts, samples, limit in zip(content.cell_texts, content.cell_samples, limits, strict=True):
            card_size, height, width = limit
            biggest = min(self.size(card_size), int(height * self.cell))
            sizes.append(largest_size({*chain(*texts), *samples}, width * self.cell, biggest, 8))
        return sizes

    def _draw_captions(self, image: Image.Image) -> None:
        size, y = self.size(9), self.top + self.side + GAP + self.size(13) / 2
        for text in self.content.captions:
            fitting = largest_size([text], self.side, size, self.size(7))
            draw_text(image, (self.left, y), shorten(text, self.side, fitting), fitting, color=QUIET_TEXT)
            y += self.size(13)
        x = float(self.left)
        for value, text in self.content.legend:
            red, green, blue = heat_colors(np.array(value), self.palest).tolist()
            box = (round(x), round(y - size / 2), round(x) + size, round(y - size / 2) + size)
            ImageDraw.Draw(image).rectangle(box, (red, green, blue), LINE)
            draw_text(image, (x + 1.5 * size, y), text, size, color=QUIET_TEXT)
            x += 2.7 * size + text_width(text, size)


def _cell_size(count: int) -> int:
    """Width and height of a cell, of `count` on each side."""
    if count <= MOST_NUMBERED:
        return min(200, max(640 // count, min(48, 1200 // count)))
    # Up to 110 classes each name is still legible at full size, on lines of 11 pixels.
    return max(11, 1000 // count) if count <= 110 else max(1, round(1000 / count))


def _stack(sizes: Sequence[int]) -> list[float]:
    """Where the lines of a cell lie around its middle, so that their capitals are centred together."""
    heights = [0.73 * size for size in sizes]
    gap = 0.42 * min(sizes, default=0)
    y = -(sum(heights) + gap * (len(sizes) - 1)) / 2
    middles = []
    for height in heights:
        middles.append(y + height / 2)
        y += height + gap
    return middles
