/** Of whom there are confidences, and of which class: what the views of calibration and of curves begin with. */

import { choice } from "./dom.js";
import { label } from "./format.js";
import { noConfidences } from "./limits.js";
import { stepVersion } from "./view.js";

const NONE = { value: undefined, error: null, loading: false };
const UNLIKE = "A and B tell different classes apart: only A is shown.";

/**
 * @param {Object} view
 * @param {number|null} index of a class; null for all
 * @returns {{sides: Array<Object>, missing: string|null}} A, and B if they are compared, where they have confidences,
 * with their letters and the class as they count it; and what is said of one that is not among them
 */
export function confidentSides({ a, b, sameClasses }, index) {
  if (a.step === null) return { sides: [], missing: null };
  if (!a.info.has_confidences) return { sides: [], missing: noConfidences(a.name) };
  const sideOf = (side, letter) => ({ side, letter, index: index === null ? null : side.own(index) });
  const sides = [sideOf(a, "A")];
  if (!b || b.step === null) return { sides, missing: null };
  if (!sameClasses && index !== null) return { sides, missing: UNLIKE };
  if (!b.info.has_confidences) return { sides, missing: noConfidences(b.name) };
  const other = sideOf(b, "B");
  return other.index === -1 ? { sides, missing: UNLIKE } : { sides: [...sides, other], missing: null };
}

/**
 * @param {Object} view
 * @param {import("./view.js").Side} side
 * @returns {import("./api.js").Answer} how sure its answers were at its step; nothing where that was not logged
 */
export function confidencesOf({ ask }, { info, step }) {
  return info.has_confidences ? ask("confidences", { run: info.run, step }, stepVersion(info, step)) : NONE;
}

/**
 * @param {import("./api.js").Answer} answer
 * @returns {boolean} whether it is on its way, and nothing is there until then: what is shown stays
 */
export function isAwaited({ value, loading }) {
  return loading && value === undefined;
}

/**
 * @param {Object} view
 * @param {string|null} all how all classes are called; null where one must be chosen
 * @param {number|null} chosen
 * @param {Object} act
 * @returns {HTMLElement}
 */
export function classChoice({ names }, all, chosen, act) {
  const options = names.map((name, index) => [String(index), label(name, 30)]);
  const choose = (value) => (value === "" ? act.unselect() : act.selectClass(Number(value)));
  return choice("Of", all === null ? options : [["", all], ...options], String(chosen ?? ""), choose);
}
