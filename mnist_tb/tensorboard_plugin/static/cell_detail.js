/** A cell: what it says, how it moved over the epochs, its samples, and what else the class is predicted as. */

import { keptOf, ownCell, samplesOf, comparedSides } from "./cell_samples.js";
import { wilson } from "./chance.js";
import { lineChart } from "./charts.js";
import { copyButton } from "./copy_button.js";
import { histogramOf } from "./confidences.js";
import { confidencesOf } from "./confident.js";
import { button, h, onlyWhenChanged, replace } from "./dom.js";
import { cellText, count, intervalText, label, overEpochs } from "./format.js";
import { histogram } from "./histogram.js";
import { answersOf, keepsCells } from "./limits.js";
import { at } from "./matrix.js";
import { restOf } from "./rejected.js";
import { domainOf } from "./steps.js";
import { pairsOf, runVersion } from "./view.js";

const OTHERS = 8;

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createCellDetail(act) {
  const [head, chart, sure, samples, also] = Array.from({ length: 5 }, () => h("div"));
  const [names, changed] = [["head", "chart", "sure", "samples"], {}];
  for (const name of names) changed[name] = onlyWhenChanged();
  const panel = { act, head, chart, sure, samples, also, changed };
  const element = h("div", { class: "scroll detail" }, head, chart, sure, samples, also);
  return { element, render: (view) => render(panel, view) };
}

function render(panel, view) {
  const { a, b, state, names, weighted, limit } = view;
  const { true: row, predicted: column } = state.cell;
  panel.changed.head([a.matrix, b?.matrix, row, column, names], () => {
    replace(panel.head, ...headOf(view, panel.act));
    replace(panel.also, ...alsoOf(view, panel.act));
  });
  const sides = comparedSides(view);
  const curves = sides.map((side) => curveOf(view, side));
  panel.changed.chart([row, column, a.step, b?.step, weighted, limit?.threshold, ...curves], () => {
    replace(panel.chart, ...chartOf(sides, curves, view, panel.act));
  });
  const sures = sides.map((side) => confidencesOf(view, side));
  if (sures.every(({ loading }) => !loading)) {
    const known = sures.map(({ value }) => value);
    panel.changed.sure([row, column, limit?.place, limit?.positive, ...known], () => {
      replace(panel.sure, ...sureOf(state, sides, known));
    });
  }
  const kept = keptOf(view);
  if (kept.some(({ loading }) => loading)) return;
  // Not on the run as such: it changes with each epoch, and samples that were unfolded would fold up again.
  const parts = kept.flatMap(({ side, total, value, error }) => [side.info.run, side.step, total, value, error]);
  panel.changed.samples([names, row, column, state.first, ...parts], () => {
    replace(panel.samples, ...samplesOf(view, kept, panel.act));
  });
}

function curveOf({ ask, state }, side) {
  return ask("cell", { run: side.info.run, ...ownCell(side, state) }, runVersion(side.info)).value;
}

/** Where no cells were kept, there is nothing to draw. */
function sureOf(state, sides, sures) {
  if (sures.some((sure) => !sure || !keepsCells(sure))) return [];
  const bars = sures.map((sure, i) => {
    const { true: row, predicted: column } = ownCell(sides[i], state);
    return histogramOf(answersOf(sure, sides[i].limit), row, column);
  });
  const drawn = histogram(bars);
  return drawn.length ? [h("h3", { text: "Confidence of the answers" }), ...drawn] : [];
}

function headOf({ a, b, names, state, sameClasses }, act) {
  const { true: row, predicted: column } = state.cell;
  const name = (index, part) => {
    const onclick = () => act.selectClass(index);
    const attributes = { class: "class-name", title: "See the class", key: `${part} class`, onclick };
    return button(attributes, h("bdi", { text: label(names[index], 60) }));
  };
  const says = ({ matrix }) => {
    const [cell, support] = [at(matrix, row, column), matrix.rowSums[row]];
    if (support === 0 && matrix.rejected) return restOf(matrix, row, names[row]);
    return `${cellText(cell, support, names[row], names[column])}${intervalText(wilson(cell, support))}`;
  };
  const arrow = h("span", { "aria-label": "predicted as", text: " → " });
  const title = h("h2", {}, name(row, "true"), arrow, name(column, "predicted"));
  return [
    h("div", { class: "title" }, title, closeButton(act)),
    h("p", { text: `${b ? "A: " : ""}${says(a)}.` }),
    b?.matrix && sameClasses ? h("p", { text: `B: ${says(b)}.` }) : null,
    h("p", { class: "faint", text: "In brackets: where the rate lies with 95 %." }),
    linkRow(act),
  ];
}

function linkRow(act) {
  const options = { text: "Copy link", title: "A link that opens this view", key: "copy link" };
  return h("div", { class: "row" }, ...copyButton({ ...options, label: "Link to this view" }, act.link));
}

/**
 * @param {Object} act
 * @returns {HTMLElement} ends the selection
 */
export function closeButton(act) {
  const title = "Back to the lists";
  const onclick = () => act.unselect();
  return button({ class: "quiet", text: "✕", title, "aria-label": title, key: "close", onclick });
}

function chartOf(sides, curves, { weighted, limit }, act) {
  const color = (i) => (i === 0 ? "var(--a)" : "var(--b)");
  const series = curves
    .map((curve, i) => curve && { label: "AB"[i], color: color(i), steps: curve.steps, values: curve.counts })
    .filter(Boolean);
  const domain = domainOf(...series.map((one) => one.steps));
  if (!domain || domain[0] === domain[1]) return [];
  const marks = sides.map(({ step }, i) => ({ step, color: color(i) }));
  const title = overEpochs("Count over epochs", { weighted, limit });
  const options = { label: title, domain, marks, format: count, fromZero: true, onPick: act.showStep };
  return [h("h3", { text: title }), lineChart({ ...options, series: series.reverse() })];
}

function alsoOf({ a, names, state }, act) {
  const { true: row, predicted: column } = state.cell;
  const others = pairsOf(a.matrix).filter((pair) => pair.true === row && pair.predicted !== column);
  if (others.length === 0) return [];
  const chip = (pair) => {
    const choose = () => act.selectCell({ true: row, predicted: pair.predicted });
    const number = h("span", { class: "faint", text: ` (${count(pair.count)})` });
    const attributes = { class: "chip", key: `chip ${pair.predicted}`, onclick: choose };
    return button(attributes, h("bdi", { text: label(names[pair.predicted], 30) }), number);
  };
  return [
    h("h3", {}, h("bdi", { text: label(names[row], 30) }), " is also predicted as"),
    h("div", { class: "chips" }, ...others.slice(0, OTHERS).map(chip)),
  ];
}
