/** What stands above the heat maps: which epoch of which run, and the numbers that sum it up. */

import { placeOf } from "./confidences.js";
import { button, h, segments } from "./dom.js";
import { count, label, lostText, percent, points } from "./format.js";
import { errorsOf } from "./groups.js";
import { answeredText } from "./limits.js";
import { wholeOf } from "./matrix.js";
import { coverage, NUMBERS, tilesOf } from "./tiles.js";
import { totalsOf } from "./view.js";
import { word } from "./words.js";

const MODES = [
  ["side", "Side by side", "Both matrices"],
  ["difference", "A − B", "The signed difference: blue where A is better, orange where it is worse"],
];

const NOT_BOTH = "A and B don't both have weights: each sample counts once.";
const COUNTED_ONCE = "Confidences are counted without weights: each sample counts once.";
const NO_WEIGHTS = "This run has no weights: each sample counts once.";

/**
 * @param {Object} view
 * @param {Object} act
 * @param {Object|undefined} overview the answer for A's run
 * @returns {Array<HTMLElement>}
 */
export function sidesOf(view, act, overview) {
  const { a, b, groups, state, sameClasses, shared, unequal } = view;
  const said = [unweightedText(view), ...limitTexts(view)].map((text) => text && whole(text));
  if (!b) return [single(view, overview), ...ofGroups(a, groups), ...said, ...lost(a)].filter(Boolean);
  const end = "End the comparison";
  const buttons = [
    sameClasses && segments("How to compare", MODES, state.mode, (mode) => act.set({ mode })),
    button({ title: "Show B as A and A as B", text: "Swap", key: "swap", onclick: act.swap }),
    button({ title: end, "aria-label": end, text: "✕", key: "end", onclick: () => act.compare(null) }),
  ];
  const controls = h("div", { class: "pair-controls" }, ...buttons);
  const texts = [shared && sharedText(a, b, shared), unequal && sameClasses && totalsText(a.counts, b.counts)];
  const notes = texts.map((text) => text && whole(text));
  return [pairTable(a, b), controls, ...notes, ...said, ...lost(a, "A: "), ...lost(b, "B: ")].filter(Boolean);
}

function unweightedText({ b, state, limit, hasWeights }) {
  if (!state.weighted) return null;
  if (limit) return COUNTED_ONCE;
  return hasWeights ? null : b ? NOT_BOTH : NO_WEIGHTS;
}

/** Where the matrix can't follow, the numbers that do are said here. */
function limitTexts({ a, b, state: { threshold }, limitProblem }) {
  if (!limitProblem) return [];
  const sides = [a, b].filter((side) => side?.sure && threshold !== null);
  const text = ({ sure }, i) => `${b ? `${"AB"[i]}: ` : ""}${answeredText(sure, placeOf(sure, threshold))}.`;
  return [limitProblem, ...sides.map(text)];
}

function whole(text) {
  return h("p", { class: "faint whole", text });
}

function sharedText(a, b, { classes }) {
  const [all, inA, inB] = [classes, a.info.class_names, b.info.class_names].map(({ length }) => count(length));
  return `A has ${inA} classes and B ${inB}: they are compared on the ${all} that both have, and on samples of these.`;
}

function totalsText(first, second) {
  const [inA, inB] = [first, second].map(({ total }) => count(total));
  const kind = first.rejected ? "answered samples" : "samples";
  return `A has ${inA} ${kind} and B ${inB}: they are compared by rates of the true class, not by counts.`;
}

/** The epoch is that of the numbers beside it, also while those of another one are on their way. */
function titleOf({ name, info, step, raw }) {
  const rest = `${info.split ? ` ${info.split}` : ""}${step === null ? "" : `, epoch ${raw?.step ?? step}`}`;
  return h("h1", {}, h("bdi", { text: label(name, 40), title: label(info.run, 300) }), rest);
}

function single({ a, limit }, overview) {
  const tiles = tilesOf(a, overview, limit !== null && limit.threshold !== null);
  return h("div", { class: "side" }, titleOf(a), h("div", { class: "tiles" }, ...tiles));
}

/** Mistakes that are near misses, and those that are not. */
function ofGroups({ matrix }, groups) {
  if (!matrix || !groups.length) return [];
  const { inside, across } = errorsOf(matrix, groups);
  const text = `mistakes: ${count(inside)} inside groups, ${count(across)} across`;
  return [whole(text)];
}

/** A line that can't be missed: a matrix without what was predicted as NaN looks better than the model is. */
function lost({ counts, raw }, whose = "") {
  const text = counts ? lostText(wholeOf(counts), raw.nonfinite) : "";
  return text ? [h("p", { class: "lost", role: "alert", text: whose + text })] : [];
}

/** A, B and their difference, one under the other. */
function pairTable(a, b) {
  const [first, second] = [a, b].map((side) => side.matrix && totalsOf(side.matrix));
  const isLimited = Boolean(a.matrix?.rejected);
  const names = ["", ...NUMBERS.map(([key, , text]) => word(key, text)), isLimited ? "answered" : "samples"];
  const heads = names.map((name) => h("th", { scope: "col" }, name));
  const rows = [pairRow("A", a, first), pairRow("B", b, second), first && second && changeRow(first, second)];
  const kind = isLimited ? "pair limited" : "pair";
  return h("table", { class: kind }, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows));
}

function pairRow(letter, side, totals) {
  const tag = h("span", { class: `letter ${letter.toLowerCase()}`, text: letter });
  const numbers = totals ? NUMBERS.map(([key]) => h("td", { text: percent(totals[key], 2) })) : [];
  const total = h("td", { class: "faint", text: side.matrix ? samplesText(side.counts) : "" });
  return h("tr", {}, h("th", { scope: "row" }, tag, titleOf(side)), ...numbers, total);
}

function samplesText(counts) {
  return counts.rejected ? percent(coverage(counts), 2) : count(counts.total);
}

function changeRow(first, second) {
  const numbers = NUMBERS.map(([key]) => h("td", { text: points(first[key] - second[key]) }));
  const head = h("th", { scope: "row", text: "A − B, in points", title: "percentage points" });
  return h("tr", {}, head, ...numbers, h("td"));
}
