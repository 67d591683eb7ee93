/**
 * What a threshold on the score of a class trades: precision for recall, hits for false alarms; the same as
 * `mnist_tb.precision_recall` and `mnist_tb.roc` work out in Python. Pure functions.
 *
 * @typedef {Object} Tradeoff of a class, by place in the edges of the bins, ascending: what holds if every sample whose
 * score is at the edge or above counts as the class. At the last one none does, and precision is 1 by convention.
 * @property {Array<number>} recall NaN where the class has no samples
 * @property {Array<number>} precision
 * @property {Array<number>} falsePositives their share of all samples of other classes
 */

const CORNERS = [0.995, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5];
const ROOM = 4; // times the distance of the nearest point from the corner that are in sight

/**
 * @param {Array<number>} own how many samples of the class got a score in each bin
 * @param {Array<number>} other how many samples of all other classes did
 * @returns {Tradeoff}
 */
export function tradeoff(own, other) {
  const [hits, alarms] = [fromTheEnd(own), fromTheEnd(other)];
  return {
    recall: hits.map((hit) => hit / hits[0]),
    precision: hits.map((hit, i) => (hit + alarms[i] ? hit / (hit + alarms[i]) : 1)),
    falsePositives: alarms.map((alarm) => alarm / alarms[0]),
  };
}

/** By bin the sum of it and of all after it, and 0 at the end. */
function fromTheEnd(counts) {
  const sums = [0];
  for (let i = counts.length - 1; i >= 0; i--) sums.push(sums.at(-1) + counts[i]);
  return sums.reverse();
}

/**
 * @param {Array<Tradeoff>} all of the classes
 * @returns {Tradeoff} their mean at each threshold (Fawcett 2006, section 8.2), without classes of which there are none
 */
export function meanTradeoff(all) {
  const known = all.filter(({ recall, falsePositives }) => Number.isFinite(recall[0] + falsePositives[0]));
  const mean = (key) => (known[0]?.[key] ?? []).map((_, i) => meanOf(known.map((one) => one[key][i])));
  return { recall: mean("recall"), precision: mean("precision"), falsePositives: mean("falsePositives") };
}

/**
 * @param {Array<number|null>} values
 * @returns {number} the mean of those that are numbers
 */
export function meanOf(values) {
  const known = values.filter(Number.isFinite);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/**
 * @param {Tradeoff} curve
 * @returns {number} average precision: the mean of precision over recall, in steps
 */
export function averagePrecision({ recall, precision, falsePositives }) {
  if (Number.isNaN(falsePositives[0])) return NaN; // there is nothing to be precise against
  return recall.slice(1).reduce((sum, next, i) => sum + (recall[i] - next) * precision[i], 0);
}

/**
 * @param {Tradeoff} curve
 * @returns {number} the area under the ROC curve
 */
export function areaUnder({ recall, falsePositives: x }) {
  return recall.slice(1).reduce((sum, next, i) => sum + ((x[i] - x[i + 1]) * (recall[i] + next)) / 2, 0);
}

/**
 * The threshold that serves a target best.
 * @param {Tradeoff} curve
 * @param {number|"f1"} target the precision that is needed, of which as many samples as possible are to be found; or F1
 * @returns {{place: number, recall: number, precision: number, f1: number}|null} null where no threshold reaches it
 */
export function chosenBy({ recall, precision }, target) {
  const f1 = recall.map((hit, i) => (2 * hit * precision[i]) / (hit + precision[i] || 1));
  const best = f1.reduce((found, value, i) => (value > (f1[found] ?? 0) ? i : found), -1);
  const place = target === "f1" ? best : precision.findIndex((value, i) => value >= target && recall[i] > 0);
  return place < 0 ? null : { place, recall: recall[place], precision: precision[place], f1: f1[place] };
}

/**
 * The corner in which curves come near to what cannot be better: most of one of a good model lies in a hundredth of it.
 * @param {Array<Array<[number, number]>>} curves points, 1 and 1 at best
 * @returns {number} where both axes begin, from 0 to 0.995
 */
export function cornerOf(curves) {
  const nearest = (points) => Math.max(...points.map(([x, y]) => Math.min(x, y)).filter(Number.isFinite), 0);
  const wanted = 1 - ROOM * (1 - Math.min(...curves.map(nearest)));
  return CORNERS.find((corner) => corner <= wanted) ?? 0;
}
