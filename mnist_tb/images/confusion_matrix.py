"""Counts of a confusion matrix → a picture. Rows are true classes, columns predicted."""

from collections.abc import Callable, Sequence
from math import isnan
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from mnist_tb import report
from mnist_tb.images import BLACK, CARD_WIDTH, LINE, MISTAKE, QUIET_TEXT, WHITE, Color
from mnist_tb.images.text import Line, draw_text, largest_size, shorten, text_width, with_lines

MOST_NUMBERED = 30  # classes; with more no number is legible
MOST_CELLS = 1200  # on a side; with more the picture would be larger than a screen
GAP = 10
COLOR_CAPTIONS = {
    "true": "rate: share of the true class (its row)",
    "pred": "rate: share of the predicted class (its column)",
    "all": "rate: share of all samples",
    None: "colour: count",
}
LEGEND_SHARES = (0.0, 0.01, 0.1, 0.5, 1.0)  # easy to tell apart on the scale of heat_colors()


def confusion_matrix_image(
    counts: ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    normalize: report.Normalize = "true",
    title: str = "",
    nonfinite_predictions: int = 0,
    weighted: bool = False,
    max_classes: int | None = None,
) -> Image.Image:
    """A confusion matrix as a picture that is legible in TensorBoard's card of 340 pixels and at full size.

    Up to 30 classes each cell carries its count and its rate. With more, colours alone tell, and names are
    left out where there is no room; beyond 1,200 classes each cell shows the highest of several.

    Args:
        counts: (C, C), finite and at least 0; rows true, columns predicted.
        class_names: C names; by default "0", "1", ….
        normalize: what rates and colours refer to: "true" the row, "pred" the column, "all" all samples; with
            None there are no rates, and colours follow the counts.
        title: first line, such as "epoch 7"; accuracy and balanced accuracy follow on the second.
        nonfinite_predictions: how many samples were left out since their prediction was NaN or infinite.
        weighted: whether counts are sums of sample weights.
        max_classes: draw no more classes than this, 2 to 30, those that are most confused; rates and accuracies still
            refer to the whole matrix. By default all are drawn.

    Returns:
        A `PIL.Image.Image`, RGB, which a notebook shows by itself; about 750 × 900 for 10 classes, at most about 1,700
            on a side.

    Raises:
        ValueError: `counts` is no such matrix, the number of names is another, `normalize` is unknown, or
            `max_classes` is not from 2 to 30.

    Example:
        >>> confusion_matrix_image([[8, 2], [1, 9]], ["cat", "dog"], title="epoch 7").mode
        'RGB'
    """
    if max_classes is not None and not 2 <= max_classes <= MOST_NUMBERED:
        raise ValueError(f"max_classes must be from 2 to {MOST_NUMBERED}, but is {max_classes}; 20 reads well.")
    matrix = report.check_counts(counts)
    names = report.check_class_names(class_names, len(matrix))
    rates = report.normalize_counts(matrix, normalize)
    # Shares of a row or column are comparable between epochs; others have no natural maximum.
    highest = 1.0 if normalize in ("true", "pred") else float(rates.max()) or 1.0
    classes = np.arange(len(matrix)) if max_classes is None else most_confused_classes(matrix, max_classes)
    drawn = np.ix_(classes, classes)
    heat_map = _HeatMap(rates[drawn] / highest, [names[index] for index in classes])
    if heat_map.is_numbered:
        largest = float(matrix.sum(axis=1).max())
        heat_map.draw_numbers(matrix[drawn], None if normalize is None else rates[drawn], largest)
    else:
        heat_map.draw_legend(short_count if normalize is None else percent, highest)
    captions = [
        COLOR_CAPTIONS[normalize],
        "counts are sums of sample weights" if weighted else "",
        f"each cell: the highest of {heat_map.pooled} × {heat_map.pooled}" if heat_map.pooled > 1 else "",
    ]
    below = [Line(text, heat_map.size(9), QUIET_TEXT) for text in captions]
    return with_lines(heat_map.image, _title(matrix, heat_map, title, nonfinite_predictions), below)


def _title(counts: report.Counts, heat_map: "_HeatMap", title: str, nonfinite_predictions: int) -> list[Line]:
    """What stands above the cells."""
    if heat_map.num_classes < len(counts):
        what = "most confused of" if np.trace(counts) < counts.sum() else "without mistakes, of"
        title = f"{title} · {heat_map.num_classes} {what} {len(counts)} classes".removeprefix(" · ")
    totals = report.class_report(counts)
    summary = f"accuracy {percent(totals.accuracy, ' ')} · balanced {percent(totals.balanced_accuracy, ' ')}"
    warning = f"NaN or infinite predictions, not counted: {nonfinite_predictions}" if nonfinite_predictions else ""
    return [
        Line(title, heat_map.size(13), bold=True),
        Line(summary, heat_map.size(12)),
        Line(warning, heat_map.size(10), MISTAKE),
    ]


