/** What a threshold, or the wish to see how sure answers were, makes of the view. Pure functions. */

import { coverageOf, hasCells, matrixAt, placeOf, smallestFor, withBoundary } from "./confidences.js";
import { count, label, percent } from "./format.js";
import { keep, keepLast } from "./keep.js";

const NO_CELLS =
  "How sure the answers were was counted by class, not by cell, as there are so many: the matrix shows all answers.";

/**
 * @typedef {Object} Limit
 * @property {number|null} threshold as it was chosen; null where there is none
 * @property {number} place of it among the edges of the bins; 0 leaves all answers
 * @property {number|null} positive the class whose probability decides, of two; null where answers are left out
 */

/** `coverageOf` each answer of /confidences, worked out once. */
export const coverageIn = keep(coverageOf);
/** `hasCells` of each, looked for once. */
export const keepsCells = keep(hasCells);
const answers = keepLast(withBoundary);
const matrices = keepLast((sure, place, positive) =>
  positive === null ? matrixAt(sure, place) : matrixAt(answers(sure, place, positive), 0));

/**
 * @param {Object} sure the answer of /confidences
 * @param {Limit} limit
 * @returns {import("./matrix.js").Matrix} of the answers that it leaves
 */
export function limited(sure, { place, positive }) {
  return matrices(sure, place, positive);
}

/**
 * @param {Object} sure the answer of /confidences
 * @param {Limit|null} limit
 * @returns {Object} the same, where a boundary has moved with other classes predicted
 */
export function answersOf(sure, limit) {
  return limit && limit.positive !== null ? answers(sure, limit.place, limit.positive) : sure;
}

/**
 * @param {import("./state.js").State} state
 * @returns {boolean} whether confidences are needed for the matrix
 */
export function needsConfidences({ threshold, values }) {
  return threshold !== null || values === "confidence";
}

/**
 * @param {import("./state.js").State} state
 * @param {Array<import("./view.js").Side|null>} sides
 * @returns {{limit: Limit|null, limitProblem: string|null}} null as long as the confidences are not there
 */
export function limitOf(state, sides) {
  if (!needsConfidences(state)) return { limit: null, limitProblem: null };
  const shown = sides.filter(Boolean);
  const limitProblem = shown.map(problemOf).find(Boolean) ?? null;
  if (limitProblem || shown.length === 0 || shown.some(({ sure }) => !sure)) return { limit: null, limitProblem };
  const { threshold, positive } = state;
  const place = threshold === null ? 0 : placeOf(shown[0].sure, threshold);
  const isOfTwo = threshold !== null && hasBoundary(shown);
  const isOff = place === 0 && !isOfTwo;
  return { limit: { threshold: isOff ? null : threshold, place, positive: isOfTwo ? positive : null }, limitProblem };
}

/**
 * @param {Array<import("./view.js").Side>} sides
 * @returns {boolean} whether a threshold moves the boundary between two classes, and leaves no answer out
 */
export function hasBoundary(sides) {
  return sides.every(({ info }) => info.class_names.length === 2);
}

function problemOf({ info, name, sure, sureError }) {
  if (!info.has_confidences) return noConfidences(name);
  if (sureError) return `How sure the answers of ${label(name)} were can't be shown: ${sureError}`;
  return sure && !keepsCells(sure) ? NO_CELLS : null;
}

/**
 * @param {string} name of a run
 * @returns {string} why there is no threshold
 */
export function noConfidences(name) {
  return `${label(name)} was logged without confidences: how sure its answers were is not known.`;
}

/**
 * @param {Object} sure the answer of /confidences
 * @param {number} place of the threshold
 * @returns {string} such as "97.2 % answered, 99.1 % of them right: 56 of 2,000 go without an answer"
 */
export function answeredText(sure, place) {
  const { answered, right } = coverageIn(sure);
  const [all, some] = [answered[0], answered[place]];
  const rest = `${count(all - some)} of ${count(all)} go without an answer`;
  return `${percent(some / all)} answered, ${percent(right[place] / some)} of them right: ${rest}`;
}

/**
 * @param {Object} sure the answer of /confidences
 * @param {number} accuracy that is wanted
 * @returns {{place: number, text: string}} the smallest threshold that reaches it, -1 if none does, and what it leaves
 */
export function smallestThreshold(sure, accuracy) {
  const coverage = coverageIn(sure);
  const place = smallestFor(coverage, accuracy);
  if (place < 0) return { place, text: "No threshold reaches it." };
  const [all, some] = [coverage.answered[0], coverage.answered[place]];
  const rest = all === some ? "all are answered" : `${count(all - some)} of ${count(all)} go without an answer`;
  return { place, text: `leaves ${percent(some / all)}: ${rest}` };
}
