/** What stands above the heat maps: which epoch of which run, and the numbers that sum it up. */

import { button, h, segments } from "./dom.js";
import { count, label, lostText, percent, points } from "./format.js";
import { errorsOf } from "./groups.js";
import { NUMBERS, tilesOf } from "./tiles.js";
import { totalsOf } from "./view.js";
import { word } from "./words.js";

const MODES = [
  ["side", "Side by side", "Both matrices"],
  ["difference", "A − B", "The signed difference: blue where A is better, orange where it is worse"],
];

const NOT_BOTH = "A and B don't both have weights: each sample counts once.";
const NO_WEIGHTS = "This run has no weights: each sample counts once.";

/**
 * @param {Object} view
 * @param {Object} act
 * @param {Object|undefined} overview the answer for A's run
 * @returns {Array<HTMLElement>}
 */
export function sidesOf({ a, b, groups, state, sameClasses, shared, unequal, hasWeights }, act, overview) {
  const unweighted = state.weighted && !hasWeights && whole(b ? NOT_BOTH : NO_WEIGHTS);
  if (!b) return [single(a, overview), ...ofGroups(a, groups), unweighted, ...lost(a)].filter(Boolean);
  const end = "End the comparison";
  const buttons = [
    sameClasses && segments("How to compare", MODES, state.mode, (mode) => act.set({ mode })),
    button({ title: "Show B as A and A as B", text: "Swap", key: "swap", onclick: act.swap }),
    button({ title: end, "aria-label": end, text: "✕", key: "end", onclick: () => act.compare(null) }),
  ];
  const controls = h("div", { class: "pair-controls" }, ...buttons);
  const texts = [shared && sharedText(a, b, shared), unequal && sameClasses && totalsText(a.counts, b.counts)];
  const notes = texts.map((text) => text && whole(text));
  return [pairTable(a, b), controls, ...notes, unweighted, ...lost(a, "A: "), ...lost(b, "B: ")].filter(Boolean);
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
  return `A has ${inA} samples and B ${inB}: they are compared by rates of the true class, not by counts.`;
}

/** The epoch is that of the numbers beside it, also while those of another one are on their way. */
function titleOf({ name, info, step, raw }) {
  const rest = `${info.split ? ` ${info.split}` : ""}${step === null ? "" : `, epoch ${raw?.step ?? step}`}`;
  return h("h1", {}, h("bdi", { text: label(name, 40), title: label(info.run, 300) }), rest);
}

function single(side, overview) {
  return h("div", { class: "side" }, titleOf(side), h("div", { class: "tiles" }, ...tilesOf(side, overview)));
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
  const text = counts ? lostText(counts.total, raw.nonfinite) : "";
  return text ? [h("p", { class: "lost", role: "alert", text: whose + text })] : [];
}

/** A, B and their difference, one under the other. */
function pairTable(a, b) {
  const [first, second] = [a, b].map((side) => side.matrix && totalsOf(side.matrix));
  const names = ["", ...NUMBERS.map(([key, , text]) => word(key, text)), "samples"];
  const heads = names.map((name) => h("th", { scope: "col" }, name));
  const rows = [pairRow("A", a, first), pairRow("B", b, second), first && second && changeRow(first, second)];
  return h("table", { class: "pair" }, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows));
}

function pairRow(letter, side, totals) {
  const tag = h("span", { class: `letter ${letter.toLowerCase()}`, text: letter });
  const numbers = totals ? NUMBERS.map(([key]) => h("td", { text: percent(totals[key], 2) })) : [];
  const total = h("td", { class: "faint", text: side.matrix ? count(side.counts.total) : "" });
  return h("tr", {}, h("th", { scope: "row" }, tag, titleOf(side)), ...numbers, total);
}

function changeRow(first, second) {
  const numbers = NUMBERS.map(([key]) => h("td", { text: points(first[key] - second[key]) }));
  const head = h("th", { scope: "row", text: "A − B, in points", title: "percentage points" });
  return h("tr", {}, head, ...numbers, h("td"));
}
