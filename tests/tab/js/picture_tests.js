import { edgesOf } from "/static/edges.js";
import { differenceForms, formsOf, shortCount, wholePercent } from "/static/cell_text.js";
import { colorOf, divergingMap, inkOn, neutralMap, sequentialMap, toneOf } from "/static/colors.js";
import { fitZoom, hit, labelled, layOut, reveal, zoomBy } from "/static/geometry.js";
import { classNumbers, difference, makeMatrix, shownValues } from "/static/matrix.js";
import { paint } from "/static/paint.js";
import { SvgContext } from "/static/svg_context.js";
import { close, equal, ok } from "./check.js";

const lightness = ([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
const rises = (values, sign) => values.every((value, i) => i === 0 || (value - values[i - 1]) * sign > -0.8);
const layout = (zoom = null) => layOut({ width: 600, height: 500, size: 10, zoom, label: 20 });

const THEME = { card: "#fff", ink: "#000", faint: "#666", line: "#ccc", accent: "#e60" };
const NOWHERE = { row: null, column: null };

/** The numbers in the cells of a painted map, and what stands above it. */
function painted({ cells, forms, edges }, size, [width, height]) {
  const context = new OffscreenCanvas(width, height).getContext("2d");
  const texts = [];
  const fillText = context.fillText.bind(context);
  context.fillText = (text, ...place) => texts.push(text) && fillText(text, ...place);
  const names = Array.from({ length: size }, () => "name");
  const { rows, columns } = cells;
  const picture = { rows, columns, forms, tones: cells.values.map(() => 1), size, names, map: sequentialMap(false), edges };
  const rest = { diagonal: true, ends: [], hover: NOWHERE, selected: NOWHERE, theme: THEME };
  paint(context, layOut({ width, height, size, zoom: null, label: 20 }), { ...picture, ...rest }, 1);
  return [texts.filter((text) => /\d/.test(text)), texts.find((text) => text.startsWith("predicted"))];
}

export const tests = {
  "an SVG file holds texts as text, and drops what XML can't hold"() {
    const context = new SvgContext(100, 50);
    context.save();
    context.translate(10, 20);
    context.rotate(-Math.PI / 2);
    context.fillText("<script>\ud800\uffff&", 1, 2);
    context.restore();
    context.fillRect(0, 0, 5, 5);
    const { documentElement: root } = new DOMParser().parseFromString(context.toString(), "image/svg+xml");
    const [group, box] = root.children;
    equal(group.getAttribute("transform"), "translate(10 20) rotate(-90)");
    equal([group.textContent, root.querySelector("script")], ["<script>\u00b7\u00b7&", null]);
    equal(box.parentNode === root && box.getAttribute("width"), "5");
  },
  "numbers that do not fit are shortened, then per cents, then all left out"() {
    const matrix = makeMatrix(10, [0, 1, 11], [1345, 6, 980]);
    const cells = shownValues(matrix, "count");
    const at = (cell, how = "count", shown = cells) =>
      painted({ cells: shown, forms: formsOf(matrix, shown, how) }, 10, [60 + 10 * cell, 60 + 10 * cell]);
    equal(at(60), [["1,345", "6", "980"], "predicted"]);
    equal(at(24), [["1.3k", "6", "980"], "predicted"]);
    equal(at(19), [["99", "<1", "100"], "predicted (numbers: % of true)"]);
    equal(at(11), [[], "predicted"]);
    const rates = shownValues(matrix, "true");
    equal([60, 30, 21].map((cell) => at(cell, "true", rates)[0][2]), ["100.0\u2009%", "100.0", "100"]);
  },
  "differences that do not fit are shortened as well"() {
    const matrices = [makeMatrix(10, [0, 1, 11], [11345, 7, 980]), makeMatrix(10, [0, 1, 11], [8345, 2, 1000])];
    const cells = difference(...matrices, "count");
    const at = (cell) => painted({ cells, forms: differenceForms(matrices, cells, "count") }, 10, [cell, cell])[0];
    equal(at(600), ["+3,000", "+5", "−20"]);
    equal(at(340), ["+3.0k", "+5", "−20"]);
    equal(at(255), ["±0", "±0", "±0"]);
  },
  "recall stands at the right of each row, precision under each column, or how they differ"() {
    const [first, second] = [makeMatrix(3, [0, 1, 5], [3, 1, 2]), makeMatrix(3, [0, 1, 4], [2, 2, 2])];
    const texts = (matrix, others, width) => {
      const cells = { rows: [], columns: [], values: new Float64Array() };
      const edges = edgesOf(classNumbers(matrix), others && classNumbers(others), [1, 0, 2]);
      return painted({ cells, forms: [], edges }, 3, [width, 300])[0];
    };
    equal(texts(first, null, 500), ["0.0", "75.0", "0.0", "100.0", "0.0"]); // no recall of a class without samples
    equal(texts(first, second, 500), ["−100.0", "+25.0", "−50.0", "±0"]);
    equal(texts(first, null, 350), []);
  },
  "short numbers say no more than they know"() {
    equal([7, 999, 1000, 1135, 99960, 1e6, 2.25].map(shortCount), ["7", "999", "1.0k", "1.1k", "100k", "1.0M", "2.3"]);
    equal([0, 0.001, 0.5, 0.999, 1].map(wholePercent), ["0", "<1", "50", "99", "100"]);
  },
  "lightness alone tells the values apart"() {
    ok(rises(sequentialMap(false).colors.map(lightness), -1), "light");
    ok(rises(sequentialMap(true).colors.map(lightness), 1), "dark");
  },
  "signs differ in blue against orange"() {
    for (const dark of [false, true]) {
      const [less, more] = [-0.7, 0.7].map((tone) => colorOf(divergingMap(dark), tone));
      ok(less[2] > less[0] + 40 && more[0] > more[2] + 40, `${less} ${more}`);
    }
  },
  "a text reads on each colour"() {
    const light = (channel) => (channel / 255) ** 2.2;
    const maps = [sequentialMap(false), sequentialMap(true), divergingMap(true), neutralMap(false), neutralMap(true)];
    for (const color of maps.flatMap(({ colors }) => colors)) {
      const back = lightness(color.map(light)) + 0.05;
      const ink = inkOn(color) === "#ffffff" ? 1.05 : 0.06;
      ok(Math.max(ink / back, back / ink) > 3.5, `${color}`);
    }
  },
  "a logarithm lifts small values and keeps the ends"() {
    const scale = { most: 1000, log: true, unit: 1 };
    close(toneOf(1000, scale), 1);
    equal(toneOf(0, scale), 0);
    ok(toneOf(10, scale) > 0.3, "small");
    close(toneOf(-1000, scale), -1);
    close(toneOf(10, { ...scale, log: false }), 0.01);
    equal(toneOf(5, { most: 0, log: true, unit: 1 }), 0);
  },
  "what is pointed at is what was drawn there"() {
    const plot = layout();
    const { left, top, cellWidth, cellHeight } = plot;
    const middle = (row, column) => [left + (column + 0.5) * cellWidth, top + (row + 0.5) * cellHeight];
    equal(hit(plot, 10, ...middle(3, 7)), { row: 3, column: 7 });
    equal(hit(plot, 10, plot.left - 5, middle(3, 0)[1]), { row: 3, column: null });
    equal(hit(plot, 10, middle(0, 7)[0], plot.top - 5), { row: null, column: 7 });
    equal(hit(plot, 10, 1, 1), { row: null, column: null });
  },
  "the plot fills the space"() {
    const plot = layout();
    ok(plot.left + plot.width + plot.edges.right > 595 && plot.top + plot.height + plot.edges.bottom > 490, JSON.stringify(plot));
  },
  "zooming keeps what is under the pointer, and ends where all is in sight"() {
    const zoom = zoomBy({ row: 0, column: 0, span: 100 }, 100, 0.5, 1, 0.5);
    equal(zoom, { row: 25, column: 50, span: 50 });
    equal(zoomBy(zoom, 100, 4), null);
    equal(zoomBy({ row: 0, column: 0, span: 4 }, 100, 0.1).span, 4);
  },
  "a zoom from a link lies within the matrix"() {
    equal(fitZoom({ row: 990, column: 5, span: 500 }, 10), { row: 0, column: 0, span: 10 });
    equal(fitZoom({ row: 9, column: 9, span: 1 }, 10), { row: 6, column: 6, span: 4 });
  },
  "a cell out of sight is brought into it"() {
    const zoom = { row: 0, column: 0, span: 10 };
    equal(reveal(zoom, 100, 15, 3), { row: 6, column: 0, span: 10 });
    ok(reveal(zoom, 100, 5, 5) === zoom, "the same");
  },
  "names that have no room are left out evenly"() {
    equal(labelled(0, 10, 10, 20), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    equal(labelled(0, 100, 100, 2), [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
  },
};
