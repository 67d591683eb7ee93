/**
 * What there is to see, from the state and from the answers that are there so far. Nothing here changes anything but
 * the cache of answers.
 *
 * @typedef {Object} Side one of the matrices on the screen
 * @property {Object} info the run, as /runs lists it
 * @property {number} step
 * @property {Object|undefined} raw the answer of /matrix; that of another step while the one of `step` is on its way
 * @property {Object|undefined} sure the answer of /confidences for the same step, where it is needed
 * @property {string|null} sureError why there is none
 * @property {import("./limits.js").Limit|null} limit of its matrices
 * @property {import("./matrix.js").Matrix|undefined} counts in which each sample counts once
 * @property {import("./matrix.js").Matrix|undefined} matrix what is shown: the counts, or the sums of the weights
 * @property {function(number): number} own class of the run, of a class of the view; that of A, but for another run
 * @property {string|null} error
 * @property {boolean} loading
 * @property {string} name of the run, without what all runs have in common
 */

import { foldBy } from "./fold.js";
import { shortRun } from "./format.js";
import { commonStart } from "./run_rows.js";
import { boundaries, entriesOf, groupings, listGroups, namedTree, opened } from "./groups.js";
import { isSame, keep, keepBoth } from "./keep.js";
import { limited, limitOf, needsConfidences } from "./limits.js";
import { classNumbers, confusedPairs, makeMatrix, summaryOf } from "./matrix.js";
import { axisOrder, withChosen } from "./order.js";
import { sharedClasses } from "./shared.js";
import { shownClasses, showsGroups } from "./state.js";
import { nearestStep } from "./steps.js";

const startOf = keep((runs) => commonStart([...new Set(runs.map((info) => shortRun(info.run, info.split)))]));
/** The matrix of each answer of /matrix, made once; each sample counts once, and no threshold leaves any out. */
export const plain = keep((raw) => makeMatrix(raw.num_classes, raw.indices, raw.counts));
const weights = keep((raw) => makeMatrix(raw.num_classes, raw.indices, raw.weighted));

const sharedOf = keepBoth((first, second) => ({ found: sharedClasses(first, second) }));
const placedOf = keepBoth(foldBy);
const orderOfShared = keepBoth((order, { classes }) => {
  const there = new Set(classes);
  return order.filter((index) => there.has(index));
});
const NONE = [];
const NO_ANSWER = { value: undefined, error: null, loading: false };
const groupsOf = keep(listGroups);
const groupingsOf = keep(groupings);
const similarOf = keepBoth((found, names) => listGroups(namedTree(found, names)));

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
 * @param {Object|null} before the view until now: what is on its way is shown as it was, and the picture stands still
 * @returns {Object} the view that all panels draw
 */
