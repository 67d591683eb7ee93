/**
 * How far the confidence of answers can be trusted: what `mnist_tb.calibration` works out in Python, from the same
 * counts. Pure functions.
 */

import { middleOf } from "./confidences.js";
import { inPercent, percent } from "./format.js";

const BINS = 20;
const SURE = 1.96; // standard errors within which 95 % of what chance does lies

/**
 * @typedef {Object} Reliability
 * @property {Array<{low: number, high: number, count: number, accuracy: number, confidence: number}>} bins of equal
 * width; where there are no answers, both rates are NaN
 * @property {number} total answers
 * @property {number} accuracy of all answers
 * @property {number} confidence the mean of all answers
 * @property {number} expected calibration error
 * @property {number} maximum calibration error
 * @property {number} worst place of the bin that has it; -1 without answers
 * @property {boolean} mayBeChance whether a model whose confidence is right may differ so much from its accuracy
 */

/**
 * @param {Object} answer of /confidences
 * @param {number|null} index of a class: of the answers that say it; null for all answers
 * @returns {Reliability}
 */
export function reliability(answer, index = null) {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, right: 0, sum: 0, variance: 0 }));
  answer.predicted.forEach((predicted, i) => {
    if (predicted < 0 || (index !== null && predicted !== index)) return; // counted by the true class a second time
    const [middle, count] = [middleOf(answer.edges, answer.bins[i]), answer.counts[i]];
    const bin = bins[Math.min(BINS - 1, Math.floor(middle * BINS))];
    bin.count += count;
    bin.right += answer.true[i] === predicted ? count : 0;
    bin.sum += count * middle;
    bin.variance += count * middle * (1 - middle);
  });
  return summed(bins);
}

function summed(bins) {
  const sum = (key) => bins.reduce((whole, bin) => whole + bin[key], 0);
  const total = sum("count");
  const gaps = bins.map(({ count, right, sum: confidence }) => (count ? Math.abs(right - confidence) / count : 0));
  const maximum = Math.max(...gaps);
  const [accuracy, confidence] = [sum("right") / total, sum("sum") / total];
  return {
    bins: bins.map((bin, i) => ({
      low: i / BINS,
      high: (i + 1) / BINS,
      count: bin.count,
      accuracy: bin.right / bin.count,
      confidence: bin.sum / bin.count,
    })),
    total,
    accuracy,
    confidence,
    expected: gaps.reduce((whole, gap, i) => whole + gap * bins[i].count, 0) / total,
    maximum: total ? maximum : NaN,
    worst: total ? gaps.indexOf(maximum) : -1,
    mayBeChance: Math.abs(confidence - accuracy) <= (SURE * Math.sqrt(sum("variance"))) / total,
  };
}

/**
 * @param {Reliability} found
 * @returns {string} such as "Overconfident by 1.2 points: mean confidence 98.9 %, accuracy 97.7 %."
 */
export function verdictText({ total, accuracy, confidence, mayBeChance }) {
  if (total === 0) return "There are no such answers at this epoch.";
  const rates = `mean confidence ${percent(confidence)}, accuracy ${percent(accuracy)}`;
  if (mayBeChance) return `Neither over- nor underconfident on average, beyond what chance explains: ${rates}.`;
  const points = `${inPercent(Math.abs(confidence - accuracy), 1)} points`;
  return `${confidence > accuracy ? "Overconfident" : "Underconfident"} by ${points}: ${rates}.`;
}
