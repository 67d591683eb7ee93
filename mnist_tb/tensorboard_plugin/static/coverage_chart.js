/** How right the answers are that a threshold leaves, against how many it leaves: a curve of all thresholds. */

import { linePath } from "./charts.js";
import { placeNear } from "./confidences.js";
import { h, svg } from "./dom.js";
import { percent } from "./format.js";
import { coverageIn } from "./limits.js";

const WIDTH = 1000;
const HEIGHT = 100;
const LEAST = 0.01; // share of answers that are few enough to be right or wrong by chance: the range is not theirs
const COLORS = ["var(--a)", "var(--b)"];

/**
 * @param {Array<Object>} sures answers of /confidences, of A, and of B where two are compared
 * @param {number} place of the threshold among the edges
 * @param {function(number): void} onPick gets the place of the threshold that was clicked
 * @returns {HTMLElement}
 */
export function coverageChart(sures, place, onPick) {
  const curves = sures.map(curveOf);
  const inRange = curves.flatMap(({ shares, accuracies }) => accuracies.filter((_, i) => shares[i] >= LEAST));
  const low = Math.min(...inRange, 0.999);
  const fewest = Math.min(0.99, ...curves.map(({ shares }) => shares.at(-1))); // as sure as can be told, most may be
  const x = (share) => ((share - fewest) / (1 - fewest)) * WIDTH;
  const y = (accuracy) => Math.min(1, (1 - accuracy) / (1 - low)) * HEIGHT;
  const line = ({ shares, accuracies }, i) =>
    svg("path", { d: linePath({ steps: shares, values: accuracies }, x, y), stroke: COLORS[i] });
  const mark = ({ shares, accuracies }, i) => {
    if (!Number.isFinite(accuracies[place])) return null;
    const at = `${x(shares[place]).toFixed(1)} ${y(accuracies[place]).toFixed(1)}`;
    return svg("path", { class: "curve-dot", d: `M${at}L${at}`, stroke: COLORS[i] });
  };
  const limit = x(curves[0].shares[place]);
  const dashed = svg("line", { class: "curve-mark", x1: limit, x2: limit, y1: 0, y2: HEIGHT, stroke: COLORS[0] });
  const box = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": true };
  const readout = h("span", { class: "chart-readout" });
  const chart = h(
    "div",
    { class: "chart pickable", role: "img", "aria-label": said(curves), title: "Click to choose the threshold" },
    svg("svg", box, dashed, ...curves.map(line), ...curves.map(mark)),
    h("span", { class: "chart-high", text: "100 %" }),
    h("span", { class: "chart-low", text: percent(low) }),
    readout,
  );
  const shareAt = ({ clientX }) => {
    const { left, width } = chart.getBoundingClientRect();
    return fewest + ((clientX - left) / width) * (1 - fewest);
  };
  point(chart, curves, sures[0].edges, shareAt, readout, onPick);
  const ends = [percent(fewest, 0), "answered", "100 %"].map((text) => h("span", { text }));
  const title = h("p", { class: "faint", text: "accuracy of what is answered" });
  return h("div", {}, title, chart, h("p", { class: "coverage-ends faint" }, ...ends));
}

function curveOf(sure) {
  const { answered, right } = coverageIn(sure);
  const shares = Array.from(answered.slice(0, -1), (some) => some / answered[0] || 0);
  return { shares, accuracies: shares.map((_, place) => right[place] / answered[place]) };
}

function said(curves) {
  const text = ({ shares, accuracies }, i) => {
    const half = placeNear(shares, 0.5);
    const surest = `${percent(accuracies[half])} of the surest ${percent(shares[half], 0)}`;
    const ends = `${percent(accuracies[0])} of all, ${surest}`;
    return curves.length > 1 ? `${"AB"[i]}: ${ends}` : ends;
  };
  return `Accuracy against the share that is answered: ${curves.map(text).join("; ")}`;
}

/** Of thresholds that leave as many, the smallest is meant. */
function point(chart, curves, edges, shareAt, readout, onPick) {
  const { shares } = curves[0];
  const nearest = (event) => placeNear(shares, shareAt(event));
  chart.addEventListener("pointermove", (event) => {
    const place = nearest(event);
    const text = (one) => `${percent(one.shares[place])} answered, ${percent(one.accuracies[place])} right`;
    const values = curves.map(text);
    const texts = curves.length > 1 ? values.map((one, i) => `${"AB"[i]} ${one}`) : values;
    readout.textContent = `${edges[place]}: ${texts.join("\n")}`;
  });
  chart.addEventListener("pointerleave", () => (readout.textContent = ""));
  chart.addEventListener("click", (event) => onPick(nearest(event)));
}