export function makeView(state, runs, api, before = null) {
  const info = runs ? pickRun(runs, state.run) : null;
  const otherInfo = runs && state.otherRun !== null ? runs.find((one) => one.run === state.otherRun) : null;
  const sides = [
    info && side(info, state.step, runs, api, before?.a, needsConfidences(state)),
    otherInfo ? side(otherInfo, state.otherStep, runs, api, before?.b, needsConfidences(state)) : null,
  ];
  const hasWeights = sides.every((one) => !one?.raw || Boolean(one.raw.weighted));
  const { limit, limitProblem } = limitOf(state, sides);
  const weighted = state.weighted && hasWeights && !limit; // of one side alone, there would be nothing to compare
  const names = info ? info.class_names : [];
  const isSame = !otherInfo || sameNames(names, otherInfo.class_names);
  const shared = isSame ? null : sharedOf(names, otherInfo.class_names).found;
  const whole = sides.map((one, i) => one && withMatrix(one, weighted, i === 1 ? limitOfB(limit, shared) : limit));
  const [a, b] = shared ? onShared(whole, shared, names.length) : whole;
  const last = info && before?.a?.info.run === info.run && sameNames(before.names, names) ? before : null;
  const made = info ? groupsIn(info, state, api) : { groups: [] };
  const groups = made.groups ?? last?.groups ?? [];
  const isGrouped = shared === null && showsGroups(state, groups, names.length);
  const arranged = isGrouped ? { ...state, top: 0 } : state;
  const waits = made.groups === undefined && !last; // or all classes would be seen for a moment
  const ordered = a && !waits ? orderOf(a, names, arranged, api, last) : { order: [], orderError: null };
  const order = shared ? orderOfShared(ordered.order, shared) : ordered.order;
  const unequal = Boolean(a?.counts && b?.counts) && a.counts.total !== b.counts.total;
  const values = state.values === "confidence" && !limit ? "count" : state.values;
  const shownAs = unequal && state.mode === "difference" && values === "count" ? "true" : values;
  return {
    state: shownAs === state.values ? state : { ...state, values: shownAs },
    runs,
    ask: api.ask,
    a,
    b,
    names,
    missing: [state.run, state.otherRun].map((name) => (runs && isMissing(runs, name) ? name : null)),
    unequal, // A and B have so many samples that counts can't be compared
    shared, // null unless A and B have different classes, and some in common, which alone are shown then
    sameClasses: isSame || shared !== null, // whether A and B can be compared
    hasWeights,
    weighted,
    limit, // null unless the matrices are made of confidences
    limitProblem, // why they are not, though that is wanted
    order,
    wholeOrder: ordered.order,
    groupings: info && shared === null ? groupingsOf(info) : NONE,
    groups,
    groupError: made.error ?? null,
    grouped: isGrouped && ordered.order.length ? axisOf(groups, ordered.order, state, last?.grouped) : null,
    others: state.subset === null ? 0 : (shared?.classes ?? names).length - order.length, // classes that are one row
    orderError: ordered.orderError,
    history: a?.raw && a.step !== null ? (historyOf(a, api) ?? last?.history) : undefined,
  };
}

/** The groups that were logged, or those of similar classes, which are undefined as long as they are not known. */
function groupsIn(info, { similar }, api) {
  if (similar === null || !groupingsOf(info).includes("similar")) return { groups: groupsOf(info.class_groups) };
  const step = pickStep(info.steps, similar);
  const { value, error } = api.ask("similar_groups", { run: info.run, step }, stepVersion(info, step));
  return { groups: value ? similarOf(value.groups, info.class_names) : error === null ? undefined : [], error };
}

/** What stands along the axes: groups, but for those that are expanded or hold what is chosen. */
function axisOf(groups, order, { expanded, cell, class: index }, last) {
  const chosen = [cell?.true, cell?.predicted, index].filter((one) => one !== undefined && one !== null);
  const open = opened(groups, expanded ?? [], chosen);
  if (last?.groups === groups && last.order === order && open.join() === last.open.join()) return last;
  const entries = entriesOf(groups, open, order);
  return { groups, order, open, entries, ends: boundaries(groups, entries, order.length) };
}

function isMissing(runs, name) {
  return name !== null && runs.every((info) => info.run !== name);
}

function side(info, wanted, runs, api, before, needsSure) {
  const step = info.steps.length ? pickStep(info.steps, wanted) : null;
  const name = shortRun(info.run, info.split).slice(startOf(runs).length);
  const one = { info, step, name, own: (index) => index, raw: undefined, loading: false };
  if (step === null) return { ...one, error: info.error ?? "This run has no epochs yet." };
  const ask = (route) => api.ask(route, { run: info.run, step }, stepVersion(info, step));
  const { value, error, loading } = ask("matrix");
  const sure = needsSure && info.has_confidences ? ask("confidences") : NO_ANSWER;
  const waits = (loading && !value) || (sure.loading && !sure.value);
  const last = waits && before?.info.run === info.run && before.raw ? before : { raw: value, sure: sure.value };
  return { ...one, raw: last.raw, sure: last.sure, sureError: sure.error, error, loading: loading || sure.loading };
}

/** Of two classes that have other places in B, the positive one is where it is there. */
function limitOfB(limit, shared) {
  return limit && shared && limit.positive !== null ? { ...limit, positive: shared.own[limit.positive] } : limit;
}

