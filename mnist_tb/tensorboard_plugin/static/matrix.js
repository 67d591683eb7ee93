/**
 * The arithmetic of confusion matrices. Pure functions; a matrix holds its non-zero cells alone, so that 10,000
 * classes cost no more than their samples. True classes are on the rows.
 *
 * @typedef {Object} Matrix
 * @property {number} size classes
 * @property {Int32Array} rows true class of each non-zero cell, ascending
 * @property {Int32Array} columns predicted class of each, ascending within a row
 * @property {Float64Array} values counts of each
 * @property {Int32Array} rowStart where each row begins among the cells; one longer than there are rows
 * @property {Float64Array} rowSums samples of each true class
 * @property {Float64Array} columnSums predictions of each class
 * @property {number} total
 * @property {Matrix} [confidence] the sums of the confidences of its cells, where these are known
 * @property {Matrix} [rejected] the answers that a threshold leaves out
 */

/**
 * @param {number} size
 * @param {Array<number>|null} indices of the non-zero cells, row after row, ascending; null if `values` holds all cells
 * @param {Array<number>} values of those cells
 * @returns {Matrix}
 */
export function makeMatrix(size, indices, values) {
  indices ??= Array.from(values.keys());
  if (values.includes(0)) { // among weighted samples, some weigh nothing
    indices = indices.filter((_, k) => values[k] !== 0);
    values = values.filter((value) => value !== 0);
  }
  const rows = Int32Array.from(indices, (index) => Math.floor(index / size));
  const columns = Int32Array.from(indices, (index) => index % size);
  const [rowSums, columnSums] = [new Float64Array(size), new Float64Array(size)];
  const rowStart = new Int32Array(size + 1);
  let total = 0;
  values.forEach((value, k) => {
    rowSums[rows[k]] += value;
    columnSums[columns[k]] += value;
    rowStart[rows[k] + 1] = k + 1;
    total += value;
  });
  for (let row = 1; row <= size; row++) rowStart[row] = Math.max(rowStart[row], rowStart[row - 1]);
  return { size, rows, columns, values: Float64Array.from(values), rowStart, rowSums, columnSums, total };
}

/**
 * @param {Matrix} matrix
 * @returns {number} all of it, with what a threshold leaves out
 */
export function wholeOf({ total, rejected }) {
  return total + (rejected?.total ?? 0);
}

/**
 * @param {Matrix} matrix
 * @param {number} row true class
 * @param {number} column predicted class
 * @returns {number} the count of a cell
 */
