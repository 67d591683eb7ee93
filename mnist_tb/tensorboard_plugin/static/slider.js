/** A slider over the epochs of a run: one of the browser's own, that stands at the epochs that were logged. */

import { h } from "./dom.js";
import { nearestStep, stepOfKey } from "./steps.js";

/**
 * @param {"A"|"B"} letter
 * @param {function(number): void} choose gets the epoch
 * @returns {{element: HTMLInputElement, set: function(Object): void}}
 */
export function createSlider(letter, choose) {
  const key = `slider ${letter}`;
  const range = h("input", { type: "range", class: letter.toLowerCase(), "aria-label": `Epoch of ${letter}`, key });
  let [steps, step] = [[], 0];
  const pick = (picked) => {
    range.value = String(picked); // the thumb is at its epoch, and not where it was let go
    if (picked === step) return;
    step = picked; // keys may be faster than the screen
    choose(step);
  };
  range.addEventListener("input", () => pick(nearestStep(steps, Number(range.value))));
  range.addEventListener("keydown", (event) => {
    const picked = stepOfKey(steps, step, event.key);
    if (picked === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    pick(picked);
  });
  return {
    element: range,
    set(side, [first, last], text) {
      [steps, step] = [side.info.steps, side.step];
      Object.assign(range, { min: String(first), max: String(last), step: "1" });
      range.value = String(step);
      range.setAttribute("aria-valuetext", text);
    },
  };
}
