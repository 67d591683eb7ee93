/** A class: its numbers, how they moved over the epochs, and what it is confused with. */

import { closeButton } from "./cell_detail.js";
import { lineChart } from "./charts.js";
import { button, h, note, onlyWhenChanged, replace } from "./dom.js";
import { count, label, overEpochs, percent, points, signed } from "./format.js";
import { changeFrom, confusionsOf } from "./matrix.js";
import { pairTable } from "./pairs.js";
import { domainOf } from "./steps.js";
import { numbersOf, pairsOf, runVersion } from "./view.js";
import { word } from "./words.js";

const MOST = 15;
const FIGURES = [
  ["support", "support", count, signed],
  ["recall", "recall", percent, points],
  ["precision", "precision", percent, points],
  ["f1", "F1", percent, points],
];
const VIEWS = [["calibration", "Calibration"], ["curves", "Curves"]];
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
      const { a, names, state, ask, unequal } = view;
      const b = view.sameClasses && view.b?.step !== null ? view.b : null;
      changed([a.matrix, b?.matrix, unequal, state.class, names], () => {
        replace(head, ...headOf(view, b, act));
        replace(lists, ...listsOf(view, b, act));
      });
      if (a.step === null) return;
      const answers = [a, b].map((side) => {
        const query = side && { run: side.info.run, class: side.own(state.class) };
        return side && ask("class", query, runVersion(side.info)).value;
      });
      const parts = [...answers, a.step, view.theme, view.weighted, view.shared, view.limit?.threshold];
      chartChanged(parts, () => replace(chart, ...chartOf(view, answers, act)));
    },
  };
}

function headOf({ a, names, state: { class: index } }, b, act) {
  const title = h("h2", {}, h("bdi", { text: label(names[index], 80) }));
  const sides = [a, b].filter((side) => side?.matrix).map((side) => numbersOf(side.matrix));
  const figure = ([key, text, format, change]) => {
    const values = sides.map((numbers) => numbers[key][index]);
    const shown = values.map((value, i) => h("dd", { class: sides.length > 1 ? "ab"[i] : null, text: format(value) }));
    const difference = sides.length > 1 && h("dd", { class: "faint", text: change(values[0] - values[1]) });
    return h("div", {}, h("dt", {}, word(key, text)), ...shown, difference);
  };
  const open = ([list, text]) => button({ class: "quiet", text, key: list, onclick: () => act.set({ list }) });
  return [
    h("div", { class: "title" }, title, closeButton(act)),
    a.info.has_confidences && h("div", { class: "row" }, ...VIEWS.map(open)),
    h("dl", { class: sides.length > 1 ? "figures two" : "figures" }, ...FIGURES.map(figure)),
  ];
}

function chartOf(view, answers, act) {
  const { a } = view;
  const [answer, other] = answers;
  if (!answer || answer.steps.length < 2) return [];
  const curves = (from, rest) =>
    CURVES.map(([key, text, color]) => ({ label: text, color, steps: from.steps, values: from[key], ...rest }));
  const series = curves(answer, {});
  const others = other ? curves(other, { dashed: true }).map((one) => ({ ...one, label: `${one.label} of B` })) : [];
  const domain = domainOf(answer.steps, other?.steps ?? []);
  const title = overEpochs("The class over epochs", view);
  const marks = [{ step: a.step, color: "var(--faint)" }];
  const said = overEpochs(other ? "B dashed" : "", view).split(", ").filter(Boolean);
  const key = (one) => {
    const swatch = h("span", { class: "swatch" });
    swatch.style.background = one.color;
    return h("span", {}, swatch, one.label);
  };
  return [
    lineChart({ label: title, series: [...others, ...series], domain, marks, format: percent, onPick: act.showStep }),
    h("div", { class: "keys" }, ...series.map(key), ...said.map((text) => h("span", { text }))),
  ];
}

function listsOf({ a, names, state, unequal }, b, act) {
  const change = b?.matrix ? changeFrom(b.matrix, unequal) : undefined;
  const { predictedAs, from } = confusionsOf(pairsOf(a.matrix), state.class);
  const name = h("bdi", { text: label(names[state.class], 30) });
  const list = (pairs, title, key) =>
    pairTable(pairs.slice(0, MOST), names, act, { change, unequal, title, text: (pair) => label(names[pair[key]]) });
  return [
    h("h3", {}, name, " is predicted as"),
    predictedAs.length ? list(predictedAs, "predicted", "predicted") : note("nothing else at this epoch"),
    h("h3", {}, "Wrongly predicted as ", name.cloneNode(true)),
    from.length ? list(from, "true", "true") : note("nothing else at this epoch"),
  ];
}
