/** The numbers that sum a run up at an epoch, each with its way there and the step since the epoch before. */

import { wilson } from "./chance.js";
import { sparkline } from "./charts.js";
import { h } from "./dom.js";
import { count, intervalText, percent, points } from "./format.js";
import { wholeOf } from "./matrix.js";
import { totalsOf } from "./view.js";
import { word } from "./words.js";

/** By its name in the view: the name in answers, and the text. */
export const NUMBERS = [
  ["accuracy", "accuracy", "accuracy"],
  ["balanced", "balanced_accuracy", "balanced"],
  ["macroF1", "macro_f1", "macro F1"],
];

/**
 * @param {Object} side of the view
 * @param {Object|undefined} overview the answer of its run, as soon as it is there
 * @param {boolean} isLimited whether a threshold is set
 * @returns {Array<HTMLElement>}
 */
export function tilesOf(side, overview, isLimited = false) {
  if (!side.matrix) return [];
  const totals = totalsOf(side.matrix);
  const { rejected } = side.matrix;
  const isOfCounts = side.matrix === side.counts;
  const isPlain = isOfCounts && !isLimited; // over the epochs, there are neither weights nor thresholds
  const tile = ([key, name, text]) => {
    const title = key === "accuracy" && isOfCounts ? intervalOf(side.counts.total, totals.accuracy) : null;
    const over = isPlain && overview ? wayOf(overview.steps, overview[name], side.raw.step) : [];
    return h("div", { class: "tile" }, word(key, text), h("b", { text: percent(totals[key], 2), title }), ...over);
  };
  return [...NUMBERS.map(tile), rejected ? answered(side.matrix) : samples(side)];
}

function intervalOf(total, accuracy) {
  const interval = wilson(Math.round(accuracy * total), total);
  return interval && `95 % interval${intervalText(interval)}`;
}

/** The line over the epochs, and how much more it is than at the epoch before, in points of %. */
function wayOf(steps, values, step) {
  const known = values.filter(Number.isFinite);
  const place = steps.indexOf(step);
  if (known.length < 2 || place < 0) return [];
  const change = changeAt(values, place);
  const since = ` points since epoch ${steps[place - 1]}`;
  const rest = h("span", { class: "unseen", text: since });
  const text = change === null ? null : points(change);
  return [
    sparkline(values, [Math.min(...known), Math.max(...known)], place),
    text && h("span", { class: "since", title: text + since }, text, rest),
  ];
}

/**
 * @param {Array<number|null>} values over the epochs
 * @param {number} place of the epoch at hand
 * @returns {number|null} how much more it is than at the epoch before; null where either has no number
 */
export function changeAt(values, place) {
  const [now, before] = [values[place], values[place - 1]];
  return Number.isFinite(now) && Number.isFinite(before) ? now - before : null;
}

/**
 * @param {import("./matrix.js").Matrix} matrix that a threshold has left
 * @returns {number} the share of all samples that is answered
 */
export function coverage(matrix) {
  return matrix.total / wholeOf(matrix);
}

function answered(matrix) {
  const samples = h("span", { class: "since", text: ` of ${count(wholeOf(matrix))}` });
  const share = h("b", { text: percent(coverage(matrix), 2) });
  return h("div", { class: "tile" }, share, h("span", { class: "label", text: " answered" }), samples);
}

/** The number comes first, as one reads it; the style puts it below, as in the other tiles. */
function samples({ matrix, counts }) {
  const isPlain = matrix === counts;
  const comma = h("span", { class: "unseen", text: "," });
  const weight = h("span", { class: "since", text: ` of weight ${count(matrix.total)}` });
  const name = h("span", { class: "label" }, " samples", isPlain ? null : comma);
  return h("div", { class: "tile" }, h("b", { text: count(counts.total) }), name, isPlain ? null : weight);
}
