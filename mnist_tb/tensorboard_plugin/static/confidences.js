/**
 * How sure the answers were, and what a threshold leaves of them. Pure functions.
 *
 * @typedef {Object} Confidences the answer of /confidences: entries by true class, predicted class and bin, ascending
 * @property {number} num_classes
 * @property {Array<number>} edges of the bins, from 0 to 1; a bin holds its lower edge
 * @property {Array<number>} true class of each entry; -1 for any other than `predicted`, where cells were not kept
 * @property {Array<number>} predicted class; -1 for any other than `true`
 * @property {Array<number>} bins in which the probability of the predicted class lies
 * @property {Array<number>} counts of each entry
 */

import { makeMatrix } from "./matrix.js";

/** Confidences at which a histogram's bars begin, which an edge of a bin is at as well. */
export const GROUPS = [0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999];

/**
 * @param {Array<number>} values
 * @param {number} wanted
 * @returns {number} the place of the value that is nearest, the first of equal ones
 */
export function placeNear(values, wanted) {
  const far = (value) => Math.abs(value - wanted);
  return values.reduce((best, value, place) => (far(value) < far(values[best]) ? place : best), 0);
}

/**
 * @param {Confidences} sure
 * @param {number} threshold
 * @returns {number} the place of the lower edge that is nearest
 */
export function placeOf({ edges }, threshold) {
  return placeNear(edges.slice(0, -1), threshold);
}

/**
 * @param {Confidences} sure
 * @returns {boolean} whether wrong answers were counted by true and predicted class, and not by either alone
 */
export function hasCells({ true: rows, predicted }) {
  return !rows.includes(-1) && !predicted.includes(-1);
}

/**
 * @param {Confidences} sure of which the cells were kept
 * @param {number} place of the threshold among the edges
 * @returns {import("./matrix.js").Matrix} of the answers that are at least as sure; with the sums of the confidences
 * of its cells as `confidence`, and, unless all are answered, with the matrix of the others as `rejected`
 */
export function matrixAt(sure, place) {
  const answered = countsOf(sure, (bin) => bin >= place);
  return place > 0 ? { ...answered, rejected: countsOf(sure, (bin) => bin < place) } : answered;
}

function countsOf({ num_classes: size, edges, true: rows, predicted, bins, counts }, wanted) {
  const [indices, values, sums] = [[], [], []];
  for (let k = 0, last = -1; k < counts.length; k++) {
    if (!wanted(bins[k])) continue;
    const index = rows[k] * size + predicted[k];
    if (indices[last] !== index) last = indices.push(index) - 1;
    values[last] = (values[last] ?? 0) + counts[k];
    sums[last] = (sums[last] ?? 0) + counts[k] * middleOf(edges, bins[k]);
  }
  return { ...makeMatrix(size, indices, values), confidence: makeMatrix(size, indices, sums) };
}

/**
 * @param {Array<number>} edges of the bins
 * @param {number} bin
 * @returns {number} what the confidences in a bin are taken for
 */
export function middleOf(edges, bin) {
  return (edges[bin] + edges[bin + 1]) / 2;
}

/**
 * Answers of two classes, one of which is predicted where its probability is at least a threshold.
 * @param {Confidences} sure
 * @param {number} place of the threshold among the edges, which are the same seen from 1
 * @param {number} positive the class
 * @returns {Confidences} the bins are those of what is predicted then
 */
export function withBoundary(sure, place, positive) {
  const last = sure.edges.length - 2;
  const entries = sure.counts.map((count, k) => {
    const bin = sure.predicted[k] === positive ? sure.bins[k] : last - sure.bins[k];
    const said = bin >= place ? { predicted: positive, bins: bin } : { predicted: 1 - positive, bins: last - bin };
    return { true: sure.true[k], ...said, counts: count };
  });
  entries.sort((a, b) => a.true - b.true || a.predicted - b.predicted || a.bins - b.bins);
  const parts = ["true", "predicted", "bins", "counts"].map((name) => [name, entries.map((entry) => entry[name])]);
  return { ...sure, ...Object.fromEntries(parts) };
}

/**
 * How many answers a threshold at each of the edges leaves, and how many of them are right.
 * @param {Confidences} sure
 * @returns {{answered: Float64Array, right: Float64Array}}
 */
export function coverageOf({ edges, true: rows, predicted, bins, counts }) {
  const [answered, right] = [new Float64Array(edges.length), new Float64Array(edges.length)];
  counts.forEach((count, k) => {
    if (rows[k] < 0) return; // where cells were not kept, a wrong answer is counted by its true class as well
    answered[bins[k]] += count;
    if (rows[k] === predicted[k]) right[bins[k]] += count;
  });
  for (const sums of [answered, right]) {
    for (let place = edges.length - 2; place >= 0; place--) sums[place] += sums[place + 1];
  }
  return { answered, right };
}

/**
 * @param {{answered: Float64Array, right: Float64Array}} coverage
 * @param {number} accuracy that is wanted of what is answered
 * @returns {number} the place of the smallest threshold that reaches it; -1 if none does
 */
export function smallestFor({ answered, right }, accuracy) {
  return answered.findIndex((all, place) => all > 0 && right[place] / all >= accuracy);
}

/**
 * @param {Confidences} sure
 * @param {number} row true class
 * @param {number} column predicted class
 * @returns {{bars: Array<number>, total: number, mean: number}} how many answers of a cell lie in each of the groups,
 * and their mean confidence from the middles of the bins, NaN where there is none
 */
export function histogramOf({ edges, true: rows, predicted, bins, counts }, row, column) {
  const bars = GROUPS.map(() => 0);
  let [total, sum] = [0, 0];
  counts.forEach((count, k) => {
    if (rows[k] !== row || predicted[k] !== column) return;
    bars[GROUPS.filter((from) => from <= edges[bins[k]]).length - 1] += count;
    total += count;
    sum += count * middleOf(edges, bins[k]);
  });
  return { bars, total, mean: sum / total };
}
