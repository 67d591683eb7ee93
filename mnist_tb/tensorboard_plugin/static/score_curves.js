/** Precision-recall and ROC curves of the classes, and what a threshold trades on them. */

import { createClassThresholds } from "./class_thresholds.js";
import { classChoice, confidentSides, isAwaited } from "./confident.js";
import { placeOf } from "./confidences.js";
import { chosenClass } from "./curves.js";
import { h, note, onlyWhenChanged, replace, segments } from "./dom.js";
import { overEpochs, percent } from "./format.js";
import { historiesOf, historyChart } from "./history_chart.js";
import { keep } from "./keep.js";
import { areaUnder, averagePrecision, meanOf, meanTradeoff, tradeoff } from "./tradeoff.js";
import { cornerOfLines, tradeoffChart } from "./tradeoff_chart.js";
import { stepVersion } from "./view.js";
import { word } from "./words.js";

const AT_ONCE = 100; // classes whose scores come together
const KINDS = [
  ["pr", "PR", "Precision over recall"],
  ["roc", "ROC", "Recall over the share of false positives"],
];
const PARTS = [
  [false, "Corner", "The corner in which the curves are"],
  [true, "Whole", "Both axes from 0 to 100 %"],
];

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createScoreCurves(act) {
  const [choices, body, charts] = [h("div", { class: "row" }), h("div"), h("div")];
  const thresholds = createClassThresholds(act);
  const changed = { choices: onlyWhenChanged(), body: onlyWhenChanged(), charts: onlyWhenChanged() };
  const panel = { act, choices, body, charts, thresholds, changed, hasCorner: false };
  const element = h("div", { class: "scroll detail score-curves" }, choices, body, charts, thresholds.element);
  return { element, render: (view) => render(panel, { ...view, limit: null }) }; // curves are of all thresholds
}

function render(panel, view) {
  const { act, changed } = panel;
  const { names, state, weighted, shared } = view;
  const index = classOf(view);
  const { sides, missing } = confidentSides(view, index);
  const answers = sides.map((side) => scoresOf(view, side));
  if (answers.some(isAwaited)) return;
  const error = answers.find((answer) => answer.error)?.error ?? null;
  const known = error === null ? sides.map((side, i) => ({ ...side, ...tradeoffsOf(answers[i].value) })) : [];
  const how = [index, state.tradeoff, state.whole, state.threshold, state.positive, missing, error, weighted, shared];
  changed.body([...how, ...known.flatMap(({ all, index: own }) => [all, own])], () => {
    const lines = linesOf(view, index, known);
    panel.hasCorner = known.length > 0 && cornerOfLines(lines, state.tradeoff) > 0;
    replace(panel.body, error && note(error), missing && note(missing), ...bodyOf(view, index, lines, act));
  });
  changed.choices([names, index, state.tradeoff, state.whole, panel.hasCorner], () => {
    replace(panel.choices, ...choicesOf(view, index, panel.hasCorner, act));
  });
  panel.thresholds.element.hidden = known.length === 0;
  if (known.length > 0) panel.thresholds.render(view, known[0]);
  const histories = historiesOf(view, known);
  changed.charts([...histories, index, ...known.map(({ side }) => side.step), weighted, shared], () => {
    replace(panel.charts, ...historyCharts(view, index, known, histories, act));
  });
}

/** Of two classes it is the positive one that curves are of, unless the other one is chosen. */
function classOf(view) {
  return chosenClass(view) ?? (view.names.length === 2 ? view.state.positive : null);
}

function scoresOf({ ask }, { side: { info, step }, index }) {
  const of = info.class_names.length > AT_ONCE && index !== null ? { class: index } : {};
  return ask("scores", { run: info.run, step, ...of }, stepVersion(info, step));
}

/** The curves of an answer, made once: of all classes by their places, or of the one alone that was asked for. */
const tradeoffsOf = keep(({ edges, label, other }) => {
  const isOfAll = Array.isArray(label[0]);
  const [own, others] = isOfAll ? [label, other] : [[label], [other]];
  return { edges, isOfAll, all: own.map((counts, i) => tradeoff(counts, others[i])) };
});

