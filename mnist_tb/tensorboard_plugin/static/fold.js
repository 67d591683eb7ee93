/** A matrix whose classes have other places, or some of which are shown as one. Pure functions. */

import { makeMatrix } from "./matrix.js";

/**
 * @param {import("./matrix.js").Matrix} matrix
 * @param {Array<number>} classes that keep their rows and columns
 * @returns {import("./matrix.js").Matrix} of one class more, in whose row and column the cells of all others are summed
 */
export function fold(matrix, classes) {
  const place = new Int32Array(matrix.size).fill(matrix.size);
  for (const index of classes) place[index] = index;
  return foldBy(matrix, place, matrix.size + 1);
}

/**
 * @param {import("./matrix.js").Matrix} matrix
 * @param {ArrayLike<number>} place of each class in the new matrix, where cells that meet are summed; -1 leaves it out
 * @param {number} size of the new matrix
 * @returns {import("./matrix.js").Matrix}
 */
export function foldBy(matrix, place, size) {
  const parts = ["confidence", "rejected"].filter((name) => matrix[name]);
  const folded = parts.map((name) => [name, foldBy(matrix[name], place, size)]);
  const cells = new Map();
  matrix.values.forEach((value, k) => {
    const [row, column] = [place[matrix.rows[k]], place[matrix.columns[k]]];
    if (row < 0 || column < 0) return;
    const cell = row * size + column;
    cells.set(cell, (cells.get(cell) ?? 0) + value);
  });
  const sorted = [...cells].sort(([first], [second]) => first - second);
  const whole = makeMatrix(size, sorted.map(([cell]) => cell), sorted.map(([, value]) => value));
  return { ...whole, ...Object.fromEntries(folded) };
}
