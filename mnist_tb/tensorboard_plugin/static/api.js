/**
 * Answers of the plugin's routes, fetched once and kept. Panels ask for what they need while they draw: what is not
 * there yet is fetched, and everything is drawn again when it has come.
 */

const BASE = new URL("../", import.meta.url); // relative, so that TensorBoard may live under any path
const MOST_KEPT = 80;

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
  const response = await fetch(address);
  if (!response.ok) throw new Error((await response.text()).slice(0, 300));
  return response.json();
}

/**
 * @typedef {Object} Answer
 * @property {*} value of JSON, or undefined as long as there is none
 * @property {string|null} error a sentence, if it could not be fetched
 * @property {boolean} loading
 */

/**
 * @param {function(): void} onChange is called when something asked for has come
 */
export function createApi(onChange) {
  const answers = new Map(); // by address and version
  const newest = new Map(); // by address, whatever its version: shown until the version asked for is there
  const lines = new Map(); // by route: the address that is under way, and the last one that waits
  const queue = lineUp(lines, async (key, address) => {
    const answer = await load(address);
    if (answer.error === null) remember(newest, address, answer.value);
    remember(answers, key, answer);
    onChange();
  });
  return {
    /**
     * @param {string} route
     * @param {Object<string, *>} params
     * @param {string} version another version is another answer
     * @returns {Answer}
     */
    ask(route, params, version = "") {
      const address = addressOf(route, params);
      const key = `${version} ${address}`;
      const answer = answers.get(key);
      if (answer) return remember(answers, key, answer); // the last one asked for is the last one to be forgotten
      queue(route, key, address);
      return { value: newest.get(address), error: null, loading: true };
    },
    /** Whether an answer of the route is under way. */
    busy: (route) => lines.has(route),
    /** The list of runs, always anew. */
    runs: () => fetchJson(addressOf("runs", {})),
    /** Forget what failed, so that it is tried again. */
    retry: () => [...answers].forEach(([key, answer]) => answer.error !== null && answers.delete(key)),
  };
}

async function load(address) {
  try {
    return { value: await fetchJson(address), error: null, loading: false };
  } catch (error) {
    return { value: undefined, error: error.message || "TensorBoard does not answer", loading: false };
  }
}

/** Put a value at the end of a map, and forget the first ones if there are too many. */
function remember(map, key, value) {
  map.delete(key);
  map.set(key, value);
  while (map.size > MOST_KEPT) map.delete(map.keys().next().value);
  return value;
}

/**
 * One request of a route at a time, and of those that wait only the last one: who pulls the slider over 300 epochs gets
 * those that can be shown, and not a queue of 300.
 */
function lineUp(lines, load) {
  return function queue(route, key, address) {
    const line = lines.get(route);
    if (line) {
      if (line.key !== key) line.waiting = [key, address];
      return;
    }
    const mine = { key, waiting: null };
    lines.set(route, mine);
    load(key, address).finally(() => {
      lines.delete(route);
      if (mine.waiting) queue(route, ...mine.waiting);
    });
  };
}
