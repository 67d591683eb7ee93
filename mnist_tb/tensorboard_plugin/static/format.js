/** Numbers and texts as they stand in the tab. Pure functions of text and numbers. */

// Controls would break a line apart, and marks of writing direction would turn a text around. The joiners U+200C and
// U+200D stay: Persian and emoji of families are written with them.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
// Hebrew, Arabic and other scripts from right to left.
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const isolated = (text) => (RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text); // or "a → b" reads "b → a"

/**
 * @param {string} name
 * @param {string} search what was typed
 * @returns {boolean} whether the name has it in it, in any case
 */
export function isFound(name, search) {
  return name.toLowerCase().includes(search.trim().toLowerCase());
}

/**
 * What is drawn over the epochs counts each sample once, and those of all classes of a run, also where the numbers
 * beside it go by the weights, are of the classes alone that two runs share, or of what a threshold leaves.
 * @param {string} title
 * @param {{weighted: boolean, shared: Object|null, limit: Object|null}} view
 * @returns {string}
 */
export function overEpochs(title, { weighted, shared, limit }) {
  const isLimited = (limit?.threshold ?? null) !== null;
  const parts = [title, weighted && "unweighted", shared && "all classes", isLimited && "without threshold"];
  return parts.filter(Boolean).join(", ");
}

/**
 * A name from an event file, fit to stand in a line, which it does not turn around if it is written from right to left.
 * @param {string} name
 * @param {number} most characters; what is longer loses its middle
 * @returns {string}
 */
export function label(name, most = 120) {
  const clean = String(name).replace(UNSEEN, "\u00b7");
  if (/^[\s\u200c\u200d]*$/.test(clean)) return "(no name)";
  const letters = Array.from(clean);
  if (letters.length <= most) return isolated(clean);
  const head = Math.ceil((most - 1) * 0.6);
  return isolated(`${letters.slice(0, head).join("")}…${letters.slice(letters.length - (most - 1 - head)).join("")}`);
}

const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 }); // made once: a map writes thousands

/**
 * @param {number} value a count, or a sum of weights
 * @returns {string} such as "12,345"
 */
export function count(value) {
  return COUNT.format(value);
}

/**
 * @param {number} rate
 * @param {number} digits after the point
 * @returns {string} such as "3.8": halves are rounded up, though 0.6335 × 100 is 63.349999999999994 for a computer
 */
export function inPercent(rate, digits) {
  return (rate * 100 + Math.sign(rate) * 1e-9).toFixed(digits);
}

/**
 * @param {number|null} rate in [0, 1]; null or NaN where there is none
 * @param {number} digits after the point
 * @returns {string} such as "3.8 %"
 */
export function percent(rate, digits = 1) {
  return Number.isFinite(rate) ? `${inPercent(rate, digits)} %` : "–";
}

/**
 * @param {number} value a probability
 * @returns {string} such as "3.8 %", and "< 0.1 %" or "> 99.9 %" for what would be rounded to certainty
 */
export function probabilityText(value) {
  if (value < 0.0005) return "< 0.1 %";
  return value >= 0.9995 ? "> 99.9 %" : percent(value);
}

/**
 * @param {number|null} rate in [0, 1]; null or NaN where there is none
 * @returns {string} such as "3.8", where % is said elsewhere
 */
export function tenths(rate) {
  return Number.isFinite(rate) ? inPercent(rate, 1) : "–";
}

/**
 * @param {boolean|number|string|null} value of a hyperparameter; null where there is none
 * @returns {string} such as "0.001", "1e-5", "128", "adam"
 */
export function hparamText(value) {
  if (typeof value !== "number") return (value ?? "") === "" ? "" : label(value, 14);
  const isLarge = Math.abs(value) >= 1e9;
  if (Number.isInteger(value) && !isLarge) return String(value);
  const short = Number(value.toPrecision(4)); // 0.001 of float32 is 0.0010000000474974513
  return Math.abs(short) < 1e-3 || isLarge ? short.toExponential().replace("+", "") : String(short);
}

/**
 * What is said of predictions that no matrix can hold.
 * @param {number} counted samples in the matrix
 * @param {number} nonfinite samples that were predicted as NaN or infinite
 * @returns {string} empty if there are none
 */
export function lostText(counted, nonfinite) {
  if (!nonfinite) return "";
  const all = count(counted + nonfinite);
  if (counted === 0) return `All ${all} predictions are NaN or infinite: the model has diverged.`;
  return `${count(nonfinite)} left out: NaN or infinite, of ${all} predictions. The model may be diverging.`;
}

/**
 * @param {number} value
 * @returns {string} with its sign, a real minus, and nothing for zero
 */
export function signed(value, format = count) {
  if (value === 0) return "±0";
  return `${value > 0 ? "+" : "−"}${format(Math.abs(value))}`;
}

/**
 * @param {number} change of a rate
 * @returns {string} in percentage points, such as "+1.2"
 */
export function points(change) {
  return Number.isFinite(change) ? signed(Number(inPercent(change, 2)), (value) => value.toFixed(2)) : "–";
}

/**
 * What a cell says: "37 of 980 true 4 were predicted as 9, 3.8 %".
 * @param {number} cell samples in the cell
 * @param {number} support samples of the true class
 * @param {string} trueName
 * @param {string|null} predictedName null for the true class itself
 * @returns {string}
 */
