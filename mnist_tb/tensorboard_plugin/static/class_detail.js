/** A class: its numbers, how they moved over the epochs, and what it is confused with. */

import { closeButton } from "./cell_detail.js";
import { lineChart } from "./charts.js";
import { h, note, onlyWhenChanged, replace } from "./dom.js";
import { count, label, overEpochs, percent } from "./format.js";
import { confusionsOf } from "./matrix.js";
import { pairTable } from "./pairs.js";
import { numbersOf, pairsOf, runVersion } from "./view.js";

const MOST = 15;
const CURVES = [
  ["recall", "recall (accuracy)", "var(--a)"],
  ["precision", "precision", "var(--b)"],
  ["f1", "F1", "var(--c)"],
];

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createClassDetail(act) {
  const [head, chart, lists] = [h("div"), h("div"), h("div")];
  const element = h("div", { class: "scroll detail" }, head, chart, lists);
  const [changed, chartChanged] = [onlyWhenChanged(), onlyWhenChanged()];
  return {
    element,
    render(view) {
      const { a, names, state, ask } = view;
      changed([a.matrix, state.class, names], () => {
        replace(head, ...headOf(view, act));
        replace(lists, ...listsOf(view, act));
      });
      if (a.step === null) return;
      const answer = ask("class", { run: a.info.run, class: state.class }, runVersion(a.info)).value;
      chartChanged([answer, a.step, view.theme, view.weighted], () => replace(chart, ...chartOf(view, answer, act)));
    },
  };
}

function headOf({ a, names, state }, act) {
  const numbers = numbersOf(a.matrix);
  const index = state.class;
  const number = (text, value) => h("div", {}, h("dt", { text }), h("dd", { text: value }));
  return [
    h("div", { class: "title" }, h("h2", {}, h("bdi", { text: label(names[index], 80) })), closeButton(act)),
    h(
      "dl",
      { class: "figures" },
      number("samples", count(numbers.support[index])),
      number("accuracy", percent(numbers.recall[index])),
      number("precision", percent(numbers.precision[index])),
      number("F1", percent(numbers.f1[index])),
    ),
  ];
}

function chartOf({ a, weighted }, answer, act) {
  if (!answer || answer.steps.length < 2) return [];
  const series = CURVES.map(([key, text, color]) => ({ label: text, color, steps: answer.steps, values: answer[key] }));
  const domain = [answer.steps[0], answer.steps[answer.steps.length - 1]];
  const title = overEpochs("The class over epochs", weighted);
  const marks = [{ step: a.step, color: "var(--faint)" }];
  const key = (one) => {
    const swatch = h("span", { class: "swatch" });
    swatch.style.background = one.color;
    return h("span", {}, swatch, one.label);
  };
  return [
    lineChart({ label: title, series, domain, marks, format: percent, onPick: act.showStep }),
    h("div", { class: "keys" }, ...series.map(key), weighted && h("span", { text: "unweighted" })),
  ];
}

function listsOf({ a, names, state }, act) {
  const { predictedAs, from } = confusionsOf(pairsOf(a.matrix), state.class);
  const name = h("bdi", { text: label(names[state.class], 30) });
  const list = (pairs, title, key) =>
    pairTable(pairs.slice(0, MOST), names, act, { title, text: (pair) => label(names[pair[key]]) });
  return [
    h("h3", {}, name, " is predicted as"),
    predictedAs.length ? list(predictedAs, "predicted", "predicted") : note("nothing else at this epoch"),
    h("h3", {}, "Wrongly predicted as ", name.cloneNode(true)),
    from.length ? list(from, "true", "true") : note("nothing else at this epoch"),
  ];
}
