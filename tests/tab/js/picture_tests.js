import { colorOf, divergingMap, inkOn, sequentialMap, toneOf } from "/static/colors.js";
import { fitZoom, hit, labelled, layOut, reveal, zoomBy } from "/static/geometry.js";
import { close, equal, ok } from "./check.js";

const lightness = ([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
const rises = (values, sign) => values.every((value, i) => i === 0 || (value - values[i - 1]) * sign > -0.8);
const layout = (zoom = null) => layOut({ width: 600, height: 500, size: 10, zoom, label: 20 });

export const tests = {
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
    for (const color of [...sequentialMap(false).colors, ...sequentialMap(true).colors, ...divergingMap(true).colors]) {
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
    ok(plot.left + plot.width > 590 && plot.top + plot.height > 490, JSON.stringify(plot));
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
