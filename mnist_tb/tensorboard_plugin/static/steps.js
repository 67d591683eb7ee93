/** Epochs: lists of steps, ascending, that may have gaps. Pure functions. */

import { count } from "./format.js";

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

/**
 * @param {Array<number>} steps
 * @param {number} step
 * @returns {string} such as "epoch 11, the 12th of 12"
 */
export function placeText(steps, step) {
  return `epoch ${step}, the ${ordinal(steps.indexOf(step) + 1)} of ${count(steps.length)}`;
}

function ordinal(number) {
  const isTeen = Math.floor(number / 10) % 10 === 1;
  return `${count(number)}${(isTeen ? null : ["th", "st", "nd", "rd"][number % 10]) ?? "th"}`;
}

/**
 * @param {{steps: Array<number>, values: Array<number|null>}} curve
 * @returns {number|undefined} the epoch of the largest value, the first one if there are several; undefined without any
 */
export function bestStep({ steps, values }) {
  let best; // place
  values.forEach((value, i) => {
    if (Number.isFinite(value) && !(value <= values[best])) best = i;
  });
  return steps[best];
}

/**
 * @param {{steps: Array<number>, values: Array<number|null>}} curve
 * @param {number} step
 * @returns {number|null|undefined}
 */
export function valueAt({ steps, values }, step) {
  return values[steps.indexOf(step)];
}
