/** Axes: which values are written along them, and how far they reach. Pure functions. */

const ROUND = [1, 2, 5, 10];

/**
 * @param {number} low
 * @param {number} high
 * @param {number} most ticks that there is room for
 * @param {boolean} whole whether a tick must be a whole number, as epochs are
 * @returns {Array<number>} round numbers within the range, evenly apart; more than `most` by one at most
 */
export function ticks(low, high, most, whole = false) {
  const wanted = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(wanted || 1));
  const round = ROUND.find((part) => part * power >= wanted * 0.999) * power;
  const step = whole ? Math.max(1, round) : round;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}

/**
 * The range of the curves that are looked at. Those behind them widen it by as much again on either side at most: one
 * run that went wrong must not press the others flat.
 * @param {Array<number|null>} values
 * @param {Array<number|null>} behind
 * @returns {[number, number]}
 */
export function rangeOf(values, behind) {
  const [low, high] = extent(values) ?? extent(behind) ?? [0, 1];
  const [lowest, highest] = extent(behind) ?? [low, high];
  const most = high > low ? high - low : Infinity;
  const [from, to] = [Math.max(Math.min(low, lowest), low - most), Math.min(Math.max(high, highest), high + most)];
  const rim = (to - from) * 0.08 || 0.01;
  return [from - rim, to + rim];
}

/**
 * @param {Array<number|null>} values
 * @returns {[number, number]|null} the least and the most of those that are numbers; null if none is
 */
export function extent(values) {
  const widen = ([low, high], value) => [Math.min(low, value), Math.max(high, value)];
  const known = values.filter(Number.isFinite);
  return known.length ? known.reduce(widen, [Infinity, -Infinity]) : null;
}
