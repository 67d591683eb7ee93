/** The chart that the sliders over the epochs lie on: the curves are SVG that stretches, and around them is HTML. */

import { rangeOf, ticks } from "./axis.js";
import { linePath } from "./charts.js";
import { at, h, replace, svg } from "./dom.js";
import { icon } from "./icons.js";
import { valueAt } from "./steps.js";

const WIDTH = 1000;
const HEIGHT = 100;
const FEW = 60; // epochs up to which each has a dot, so that it is seen which there are
const LETTER = 7; // pixels of the labels' type
const GAP = 28; // pixels between two labels

/**
 * @returns {{element: HTMLElement, draw: function(Object): void, mark: function(Array<Object>): void}} `draw` takes the
 * curves, each with its colour and the epoch of its star, and the room there is; `mark` moves what stands at the epochs
 * at hand, which is less work
 */
export function createTimeChart() {
  const [curves, marks] = [h("div", { class: "curves" }), h("div", { class: "marks", "aria-hidden": true })];
  const element = h("div", { class: "time-chart", role: "img" }, curves, marks);
  let scale = null;
  return {
    element,
    draw(options) {
      scale = scaleOf(options);
      element.setAttribute("aria-label", options.label);
      replace(curves, ...parts(options, scale));
    },
    mark: (points) => replace(marks, ...points.flatMap((point) => markAt(point, scale))),
  };
}

/** Places along the axes, from 0 to 1, down from the top. */
function scaleOf({ curves, behind, domain }) {
  const values = (list) => list.flatMap((one) => one.values);
  const [low, high] = rangeOf(values(curves), values(behind));
  const x = (step) => (step - domain[0]) / (domain[1] - domain[0]);
  return { low, high, x, y: (value) => 1 - (value - low) / (high - low) };
}

function parts({ curves, behind, domain, epochs, width, height }, scale) {
  const across = ticks(scale.low, scale.high, height / 20);
  const longest = Math.max(...domain.map((step) => step.toLocaleString("en-US").length));
  const along = ticks(...epochs, width / (longest * LETTER + GAP), true);
  const percent = (value) => `${(value * 100).toFixed(digitsOf(across))} %`;
  return [
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": true },
      ...across.map((value) => gridLine(scale.y(value))),
      svg("svg", { width: WIDTH, height: HEIGHT, class: "behind" }, ...behind.map((one) => line(one, scale))),
      ...curves.map((one) => line(one, scale)),
      ...curves.map((one) => svg("path", { class: "dots", stroke: one.color, d: dots(one, scale) })),
    ),
    ...across.map((value) => at(h("span", { class: "y-tick", text: percent(value) }), 0, scale.y(value))),
    ...along.map((step) => at(h("span", { class: "x-tick", text: step.toLocaleString("en-US") }), scale.x(step), 1)),
    ...curves.map((one) => star(one, scale)),
  ];
}

/** Digits after the point that tell the ticks apart. */
function digitsOf([first, second]) {
  return second === undefined ? 1 : Math.max(0, Math.min(4, -Math.floor(Math.log10((second - first) * 100) + 1e-9)));
}

function gridLine(y) {
  return svg("line", { class: "grid", x1: 0, x2: WIDTH, y1: y * HEIGHT, y2: y * HEIGHT });
}

function line(one, scale) {
  const d = linePath(one, (step) => scale.x(step) * WIDTH, (value) => scale.y(value) * HEIGHT);
  return svg("path", { class: "curve", stroke: one.color, d });
}

/** Lines of no length with round ends; of many epochs, only of those that no line leads to. */
function dots({ steps, values }, scale) {
  const known = (i) => Number.isFinite(values[i]);
  const isShown = (i) => known(i) && (steps.length <= FEW || !(known(i - 1) || known(i + 1)));
  const place = (i) => `${(scale.x(steps[i]) * WIDTH).toFixed(1)} ${(scale.y(values[i]) * HEIGHT).toFixed(1)}`;
  return steps.map((_, i) => (isShown(i) ? `M${place(i)}L${place(i)}` : "")).join("");
}

function star(one, scale) {
  if (one.best === undefined) return null;
  const y = scale.y(valueAt(one, one.best));
  const mark = at(h("span", { class: "best", "aria-hidden": true }, icon("star")), scale.x(one.best), y);
  mark.style.color = one.color;
  return mark;
}

/** A line at the epoch, and a dot on the curve if that has a value there. */
function markAt({ step, color, curve }, scale) {
  const value = curve ? valueAt(curve, step) : null;
  const parts = [at(h("span", { class: "mark" }), scale.x(step), 0)];
  if (Number.isFinite(value)) parts.push(at(h("span", { class: "dot" }), scale.x(step), scale.y(value)));
  for (const part of parts) part.style.color = color;
  return parts;
}
