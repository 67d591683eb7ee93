/**
 * What there is to see, from the state and from the answers that are there so far. Nothing here changes anything but
 * the cache of answers.
 *
 * @typedef {Object} Side one of the matrices on the screen
 * @property {Object} info the run, as /runs lists it
 * @property {number} step
 * @property {Object|undefined} raw the answer of /matrix
 * @property {import("./matrix.js").Matrix|undefined} matrix
 * @property {string|null} error
 * @property {boolean} loading
 * @property {string} name of the run, short
 */

import { shortRun } from "./format.js";
import { classNumbers, confusedPairs, makeMatrix, summaryOf } from "./matrix.js";
import { axisOrder } from "./order.js";
import { shownClasses } from "./state.js";
import { nearestStep } from "./steps.js";

const keep = (make) => {
  const made = new WeakMap();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
};
const plain = keep((raw) => makeMatrix(raw.num_classes, raw.indices, raw.counts));
const weighted = keep((raw) => makeMatrix(raw.num_classes, raw.indices, raw.weighted));

/** `classNumbers` of each matrix, worked out once. */
export const numbersOf = keep(classNumbers);
/** `summaryOf` each matrix, worked out once. */
export const totalsOf = keep(summaryOf);
/** `confusedPairs` of each matrix, worked out once. */
export const pairsOf = keep(confusedPairs);

/**
 * @param {Array<Object>} runs
 * @param {string|null} wanted
 * @returns {Object|null} the run of that name, or the one that was written last, validation before training
 */
export function pickRun(runs, wanted) {
  const named = runs.find((info) => info.run === wanted);
  if (named) return named;
  const last = (info) => info.wall_times[info.wall_times.length - 1] ?? 0;
  const rank = (info) => [Number(!info.error && info.steps.length > 0), Number(info.split !== "train"), last(info)];
  const better = (a, b) => rank(b).reduce((found, value, i) => found || value - rank(a)[i], 0);
  return [...runs].sort(better)[0] ?? null;
}

/**
 * @param {Array<number>} steps ascending
 * @param {number|null} wanted null for the last
 * @returns {number|undefined} the step that is nearest
 */
export function pickStep(steps, wanted) {
  return wanted === null ? steps[steps.length - 1] : nearestStep(steps, wanted);
}

/**
 * @param {Object} info a run
 * @param {number} step
 * @returns {string} changes when the step is written anew
 */
export function stepVersion(info, step) {
  return String(info.wall_times[info.steps.indexOf(step)] ?? "");
}

/**
 * @param {Object} info a run
 * @returns {string} changes with each epoch
 */
export function runVersion(info) {
  return `${info.steps.length} ${info.wall_times[info.wall_times.length - 1] ?? ""}`;
}

/**
 * @param {import("./state.js").State} state
 * @param {Array<Object>|null} runs null as long as they are not known
 * @param {ReturnType<import("./api.js").createApi>} api
 * @returns {Object} the view that all panels draw
 */
export function makeView(state, runs, api) {
  const info = runs ? pickRun(runs, state.run) : null;
  const a = info && side(info, state.step, state, api);
  const otherInfo = runs && state.otherRun !== null ? runs.find((one) => one.run === state.otherRun) : null;
  const b = otherInfo ? side(otherInfo, state.otherStep, state, api) : null;
  const names = info ? info.class_names : [];
  return {
    state,
    runs,
    ask: api.ask,
    a,
    b,
    names,
    missing: runs && state.run !== null && info?.run !== state.run ? state.run : null,
    sameClasses: !b || sameNames(names, otherInfo.class_names),
    order: a ? orderOf(a, names, state, api) : [],
  };
}

function side(info, wanted, state, api) {
  const step = info.steps.length ? pickStep(info.steps, wanted) : null;
  const empty = { info, step, name: shortRun(info.run, info.split), raw: undefined, matrix: undefined, loading: false };
  if (step === null) return { ...empty, error: info.error ?? "This run has no epochs yet." };
  const answer = api.ask("matrix", { run: info.run, step }, stepVersion(info, step));
  const raw = answer.value;
  const matrix = raw && (state.weighted && raw.weighted ? weighted(raw) : plain(raw));
  return { ...empty, raw, matrix, error: answer.error, loading: answer.loading };
}

/** Decided by the last epoch, so that the axes stand still while time moves. */
const lastOrders = new WeakMap();

function orderOf(a, names, state, api) {
  const top = shownClasses(state, names.length);
  if (!a.info.steps.length) return [];
  const last = a.info.steps[a.info.steps.length - 1];
  const where = { run: a.info.run, step: last };
  const needed = top !== null || state.order === "error";
  const raw = needed ? api.ask("matrix", where, stepVersion(a.info, last)).value : a.raw;
  const similar = state.order === "similar" ? api.ask("similar_order", where, stepVersion(a.info, last)).value : null;
  if (!raw) return [];
  const matrix = plain(raw);
  const key = [state.order, top, similar ?? null];
  const known = lastOrders.get(needed ? raw : a.info);
  if (known && known.size === matrix.size && known.key.every((part, i) => part === key[i])) return known.order;
  const order = axisOrder(matrix, state.order, top, similar?.order ?? null);
  lastOrders.set(needed ? raw : a.info, { key, order, size: matrix.size });
  return order;
}

/**
 * @param {Array<string>} first
 * @param {Array<string>} second
 * @returns {boolean} whether two runs tell the same classes apart
 */
export function sameNames(first, second) {
  return first.length === second.length && first.every((name, i) => name === second[i]);
}
