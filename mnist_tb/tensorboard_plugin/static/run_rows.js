/** The runs as rows of a table: the validation and the training data of a run stand in one. Pure functions. */

import { shortRun } from "./format.js";

const SEVERAL = 12; // letters that names may have in common within a folder before they are taken off as well

/** The key of a hyperparameter's column is this and its name. */
export const HPARAM = "hparam.";

/**
 * @typedef {Object} Row
 * @property {string} name of the run, without what mnist_tb appends
 * @property {Array<Object>} infos as /runs lists them, validation before train
 * @property {Object} info the one that the numbers are of
 */

/**
 * @param {Array<Object>} runs
 * @param {string} split whose numbers are wanted, where a run has it; else those of its first one
 * @returns {Array<Row>}
 */
export function rowsOf(runs, split) {
  const rows = new Map();
  for (const info of runs) {
    const name = shortRun(info.run, info.split);
    if (!rows.has(name)) rows.set(name, { name, infos: [] });
    rows.get(name).infos.push(info);
  }
  const rank = ({ split: own }) => ["validation", "", "train"].indexOf(own);
  for (const row of rows.values()) {
    row.infos.sort((a, b) => rank(a) - rank(b));
    row.info = row.infos.find((info) => info.split === split) ?? row.infos[0];
  }
  return [...rows.values()];
}

/**
 * @param {Array<string>} names
 * @returns {string} with which all of them begin, up to the end of a folder, or of a word if they have much in common
 */
export function commonStart(names) {
  if (names.length < 2) return "";
  const [first, ...others] = names;
  let length = first.length;
  for (const name of others) {
    length = Math.min(length, name.length);
    while (first.slice(0, length) !== name.slice(0, length)) length -= 1;
  }
  const common = first.slice(0, names.some((name) => name.length === length) ? length - 1 : length); // none is empty
  const folder = common.lastIndexOf("/") + 1;
  const word = Math.max(..."_,- ".split("").map((sign) => common.lastIndexOf(sign))) + 1;
  return common.slice(0, word - folder > SEVERAL ? word : folder);
}

/**
 * @param {Array<Object>} runs
 * @param {string} filter a regular expression, in any case; what is none is a part of the name
 * @returns {{found: Array<Object>, isText: boolean}}
 */
export function filtered(runs, filter) {
  try {
    const expression = new RegExp(filter, "i");
    return { found: runs.filter((info) => expression.test(info.run)), isText: false };
  } catch {
    const part = filter.toLowerCase();
    return { found: runs.filter((info) => info.run.toLowerCase().includes(part)), isText: true };
  }
}

/**
 * @param {Object} info a run
 * @param {"accuracy"|"balanced_accuracy"|"macro_f1"} score
 * @returns {number|null} that of the newest epoch, as far as it is known
 */
export function lastScore(info, score) {
  return info.scores?.[score]?.at(-1) ?? null;
}

/**
 * @param {Array<Object>} runs
 * @returns {Array<string>} the hyperparameters that any of them has
 */
export function hparamNames(runs) {
  return [...new Set(runs.flatMap((info) => Object.keys(info.hparams ?? {})))].sort(compare);
}

/**
 * @param {Object} info a run
 * @param {string} name
 * @returns {boolean|number|string|null} its hyperparameter; null if it has none of that name
 */
export function hparamOf(info, name) {
  return Object.hasOwn(info.hparams ?? {}, name) ? info.hparams[name] : null;
}

/**
 * @param {Array<Row>} rows
 * @param {string} by "name", "epochs", a score, or a hyperparameter's name after HPARAM
 * @param {boolean} falls
 * @returns {Array<Row>} sorted; those without a value are last, either way
 */
export function sortedRows(rows, by, falls) {
  const sign = falls ? -1 : 1;
  const valueOf = ({ name, info }) => {
    if (by.startsWith(HPARAM)) return hparamOf(info, by.slice(HPARAM.length));
    return by === "name" ? name : by === "epochs" ? info.steps.length : lastScore(info, by);
  };
  const keyed = rows.map((row) => [row, valueOf(row)]);
  const isLast = (value) => Number(value === null);
  const order = ([a, x], [b, y]) => isLast(x) - isLast(y) || sign * compare(x, y) || compare(a.name, b.name);
  return keyed.sort(order).map(([row]) => row);
}

/** Numbers by size, before texts. */
function compare(a, b) {
  const [isText, isOtherText] = [a, b].map((value) => typeof value === "string");
  return isText && isOtherText ? a.localeCompare(b, "en", { numeric: true }) : isText - isOtherText || a - b;
}

/**
 * @param {Array<Object>} runs
 * @param {"accuracy"|"balanced_accuracy"|"macro_f1"} score
 * @returns {{run: string, step: number}|null} the best epoch of all; of training data only if there are no others
 */
export function bestOf(runs, score) {
  const others = runs.filter((info) => info.split !== "train");
  let [best, most] = [null, -Infinity];
  for (const info of others.length ? others : runs) {
    (info.scores?.[score] ?? []).forEach((value, i) => {
      if (value === null || value <= most) return;
      [best, most] = [{ run: info.run, step: info.steps[i] }, value];
    });
  }
  return best;
}