function withMatrix(one, isWeighted, limit) {
  const counts = one.raw && (limit ? limited(one.sure, limit) : plain(one.raw));
  return { ...one, limit, counts, matrix: one.raw && isWeighted ? weights(one.raw) : counts };
}

/** Of two runs with different classes, what is of those that they share, in the places of A's. */
function onShared([a, b], shared, size) {
  const part = (side, places) => {
    const inPlace = (matrix) => matrix && placedOf(matrix, places, size);
    return { ...side, counts: inPlace(side.counts), matrix: inPlace(side.matrix) };
  };
  return [part(a, shared.placesOfA), { ...part(b, shared.placesOfB), own: (index) => shared.own[index] }];
}

/** Decided by the last epoch, so that the axes stand still while time moves. */
function orderOf(a, names, state, api, last) {
  const { info } = a;
  if (!info.steps.length) return { order: [], orderError: null };
  const top = state.subset === null ? shownClasses(state, names.length) : null;
  const step = info.steps[info.steps.length - 1];
  const ask = (route) => api.ask(route, { run: info.run, step }, stepVersion(info, step));
  const decides = top !== null || state.order === "error" ? ask("matrix") : { value: a.raw, error: null };
  const similar = state.order === "similar" ? ask("similar_order") : { value: null, error: null };
  const raw = decides.error === null ? decides.value : a.raw; // better by the epoch that is shown than not at all
  const waits = !raw || (similar.value === undefined && similar.error === null);
  const orderError = decides.error ?? similar.error;
  if (waits && last?.wholeOrder.length) return { order: last.wholeOrder, orderError };
  if (!raw) return { order: [], orderError };
  const how = [state.order, similar.value?.order ?? null, top, state.subset];
  return { order: keptOrder(raw, how, [state.cell?.true, state.cell?.predicted, state.class]), orderError };
}

const orders = new WeakMap();

/** The same object as long as nothing of it changes: the picture is not made anew. */
function keptOrder(raw, how, chosen) {
  const [kind, similar, top, subset] = how;
  const known = orders.get(raw);
  if (known && isSame(how, known.how) && isSame(chosen, known.chosen)) return known.order;
  const all = () => axisOrder(plain(raw), kind, null, similar);
  const inSubset = () => all().filter((index) => subset.includes(index));
  const some = () => (subset ? inSubset() : axisOrder(plain(raw), kind, top, similar));
  const bare = known && isSame(how, known.how) ? known.bare : some();
  const there = chosen.filter((index) => index < raw.num_classes && index !== null);
  const isAll = (top === null && subset === null) || bare.length === 0; // as a link may name classes that are not here
  const kept = { how, chosen, bare, order: isAll ? all() : withChosen(bare, all(), there) };
  orders.set(raw, kept);
  return kept.order;
}

/** F1 of all classes over time. It is the same at each epoch, and asked for once in a run's version. */
function historyOf({ info }, api) {
  return api.ask("classes", { run: info.run }, runVersion(info)).value?.history;
}

/**
 * @param {Array<string>} first
 * @param {Array<string>} second
 * @returns {boolean} whether two runs tell the same classes apart
 */
export function sameNames(first, second) {
  return first === second || (first.length === second.length && first.every((name, i) => name === second[i]));
}

/**
 * What is as it was stays the same object: what depends on it is not drawn anew.
 * @param {Array<Object>} runs
 * @param {Array<Object>|null} before
 * @returns {Array<Object>} the runs
 */
export function keepSame(runs, before) {
  const known = new Map((before ?? []).map((info) => [info.run, info]));
  const kept = runs.map((info) => sameInfo(info, known.get(info.run)));
  return kept.length === before?.length && kept.every((info, i) => info === before[i]) ? before : kept;
}

function sameInfo(info, known) {
  if (!known) return info;
  if (JSON.stringify(info) === JSON.stringify(known)) return known;
  return sameNames(info.class_names, known.class_names) ? { ...info, class_names: known.class_names } : info;
}
