/**
 * What can be taken away: the matrix as CSV, the picture as PNG and SVG, the view as JSON. While an epoch is on its way
 * the one before is shown, and it is the one that is taken: `raw.step`.
 */

import { drawFigure, layOutFigure, titlesOf } from "./figure.js";
import { csv, fileName } from "./format.js";
import { toParams } from "./link.js";
import { at, difference } from "./matrix.js";
import { NO_PREDICTION } from "./rejected.js";
import { SvgContext } from "./svg_context.js";
import { coverage } from "./tiles.js";
import { numbersOf, pairsOf, totalsOf } from "./view.js";

const DENSE = 400; // classes up to which JSON holds the matrix in full; else its cells that are not zero

/**
 * @typedef {Object} File
 * @property {string} name
 * @property {Blob} blob
 */

const SHARES = {
  true: " (share of true)",
  pred: " (share of predicted)",
  all: " (share of all)",
  confidence: " (mean confidence)",
};

/**
 * The numbers of the maps that are shown, in the order of their axes, one map under the other.
 * @param {Object} view
 * @param {Array<Object>} maps
 * @returns {File}
 */
export function matrixAsCsv(view, maps) {
  const { a, b, state } = view;
  const titles = titlesOf(view, maps);
  const text = maps.map((map, i) => {
    const { cells, rejected, order, names } = map.shown();
    const [size, rows, columns] = [names.length, cells.rows, cells.columns];
    const values = new Map(Array.from(cells.values, (value, k) => [rows[k] * size + columns[k], value]));
    const head = `${b?.matrix ? `${titles[i]}: ` : ""}true \\ predicted${SHARES[state.values] ?? ""}`;
    const valueAt = (row, column) => values.get(order[row] * size + order[column]) ?? 0;
    const shown = order.map((index) => names[index]);
    if (!rejected) return csv(head, shown, valueAt);
    const orRejected = (row, column) => (column < order.length ? valueAt(row, column) : rejected.values[order[row]]);
    return csv(head, shown, orRejected, [...shown, NO_PREDICTION]);
  });
  return csvFile(a.name, a.raw.step, text.join("\r\n"));
}

/**
 * @param {string} name of a run, and of what else is in the file
 * @param {number} step
 * @param {string} text comma-separated values
 * @returns {File}
 */
export function csvFile(name, step, text) {
  return { name: fileName(name, step, "csv"), blob: new Blob([text], { type: "text/csv;charset=utf-8" }) };
}

/**
 * @param {Object} view
 * @param {Array<Object>} maps
 * @returns {Promise<File>}
 */
export async function pictureAsPng(view, maps) {
  const figure = layOutFigure(maps);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: figure.width * figure.density, height: figure.height * figure.density });
  const context = canvas.getContext("2d");
  context.scale(figure.density, figure.density);
  drawFigure(context, figure, view, maps);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  return { name: fileName(view.a.name, view.a.raw.step, "png"), blob };
}

/**
 * @param {Object} view
 * @param {Array<Object>} maps
 * @returns {File}
 */
export function pictureAsSvg(view, maps) {
  const figure = layOutFigure(maps);
  const context = new SvgContext(figure.width, figure.height);
  drawFigure(context, figure, view, maps);
  const blob = new Blob([context.toString()], { type: "image/svg+xml" });
  return { name: fileName(view.a.name, view.a.raw.step, "svg"), blob };
}

/**
 * @param {Object} view
 * @returns {File}
 */
export function viewAsJson(view) {
  const { a, b, state, names, order, sameClasses, weighted, limit } = view;
  const content = {
    view: toParams(state),
    weighted,
    threshold: limit?.threshold ?? null,
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
  const left = matrix.rejected && { coverage: coverage(matrix), no_prediction: matrix.rejected.rowSums };
  const cells = counts ? { matrix: counts } : { cells: cellsOf(matrix) };
  return { run: info.run, step: raw.step, ...cells, ...left, ...numbers };
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
