/** What a threshold leaves without an answer: a column of its own, to the right of the matrix. */

import { FONT, write } from "./canvas_text.js";
import { differenceForms, fitting, formsOf } from "./cell_text.js";
import { colorOf, inkOn, toneOf } from "./colors.js";
import { rejectedText } from "./format.js";
import { inSight } from "./geometry.js";
import { paintTones } from "./tones.js";

/** Stands for the column where a class is asked for. */
export const REJECTED = -1;
/** Its name. */
export const NO_PREDICTION = "no prediction";
const LEGIBLE = 12; // pixels of a cell's height from which there may be a number in it
const DOT = 2; // pixels of the screen that a cell has at least
const GRID = 7; // pixels of a cell's height from which lines are between the cells

/**
 * @typedef {Object} Column
 * @property {Float64Array} values by class
 * @property {function(number): Array<import("./cell_text.js").Form>} formsFor the value at the end of the scale
 */

/**
 * @param {import("./matrix.js").Matrix} matrix that a threshold has left
 * @param {"count"|"true"|"pred"|"all"|"confidence"} how
 * @returns {Float64Array} what is shown of the answers of each true class that are left out. Their share of the row is
 * one of all samples of the class, while the shares of the cells are those of the answers.
 */
export function rejectedValues({ rejected, rowSums, total }, how) {
  const share = {
    count: () => 1,
    true: (row) => rejected.rowSums[row] + rowSums[row],
    pred: () => rejected.total,
    all: () => rejected.total + total,
  }[how];
  if (share) return rejected.rowSums.map((value, row) => value / share(row) || 0);
  return rejected.rowSums.map((value, row) => rejected.confidence.rowSums[row] / value || 0);
}

/**
 * @param {import("./matrix.js").Matrix} matrix that a threshold has left
 * @param {number} row
 * @param {string} name of the class
 * @returns {string} how many of its samples have no prediction
 */
export function restOf({ rejected, rowSums }, row, name) {
  return rejectedText(rejected.rowSums[row], rejected.rowSums[row] + rowSums[row], name);
}

/**
 * @param {Array<import("./matrix.js").Matrix>} matrices one, or two whose difference is shown
 * @param {string} how see `rejectedValues`
 * @returns {Column|null} null where there is no threshold
 */
export function rejectedColumn(matrices, how) {
  if (!matrices.every(({ rejected }) => rejected)) return null;
  const [first, second] = matrices.map((matrix) => rejectedValues(matrix, how));
  const values = second ? first.map((value, row) => value - second[row]) : first;
  const cells = { rows: values.map((_, row) => row), values };
  const make = second ? differenceForms : formsOf;
  const isShort = ({ note }) => note === null; // or it would be a share of the answers
  const formsFor = (most) => make(second ? matrices : matrices[0], cells, how, most).filter(isShort);
  return { values, formsFor };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ReturnType<import("./geometry.js").layOut>} layout
 * @param {import("./paint.js").Picture} picture
 * @param {number} density pixels of the screen in one of the page
 */
export function paintRejected(context, layout, picture, density) {
  const { rejected: place, top, height, cellHeight } = layout;
  if (!place || !picture.rejected) return;
  const { theme, hover } = picture;
  const rows = inSight(layout, picture.size, "row");
  paintColumn(context, layout, picture, density);
  context.strokeStyle = theme.card;
  context.lineWidth = 1;
  context.beginPath();
  for (const [, y] of cellHeight >= GRID ? rows.slice(1) : []) {
    context.moveTo(place.left, Math.round(y - cellHeight / 2) - 0.5);
    context.lineTo(place.left + place.width, Math.round(y - cellHeight / 2) - 0.5);
  }
  context.stroke();
  paintNumbers(context, layout, picture, rows);
  context.strokeStyle = theme.line;
  context.strokeRect(place.left - 0.5, top - 0.5, place.width + 1, height + 1);
  const style = { color: hover.rejected ? theme.ink : theme.faint, font: `11px ${FONT}`, align: "center" };
  write(context, NO_PREDICTION, place.left + place.width / 2, top - 8, style);
  const marked = hover.rejected && rows.find(([row]) => row === hover.row);
  if (!marked) return;
  context.strokeStyle = theme.ink;
  context.strokeRect(place.left, marked[1] - cellHeight / 2, place.width, cellHeight);
}

/** Where cells are smaller than pixels, the strongest of those that share one. */
function paintColumn(context, layout, { theme, rejected, size }, density) {
  const { zoom, top, height, rejected: place } = layout;
  const pixels = Math.max(1, Math.min(Math.round(zoom.span), Math.floor((height * density) / DOT)));
  const tones = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const row = (at) => Math.min(size, Math.round(zoom.row + (at * zoom.span) / pixels));
    tones[i] = Math.max(0, ...rejected.tones.subarray(row(i), row(i + 1)));
  }
  const colors = { map: theme.neutral, seen: (tone) => tone };
  paintTones(context, tones, 1, pixels, [place.left, top, place.width, height], colors);
}

function paintNumbers(context, layout, { theme, rejected }, rows) {
  if (layout.cellHeight < LEGIBLE) return;
  context.font = `10px ${FONT}`;
  const box = { cellWidth: layout.rejected.width, cellHeight: layout.cellHeight };
  const some = rows.filter(([row]) => rejected.tones[row] !== 0);
  const widthOf = (text) => context.measureText(text).width / 10;
  const form = fitting(rejected.forms, some.map(([row]) => rejected.classes[row]), box, widthOf);
  const x = layout.rejected.left + layout.rejected.width / 2;
  for (const [row, y] of form ? some : []) {
    const color = inkOn(colorOf(theme.neutral, rejected.tones[row]));
    const style = { color, font: `${form.size}px ${FONT}`, align: "center" };
    write(context, form.textOf(rejected.classes[row]), x, y + 0.5, style);
  }
}

/**
 * @param {Column} column
 * @param {Array<number>} order of the classes
 * @param {import("./scale.js").Scale} scale
 * @returns {{classes: Array<number>, tones: Float32Array, forms: Array}} what `paintRejected` draws
 */
export function pictureOfRejected({ values, formsFor }, order, scale) {
  const tones = Float32Array.from(order, (index) => Math.abs(toneOf(values[index], scale)));
  return { classes: order, tones, forms: formsFor(scale.most) };
}
