"""A square matrix as an annotated picture: titles, class names on both axes, cells, a caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
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
class HeatMap:
    """What is to be drawn; where, follows from it.

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

    @cached_property
    def cell(self) -> int:
        """Width and height of a cell in pixels."""
        count = len(self.values)
        if count <= MOST_NUMBERED:
            return min(200, max(640 // count, min(48, 1200 // count)))
        # Up to 110 classes each name is still legible at full size, on lines of 11 pixels.
        return max(11, 1000 // count) if count <= 110 else max(1, round(1000 / count))

    @cached_property
    def side(self) -> int:
        """Width and height of the matrix."""
        return self.cell * len(self.values)

    @cached_property
    def palest(self) -> float:
        """Where the colours of cells that are not 0 begin: black figures stand out on them, single pixels are seen."""
        return 0.06 if self.cell >= 10 else 0.26

    @cached_property
    def label_size(self) -> int:
        """Font size of the class names."""
        if len(self.values) <= MOST_NUMBERED:
            return min(self.size(10), int(0.42 * self.cell))
        return min(14, max(11, self.cell) - 1)

    @cached_property
    def label_step(self) -> int:
        """One class in so many is named."""
        return next(step for step in (1, 2, 5, 10, 20, 50) if step * self.cell > self.label_size)

    @cached_property
    def short_labels(self) -> list[str]:
        """The class names that are drawn."""
        longest = 8.5 * self.label_size
        return [shorten(str(label), longest, self.label_size) for label in self.labels[:: self.label_step]]

    @cached_property
    def label_room(self) -> int:
        """Pixels that the longest of the class names takes."""
        return round(max(text_width(label, self.label_size) for label in self.short_labels))

    @cached_property
    def is_turned(self) -> bool:
        """Whether the names of the columns are turned because they don't fit side by side."""
        return self.label_room > self.cell * self.label_step - 0.3 * self.label_size

    @cached_property
    def scale(self) -> float:
        """Pixels of the picture for each pixel of the card, roughly; on large pictures text needn't shout."""
        return min(2.7, (self.side + 150) / CARD_WIDTH)

    def size(self, card_pixels: float) -> int:
        """Pixels of the picture that are so many on the card."""
        return round(card_pixels * self.scale)

    @cached_property
    def title_lines(self) -> list[tuple[str, int, bool, Color]]:
        """Text, font size, boldness and colour of each line of the title."""
        lines = [
            (one_line(self.heading), 13, True, TEXT),
            (self.summary, 12, False, TEXT),
            (self.warning, 10, False, MISTAKE),
        ]
        width = self.width - 2 * MARGIN
        return [
            (shorten(text, width, size, bold), size, bold, color)
            for text, card_size, bold, color in lines
            if text
            for size in [largest_size([text], width, self.size(card_size), self.size(8), bold)]
        ]

    @cached_property
    def left(self) -> int:
        """Left edge of the matrix: margin, axis title, class names."""
        return MARGIN + self.size(13) + GAP + self.label_room + GAP

    @cached_property
    def width(self) -> int:
        """Width of the picture."""
        return self.left + self.side + MARGIN

    @cached_property
    def title_height(self) -> int:
        """Height of the title, with the room below."""
        return sum(round(1.45 * size) for _, size, _, _ in self.title_lines) + GAP

    @cached_property
    def top(self) -> int:
        """Upper edge of the matrix: margin, title, axis title, class names."""
        label_height = self.label_room if self.is_turned else self.label_size
        return MARGIN + self.title_height + self.size(13) + GAP + label_height + GAP

    @cached_property
    def height(self) -> int:
        """Height of the picture."""
        lines = len(self.captions) + bool(self.legend)
        return self.top + self.side + GAP + lines * self.size(13) + MARGIN

    @cached_property
    def text_sizes(self) -> list[int]:
        """Font size of each line in the cells."""
        # Card pixels, and shares of the cell in height and width: of the count, and of the smaller rate.
        limits = ((14, 0.36, 0.9), (11, 0.29, 0.95))[: len(self.cell_texts)]
        sizes = []
        for texts, samples, (card_size, height, width) in zip(self.cell_texts, self.cell_samples, limits, strict=True):
            biggest = min(self.size(card_size), int(height * self.cell))
            sizes.append(largest_size({*chain(*texts), *samples}, width * self.cell, biggest, 8))
        return sizes

    def draw(self) -> Image.Image:
        """The picture."""
        image = Image.new("RGB", (self.width, self.height), WHITE)
        self._draw_title(image)
        self._draw_labels(image)
        self._draw_cells(image)
        self._draw_captions(image)
        return image

    def _draw_title(self, image: Image.Image) -> None:
        y = MARGIN
        for text, size, bold, color in self.title_lines:
            draw_text(image, (MARGIN, y + size / 2), text, size, bold=bold, color=color)
            y += round(1.45 * size)

    def _draw_labels(self, image: Image.Image) -> None:
        size, middle = self.size(11), self.side / 2
        axis_y = MARGIN + self.title_height + size / 2
        draw_text(image, (self.left + middle, axis_y), "predicted", size, align="center", color=QUIET_TEXT)
        axis_x = MARGIN + size / 2
        draw_text(image, (axis_x, self.top + middle), "true", size, align="center", color=QUIET_TEXT, upwards=True)
        for index, label in enumerate(self.short_labels):
            center = (index * self.label_step + 0.5) * self.cell
            draw_text(image, (self.left - GAP, self.top + center), label, self.label_size, align="right")
            x, y = self.left + center, self.top - GAP
            if self.is_turned:
                draw_text(image, (x, y), label, self.label_size, upwards=True)
            else:
                draw_text(image, (x, y - 0.36 * self.label_size), label, self.label_size, align="center")

    def _draw_cells(self, image: Image.Image) -> None:
        """The cells, their texts, and lines between them or, where they are small, around them all."""
        colors = heat_colors(self.values, self.palest)
        pixels = Image.fromarray(colors).resize((self.side, self.side), Image.Resampling.NEAREST)
        image.paste(pixels, (self.left, self.top))
        draw, step = ImageDraw.Draw(image), self.cell if self.cell >= 10 else self.side
        right, bottom = self.left + self.side, self.top + self.side
        for offset in range(0, self.side + 1, step):
            draw.line((self.left + offset, self.top, self.left + offset, bottom), LINE)
            draw.line((self.left, self.top + offset, right, self.top + offset), LINE)
        self._draw_cell_texts(image, colors)

    def _draw_cell_texts(self, image: Image.Image, colors: NDArray[np.uint8]) -> None:
        if not self.cell_texts:
            return
        lines = list(zip(self.cell_texts, self.text_sizes, _stack(self.text_sizes), strict=True))
        for row, column in np.argwhere(self.values > 0).tolist():
            x = self.left + (column + 0.5) * self.cell
            y = self.top + (row + 0.5) * self.cell
            red, green, blue = colors[row, column].tolist()
            ink = text_color((red, green, blue))
            for texts, size, middle in lines:
                draw_text(image, (x, y + middle), texts[row][column], size, color=ink, align="center")

    def _draw_captions(self, image: Image.Image) -> None:
        size, y = self.size(9), self.top + self.side + GAP + self.size(13) / 2
        for text in self.captions:
            fitting = largest_size([text], self.side, size, self.size(7))
            draw_text(image, (self.left, y), shorten(text, self.side, fitting), fitting, color=QUIET_TEXT)
            y += self.size(13)
        self._draw_legend(image, y, size)

    def _draw_legend(self, image: Image.Image, y: float, size: int) -> None:
        x = float(self.left)
        for value, text in self.legend:
            red, green, blue = heat_colors(np.array(value), self.palest).tolist()
            box = (round(x), round(y - size / 2), round(x) + size, round(y - size / 2) + size)
            ImageDraw.Draw(image).rectangle(box, (red, green, blue), LINE)
            draw_text(image, (x + 1.5 * size, y), text, size, color=QUIET_TEXT)
            x += 2.7 * size + text_width(text, size)


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