/** Thin lines for the classes and a bold one for their mean, or a bold one for the class. */
function linesOf(view, index, known) {
  const { names, state } = view;
  const lines = known.map(({ letter, index: own, all, isOfAll, edges, side }) => {
    const line = (name, curve) => ({ name, letter, edges, curve, isThin: true, place: -1 });
    const place = state.threshold === null ? -1 : placeOf({ edges }, ofClass(view, index, state.threshold));
    const bold = (name, curve, curves) => ({ ...line(name, curve), curves, isThin: false, place });
    const mine = isOfAll ? all[own] : all[0];
    if (index !== null) return [bold(names[index], mine, [mine])];
    const thin = all.map((curve, i) => line(side.info.class_names[i], curve));
    return [...thin, bold("mean of the classes", meanTradeoff(all), all)];
  });
  const every = lines.reverse().flat(); // B beneath A, and what is thin beneath what is bold
  return [...every.filter(({ isThin }) => isThin), ...every.filter(isBold)];
}

function isBold({ isThin }) {
  return !isThin;
}

/** Of two classes the threshold is the boundary of the positive one, seen from the other one from above. */
function ofClass({ names, state }, index, threshold) {
  const isOther = names.length === 2 && index !== state.positive;
  return isOther ? Number((1 - threshold).toFixed(7)) : threshold;
}

function choicesOf(view, index, hasCorner, act) {
  const { state, names } = view;
  const parts = segments("Part in sight", PARTS, state.whole, (whole) => act.set({ whole }));
  return [
    segments("Curve", KINDS, state.tradeoff, (kind) => act.set({ tradeoff: kind })),
    hasCorner && parts,
    classChoice(view, names.length === 2 ? null : "all classes", index, act),
  ];
}

function bodyOf(view, index, lines, act) {
  if (lines.length === 0) return [];
  const { state } = view;
  const edgeOf = ({ edges }, place) => ofClass(view, index, edges[place]);
  const chart = tradeoffChart({
    kind: state.tradeoff,
    lines,
    whole: state.whole,
    thresholdText: (line, place) => String(line.edges[place]),
    onPick: (line, place) => act.set({ threshold: edgeOf(line, place) }),
  });
  const bold = lines.filter(isBold);
  const isOfTwo = bold.length > 1;
  const keys = [isOfTwo && "A, B dashed", index === null && "bold: mean of the classes", "click to choose a threshold"];
  return [
    chart,
    h("div", { class: "keys", text: overEpochs(keys.filter(Boolean).join("; "), view) }),
    h("dl", { class: isOfTwo ? "figures by-two two" : "figures by-two" }, ...figuresOf(bold, index)),
  ];
}

function figuresOf(bold, index) {
  const shown = [...bold].reverse(); // A first
  const mean = index === null ? "mean " : "";
  const value = (text, i) => h("dd", { class: shown.length > 1 ? "ab"[i] : null, text });
  const figure = (name, values) =>
    h("div", {}, h("dt", {}, name), ...values.map((rate) => percent(rate, 2)).map(value));
  const area = (measure) => shown.map(({ curves }) => meanOf(curves.map(measure)));
  const at = (key) => shown.map(({ curve, place }) => curve[key][place]);
  const [{ edges, place }] = shown;
  return [
    figure(word("averagePrecision", `${mean}average precision`), area(averagePrecision)),
    figure(word("auc", `${mean}area under ROC`), area(areaUnder)),
    place >= 0 && figure(`precision at ${edges[place]}`, at("precision")),
    place >= 0 && figure(`recall at ${edges[place]}`, at("recall")),
  ];
}

function historyCharts(view, index, sides, histories, act) {
  const [precision, area] = index === null ? ["macro_average_precision", "macro_auc"] : ["average_precision", "auc"];
  const mean = index === null ? "Mean a" : "A";
  return [
    ...historyChart(view, sides, histories, precision, `${mean}verage precision`, act),
    ...historyChart(view, sides, histories, area, `${mean}rea under the ROC curve`, act),
  ];
}
