/** A cell: what it says, how it moved over the epochs, its samples, and what else the class is predicted as. */

import { lineChart } from "./charts.js";
import { button, h, note, onlyWhenChanged, replace } from "./dom.js";
import { cellText, count, label, overEpochs, percent } from "./format.js";
import { copy } from "./host.js";
import { at } from "./matrix.js";
import { nameOf, sampleCard } from "./samples.js";
import { domainOf } from "./steps.js";
import { pairsOf, runVersion, stepVersion } from "./view.js";

const PAGE = 24;
const OTHERS = 8;
const KEPT = {
  cell: "A few samples of every cell are kept, and none of this one.",
  mistakes: "Only the most confident mistakes are kept, and none of them is in this cell.",
};

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createCellDetail(act) {
  const [head, chart, samples, also] = [h("div"), h("div"), h("div"), h("div")];
  const changed = { head: onlyWhenChanged(), chart: onlyWhenChanged(), samples: onlyWhenChanged() };
  const panel = { act, head, chart, samples, also, changed };
  const element = h("div", { class: "scroll detail" }, head, chart, samples, also);
  return { element, render: (view) => render(panel, view) };
}

function render(panel, view) {
  const { a, b, state, names, sameClasses, weighted } = view;
  const { true: row, predicted: column } = state.cell;
  panel.changed.head([a.matrix, b?.matrix, row, column, names], () => {
    replace(panel.head, ...headOf(view, panel.act));
    replace(panel.also, ...alsoOf(view, panel.act));
  });
  const sides = [a, sameClasses ? b : null].filter((side) => side && side.step !== null);
  const curves = sides.map((side) => curveOf(view, side));
  panel.changed.chart([row, column, a.step, b?.step, weighted, ...curves], () => {
    replace(panel.chart, ...chartOf(sides, curves, weighted, panel.act));
  });
  const answer = a.info.has_examples && a.step !== null ? examplesOf(view) : null;
  if (answer?.loading) return;
  // Not on the run as such: it changes with each epoch, and samples that were unfolded would fold up again.
  const total = at(a.counts, row, column);
  const [value, error] = [answer?.value, answer?.error];
  panel.changed.samples([a.info.run, names, row, column, a.step, total, value, error], () => {
    replace(panel.samples, ...samplesOf(view, total, answer));
  });
}

function curveOf({ ask, state }, { info }) {
  return ask("cell", { run: info.run, ...state.cell }, runVersion(info)).value;
}

function examplesOf({ ask, state, a }) {
  return ask("examples", { run: a.info.run, step: a.step, ...state.cell }, stepVersion(a.info, a.step));
}

function headOf({ a, b, names, state, sameClasses }, act) {
  const { true: row, predicted: column } = state.cell;
  const name = (index, part) => {
    const onclick = () => act.selectClass(index);
    const attributes = { class: "class-name", title: "See the class", key: `${part} class`, onclick };
    return button(attributes, h("bdi", { text: label(names[index], 60) }));
  };
  const says = ({ matrix }) => cellText(at(matrix, row, column), matrix.rowSums[row], names[row], names[column]);
  const arrow = h("span", { "aria-label": "predicted as", text: " → " });
  const title = h("h2", {}, name(row, "true"), arrow, name(column, "predicted"));
  return [
    h("div", { class: "title" }, title, closeButton(act)),
    h("p", { text: `${b ? "A: " : ""}${says(a)}.` }),
    b?.matrix && sameClasses ? h("p", { text: `B: ${says(b)}.` }) : null,
    linkRow(act),
  ];
}

function linkRow(act) {
  const copier = button({ class: "quiet", text: "Copy link", title: "A link that opens this view", key: "copy link" });
  const line = h("input", { class: "link", readonly: true, "aria-label": "Link to this view", hidden: true });
  copier.addEventListener("click", async () => {
    const copied = await copy(act.link());
    copier.textContent = copied ? "Copied" : "Copy it from here:";
    if (copied) return;
    Object.assign(line, { hidden: false, value: act.link() });
    line.select();
  });
  return h("div", { class: "row" }, copier, line);
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

function chartOf(sides, curves, weighted, act) {
  const color = (i) => (i === 0 ? "var(--a)" : "var(--b)");
  const series = curves
    .map((curve, i) => curve && { label: "AB"[i], color: color(i), steps: curve.steps, values: curve.counts })
    .filter(Boolean);
  const domain = domainOf(...series.map((one) => one.steps));
  if (!domain || domain[0] === domain[1]) return [];
  const marks = sides.map(({ step }, i) => ({ step, color: color(i) }));
  const title = overEpochs("Count over epochs", weighted);
  const options = { label: title, domain, marks, format: count, fromZero: true, onPick: act.showStep };
  return [h("h3", { text: title }), lineChart({ ...options, series: series.reverse() })];
}

function samplesOf({ a, names }, total, answer) {
  if (answer?.error) return [note(answer.error, "problem")];
  const { samples = [], scope } = answer?.value ?? {};
  if (total === 0 && samples.length === 0) return [note("No sample is in this cell at this epoch.")];
  if (samples.length === 0) return [note(KEPT[scope] ?? "This run kept no samples.")];
  return [
    h("h3", { text: `Samples: ${count(samples.length)} of ${count(total)}, most confident first` }),
    ...growing(samples, PAGE, (sample) => exampleCard(a.info.run, sample, names)),
  ];
}

/**
 * A grid of samples that shows more on demand.
 * @param {Array<Object>} samples
 * @param {number} page how many are shown at first, and added each time
 * @param {function(Object): HTMLElement} cardOf
 * @returns {Array<HTMLElement>}
 */
export function growing(samples, page, cardOf) {
  const grid = h("div", { class: "samples" });
  const more = button({ class: "quiet" });
  const grow = () => {
    const shown = grid.children.length;
    grid.append(...samples.slice(shown, shown + page).map(cardOf));
    more.hidden = grid.children.length === samples.length;
    more.textContent = `${count(samples.length - grid.children.length)} more`;
  };
  more.addEventListener("click", grow);
  grow();
  return [grid, more];
}

function exampleCard(run, sample, names) {
  const [truth, predicted] = [nameOf(names, sample.true), nameOf(names, sample.predicted)];
  const alt = `sample ${sample.position}: true ${truth}, predicted ${predicted}`;
  return sampleCard(run, sample, alt, [`${truth} → ${predicted}`, percent(sample.confidence)]);
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
