/** How one number of A, and of B, moved over the epochs: what stands below the diagrams of confidence. */

import { lineChart } from "./charts.js";
import { h } from "./dom.js";
import { overEpochs, percent } from "./format.js";
import { domainOf } from "./steps.js";
import { runVersion } from "./view.js";

const COLORS = { A: "var(--a)", B: "var(--b)" };

/**
 * @param {Object} view
 * @param {Array<Object>} sides as `confidentSides` gives them
 * @returns {Array<Object|undefined>} the answers of /calibration; one and the same for two epochs of one run
 */
export function historiesOf({ ask }, sides) {
  return sides.map(({ side: { info }, index }) => {
    const of = index === null ? {} : { class: index };
    return ask("calibration", { run: info.run, ...of }, runVersion(info)).value;
  });
}

/**
 * @param {Object} view
 * @param {Array<Object>} sides
 * @param {Array<Object|undefined>} histories as `historiesOf` gives them
 * @param {string} key of the number
 * @param {string} text what it is called
 * @param {Object} act
 * @returns {Array<HTMLElement>} nothing where there are no two epochs
 */
export function historyChart(view, sides, histories, key, text, act) {
  const known = sides.map((one, i) => ({ ...one, ...histories[i] })).filter((one) => one[key]);
  const lines = known.filter((one, i) => i === 0 || one.side.info !== known[0].side.info);
  if (lines.length === 0 || lines[0].steps.length < 2) return [];
  const series = lines.map(({ letter, steps, [key]: values }) =>
    ({ label: letter, color: COLORS[letter], dashed: letter === "B", steps, values }));
  const marks = sides.map(({ side: { step }, letter }) => ({ step, color: COLORS[letter] }));
  const domain = domainOf(...lines.map(({ steps }) => steps));
  const label = overEpochs(`${text} over epochs`, view);
  const format = (value) => percent(value, 2);
  const options = { label, series: series.reverse(), domain, marks: marks.reverse(), format, onPick: act.showStep };
  return [h("h3", { text: label }), lineChart(options)];
}
