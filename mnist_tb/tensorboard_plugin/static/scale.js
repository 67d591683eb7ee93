/** What the ends of the colour scale stand for. */

import { runVersion } from "./view.js";

/** Value, text and explanation of each choice. */
export const SCALES = [
  ["epoch", "This epoch", "Up to the largest cell of the epoch that is shown: colours can't be compared over time"],
  ["run", "The run", "Up to the largest cell of all epochs, of both runs where two are compared: colours stand still"],
  ["full", "0 to 100 %", "Up to all; where counts are shown, all is what the largest class has"],
];

/**
 * @typedef {Object} Scale
 * @property {number} most the value at the end of the map
 * @property {boolean} log
 * @property {number} unit the value at which a logarithm begins to bend, 1 for counts
 * @property {boolean} beyond whether there are larger values, which have the colour of the end
 */

/**
 * @param {Object} view
 * @param {Object} side of it
 * @returns {Object|undefined} the numbers of its run over the epochs, as soon as they are there
 */
export function overviewOf({ ask }, { info }) {
  return ask("overview", { run: info.run }, runVersion(info)).value;
}

/**
 * The largest cells of all epochs of the sides that are shown.
 * @param {Object} view
 * @returns {Array<Object|undefined>} of each side; undefined as long as they are not known
 */
export function largestOfRuns(view) {
  const { a, b, weighted } = view;
  const kind = weighted ? "weighted" : "counts";
  const sides = [a, b].filter((side) => side?.matrix);
  return sides.map((side) => overviewOf(view, side)?.largest?.[kind]);
}

/**
 * @param {Object} view
 * @param {Array<{cells: Object, classes: Array<number>, matrices: Array<Object>}>} maps that share the scale
 * @param {Array<Object|undefined>} ofRuns as `largestOfRuns` gives them; without any, the epoch decides
 * @param {boolean} isDifference
 * @returns {Scale}
 */
export function scaleOf({ state }, maps, ofRuns, isDifference) {
  const shown = Math.max(0, ...maps.map(({ cells, classes }) => largestShown(cells, classes, state.diagonal)));
  const { values } = state;
  const isConfidence = values === "confidence"; // which may always be up to 1, and of which a logarithm tells nothing
  const log = state.log && !isConfidence;
  const ever = isConfidence && !isDifference ? 1 : (largestEver(state, ofRuns, isDifference) ?? shown);
  const most = { epoch: shown, run: ever, full: all(values, maps) }[state.scale];
  return { most, log, unit: values === "count" ? 1 : 0.001, beyond: shown > most };
}

/**
 * @param {{map: Object, scale: Scale, format: function(number): string}} shown a map
 * @returns {[string, string]} what stands at both ends of its colours
 */
export function endsOf({ map, scale, format }) {
  const most = `${format(scale.most).replace("+", "±")}${scale.beyond ? " or more" : ""}`;
  return map.diverging ? ["A − B: better", `worse, ${most}`] : ["0", most];
}

/** No difference of mistakes can be larger than the mistakes are; that of the diagonal may. */
function largestEver({ values, diagonal }, ofRuns, isDifference) {
  if (!ofRuns.length || ofRuns.some((largest) => !largest?.[values])) return null;
  return Math.max(...ofRuns.map((largest) => largest[values][diagonal && !isDifference ? 0 : 1]));
}

function all(values, maps) {
  if (values !== "count") return 1;
  const support = ({ rowSums }, classes) => largest(classes.map((index) => rowSums[index]));
  return Math.max(...maps.flatMap(({ matrices, classes }) => matrices.map((matrix) => support(matrix, classes))));
}

function largestShown({ rows, columns, values }, classes, diagonal) {
  const shown = new Set(classes);
  return largest(values, (k) => (diagonal || rows[k] !== columns[k]) && shown.has(rows[k]) && shown.has(columns[k]));
}

function largest(values, counts = () => true) {
  let most = 0;
  for (let k = 0; k < values.length; k++) if (Math.abs(values[k]) > most && counts(k)) most = Math.abs(values[k]);
  return most;
}
