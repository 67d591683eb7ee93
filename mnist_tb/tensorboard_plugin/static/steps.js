/** Epochs: lists of steps, ascending, that may have gaps. Pure functions. */

/**
 * @param {Array<number>} steps
 * @param {number} wanted
 * @returns {number|undefined} the step that is nearest; undefined if there are none
 */
export function nearestStep(steps, wanted) {
  return steps.reduce((best, step) => (Math.abs(step - wanted) < Math.abs(best - wanted) ? step : best), steps[0]);
}

/**
 * The epoch to which a key moves a slider: an arrow goes to the next one that was logged, however far away it is.
 * @param {Array<number>} steps
 * @param {number} step the epoch until now
 * @param {string} key as events name it
 * @returns {number|undefined} undefined for other keys
 */
export function stepOfKey(steps, step, key) {
  const page = Math.max(1, Math.round(steps.length / 10));
  const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: page, PageDown: -page };
  if (!Object.hasOwn(moves, key)) return undefined;
  return steps[Math.max(0, Math.min(steps.length - 1, steps.indexOf(step) + moves[key]))];
}

/**
 * @param {...Array<number>} lists
 * @returns {[number, number]|null} the first and the last step of all
 */
export function domainOf(...lists) {
  const steps = lists.flat();
  return steps.length ? [Math.min(...steps), Math.max(...steps)] : null;
}
