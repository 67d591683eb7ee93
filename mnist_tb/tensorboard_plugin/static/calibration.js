/** Whether the answers are right as often as their confidence says. */

import { classChoice, confidencesOf, confidentSides, isAwaited } from "./confident.js";
import { chosenClass } from "./curves.js";
import { h, note, onlyWhenChanged, replace } from "./dom.js";
import { count, overEpochs, percent } from "./format.js";
import { historiesOf, historyChart } from "./history_chart.js";
import { reliability, verdictText } from "./reliability.js";
import { binText, reliabilityChart } from "./reliability_chart.js";
import { word } from "./words.js";

const FIGURES = [
  ["expected", "expected error", "calibrationError", 2],
  ["maximum", "maximum error", "maximumError", 1],
  ["confidence", "mean confidence", "confidence", 1],
  ["accuracy", "accuracy", "accuracy", 1],
];
const ERRORS = [
  ["expected_calibration_error", "Expected calibration error"],
  ["maximum_calibration_error", "Maximum calibration error"],
];

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createCalibration(act) {
  const [choice, body, charts] = [h("div", { class: "row" }), h("div"), h("div")];
  const element = h("div", { class: "scroll detail calibration" }, choice, body, charts);
  const changed = { choice: onlyWhenChanged(), body: onlyWhenChanged(), charts: onlyWhenChanged() };
  return {
    element,
    render(view) {
      const { names, weighted, shared } = view;
      const index = chosenClass(view);
      const { sides, missing } = confidentSides(view, index);
      changed.choice([names, index], () => replace(choice, classChoice(view, "all answers", index, act)));
      const answers = sides.map(({ side }) => confidencesOf(view, side));
      if (answers.some(isAwaited)) return;
      const parts = answers.flatMap(({ value, error }, i) => [value, error, sides[i].index]);
      changed.body([...parts, missing, weighted, shared], () => {
        replace(body, ...bodyOf(view, sides, answers), missing && note(missing));
      });
      const histories = historiesOf(view, sides);
      changed.charts([...histories, ...sides.map(({ side }) => side.step), weighted, shared], () => {
        replace(charts, ...ERRORS.flatMap((error) => historyChart(view, sides, histories, ...error, act)));
      });
    },
  };
}

function bodyOf(view, sides, answers) {
  const problem = answers.find(({ error }) => error);
  if (problem) return [note(problem.error, "problem")];
  const shown = sides.map((one, i) => ({ ...one, reliability: reliability(answers[i].value, one.index) }));
  if (shown.length === 0) return [];
  const isOfTwo = shown.length > 1;
  const keys = [isOfTwo && "A filled, B dashed", "shaded: from accuracy to confidence", "answers below, logarithmic"];
  return [
    ...shown.map((one) => verdict(one, isOfTwo)),
    reliabilityChart(shown),
    h("div", { class: "keys", text: overEpochs(keys.filter(Boolean).join("; "), view) }),
    h("dl", { class: isOfTwo ? "figures by-two two" : "figures by-two" }, ...FIGURES.map((one) => figure(shown, one))),
    ...shown.map((one) => worstText(one, isOfTwo)),
  ];
}

function verdict({ letter, reliability: found }, isOfTwo) {
  const tag = isOfTwo && h("span", { class: `letter ${letter.toLowerCase()}`, text: letter });
  return h("p", { class: "verdict" }, tag, h("span", { text: verdictText(found) }));
}

function figure(shown, [key, text, meaning, digits]) {
  const value = ({ letter, reliability: found }) =>
    h("dd", { class: shown.length > 1 ? letter.toLowerCase() : null, text: percent(found[key], digits) });
  return h("div", {}, h("dt", {}, word(meaning, text)), ...shown.map(value));
}

function worstText({ letter, reliability: { bins, worst } }, isOfTwo) {
  if (worst < 0) return null;
  const { count: number, ...bin } = bins[worst];
  const answers = `${count(number)} ${number === 1 ? "answer" : "answers"}`;
  return note(`${isOfTwo ? `${letter}: the` : "The"} maximum error is that of ${answers} with ${binText(bin)}.`);
}
