/** Line charts and sparklines as SVG. They stretch with their boxes; what must not stretch is HTML around them. */

import { extent } from "./axis.js";
import { h, svg } from "./dom.js";
import { nearestStep } from "./steps.js";

const WIDTH = 1000;
const HEIGHT = 100;

/**
 * @typedef {Object} Series
 * @property {string} label
 * @property {string} color a CSS colour
 * @property {Array<number>} steps
 * @property {Array<number|null>} values
 * @property {boolean} [dashed]
 */

/**
 * A chart of values over epochs.
 * @param {Object} options
 * @param {string} options.label what a screen reader says
 * @param {Array<Series>} options.series
 * @param {[number, number]} options.domain first and last step
 * @param {Array<{step: number, color: string}>} options.marks epochs to mark
 * @param {function(number): string} options.format of a value
 * @param {function(number): void} [options.onPick] gets the step that was clicked
 * @param {boolean} [options.fromZero] whether the axis begins at zero
 * @returns {HTMLElement}
 */
export function lineChart({ label, series, domain, marks, format, onPick = null, fromZero = false }) {
  const range = rangeOf(series, fromZero);
  const x = (step) => (domain[1] > domain[0] ? ((step - domain[0]) / (domain[1] - domain[0])) * WIDTH : 0);
  const y = (value) => HEIGHT - ((value - range[0]) / (range[1] - range[0])) * HEIGHT;
  const readout = h("span", { class: "chart-readout" });
  const chart = h(
    "div",
    { class: onPick ? "chart pickable" : "chart", role: "img", "aria-label": summary(label, series, format) },
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": true },
      ...marks.map(({ step, color }) => markAt(x(step), color)),
      ...series.map((one) => line(one, x, y)),
      ...series.flatMap((one) => dots(one, marks, x, y)),
    ),
    h("span", { class: "chart-high", text: format(range[1]) }),
    h("span", { class: "chart-low", text: format(range[0]) }),
    readout,
  );
  pointAt(chart, { series, domain, format, readout, onPick });
  return chart;
}

/**
 * A small line for a table.
 * @param {Array<number|null>} values
 * @param {[number, number]} range of values that the height stands for
 * @param {number} marked place in `values` of the epoch at hand
 * @returns {SVGElement}
 */
export function sparkline(values, [low, high], marked) {
  const x = (i) => 2 + (values.length > 1 ? (i / (values.length - 1)) * 44 : 22);
  const y = (value) => 14 - ((value - low) / (high - low || 1)) * 12;
  const line = { steps: values.map((_, i) => i), values };
  const value = values[marked];
  return svg(
    "svg",
    { class: "spark", viewBox: "0 0 48 16", "aria-hidden": true },
    svg("path", { d: linePath(line, x, y) }),
    Number.isFinite(value) && svg("circle", { cx: x(marked), cy: y(value), r: 1.8 }),
  );
}

function line(one, x, y) {
  return svg("path", { d: linePath(one, x, y), stroke: one.color, class: one.dashed ? "curve dashed" : "curve" });
}

function markAt(x, color) {
  return svg("line", { class: "curve-mark", x1: x, x2: x, y1: 0, y2: HEIGHT, stroke: color });
}

function rangeOf(series, fromZero) {
  const [least, high] = extent(series.flatMap((one) => one.values)) ?? [0, 0];
  if (high === 0) return [0, 1];
  const low = fromZero ? 0 : least;
  return high > low ? [low, high] : [low * 0.98, high]; // a rate is never above 1
}

/**
 * @param {{steps: Array<number>, values: Array<number|null>}} curve
 * @param {function(number): number} x of a step
 * @param {function(number): number} y of a value
 * @returns {string} the path of an SVG, lifted where there is no value
 */
export function linePath({ steps, values }, x, y) {
  let pen = "M"; // lifted where there is no value
  const parts = [];
  values.forEach((value, i) => {
    if (Number.isFinite(value)) parts.push(`${pen}${x(steps[i]).toFixed(1)} ${y(value).toFixed(1)}`);
    pen = Number.isFinite(value) ? "L" : "M";
  });
  return parts.join("");
}

/** Lines of no length with round ends: circles that do not stretch with the chart. */
function dots(one, marks, x, y) {
  return marks
    .map(({ step }) => one.steps.indexOf(step))
    .filter((i) => i >= 0 && Number.isFinite(one.values[i]))
    .map((i) => {
      const at = `${x(one.steps[i]).toFixed(1)} ${y(one.values[i]).toFixed(1)}`;
      return svg("path", { class: "curve-dot", d: `M${at}L${at}`, stroke: one.color });
    });
}

function summary(label, series, format) {
  const said = series.filter((one) => one.values.length > 0).map((one) => curveText(one.label, one, format));
  return `${label}: ${said.join("; ")}`;
}

/**
 * @param {string} name
 * @param {{steps: Array<number>, values: Array<number|null>}} curve of one epoch at least
 * @param {function(number|null): string} format of a value
 * @returns {string} how it begins and ends, such as "A from 90.1 % at epoch 0 to 97.9 % at epoch 9"
 */
export function curveText(name, { steps, values }, format) {
  const end = (place) => `${format(values.at(place))} at epoch ${steps.at(place)}`;
  return `${name} from ${end(0)} to ${end(-1)}`;
}

function pointAt(chart, { series, domain, format, readout, onPick }) {
  const steps = [...new Set(series.flatMap((one) => one.steps))].sort((a, b) => a - b);
  const nearest = (event) => {
    const box = chart.getBoundingClientRect();
    const step = domain[0] + ((event.clientX - box.left) / box.width) * (domain[1] - domain[0]);
    return nearestStep(steps, step);
  };
  chart.addEventListener("pointermove", (event) => {
    const step = nearest(event);
    const values = series
      .filter((one) => one.steps.includes(step))
      .map((one) => `${series.length > 1 ? `${one.label} ` : ""}${format(one.values[one.steps.indexOf(step)])}`);
    readout.textContent = steps.length ? `epoch ${step}: ${values.join(", ")}` : "";
  });
  chart.addEventListener("pointerleave", () => (readout.textContent = ""));
  if (onPick && steps.length) chart.addEventListener("click", (event) => onPick(nearest(event)));
}
