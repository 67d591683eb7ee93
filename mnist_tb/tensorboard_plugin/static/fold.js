/** A matrix of some classes, with one row and one column for all others. Pure functions. */

import { makeMatrix } from "./matrix.js";

/**
 * @param {import("./matrix.js").Matrix} matrix
 * @param {Array<number>} classes that keep their rows and columns
 * @returns {import("./matrix.js").Matrix} of one class more, in whose row and column the cells of all others are summed
 */
export function fold(matrix, classes) {
  const others = matrix.size;
  const place = new Int32Array(others).fill(others);
  for (const index of classes) place[index] = index;
  const cells = new Map();
  matrix.values.forEach((value, k) => {
    const cell = place[matrix.rows[k]] * (others + 1) + place[matrix.columns[k]];
    cells.set(cell, (cells.get(cell) ?? 0) + value);
  });
  const sorted = [...cells].sort(([first], [second]) => first - second);
  return makeMatrix(others + 1, sorted.map(([cell]) => cell), sorted.map(([, value]) => value));
}
