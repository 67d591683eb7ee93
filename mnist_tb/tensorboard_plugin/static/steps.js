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
 * The epoch that a slider stands for. An arrow key must get across a gap, whichever way it goes.
 * @param {Array<number>} steps
 * @param {number} before the epoch until now
 * @param {number} value of the slider
 * @returns {number}
 */
export function snap(steps, before, value) {
  if (steps.includes(value) || Math.abs(value - before) > 1) return nearestStep(steps, value);
  const onward = value > before ? steps.find((step) => step > value) : steps.findLast((step) => step < value);
  return onward ?? before;
}

/**
 * @param {...Array<number>} lists
 * @returns {[number, number]|null} the first and the last step of all
 */
export function domainOf(...lists) {
  const steps = lists.flat();
  return steps.length ? [Math.min(...steps), Math.max(...steps)] : null;
}
