/** The edges of a heat map: recall at the right of each row with the class' support, precision under each column. */

import { FONT, write } from "./canvas_text.js";
import { wholePercent } from "./cell_text.js";
import { colorOf } from "./colors.js";
import { inPercent, signed } from "./format.js";
import { inSight, labelled } from "./geometry.js";

const SMALL = `11px ${FONT}`;
const NUMBER = 38; // pixels that a number takes at the right
const LEAST_COLUMN = 20; // pixels in which two digits have room
const LEAST_CHANGE = 0.02; // of recall that a bar of full length stands for: chance alone moves it by less

/**
 * @typedef {Object} Edges by position along the axis
 * @property {Array<number>} recall NaN where there is none
 * @property {Array<number>} precision
 * @property {Array<number>|null} support NaN where it is not of one class; null where the others are differences
 */

/**
 * @param {{recall: ArrayLike<number>, precision: ArrayLike<number>, support: ArrayLike<number>}} numbers of the classes
 * @param {Object|null} others those of B, if the difference is shown
 * @param {Array<number>} order of the classes
 * @param {number|null} rest stands for all classes that are not among them, and has no numbers of its own
 * @returns {Edges}
 */
export function edgesOf(numbers, others, order, rest = null) {
  const value = (name, index) => numbers[name][index] - (others ? others[name][index] : 0);
  const of = (name) => order.map((index) => (index === rest ? NaN : value(name, index)));
  return { recall: of("recall"), precision: of("precision"), support: others ? null : of("support") };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ReturnType<import("./geometry.js").layOut>} layout
 * @param {import("./paint.js").Picture} picture
 */
export function paintEdges(context, layout, picture) {
  if (!layout.edges || !picture.edges) return;
  paintBars(context, layout, picture);
  paintRecall(context, layout, picture);
  if (layout.cellWidth >= LEAST_COLUMN) paintPrecision(context, layout, picture);
}

function paintBars(context, layout, picture) {
  const { edges, theme, map } = picture;
  const [left, width] = [layout.end + NUMBER + 6, layout.edges.right - NUMBER - 8];
  const most = Math.max(edges.support ? 1 : LEAST_CHANGE, ...(edges.support ?? edges.recall).map(sizeOf));
  const thick = Math.max(1, Math.min(9, layout.cellHeight * 0.55));
  for (const [row, y] of inSight(layout, edges.recall.length, "row")) {
    const size = (edges.support ?? edges.recall)[row] / most || 0;
    context.fillStyle = edges.support ? theme.faint : `rgb(${colorOf(map, -0.6 * Math.sign(size)).join(" ")})`;
    context.globalAlpha = edges.support ? 0.45 : 1;
    // A difference begins in the middle, and goes to the right where A is better.
    const start = edges.support ? left : left + (width / 2) * (1 + Math.min(0, size));
    context.fillRect(start, y - thick / 2, Math.abs(size) * (edges.support ? width : width / 2), thick);
  }
  context.globalAlpha = 1;
  if (edges.support) write(context, "support", left, layout.top - 8, { color: theme.faint, font: SMALL });
}

function paintRecall(context, layout, picture) {
  const { edges, theme } = picture;
  const right = layout.end + NUMBER;
  const numbered = new Set(labelled(layout.zoom.row, layout.zoom.span, edges.recall.length, layout.cellHeight));
  for (const [row, y] of inSight(layout, edges.recall.length, "row")) {
    if (!numbered.has(row)) continue;
    const text = numberOf(edges.recall[row], edges.support !== null, 1);
    write(context, text, right, y, { ...styleOf(picture, "row", row), align: "right" });
  }
  write(context, "recall", right, layout.top - 8, { color: theme.faint, font: SMALL, align: "right" });
}

function paintPrecision(context, layout, picture) {
  const { edges, theme } = picture;
  const y = layout.top + layout.height + 10;
  const digits = layout.cellWidth >= (edges.support ? 27 : 33) ? 1 : 0;
  for (const [column, x] of inSight(layout, edges.precision.length, "column")) {
    const text = numberOf(edges.precision[column], edges.support !== null, digits);
    write(context, text, x, y, { ...styleOf(picture, "column", column), align: "center" });
  }
  write(context, "precision", layout.end + 8, y, { color: theme.faint, font: SMALL });
}

function styleOf({ hover, selected, theme }, axis, position) {
  const isMarked = hover[axis] === position || selected[axis] === position;
  return isMarked ? { color: theme.ink, font: `bold ${SMALL}` } : { color: theme.faint, font: SMALL };
}

function sizeOf(value) {
  return Number.isFinite(value) ? Math.abs(value) : 0;
}

function numberOf(rate, isRate, digits) {
  if (Number.isNaN(rate)) return "–";
  if (isRate) return digits ? inPercent(rate, digits) : wholePercent(rate);
  return signed(Number(inPercent(rate, digits)), (value) => value.toFixed(digits));
}