def most_confused_classes(counts: report.Counts, limit: int) -> NDArray[np.intp]:
    """At most `limit` ascending classes, of the most confused pairs that have room; without mistakes the first ones."""
    chosen: set[int] = set()
    # A mistake counts the same in both directions: what matters is that the two are hard to tell apart.
    for true, predicted, _ in report.most_confused(np.triu(counts + counts.T, 1), top=limit**2):
        if len(chosen | {true, predicted}) <= limit:
            chosen |= {true, predicted}
    return np.array(sorted(chosen or range(min(limit, len(counts)))), dtype=np.intp)


class _HeatMap:
    """Cells coloured by values, (C, C) in [0, 1], and C names on two sides; sizes follow from that of the cells."""

    def __init__(self, values: NDArray[np.float64], names: Sequence[str]) -> None:
        self.num_classes = len(values)
        # Where there are too many cells, squares of them are merged: the highest stays, so no mistake disappears.
        self.pooled = 1 if self.num_classes <= MOST_CELLS else -(-self.num_classes // 1000)
        starts = np.arange(0, self.num_classes, self.pooled)
        self.values = np.maximum.reduceat(np.maximum.reduceat(values, starts, axis=0), starts, axis=1)
        count = len(starts)
        self.is_numbered = count <= MOST_NUMBERED
        self.cell = _cell_size(count)
        self.side = self.cell * count
        self.palest = 0.06 if self.cell >= 10 else 0.26  # black figures stand out, and single pixels are seen
        self.colors = heat_colors(self.values, self.palest)
        small = min(14, max(11, self.cell) - 1)
        self.label_size = min(self.size(10), int(0.42 * self.cell)) if self.is_numbered else small
        # Where there is no room for all, one class in so many is named.
        self.label_step = next(step for step in (1, 2, 5, 10, 20, 50) if step * self.cell > self.label_size)
        named = names[:: self.pooled * self.label_step]
        self.labels = [shorten(name, 8.5 * self.label_size, self.label_size) for name in named]
        self.label_room = round(max(text_width(label, self.label_size) for label in self.labels))
        self.is_turned = self.label_room > self.cell * self.label_step - 0.3 * self.label_size
        self.left = self.size(13) + GAP + self.label_room + GAP
        self.top = self.size(13) + GAP + (self.label_room if self.is_turned else self.label_size) + GAP
        height = self.top + self.side + GAP + (0 if self.is_numbered else self.size(13))
        self.image = Image.new("RGB", (self.left + self.side + GAP, height), WHITE)
        self._draw_labels()
        self._draw_cells()

    def size(self, card_pixels: float) -> int:
        """Pixels of the picture that are so many on the card, roughly; on large pictures text needn't shout."""
        return round(card_pixels * min(2.7, (self.side + 150) / CARD_WIDTH))

    def _draw_labels(self) -> None:
        size, middle = self.size(11), self.side / 2
        draw_text(self.image, (self.left + middle, size / 2), Line("predicted", size, QUIET_TEXT), "center")
        axis = Image.new("RGB", (self.side, 2 * size), WHITE)
        draw_text(axis, (middle, size), Line("true", size, QUIET_TEXT), "center")
        self.image.paste(axis.transpose(Image.Transpose.ROTATE_90), (-size // 2, self.top))
        rows = self._label_strip("right")
        self.image.paste(rows, (self.left - GAP - rows.width, self.top - GAP))
        if self.is_turned:
            columns = self._label_strip("left").transpose(Image.Transpose.ROTATE_90)
            self.image.paste(columns, (self.left - GAP, self.top - GAP - columns.height))
            return
        for index, label in enumerate(self.labels):
            xy = self.left + (index * self.label_step + 0.5) * self.cell, self.top - GAP - 0.36 * self.label_size
            draw_text(self.image, xy, Line(label, self.label_size), "center")

    def _label_strip(self, align: Literal["left", "right"]) -> Image.Image:
        """The class names, each at the height of its cells; the first and the last may reach beyond by `GAP`."""
        strip = Image.new("RGB", (self.label_room, self.side + 2 * GAP), WHITE)
        for index, label in enumerate(self.labels):
            y = GAP + (index * self.label_step + 0.5) * self.cell
            draw_text(strip, (0 if align == "left" else strip.width, y), Line(label, self.label_size), align)
        return strip

    def _draw_cells(self) -> None:
        """The cells, and lines between them or, where they are small, around them all."""
        pixels = self.colors.repeat(self.cell, axis=0).repeat(self.cell, axis=1)
        pixels = np.pad(pixels, ((0, 1), (0, 1), (0, 0)))
        step = self.cell if self.cell >= 10 else self.side
        pixels[::step] = pixels[:, ::step] = LINE
        self.image.paste(Image.fromarray(pixels), (self.left, self.top))

    def draw_numbers(self, counts: report.Counts, rates: NDArray[np.float64] | None, largest: float) -> None:
        """Write the count of each cell that is not 0 and its rate; `largest`, the same in all epochs, sets the size."""
        count_size = self._number_size([short_count(largest), *map(short_count, counts.flat)], 14, 0.36, 0.9)
        rate_size = 0 if rates is None else self._number_size(["<0.1%", *map(percent, rates.flat)], 11, 0.29, 0.95)
        for row, column in np.argwhere(self.values > 0).tolist():
            x, y = self.left + (column + 0.5) * self.cell, self.top + (row + 0.5) * self.cell
            color = text_color(self.colors[row, column])
            # Both together are centred: capitals of 0.73 em, and a gap of 0.42 em of the rate between them.
            count = Line(short_count(counts[row, column]), count_size, color)
            draw_text(self.image, (x, y - 0.575 * rate_size), count, "center")
            if rates is not None:
                rate = Line(percent(rates[row, column]), rate_size, color)
                draw_text(self.image, (x, y + 0.365 * count_size + 0.21 * rate_size), rate, "center")

    def _number_size(self, texts: Sequence[str], card_pixels: float, height: float, width: float) -> int:
        """The font size at which each of the texts fits into these shares of a cell."""
        return largest_size(texts, width * self.cell, min(self.size(card_pixels), int(height * self.cell)), 8)

    def draw_legend(self, text_of: Callable[[float], str], highest: float) -> None:
        """Explain the colours below the cells, of values from 0 to `highest`."""
        size, y, x = self.size(9), self.top + self.side + GAP, float(self.left)
        for share, color in zip(LEGEND_SHARES, heat_colors(np.array(LEGEND_SHARES), self.palest).tolist(), strict=True):
            text = text_of(share * highest).replace(".0%", "%")
            ImageDraw.Draw(self.image).rectangle((round(x), y, round(x) + size, y + size), tuple(color), LINE)
            draw_text(self.image, (x + 1.5 * size, y + size / 2), Line(text, size, QUIET_TEXT))
            x += 2.7 * size + text_width(text, size)


def heat_colors(values: NDArray[np.float64], palest: float = 0.06) -> NDArray[np.uint8]:
    """The colours (…, 3) of values in [0, 1]: white for 0 alone, for others matplotlib's "Blues" from `palest` on."""
    import matplotlib

    # The lightness of "Blues" falls steadily, an order that no kind of colour blindness changes.
    # On a linear scale, mistakes of 0.1 % and of 2 % both look like none beside a diagonal of 98 %.
    position = palest + (1 - palest) * np.clip(values, 0, 1) ** 0.4
    colors = np.asarray(matplotlib.colormaps["Blues"](position, bytes=True), np.uint8)[..., :3]
    return np.where((values > 0)[..., np.newaxis], colors, np.uint8(255))


def text_color(background: Sequence[int]) -> Color:
    """Black or white, whichever is easier to read on a colour of the heat map; most of its lightness is its green."""
    return BLACK if background[1] > 122 else WHITE


def _cell_size(count: int) -> int:
    """Width and height of a cell, of `count` on each side."""
    if count <= MOST_NUMBERED:
        return min(200, max(640 // count, min(48, 1200 // count)))
    # Up to 110 classes each name is still legible at full size, on lines of 11 pixels.
    return max(11, 1000 // count) if count <= 110 else max(1, round(1000 / count))


def short_count(count: float) -> str:
    """A count, or a sum of weights, in at most six characters."""
    if count < 999.5 and count != round(count):
        return "<0.01" if count < 0.01 else f"{count:.3g}"
    whole = round(count)
    if whole < 100_000:
        return str(whole)
    scaled = float(whole)
    for unit in "kMGT":
        scaled /= 1000
        if scaled < 999.5:
            return f"{scaled:.1f}{unit}" if scaled < 9.95 else f"{scaled:.0f}{unit}"
    return f"{whole:.0e}"


def percent(share: float, space: str = "") -> str:
    """A share as per cent with one decimal and `space` before the sign; 0 and 100 only where exact, "–" for NaN."""
    if isnan(share):
        return "–"
    if share > 1 - 1e-12:  # sums of weights are not exact
        return f"100{space}%"
    if 0 < share < 0.001:
        return f"<0.1{space}%"
    return f"{min(100 * share, 99.9):.1f}{space}%" if share else f"0{space}%"
