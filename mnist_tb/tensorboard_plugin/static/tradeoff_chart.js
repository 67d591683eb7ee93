/** Precision over recall, or recall over false positives: curves on which each point belongs to a threshold. */

import { linePath } from "./charts.js";
import { h, svg } from "./dom.js";
import { label, percent } from "./format.js";
import { plane, scalesOf } from "./plane.js";
import { cornerOf } from "./tradeoff.js";

const COLORS = { A: "var(--a)", B: "var(--b)" };
/** By kind what is along and up, and what a curve is good by: the nearer to 1 both are. */
const KINDS = {
  pr: { x: "recall", y: "precision", names: ["recall", "precision"], good: ([x, y]) => [x, y] },
  roc: { x: "falsePositives", y: "recall", names: ["false positive rate", "recall"], good: ([x, y]) => [1 - x, y] },
};

/**
 * @typedef {Object} Line
 * @property {string} name of the class, or of the mean
 * @property {"A"|"B"} letter
 * @property {boolean} isThin whether it is one of many
 * @property {import("./tradeoff.js").Tradeoff} curve
 * @property {number} place of the threshold that is marked, -1 for none
 */

/**
 * @param {Object} options
 * @param {"pr"|"roc"} options.kind
 * @param {Array<Line>} options.lines
 * @param {boolean} options.whole whether all is in sight, and not the corner in which the curves are
 * @param {function(Line, number): string} options.thresholdText of a place on a line
 * @param {function(Line, number): void} options.onPick gets the line and the place that were clicked
 * @returns {HTMLElement}
 */
export function tradeoffChart({ kind, lines, whole, thresholdText, onPick }) {
  const drawn = lines.map((one) => ({ ...one, points: pointsOf(one.curve, kind) }));
  const [x, y] = axesOf(kind, whole ? 0 : cornerOfLines(drawn, kind));
  const scale = scalesOf(x, y);
  const paths = drawn.map((one) => pathOf(one, scale));
  const dots = drawn.filter(isMarked).map((one) => dotOf(one, scale));
  const chance = kind === "roc" && svg("line", chanceEnds(scale));
  const parts = [chance, ...paths, ...dots].filter(Boolean);
  const { element, box } = plane(summary(drawn, kind), x, y, ...parts);
  element.classList.add("tradeoff", kind);
  const readout = h("span", { class: "chart-readout" });
  box.append(readout);
  pointAt(box, drawn, scale, (found) => {
    paths.forEach((path, i) => path.classList.toggle("near", i === found?.number));
    readout.textContent = found ? pointText(drawn[found.number], found.place, kind, thresholdText) : "";
  }, (found) => onPick(drawn[found.number], found.place));
  return element;
}

/**
 * @param {Array<Line>} lines
 * @param {"pr"|"roc"} kind
 * @returns {number} where the axes begin if the corner alone is in sight
 */
export function cornerOfLines(lines, kind) {
  const bold = lines.filter(({ isThin }) => !isThin);
  return cornerOf(bold.map(({ curve }) => pointsOf(curve, kind).map(KINDS[kind].good)));
}

function pointsOf(curve, kind) {
  const { x, y } = KINDS[kind];
  return curve[x].map((value, i) => [value, curve[y][i]]);
}

/** A class without samples has no place for a threshold. */
function isMarked({ points, place }) {
  return points[place]?.every(Number.isFinite) ?? false;
}

function axesOf(kind, corner) {
  const [x, y] = KINDS[kind].names;
  const near = [corner, 1];
  return [{ name: x, range: kind === "roc" ? [0, 1 - corner] : near }, { name: y, range: near }];
}

function pathOf({ points, letter, isThin }, scale) {
  const d = linePath({ steps: points.map(([x]) => x), values: points.map(([, y]) => y) }, scale.x, scale.y);
  const kind = ["curve", letter === "B" && "dashed", isThin && "thin"].filter(Boolean).join(" ");
  return svg("path", { class: kind, d, stroke: COLORS[letter] });
}

/** A line of no length with round ends: a circle that does not stretch with the chart. */
function dotOf({ points, place, letter }, scale) {
  const [x, y] = points[place];
  const at = `${scale.x(x).toFixed(1)} ${scale.y(y).toFixed(1)}`;
  return svg("path", { class: "curve-dot", d: `M${at}L${at}`, stroke: COLORS[letter] });
}

function chanceEnds(scale) {
  return { class: "diagonal", x1: scale.x(0), x2: scale.x(1), y1: scale.y(0), y2: scale.y(1) };
}

function pointText(line, place, kind, thresholdText) {
  const { name, letter, points } = line;
  const [x, y] = points[place];
  const [along, up] = KINDS[kind].names;
  const who = `${letter}: ${label(name, 24)}, threshold ${thresholdText(line, place)}`;
  return `${who}\n${up} ${percent(y)}, ${along} ${percent(x)}`;
}

function summary(lines, kind) {
  const [along, up] = KINDS[kind].names;
  const marked = lines.filter(isMarked);
  const text = ({ letter, points, place }) =>
    `${letter} at the threshold: ${up} ${percent(points[place][1])}, ${along} ${percent(points[place][0])}`;
  return [`${up} over ${along} at each threshold`, ...marked.map(text)].join("; ");
}

/** The nearest point of all curves, as far as they are in sight. */
function pointAt(box, lines, scale, show, pick) {
  const nearest = ({ clientX, clientY }) => {
    const { left, top, width, height } = box.getBoundingClientRect();
    const [x, y] = [((clientX - left) / width) * 1000, ((clientY - top) / height) * 1000];
    let found = null;
    lines.forEach(({ points }, number) => points.forEach(([along, up], place) => {
      const distance = Math.hypot(scale.x(along) - x, scale.y(up) - y);
      if (distance < (found?.distance ?? Infinity)) found = { number, place, distance };
    }));
    return found;
  };
  box.classList.add("pickable");
  box.addEventListener("pointermove", (event) => show(nearest(event)));
  box.addEventListener("pointerleave", () => show(null));
  box.addEventListener("click", (event) => {
    const found = nearest(event);
    if (found) pick(found);
  });
}