export function at(matrix, row, column) {
  let [low, high] = [matrix.rowStart[row], matrix.rowStart[row + 1] - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (matrix.columns[middle] === column) return matrix.values[middle];
    if (matrix.columns[middle] < column) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}

/**
 * @param {Matrix} matrix
 * @param {"count"|"true"|"pred"|"all"|"confidence"} how "true" divides by the row, "pred" by the column, "all" by
 * everything; "confidence" is the mean of the cell's answers
 * @returns {function(number, number, number, number): number} (row, column, count, k) → what the k-th cell shows
 */
function rating(matrix, how) {
  const share = (value, whole) => (whole > 0 ? value / whole : 0);
  if (how === "confidence") return (_row, _column, value, k) => matrix.confidence.values[k] / value;
  if (how === "true") return (row, _, value) => share(value, matrix.rowSums[row]);
  if (how === "pred") return (_, column, value) => share(value, matrix.columnSums[column]);
  if (how === "all") return (_row, _column, value) => share(value, matrix.total);
  return (_row, _column, value) => value;
}

/**
 * What is shown of each non-zero cell.
 * @returns {{rows: Int32Array, columns: Int32Array, values: Float64Array}}
 */
export function shownValues(matrix, how) {
  const rate = rating(matrix, how);
  const values = matrix.values.map((value, k) => rate(matrix.rows[k], matrix.columns[k], value, k));
  return { rows: matrix.rows, columns: matrix.columns, values };
}

/**
 * The signed difference of two matrices of the same classes, first − second, where it is not zero. Mean confidences
 * differ where both have answers.
 * @returns {{rows: Int32Array, columns: Int32Array, values: Float64Array}}
 */
export function difference(first, second, how) {
  const [a, b] = [shownValues(first, how), shownValues(second, how)];
  const [rows, columns, values] = [[], [], []];
  const place = (cells, k) => (k < cells.rows.length ? cells.rows[k] * first.size + cells.columns[k] : Infinity);
  for (let i = 0, j = 0; i < a.rows.length || j < b.rows.length; ) {
    const [inFirst, inSecond] = [place(a, i), place(b, j)];
    const cell = Math.min(inFirst, inSecond);
    const isOfBoth = inFirst === inSecond || how !== "confidence";
    const value = (inFirst === cell ? a.values[i++] : 0) - (inSecond === cell ? b.values[j++] : 0);
    if (value === 0 || !isOfBoth) continue;
    rows.push(Math.floor(cell / first.size));
    columns.push(cell % first.size);
    values.push(value);
  }
  return { rows: Int32Array.from(rows), columns: Int32Array.from(columns), values: Float64Array.from(values) };
}

/**
 * The numbers of every class. What has no denominator is NaN.
 * @param {Matrix} matrix
 * @returns {{support: Float64Array, predicted: Float64Array, recall: Float64Array, precision: Float64Array,
 *   f1: Float64Array}}
 */
export function classNumbers(matrix) {
  const correct = Float64Array.from({ length: matrix.size }, (_, i) => at(matrix, i, i));
  const share = (value, whole) => (whole > 0 ? value / whole : NaN);
  return {
    support: matrix.rowSums,
    predicted: matrix.columnSums,
    recall: correct.map((value, i) => share(value, matrix.rowSums[i])),
    precision: correct.map((value, i) => share(value, matrix.columnSums[i])),
    f1: correct.map((value, i) => share(2 * value, matrix.rowSums[i] + matrix.columnSums[i])),
  };
}

/**
 * The numbers that sum a matrix up; means are over the classes that have the number.
 * @param {Matrix} matrix
 * @returns {{accuracy: number, balanced: number, macroF1: number}}
 */
export function summaryOf(matrix) {
  const { recall, f1 } = classNumbers(matrix);
  const mean = (values) => {
    const known = values.filter((value) => !Number.isNaN(value));
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  let correct = 0;
  for (let index = 0; index < matrix.size; index++) correct += at(matrix, index, index);
  return { accuracy: correct / matrix.total, balanced: mean(recall), macroF1: mean(f1) };
}

/**
 * The mistakes that are made most.
 * @param {Matrix} matrix
 * @returns {Array<{true: number, predicted: number, count: number, rate: number}>} most first
 */
export function confusedPairs(matrix) {
  const pairs = [];
  matrix.values.forEach((value, k) => {
    const [row, column] = [matrix.rows[k], matrix.columns[k]];
    if (row !== column) pairs.push({ true: row, predicted: column, count: value, rate: value / matrix.rowSums[row] });
  });
  return pairs.sort((a, b) => b.count - a.count || b.rate - a.rate || a.true - b.true || a.predicted - b.predicted);
}

/**
 * How much more there is of a pair than in another matrix.
 * @param {Matrix} other
 * @param {boolean} asRate of the true class, as counts of totals that differ say nothing
 * @returns {function(Object): number} of a pair, as `confusedPairs` gives them
 */
export function changeFrom(other, asRate) {
  if (!asRate) return (pair) => pair.count - at(other, pair.true, pair.predicted);
  return (pair) => pair.rate - at(other, pair.true, pair.predicted) / other.rowSums[pair.true];
}

/**
 * Pairs in another order, largest first; equal ones stay as they were.
 * @param {Array<Object>} pairs as `confusedPairs` gives them
 * @param {"count"|"rate"|"change"} by
 * @param {function(Object): number} [change] of a pair; without one they can't be sorted by it
 * @returns {Array<Object>}
 */
export function sortedPairs(pairs, by, change) {
  const value = { rate: (pair) => pair.rate, change }[by];
  if (!value) return pairs;
  const order = (pair) => (Number.isNaN(value(pair)) ? -Infinity : value(pair)); // B has no sample of that class
  return [...pairs].sort((a, b) => order(b) - order(a) || 0);
}

/**
 * What a class is predicted as when that is wrong, and what is wrongly predicted as the class; most first.
 * @param {Array<Object>} pairs all of them, as `confusedPairs` gives them
 * @param {number} index
 * @returns {{predictedAs: Array<Object>, from: Array<Object>}}
 */
export function confusionsOf(pairs, index) {
  return {
    predictedAs: pairs.filter((pair) => pair.true === index),
    from: pairs.filter((pair) => pair.predicted === index),
  };
}
