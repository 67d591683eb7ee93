/** How much of a rate, or of the difference of two, chance explains. Pure functions. */

const Z = 1.959964; // of 95 % of a normal distribution

/**
 * Wilson's interval of a rate (E. B. Wilson, JASA 22, 1927, p. 209), which holds for few samples, and for 0 and 1.
 * @param {number} part how many
 * @param {number} whole of how many; counts, as sums of weights are none
 * @returns {[number, number]|null} in which the rate lies with 95 %; null where there is nothing to count
 */
export function wilson(part, whole) {
  if (!(whole > 0) || !Number.isInteger(part) || !Number.isInteger(whole)) return null;
  const [rate, square] = [part / whole, Z * Z];
  const middle = (rate + square / (2 * whole)) / (1 + square / whole);
  const width = (Z / (1 + square / whole)) * Math.sqrt((rate * (1 - rate)) / whole + square / (4 * whole * whole));
  return [Math.max(0, middle - width), Math.min(1, middle + width)];
}

/**
 * @param {[number, number]} first part and whole of a rate
 * @param {[number, number]} second of another one
 * @returns {boolean} whether their intervals overlap, so that the difference may be chance
 */
export function mayBeChance(first, second) {
  const [a, b] = [wilson(...first), wilson(...second)];
  return a === null || b === null || (a[0] <= b[1] && b[0] <= a[1]);
}
