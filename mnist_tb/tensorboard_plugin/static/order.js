/** Which classes the axes show, and in which order. Pure functions. */

import { classNumbers, confusedPairs } from "./matrix.js";

/**
 * The classes of the worst mistakes: pair after pair, most confused first, until there are enough.
 * @param {import("./matrix.js").Matrix} matrix
 * @param {number} most classes
 * @returns {Set<number>}
 */
export function mostConfused(matrix, most) {
  const chosen = new Set();
  for (const pair of confusedPairs(matrix)) {
    if (chosen.size >= most) break;
    chosen.add(pair.true);
    if (chosen.size < most) chosen.add(pair.predicted);
  }
  for (let index = 0; index < matrix.size && chosen.size < most; index++) chosen.add(index); // few mistakes: fill up
  return chosen;
}

/**
 * The classes along the axes.
 * @param {import("./matrix.js").Matrix} matrix the epoch that decides; the last, so that the axes stand still when
 * time moves
 * @param {"label"|"error"|"similar"} kind
 * @param {number|null} most show the most confused ones only, as many; null shows all
 * @param {Array<number>|null} similar the classes in the order of similarity, once known
 * @returns {Array<number>}
 */
export function axisOrder(matrix, kind, most, similar) {
  let order = Array.from({ length: matrix.size }, (_, index) => index);
  if (kind === "error") order = byError(classNumbers(matrix).recall);
  if (kind === "similar" && isPermutation(similar, matrix.size)) order = similar;
  if (most === null || most >= matrix.size) return order;
  const chosen = mostConfused(matrix, most);
  return order.filter((index) => chosen.has(index));
}

/**
 * @param {Array<number>} order of the classes that are shown
 * @param {Array<number>} all classes, in the same order
 * @param {Array<number>} chosen classes that must be among them, or they would be out of sight
 * @returns {Array<number>} the same order if they are
 */
export function withChosen(order, all, chosen) {
  const shown = new Set([...order, ...chosen]);
  return shown.size === order.length ? order : all.filter((index) => shown.has(index));
}

/**
 * @param {Float64Array} recall of each class, NaN where there is none
 * @returns {Array<number>} the worst first, those without a sample last
 */
export function byError(recall) {
  const known = (index) => (Number.isNaN(recall[index]) ? 2 : recall[index]);
  return Array.from(recall.keys()).sort((a, b) => known(a) - known(b) || a - b);
}

function isPermutation(order, size) {
  return Array.isArray(order) && order.length === size && new Set(order).size === size;
}
