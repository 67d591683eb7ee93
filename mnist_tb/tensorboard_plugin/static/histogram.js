/** How sure the answers of a cell were, as bars. */

import { shortCount } from "./cell_text.js";
import { GROUPS } from "./confidences.js";
import { h, svg } from "./dom.js";
import { count, inPercent, percent } from "./format.js";

const COLORS = ["var(--a)", "var(--b)"];
const WIDE = 100; // units of the drawing that a group takes
const HEIGHT = 100;
const GAP = 8;

/**
 * @param {Array<{bars: Array<number>, total: number, mean: number}>} sides as `histogramOf` gives them: A, and B where
 * two are compared
 * @returns {Array<HTMLElement>} bars as wide as each other, though the groups are finer where confidences crowd
 */
export function histogram(sides) {
  const some = sides.filter(({ total }) => total > 0);
  if (some.length === 0) return [];
  const most = Math.max(...sides.flatMap(({ bars }) => bars));
  const wide = (WIDE - GAP) / sides.length;
  const bar = (value, group, i) => {
    const height = (value / most) * HEIGHT;
    const box = { x: group * WIDE + GAP / 2 + i * wide, y: HEIGHT - height, width: wide, height };
    return svg("rect", { ...box, fill: COLORS[i] }, svg("title", { text: barText(value, group) }));
  };
  const bars = sides.flatMap((side, i) => side.bars.map((value, group) => bar(value, group, i)));
  const box = { viewBox: `0 0 ${GROUPS.length * WIDE} ${HEIGHT}`, preserveAspectRatio: "none" };
  const number = ({ bars: all }, group) => h("span", { text: all[group] > 0 ? shortCount(all[group]) : "" });
  const numbers = GROUPS.flatMap((_, group) => sides.map((side) => number(side, group)));
  const edges = GROUPS.map((from) => h("span", { text: edgeText(from) }));
  const said = some.map(({ bars: all }) => all.map(barText).join(", ")).join("; B: ");
  return [
    h(
      "div",
      { class: "bars", role: "img", "aria-label": `Answers by confidence: ${said}` },
      h("div", { class: "bar-numbers", "aria-hidden": true }, ...numbers),
      svg("svg", box, ...bars),
      h("div", { class: "bar-edges faint", "aria-hidden": true }, ...edges, h("span", { text: "100 %" })),
    ),
    h("p", { class: "faint", text: sides.map(meanText).join("; ") }),
  ];
}

function meanText({ mean, total }, i, { length }) {
  return `${length > 1 ? `${"AB"[i]}: ` : ""}mean ${percent(mean)} of ${count(total)}`;
}

function edgeText(from) {
  return Number(inPercent(from, 1)).toString();
}

function barText(value, group) {
  const to = GROUPS[group + 1] ?? 1;
  return `${count(value)} from ${edgeText(GROUPS[group])} to ${edgeText(to)} %`;
}
