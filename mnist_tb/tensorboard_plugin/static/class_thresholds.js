/** A threshold for each class, by what is wanted of its precision: a table, and the same as a file. */

import { button, choice, h, note, oneStop, onlyWhenChanged, replace } from "./dom.js";
import { download } from "./export.js";
import { count, fileName, inPercent, label, tenths } from "./format.js";
import { chosenBy } from "./tradeoff.js";

const TARGETS = [["precision", "precision ≥"], ["f1", "best F1"]];
const USUAL = [90, 95, 99];
const HEADS = ["class", "from", "prec.", "recall", "F1"];

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object, Object): void}} gets the view, and the curves of A
 */
export function createClassThresholds(act) {
  const [choices, body] = [h("div", { class: "row" }), h("div")];
  const element = h("section", { hidden: true }, h("h3", { text: "One threshold for each class" }), choices, body);
  const [choicesChanged, changed] = [onlyWhenChanged(), onlyWhenChanged()];
  return {
    element,
    render({ a, names, state: { target } }, { all, edges, isOfAll, index }) {
      choicesChanged([target], () => replace(choices, ...choicesOf(target, act)));
      changed([all, target, names, isOfAll || index], () => {
        const rows = thresholdsOf({ all, edges, names: isOfAll ? names : [names[index]] }, target);
        const missed = rows.filter(({ threshold }) => threshold === null).length;
        const text = `No threshold reaches it for ${count(missed)} of ${count(rows.length)} classes.`;
        const onclick = () => download(thresholdsAsJson(a, target, rows));
        const title = "These thresholds, for use elsewhere";
        const save = button({ text: "Save as JSON", title, key: "save thresholds", onclick });
        replace(body, missed > 0 && note(text), table(rows, isOfAll ? null : index, act), save);
      });
    },
  };
}

/**
 * @param {{all: Array<import("./tradeoff.js").Tradeoff>, edges: Array<number>, names: Array<string>}} curves
 * @param {number|"f1"} target as `chosenBy` takes it
 * @returns {Array<{class: string, threshold: number|null, precision: number|null, recall: number|null, f1: number}>}
 */
export function thresholdsOf({ all, edges, names }, target) {
  return all.map((curve, i) => {
    const { place, precision, recall, f1 } = chosenBy(curve, target) ?? { precision: null, recall: null, f1: null };
    return { class: names[i], threshold: edges[place] ?? null, precision, recall, f1 };
  });
}

/**
 * @param {Object} side
 * @param {number|"f1"} target
 * @param {Array<Object>} rows as `thresholdsOf` gives them
 * @returns {import("./export.js").File}
 */
export function thresholdsAsJson({ info, step, name }, target, rows) {
  const content = { run: info.run, step, target, thresholds: rows.map((row) => ({ ...row, f1: undefined })) };
  const text = JSON.stringify(content, null, 1);
  const blob = new Blob([text], { type: "application/json" });
  return { name: fileName(name, step, "thresholds.json"), blob };
}

function choicesOf(target, act) {
  const kind = target === "f1" ? "f1" : "precision";
  const choose = (value) => act.set({ target: value === "f1" ? "f1" : 0.95 });
  const input = kind === "precision" && h("label", {}, ...percentInput(target, act), " %");
  return [choice("For", TARGETS, kind, choose), input];
}

function percentInput(target, act) {
  const list = h("datalist", { id: "usual-precisions" }, ...USUAL.map((value) => h("option", { value })));
  const value = Number(inPercent(target, 4));
  const attributes = { type: "number", class: "per-cent", min: 1, max: 100, step: "any", value, list: list.id };
  const onchange = () => {
    const isGood = input.value !== "" && input.reportValidity();
    if (isGood) act.set({ target: Number((Number(input.value) / 100).toFixed(6)) });
  };
  const input = h("input", { ...attributes, "aria-label": "Precision of at least, in %", key: "target", onchange });
  return [input, list];
}

function table(rows, only, act) {
  const head = h("thead", {}, h("tr", {}, ...HEADS.map((text) => h("th", { scope: "col", text }))));
  const body = h("tbody", {}, ...rows.map((row, i) => tableRow(row, only ?? i, act)));
  const made = h("table", { class: "pairs thresholds" }, head, body);
  oneStop(made, "Thresholds of the classes, and their precision, recall and F1 in %");
  return made;
}

function tableRow({ class: of, threshold, precision, recall, f1 }, index, act) {
  const attributes = { title: label(of), key: `threshold ${index}`, onclick: () => act.selectClass(index) };
  const shown = button(attributes, h("bdi", { text: label(of) }));
  const cells = [threshold === null ? "none" : String(threshold), ...[precision, recall, f1].map(tenths)];
  return h("tr", {}, h("th", { scope: "row" }, shown), ...cells.map((text) => h("td", { text })));
}
