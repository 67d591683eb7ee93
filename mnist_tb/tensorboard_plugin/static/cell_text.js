/** How the numbers of a heat map are written: all of them in one form and one size, or none. Pure functions. */

import { count, inPercent, percent, points, signed, tenths } from "./format.js";
import { at } from "./matrix.js";

const LEAST = 9; // pixels of type that can be read
const USUAL = 13;
const LARGEST = 18;
const AIR = 3; // pixels between a number and its neighbours'
const SHARE = "numbers: % of true"; // what is said where counts have no room

/**
 * @typedef {Object} Form one way to write all numbers of a map
 * @property {function(number): string} textOf the k-th cell
 * @property {string} largest the text that must fit in any case: type stands still while time moves
 * @property {string|null} note what must be said where it is taken
 */

/**
 * @param {import("./matrix.js").Matrix} matrix
 * @param {{rows: Int32Array, values: Float64Array}} cells what is shown of it
 * @param {"count"|"true"|"pred"|"all"|"confidence"} how
 * @param {number} most the value at the end of the scale
 * @returns {Array<Form>} from the widest to the narrowest
 */
export function formsOf(matrix, { rows, values }, how, most) {
  const write = (format) => ({ textOf: (k) => format(values[k]), largest: format(most), note: null });
  if (how !== "count") return [write(thinPercent), write(tenths), write(wholePercent)];
  const share = (k) => wholePercent(values[k] / matrix.rowSums[rows[k]]);
  return [write(count), write(shortCount), { textOf: share, largest: wholePercent(1), note: SHARE }];
}

/**
 * @param {[import("./matrix.js").Matrix, import("./matrix.js").Matrix]} matrices
 * @param {{rows: Int32Array, columns: Int32Array, values: Float64Array}} cells their difference
 * @param {"count"|"true"|"pred"|"all"|"confidence"} how
 * @param {number} most the value at the end of the scale
 * @returns {Array<Form>} from the widest to the narrowest
 */
export function differenceForms(matrices, { rows, columns, values }, how, most) {
  const write = (format) => ({ textOf: (k) => format(values[k]), largest: format(-most), note: null });
  const whole = (value) => signed(Number(inPercent(value, 0)), String);
  const tenth = (value) => signed(Number(inPercent(value, 1)));
  if (how !== "count") return [write(points), write(tenth), write(whole)];
  const share = (matrix, k) => at(matrix, rows[k], columns[k]) / (matrix.rowSums[rows[k]] || 1);
  const change = (k) => whole(share(matrices[0], k) - share(matrices[1], k));
  const short = (value) => signed(value, shortCount);
  return [write((value) => signed(value)), write(short), { textOf: change, largest: whole(-0.1), note: SHARE }];
}

/**
 * The first form that fits into the cells, at the largest size at which it does.
 * @param {Array<Form>} forms
 * @param {Iterable<number>} inSight the cells in sight; they decide together, as small numbers alone would mislead
 * @param {{cellWidth: number, cellHeight: number}} layout
 * @param {function(string): number} widthOf a text, in pixels of the screen for each pixel of its size
 * @returns {{textOf: function(number): string, note: string|null, size: number}|null} null where none fits
 */
export function fitting(forms, inSight, { cellWidth, cellHeight }, widthOf) {
  const largest = Math.min(cellHeight - 3, Math.max(USUAL, Math.min(LARGEST, cellHeight * 0.22)));
  if (largest < LEAST) return null;
  for (const form of forms) {
    const widest = widestOf([form.largest, ...[...inSight].map(form.textOf)], widthOf);
    const size = Math.min(largest, (cellWidth - AIR) / widest);
    if (size >= LEAST) return { ...form, size };
  }
  return null;
}

function widestOf(texts, widthOf) {
  const most = texts.reduce((length, text) => Math.max(length, text.length), 0);
  const long = new Set(texts.filter((text) => text.length >= most - 1));
  return Math.max(0.1, ...Array.from(long).slice(0, 200).map(widthOf));
}

/**
 * @param {number} value a count, or a sum of weights
 * @returns {string} of four characters at most, such as "1.1k"
 */
export function shortCount(value) {
  const units = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""]];
  // What rounds to a thousand is one of the next unit.
  const [unit, name] = units.find(([size]) => value >= size * 0.9995) ?? [1, ""];
  const shown = value / unit;
  return `${shown.toFixed(shown < 9.95 && (name || !Number.isInteger(shown)) ? 1 : 0)}${name}`;
}

/**
 * @param {number} rate
 * @returns {string} neither 0 for what is there nor 100 for what is not all
 */
export function wholePercent(rate) {
  if (rate > 0 && rate < 0.005) return "<1";
  return String(rate < 1 ? Math.min(99, Number(inPercent(rate, 0))) : 100);
}

function thinPercent(rate) {
  return percent(rate).replace(" ", "\u2009");
}
