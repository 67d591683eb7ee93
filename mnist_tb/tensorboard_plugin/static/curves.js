/** What the timeline draws: a number of each run, or of the chosen class in it, over the epochs. */

import { label, overEpochs } from "./format.js";
import { runColor } from "./run_colors.js";
import { runVersion, sameNames } from "./view.js";

/** By name in the link and in answers, what there is of a run. */
export const OF_RUN = [["accuracy", "accuracy"], ["balanced_accuracy", "balanced accuracy"], ["macro_f1", "macro-F1"]];
/** The same of a class. */
export const OF_CLASS = [["recall", "recall"], ["precision", "precision"], ["f1", "F1"]];
const MOST_BEHIND = 24; // runs; of more, nobody can tell one from the other, and each is a request

/**
 * @typedef {Object} Curve
 * @property {string} run
 * @property {Array<number>} steps
 * @property {Array<number|null>} values
 * @property {string} color of the run
 */

/**
 * @param {Object} view
 * @returns {number|null} the class that is chosen, or the true one of the cell that is
 */
export function chosenClass({ state, names }) {
  const index = state.class ?? state.cell?.true ?? null;
  return index !== null && index < names.length ? index : null;
}

/**
 * @param {Object} view
 * @returns {{key: string, class: number|null, title: string}} what is drawn: what was chosen, if there is such a thing
 */
export function shownCurve(view) {
  const index = chosenClass(view);
  const find = (curves) => curves.find(([key]) => key === view.state.curve);
  const ofClass = index === null ? undefined : find(OF_CLASS);
  const [key, text] = ofClass ?? find(OF_RUN) ?? OF_RUN[0];
  const title = overEpochs(ofClass ? `${text} of ${label(view.names[index], 30)}` : text, view);
  return { key, class: ofClass ? index : null, title };
}

/**
 * @param {Object} view
 * @param {ReturnType<typeof shownCurve>} shown
 * @returns {{own: Array<Curve|null>, behind: Array<Curve>}} those of A and B, and those of other runs that are there
 */
export function curvesOf(view, shown) {
  const { a, b, runs, names } = view;
  const isAlike = (info) => sameNames(info.class_names, names);
  const hasIt = (info) => info.steps.length > 0 && (shown.class === null || isAlike(info));
  const asked = [a, b].map((side) => (side && hasIt(side.info) ? askFor(view, side.info, shown) : null));
  const own = asked.map((answer, i) => (answer?.value ? curve(runs, [a, b][i].info, answer.value, shown) : null));
  // One request at a time, and of those that wait the last: the others must not keep those away that are looked at.
  if (asked.some((answer) => answer?.loading)) return { own, behind: [] };
  const isOther = (info) => info.run !== a.info.run && info.run !== b?.info.run && isTrain(info) === isTrain(a.info);
  const others = runs.filter((info) => isOther(info) && !info.error && hasIt(info) && isAlike(info));
  others.sort((one, other) => lastTime(other) - lastTime(one));
  const answers = others.slice(0, MOST_BEHIND).map((info) => [info, askFor(view, info, shown).value]);
  return { own, behind: answers.filter(([, value]) => value).map(([info, value]) => curve(runs, info, value, shown)) };
}

function askFor({ ask }, info, { class: index }) {
  const route = index === null ? "overview" : "class";
  return ask(route, { run: info.run, ...(index === null ? {} : { class: index }) }, runVersion(info));
}

const isTrain = ({ split }) => split === "train";

function lastTime({ wall_times: times }) {
  return times[times.length - 1] ?? 0;
}

const made = new WeakMap();

/** The same curve stays the same object, and is not drawn anew. */
function curve(runs, { run }, answer, { key }) {
  const known = made.get(answer) ?? {};
  made.set(answer, known);
  known[key] ??= { run, steps: answer.steps, values: answer[key], color: runColor(runs, run) };
  return known[key];
}
