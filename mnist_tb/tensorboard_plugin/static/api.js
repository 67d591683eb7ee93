/**
 * Answers of the plugin's routes, fetched once and kept. Panels ask for what they need while they draw: what is not
 * there yet is fetched, and everything is drawn again when it has come.
 */

const BASE = new URL("../", import.meta.url); // relative, so that TensorBoard may live under any path
const MOST_KEPT = 80; // answers
const MOST_NUMBERS = 1_000_000; // in the large ones of them; with what is worked out, each takes some 100 bytes
const LEAST_LARGE = 8; // are kept however large they are: more than what one picture needs, or it would never be there
const LONGEST = 120_000; // milliseconds until an answer is no longer waited for
const SILENT = "TensorBoard does not answer";

/**
 * @param {string} route
 * @param {Object<string, *>} params
 * @returns {string} the address of an answer
 */
export function addressOf(route, params) {
  const url = new URL(route, BASE);
  url.search = new URLSearchParams(params).toString();
  return url.href;
}

async function fetchJson(address) {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout?.(LONGEST) });
    if (response.ok) return await response.json();
    throw new Error((await response.text()).slice(0, 300));
  } catch (error) {
    throw new Error(error.name === "TimeoutError" ? SILENT : error.message || SILENT, { cause: error });
  }
}

/**
 * @typedef {Object} Answer
 * @property {*} value of JSON, or undefined as long as there is none
 * @property {string|null} error a message, if it could not be fetched; it stays while that is tried again
 * @property {boolean} loading
 */

/**
 * @param {function(): void} onChange is called when something asked for has come
 */
export function createApi(onChange) {
  const answers = new Map(); // by address; the last one asked for is the last one to be forgotten
  const lines = new Map(); // by route: what is under way, and the last one that waits
  const queue = lineUp(lines, async (address, version) => {
    const answer = await load(address);
    const value = answer.error === null ? answer.value : answers.get(address)?.value;
    putLast(answers, address, { version, answer, value, again: false });
    forget(answers);
    onChange();
  });
  return {
    /**
     * @param {string} route
     * @param {Object<string, *>} params
     * @param {string} version another version is another answer; the older one is shown until it is there
     * @returns {Answer}
     */
    ask(route, params, version = "") {
      const address = addressOf(route, params);
      const known = answers.get(address);
      const isNewest = known?.version === version;
      if (known) putLast(answers, address, known);
      if (isNewest && !known.again) return known.answer;
      queue(route, address, version);
      return isNewest ? { ...known.answer, loading: true } : { value: known?.value, error: null, loading: true };
    },
    /** Whether an answer of the route is under way. */
    busy: (route) => lines.has(route),
    /** The list of runs, always anew; null if a later list is there already. */
    runs: inOrder(() => fetchJson(addressOf("runs", {}))),
    /** Try again what failed. */
    retry: () => answers.forEach((known) => (known.again = known.answer.error !== null)),
  };
}

async function load(address) {
  try {
    return { value: await fetchJson(address), error: null, loading: false };
  } catch (error) {
    return { value: undefined, error: error.message, loading: false };
  }
}

function putLast(map, key, value) {
  map.delete(key);
  map.set(key, value);
}

/** Of what was not asked for in a long time, some goes: there may be too many answers, or too large ones. */
function forget(answers) {
  let [kept, large, numbers] = [0, 0, 0];
  for (const [address, { value }] of [...answers].reverse()) {
    const size = sizeOf(value);
    [kept, large, numbers] = [kept + 1, large + Number(size > 0), numbers + size];
    const isTooLarge = size > 0 && large > LEAST_LARGE && numbers > MOST_NUMBERS;
    if (kept > MOST_KEPT || isTooLarge) answers.delete(address);
  }
}

/** Cells of a matrix, numbers of all classes over time, and their scores: what else there is, is small. */
function sizeOf(value) {
  const { num_classes: isMatrix, counts, history, label } = value ?? {};
  const scores = 2 * (label?.length ?? 0) * (label?.[0]?.length ?? 0);
  return (isMatrix ? counts.length : 0) + (history ? history.steps.length * (history.f1[0]?.length ?? 0) : 0) + scores;
}

/** Answers may overtake each other: one that comes after a later one is null. */
function inOrder(ask) {
  let [asked, answered] = [0, 0];
  return () => {
    const mine = ++asked;
    const settle = (go) => (answer) => {
      if (mine < answered) return null;
      answered = mine;
      return go(answer);
    };
    const fail = (error) => Promise.reject(error);
    return ask().then(settle((answer) => answer), settle(fail));
  };
}

/**
 * One request of a route at a time, and of those that wait only the last one: who pulls the slider over 300 epochs gets
 * those that can be shown, and not a queue of 300.
 */
function lineUp(lines, load) {
  return function queue(route, address, version) {
    const key = `${version} ${address}`;
    const line = lines.get(route);
    if (line) {
      if (line.key !== key) line.waiting = [address, version];
      return;
    }
    const mine = { key, waiting: null };
    lines.set(route, mine);
    load(address, version).finally(() => {
      lines.delete(route);
      if (mine.waiting) queue(route, ...mine.waiting);
    });
  };
}
