/**
 * What can be taken away: the matrix as CSV, the picture as PNG, the view as JSON. While an epoch is on its way the one
 * before is shown, and it is the one that is taken: `raw.step`.
 */

import { csv, fileName, label } from "./format.js";
import { toParams } from "./link.js";
import { at, difference } from "./matrix.js";
import { numbersOf, pairsOf, totalsOf } from "./view.js";

const DENSE = 400; // classes up to which JSON holds the matrix in full; else its cells that are not zero

/**
 * @typedef {Object} File
 * @property {string} name
 * @property {Blob} blob
 */

/**
 * The counts of the classes that are shown, in their order; or their difference, if that is shown.
 * @param {Object} view
 * @returns {File}
 */
export function matrixAsCsv(view) {
  const { a, b, order, names, state } = view;
  const second = state.mode === "difference" && view.sameClasses ? b?.matrix : null;
  const value = (i, j) => at(a.matrix, order[i], order[j]) - (second ? at(second, order[i], order[j]) : 0);
  const text = csv(order.map((index) => names[index]), value);
  return { name: fileName(a.name, a.raw.step, "csv"), blob: new Blob([text], { type: "text/csv;charset=utf-8" }) };
}

/**
 * The heat maps as they are on the screen, with a line that says what they are.
 * @param {Object} view
 * @param {Array<{canvas: HTMLCanvasElement, element: HTMLElement}>} maps
 * @returns {Promise<File>}
 */
export async function pictureAsPng({ a, b, state, theme }, maps) {
  const density = window.devicePixelRatio || 1;
  const places = maps.map((map) => map.element.getBoundingClientRect());
  const [left, top] = [Math.min(...places.map((box) => box.left)), Math.min(...places.map((box) => box.top))];
  const right = Math.max(...places.map((box) => box.right));
  const bottom = Math.max(...places.map((box) => box.bottom));
  const line = 28;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: (right - left) * density, height: (bottom - top + line) * density });
  const context = canvas.getContext("2d");
  context.scale(density, density);
  context.fillStyle = theme.card;
  context.fillRect(0, 0, right - left, bottom - top + line);
  context.fillStyle = theme.ink;
  context.font = "14px Roboto, Arial, sans-serif";
  context.textBaseline = "middle";
  context.fillText(titleOf(a, b, state), 10, line / 2);
  maps.forEach((map, i) => {
    const { left: x, top: y, width, height } = places[i];
    context.drawImage(map.canvas, x - left, y - top + line, width, height);
  });
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  return { name: fileName(a.name, a.raw.step, "png"), blob };
}

function titleOf(a, b, { mode }) {
  const name = (side) => `${label(side.name, 60)} ${side.info.split}, epoch ${side.raw.step}`;
  if (!b?.raw) return name(a);
  return `${name(a)} ${mode === "difference" ? "−" : "|"} ${name(b)}`;
}

/**
 * @param {Object} view
 * @returns {File}
 */
export function viewAsJson(view) {
  const { a, b, state, names, order, sameClasses, weighted } = view;
  const content = {
    view: toParams(state),
    weighted,
    rows: "true classes",
    class_names: names,
    order,
    ...describe(a),
    ...(b?.matrix ? { compared_with: { class_names: b.info.class_names, ...describe(b) } } : {}),
    ...(b?.matrix && sameClasses ? { difference: cellsOf(difference(a.matrix, b.matrix, "count")) } : {}),
  };
  const plain = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value, finite) : value);
  const text = JSON.stringify(content, plain, 1);
  return { name: fileName(a.name, a.raw.step, "json"), blob: new Blob([text], { type: "application/json" }) };
}

function describe({ info, raw, matrix }) {
  const { size } = matrix;
  const rows = Array.from({ length: size }, (_, row) => row);
  const counts = size > DENSE ? null : rows.map((row) => rows.map((column) => at(matrix, row, column)));
  const numbers = { ...totalsOf(matrix), classes: numbersOf(matrix), most_confused: pairsOf(matrix).slice(0, 100) };
  return { run: info.run, step: raw.step, ...(counts ? { matrix: counts } : { cells: cellsOf(matrix) }), ...numbers };
}

function cellsOf({ rows, columns, values }) {
  return { true: rows, predicted: columns, count: values };
}

function finite(value) {
  return Number.isFinite(value) ? value : null;
}

/**
 * Hand a file to the user.
 * @param {File} file
 */
export function download({ name, blob }) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
