/** The state as parameters of a link, and back. Pure functions; links are untrusted input. */

import { INITIAL } from "./state.js";

const whole = (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);
const anyWhole = (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined);
const oneOf = (...values) => (text) => (values.includes(text) ? text : undefined);
const flag = (text) => (text === "0" || text === "1" ? text === "1" : undefined);
const text = (value) => value;
const share = (text) => (/^(0|1|0\.\d{1,9}|[1-9]e-[1-9])$/.test(text) ? Number(text) : undefined);

function wholes(value, names) {
  const numbers = value.split(",").map(whole);
  if (numbers.length !== names.length || numbers.includes(undefined)) return undefined;
  return Object.fromEntries(names.map((name, i) => [name, numbers[i]]));
}

function someWholes(value) {
  const numbers = [...new Set(value.split(",").map(whole))];
  return numbers.includes(undefined) ? undefined : numbers.sort((a, b) => a - b);
}

function targetOf(value) {
  if (value === "f1") return value;
  return /^(1|0\.\d{1,6})$/.test(value) && Number(value) > 0 ? Number(value) : undefined;
}

const CELL = ["true", "predicted"];
const ZOOM = ["row", "column", "span"];
const CURVES = ["accuracy", "balanced_accuracy", "macro_f1", "recall", "precision", "f1"];
const RUN_COLUMN = /^(name|accuracy|macro_f1|epochs|hparam\.[^]*)$/;
const COLUMNS = ["name", "support", "recall", "precision", "f1", "change"];

// By name of the state's part: the parameter, how it is read (undefined if it is nonsense), and how it is written.
const FIELDS = {
  run: ["run", text],
  step: ["step", anyWhole],
  otherRun: ["vs", text],
  otherStep: ["vs_step", anyWhole],
  mode: ["mode", oneOf("side", "difference")],
  values: ["values", oneOf("count", "true", "pred", "all", "confidence")],
  threshold: ["threshold", share],
  weighted: ["weighted", flag, Number],
  scale: ["scale", oneOf("epoch", "run", "full")],
  log: ["log", flag, Number],
  diagonal: ["diagonal", flag, Number],
  order: ["order", oneOf("label", "error", "similar")],
  top: ["top", whole],
  subset: ["classes", someWholes],
  positive: ["positive", (value) => (flag(value) === undefined ? undefined : Number(value))],
  grouped: ["groups", flag, Number],
  similar: ["similar_groups", anyWhole],
  expanded: ["expanded", someWholes],
  zoom: ["zoom", (value) => wholes(value, ZOOM), (zoom) => ZOOM.map((name) => Math.round(zoom[name])).join()],
  cell: ["cell", (value) => wholes(value, CELL), (cell) => CELL.map((name) => cell[name]).join()],
  class: ["class", whole],
  list: ["list", oneOf("pairs", "changed", "flips", "calibration", "curves", "suspects")],
  tradeoff: ["tradeoff", oneOf("pr", "roc")],
  whole: ["whole", flag, Number],
  target: ["target", targetOf],
  from: ["from", anyWhole],
  search: ["search", text],
  sort: ["sort", oneOf(...COLUMNS)],
  falling: ["falling", flag, Number],
  curve: ["curve", oneOf(...CURVES)],
  runFilter: ["runs", text],
  runSort: ["run_sort", (value) => (RUN_COLUMN.test(value) ? value : undefined)],
  runFalls: ["run_falls", flag, Number],
  bestBy: ["best_by", oneOf("accuracy", "balanced_accuracy", "macro_f1")],
  sample: ["sample", (value) => (/^b?\d{1,15}$/.test(value) ? value : undefined)],
  first: ["first", oneOf("most", "least")],
  pairs: ["pairs", oneOf("count", "rate", "change")],
};

/**
 * @param {import("./state.js").State} state
 * @returns {Object<string, string>} what differs from the initial state
 */
export function toParams(state) {
  const params = {};
  for (const [name, [key, , write = String]] of Object.entries(FIELDS)) {
    if (state[name] !== INITIAL[name]) params[key] = write(state[name]);
  }
  return params;
}

/**
 * @param {Object<string, string>} params
 * @returns {import("./state.js").State}
 */
export function fromParams(params) {
  const state = { ...INITIAL };
  for (const [name, [key, read]] of Object.entries(FIELDS)) {
    const value = key in params ? read(params[key]) : undefined;
    if (value !== undefined) state[name] = value;
  }
  return state;
}

/**
 * Put parameters in the hash of TensorBoard's address, in the form in which it keeps those of plugins:
 * `#mnist_tb&p.mnist_tb.run=a`. Others' parameters stay.
 * @param {string} hash with its "#"
 * @param {string} plugin
 * @param {Object<string, string>} params
 * @returns {string}
 */
export function writeHash(hash, plugin, params) {
  const [, ...others] = hash.replace(/^#/, "").split("&");
  const mine = Object.entries(params).map(([key, value]) => `p.${plugin}.${key}=${encodeURIComponent(value)}`);
  return `#${[plugin, ...others.filter((part) => part && !part.startsWith(`p.${plugin}.`)), ...mine].join("&")}`;
}

/**
 * @param {string} hash
 * @param {string} plugin
 * @returns {Object<string, string>} the plugin's parameters
 */
export function readHash(hash, plugin) {
  const params = {};
  for (const part of hash.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    if (at < 0 || !part.startsWith(`p.${plugin}.`)) continue;
    try {
      params[part.slice(plugin.length + 3, at)] = decodeURIComponent(part.slice(at + 1));
    } catch {
      // a broken escape in a link cut short: the rest of the link still counts
    }
  }
  return params;
}