export function cellText(cell, support, trueName, predictedName) {
  if (support === 0) return `No sample is a true ${label(trueName)}`;
  const as = predictedName === null ? "correctly" : `as ${label(predictedName)}`;
  const verb = cell === 1 ? "was" : "were";
  const who = `${count(cell)} of ${count(support)} true ${label(trueName)}`;
  return `${who} ${verb} predicted ${as}, ${percent(cell / support)}`;
}

/**
 * What is said of the answers of a class that a threshold leaves out: "24 of 209 true 2 have no prediction, 11.5 %".
 * @param {number} rejected
 * @param {number} support samples of the class
 * @param {string} name
 * @returns {string}
 */
export function rejectedText(rejected, support, name) {
  if (support === 0) return `No sample is a true ${label(name)}`;
  const who = `${count(rejected)} of ${count(support)} true ${label(name)}`;
  return `${who} ${rejected === 1 ? "has" : "have"} no prediction, ${percent(rejected / support)}`;
}

/**
 * @param {[number, number]|null} interval of a rate
 * @returns {string} such as " (9.2 to 18.2)"; nothing where there is none
 */
export function intervalText(interval) {
  return interval ? ` (${interval.map(tenths).join(" to ")})` : "";
}

/**
 * What a cell says about its column: "3.7 % of the 1,009 predicted as 9".
 * @returns {string}
 */
export function columnText(cell, predicted, predictedName) {
  if (predicted === 0) return "";
  return `${percent(cell / predicted)} of the ${count(predicted)} predicted as ${label(predictedName)}`;
}

/**
 * What a cell says about two matrices: "True 4 predicted as 9: 37 in A, 52 in B, 15 fewer in A".
 * @param {number} first the count in A, or the rate
 * @param {number} second that in B
 * @param {string|null} trueName null for a whole column
 * @param {string|null} predictedName null for the true class itself
 * @returns {string}
 */
export function differenceText(first, second, trueName, predictedName, asRate = false) {
  const change = first - second;
  const size = asRate ? `${points(Math.abs(change)).replace("+", "")} points` : count(Math.abs(change));
  const verdict = change === 0 ? "the same" : `${size} ${change > 0 ? "more" : asRate ? "less" : "fewer"} in A`;
  const as = predictedName === null ? "correctly" : `as ${label(predictedName)}`;
  const cell = trueName === null ? `Predicted ${as}` : `True ${label(trueName)} predicted ${as}`;
  const [inA, inB] = [first, second].map((value) => (asRate ? percent(value) : count(value)));
  return `${cell}: ${inA} in A, ${inB} in B${Number.isNaN(change) ? "" : `, ${verdict}`}`;
}

/**
 * What McNemar's test says: "Of the first 500 samples A alone is right on 7 and B alone on 19; chance explains that in
 * 3 of 100 cases (McNemar's test)."
 * @param {{tracked: number, alone: [number, number], p: number}} answer of /mcnemar
 * @returns {string}
 */
export function onlyOneRightText({ tracked, alone: [inA, inB], p }) {
  const first = `Of the first ${count(tracked)} samples`;
  if (inA + inB === 0) return `${first} A and B are right on the same ones.`;
  const cases = p < 0.01 ? `${Math.round(p * 1000)} of 1,000` : `${Math.round(p * 100)} of 100`;
  const share = p < 0.001 ? "less than 1 of 1,000" : cases;
  const alone = `A alone is right on ${count(inA)} and B alone on ${count(inB)}`;
  return `${first} ${alone}; chance explains that in ${share} cases (McNemar's test).`;
}

/**
 * The name of a run without what mnist_tb appends to it.
 * @param {string} run as TensorBoard calls it
 * @param {string} split
 * @returns {string}
 */
export function shortRun(run, split) {
  for (const tail of [`mnist_tb/${split}`, "mnist_tb"]) {
    if (run === tail) return ".";
    if (run.endsWith(`/${tail}`)) return run.slice(0, -tail.length - 1);
  }
  return run;
}

/**
 * A matrix as comma-separated values: names in the first row and column, true classes on the rows.
 * @param {string} head stands in the corner
 * @param {Array<string>} names in the order of the rows
 * @param {function(number, number): number} valueAt of the i-th row and the j-th column
 * @param {Array<string>} columns their names, in order
 * @returns {string}
 */
export function csv(head, names, valueAt, columns = names) {
  return csvRows([[head, ...columns], ...names.map((name, i) => [name, ...columns.map((_, j) => valueAt(i, j))])]);
}

/**
 * A table as comma-separated values.
 * @param {Array<Array<string|number>>} rows
 * @returns {string}
 */
export function csvRows(rows) {
  const field = (value) => (typeof value === "number" ? String(value) : csvField(value));
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

function csvField(text) {
  // A spreadsheet would run a name that begins like a formula; a plain number may keep its sign.
  const safe = /^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * A name for a file, from the name of a run.
 * @returns {string}
 */
export function fileName(run, step, ending) {
  const safe = run.replace(/[^\w.-]+/g, "-").replace(/^[-.]+|-+$/g, "");
  return `${safe || "run"}-epoch-${step}.${ending}`;
}
