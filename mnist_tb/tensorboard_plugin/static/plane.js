/** A chart of one rate over another. What is drawn in it is SVG that stretches with its box; the axes are HTML. */

import { ticks } from "./axis.js";
import { at, h, svg } from "./dom.js";
import { inPercent } from "./format.js";

const SIZE = 1000;
const TICKS = 5;

/**
 * @typedef {Object} Axis
 * @property {string} name
 * @property {[number, number]} range of rates in sight
 */

/**
 * @param {Axis} x
 * @param {Axis} y
 * @returns {{x: function(number): number, y: function(number): number}} places of rates in the SVG
 */
export function scalesOf(x, y) {
  return { x: (rate) => SIZE * share(rate, x), y: (rate) => SIZE * (1 - share(rate, y)) };
}

/**
 * @param {string} label what a screen reader says
 * @param {Axis} x
 * @param {Axis} y
 * @param {...SVGElement} parts
 * @returns {{element: HTMLElement, box: HTMLElement}} the chart, and what is within its axes
 */
export function plane(label, x, y, ...parts) {
  const [along, up] = [x, y].map(({ range }) => ticks(...range, TICKS));
  const text = (value) => String(Number(inPercent(value, 2)));
  const box = h(
    "div",
    { class: "plane-box" },
    svg(
      "svg",
      { viewBox: `0 0 ${SIZE} ${SIZE}`, preserveAspectRatio: "none", "aria-hidden": true },
      ...gridOf(along, up, scalesOf(x, y)),
      ...parts,
    ),
    ...up.map((value) => at(h("span", { class: "y-tick", text: text(value) }), 0, 1 - share(value, y))),
    ...along.map((value) => at(h("span", { class: "x-tick", text: text(value) }), share(value, x), 1)),
  );
  const title = ({ name }, kind) => h("span", { class: `${kind}-name`, text: `${name}, %` });
  const element = h("div", { class: "plane", role: "img", "aria-label": label }, title(y, "y"), box, title(x, "x"));
  return { element, box };
}

function share(rate, { range: [low, high] }) {
  return (rate - low) / (high - low);
}

function gridOf(along, up, scale) {
  const vertical = along.map((value) => ({ x1: scale.x(value), x2: scale.x(value), y1: 0, y2: SIZE }));
  const horizontal = up.map((value) => ({ x1: 0, x2: SIZE, y1: scale.y(value), y2: scale.y(value) }));
  return [...vertical, ...horizontal].map((ends) => svg("line", { class: "grid", ...ends }));
}
