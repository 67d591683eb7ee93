/** The table of runs: which one is shown, which one it is compared with, how good each is, and what is wrong. */

import { extent } from "./axis.js";
import { sparkline } from "./charts.js";
import { OF_RUN } from "./curves.js";
import { createDivider } from "./divider.js";
import { button, gridStop, h, note, onlyWhenChanged, replace, sortHead } from "./dom.js";
import { count, hparamText, label, overEpochs, tenths } from "./format.js";
import { hostFilter } from "./host.js";
import {
  HPARAM, bestOf, commonStart, filtered, hparamNames, hparamOf, lastScore, rowsOf, sortedRows,
} from "./run_rows.js";
import { sameNames } from "./view.js";
import { glossary } from "./words.js";

const MANY = 8; // runs from which a filter helps
const LONGEST = 14; // characters of the name of a hyperparameter
const COLUMNS = [
  ["name", "Run", "The name of the run", false],
  ["accuracy", "Acc.", "Accuracy at the newest epoch, in %", true],
  ["macro_f1", "F1", "Macro-F1 at the newest epoch: the mean of F1 over the classes, in %", true],
  ["epochs", "Ep.", "Epochs that were logged", true],
];
const FILTER = "A regular expression; until one is typed, the one by which TensorBoard filters runs";

/**
 * @param {HTMLElement} parent
 * @param {Object} act
 * @returns {{render: function(Object): void}}
 */
export function createRunsPanel(parent, act) {
  const filter = h("input", {
    type: "search",
    placeholder: "Filter (regex)",
    "aria-label": "Filter runs",
    title: FILTER,
    hidden: true,
    oninput: () => act.set({ runFilter: filter.value }),
  });
  const parts = {
    filter,
    title: h("h2"),
    prefix: h("p", { class: "prefix faint" }),
    heads: h("div", { role: "row", class: "run-heads" }),
    body: h("div", { role: "rowgroup" }),
    grid: h("div", { class: "runs", role: "grid", "aria-label": "Runs" }),
    best: h("div", { class: "row run-best" }),
    notes: h("div", { class: "notes", role: "status" }),
  };
  const { title, prefix, heads, body, grid, best, notes } = parts;
  grid.append(h("div", { role: "rowgroup" }, heads), body);
  const named = h("div", { class: "named" }, title, glossary("Runs", "accuracy", "macroF1"));
  const head = h("div", { class: "head" }, named, filter);
  const card = h("section", { class: "card runs-card" }, head, prefix, grid, best, notes);
  const height = { label: "Height of the runs", line: "horizontal", property: "--runs", before: grid };
  parent.append(card, createDivider({ ...height, range: [60, 900] }));
  const [changed, refresh] = [onlyWhenChanged(), gridStop(body)];
  return {
    render(view) {
      const { runs, a, b, missing, state } = view;
      const wanted = state.runFilter ?? hostFilter();
      const sorted = [state.runSort, state.runFalls, state.bestBy];
      changed([runs, a?.info, b?.info, ...missing, wanted, ...sorted, view.weighted], () => {
        draw(parts, view, wanted, act);
        refresh();
      });
    },
  };
}

function draw({ filter, title, prefix, heads, body, grid, best, notes }, view, wanted, act) {
  const { runs, a, state } = view;
  if (filter.value !== wanted) filter.value = wanted;
  filter.hidden = runs.length <= MANY && wanted === ""; // one that filters must be in sight
  const { found, isText } = filtered(runs, wanted);
  const rows = sortedRows(rowsOf(found, a?.info.split), state.runSort, state.runFalls);
  const start = commonStart(rows.map((row) => row.name));
  const all = count(rowsOf(runs).length);
  const shown = found.length < runs.length ? `Runs: ${count(rows.length)} of ${all}` : `Runs (${all})`;
  title.textContent = overEpochs(shown, { weighted: view.weighted });
  prefix.hidden = start === "";
  prefix.textContent = `${label(start, 60)}…`;
  prefix.title = "All names begin like this";
  const hparams = hparamNames(runs);
  grid.classList.toggle("tuned", hparams.length > 0);
  grid.style.setProperty("--hparams", hparams.map((name) => widthOf(name, runs)).join(" "));
  const columns = [...COLUMNS, ...hparams.map(hparamColumn)];
  replace(heads, ...columns.map((column) => heading(column, state, act)), trendHead());
  const range = extent(rows.flatMap(({ info }) => info.scores?.accuracy ?? [])) ?? [0, 1];
  replace(body, ...rows.map((row) => rowElement(row, start, range, hparams, view, act)));
  replace(best, ...bestRow(found, state, view, act));
  replace(notes, ...notesOf(view, found, wanted, isText));
}

function trendHead() {
  return h("span", { role: "columnheader", class: "trend", title: "Accuracy over the epochs", text: "trend" });
}

function hparamColumn(name) {
  return [HPARAM + name, label(name, LONGEST), `The hyperparameter ${label(name, 300)}`, false, "hparam"];
}

/** How wide the column of a hyperparameter is, in digits: letters are a little narrower, and the head has an arrow. */
function widthOf(name, runs) {
  const texts = [label(name, LONGEST), ...runs.map((info) => hparamText(hparamOf(info, name)))];
  return `${Math.max(...texts.map((text) => text.length)) * 0.85 + 1.5}ch`;
}

function heading([key, text, title, falls, name = key], { runSort, runFalls }, act) {
  const head = h("span", { role: "columnheader", class: name });
  const onclick = () => act.set({ runSort: key, runFalls: key === runSort ? !runFalls : falls });
  return sortHead(head, key === runSort ? runFalls : null, { text, title, key: `runs ${key}`, onclick });
}

function rowElement(row, start, range, hparams, view, act) {
  const { a, b } = view;
  const { info, infos } = row;
  const isShown = infos.includes(a?.info);
  const cell = (name, text, title) => h("span", { role: "gridcell", class: `number ${name}`, text, title });
  const values = info.scores?.accuracy ?? [];
  const errors = infos.filter((one) => one.error);
  return h(
    "div",
    { role: "row", class: isShown ? "run shown" : infos.includes(b?.info) ? "run other" : "run" },
    h("span", { role: "rowheader", class: "name" }, nameButton(row, start, isShown, view, act)),
    h("span", { role: "gridcell", class: "chips" }, ...infos.flatMap((one) => chip(one, infos.length > 1, view, act))),
    cell("accuracy", tenths(lastScore(info, "accuracy"))),
    cell("macro_f1", tenths(lastScore(info, "macro_f1"))),
    cell("epochs", count(info.steps.length)),
    ...hparams.map((name) => hparamCell(cell, hparamOf(info, name))),
    h("span", { role: "gridcell", class: "trend" }, values.length > 1 && sparkline(values, range, values.length - 1)),
    ...errors.map((one) => note(`can't be read: ${one.error}`, "problem")),
  );
}

function hparamCell(cell, value) {
  return cell("hparam", hparamText(value), value === null ? null : label(value, 300));
}

function nameButton({ name, info }, start, isShown, view, act) {
  const title = `${label(info.run, 300)}\nClick to show it, Shift-click to compare with it`;
  const attributes = { class: "run-name", title, "aria-label": label(name, 300), "aria-pressed": isShown };
  const onclick = (event) => choose(info, event, view, act);
  return button({ ...attributes, key: `run ${name}`, onclick }, h("bdi", { text: label(name.slice(start.length)) }));
}

/** A click shows a run, with Shift it compares with it. */
function choose(info, event, { a, b }, act) {
  if (!event.shiftKey) act.showRun(info.run, sameNames(info.class_names, a?.info.class_names ?? []));
  else if (info !== a?.info && info.steps.length > 0) act.compare(info === b?.info ? null : info.run);
}

function chip(info, isOneOfSeveral, view, act) {
  const isA = info === view.a?.info;
  const attributes = { class: isA ? "split shown" : "split", "aria-pressed": isA, key: `split ${info.run}` };
  const title = `${label(info.run, 300)}\nClick to show it, Shift-click to compare with it`;
  const onclick = (event) => choose(info, event, view, act);
  const text = info.split || (isOneOfSeveral ? "run" : "");
  const shown = text ? button({ ...attributes, title, text, onclick }) : null;
  return [h("span", { class: "split-pair" }, shown, info.error ? null : versus(info, isA, view, act))];
}

function versus(info, isA, view, act) {
  const isB = info === view.b?.info;
  const title = isB ? "End the comparison" : isA ? "Compare with another epoch of this run" : "Compare with this run";
  const first = isA ? info.steps[0] : null; // two epochs of a run: the first one is where it came from
  return button({
    class: "versus",
    text: isB ? "B" : "vs",
    title,
    "aria-label": `${title}: ${label(info.run)}`,
    "aria-pressed": isB,
    key: `vs ${info.run}`,
    disabled: info.steps.length < (isA && !isB ? 2 : 1),
    onclick: () => (isB ? act.compare(null) : act.compare(info.run, first)),
  });
}

function bestRow(found, { bestBy }, { a }, act) {
  const best = bestOf(found, bestBy);
  if (!best) return [];
  const info = found.find((one) => one.run === best.run);
  const show = () => {
    act.showRun(best.run, sameNames(info.class_names, a?.info.class_names ?? []));
    act.showStep(best.step);
  };
  const title = `Epoch ${best.step} of ${label(best.run, 300)}`;
  const option = ([value, text]) => h("option", { value, text, selected: value === bestBy });
  const onchange = () => act.set({ bestBy: select.value });
  const select = h("select", { key: "best by", onchange }, ...OF_RUN.map(option));
  return [
    button({ class: "quiet", text: "Show the best epoch", title, key: "best of all", onclick: show }),
    h("label", { class: "choice" }, h("span", { text: "by" }), select),
  ];
}

function notesOf({ runs, missing: [run, otherRun], a }, found, wanted, isText) {
  const lines = [];
  if (run !== null) lines.push(`The link is of a run that is not here: ${label(run)}`);
  if (otherRun !== null) lines.push(`The link compares with a run that is not here: ${label(otherRun)}`);
  if (isText) lines.push(`“${label(wanted, 40)}” is no regular expression: it is searched for as a text.`);
  if (found.length === 0 && runs.length > 0) lines.push(`No run matches “${label(wanted, 40)}”.`);
  if (a?.info.dropped) {
    lines.push(
      `TensorBoard dropped epochs of this run: ${a.info.steps.length} are left. ` +
        "Start it with --samples_per_plugin mnist_tb=0 to keep all.",
    );
  }
  lines.push(...(a?.info.warnings ?? []));
  return lines.map((text) => note(text, "problem"));
}
