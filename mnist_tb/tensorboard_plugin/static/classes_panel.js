/** The table of classes: numbers of the epoch at hand, sorted as one likes, with F1 over time. */

import { sparkline } from "./charts.js";
import { createPicker } from "./class_picker.js";
import { button, h, oneStop, onlyWhenChanged, replace } from "./dom.js";
import { count, isFound, label, overEpochs, points } from "./format.js";
import { nearestStep } from "./steps.js";
import { numbersOf } from "./view.js";

const PAGE = 100; // rows; more on demand
const CHANGE = ["change", "ΔF1", "How much larger F1 is in A than in B, in points of %", false];
const COLUMNS = [
  ["name", "Class", "by label", false],
  ["support", "n", "Support: samples that are truly of the class", true],
  ["recall", "Acc.", "Recall, or class accuracy: the share of its samples predicted correctly, in %", false],
  ["precision", "Prec.", "Precision: the share of the predictions of the class that was correct, in %", false],
  ["f1", "F1", "F1: harmonic mean of accuracy (recall) and precision, in %", false],
];

/**
 * @param {HTMLElement} parent
 * @param {Object} act
 * @returns {{render: function(Object): void}}
 */
export function createClassesPanel(parent, act) {
  const search = h("input", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search classes by name",
    oninput: () => {
      panel.rows = PAGE;
      act.set({ search: search.value });
    },
  });
  const head = h("tr");
  const body = h("tbody");
  const more = button({ class: "quiet", onclick: () => showMore(panel) });
  const title = h("h2", { text: "Classes" });
  const table = h("table", { class: "classes" }, h("thead", {}, head), body);
  const [changed, marks] = [onlyWhenChanged(), onlyWhenChanged()];
  const refresh = oneStop(table, "Classes");
  const picker = createPicker(act, () => render(panel, panel.view));
  const panel = { picker, search, head, body, more, title, act, rows: PAGE, view: null, changed, marks, refresh };
  const scroll = h("div", { class: "scroll", tabindex: -1 }, table, more);
  const top = h("div", { class: "head" }, title, search);
  parent.append(h("section", { class: "card grow" }, top, picker.element, scroll));
  return { render: (view) => render(panel, view) };
}

function showMore(panel) {
  panel.rows += PAGE * 4;
  render(panel, panel.view);
}

function render(panel, view) {
  panel.view = view;
  const { state, a, names, history, weighted, shared } = view;
  const b = view.sameClasses ? view.b?.matrix : undefined;
  if (panel.search.value !== state.search) panel.search.value = state.search;
  if (!a?.matrix) return;
  panel.picker.render(view);
  const shown = [state.search, state.sort, state.falling, panel.rows, panel.picker.version()];
  panel.changed([a.matrix, b, shared, history, names, weighted, ...shown], () => {
    const kind = weighted && h("small", { text: "unweighted" });
    const over = h("th", { class: "over", title: overEpochs("F1 over the epochs", weighted) }, "trend", kind);
    const numbers = b ? { ...numbersOf(a.matrix), change: f1Change(a.matrix, b) } : numbersOf(a.matrix);
    const all = shared?.classes ?? Array.from(names.keys());
    const found = sorted(matching(all, names, state.search), names, numbers, state);
    const columns = b ? [...COLUMNS, CHANGE] : COLUMNS;
    replace(panel.head, ...columns.map((column) => heading(column, state, panel.act)), !b && over);
    panel.head.firstChild.prepend(panel.picker.all(found));
    const total = count(all.length);
    panel.title.textContent = state.search ? `Classes: ${count(found.length)} of ${total}` : `Classes (${total})`;
    const draw = rowOf(view, numbers, panel.act, panel.picker.box);
    replace(panel.body, ...found.slice(0, panel.rows).map(draw));
    panel.refresh();
    panel.more.hidden = found.length <= panel.rows;
    panel.more.textContent = `${count(found.length - panel.rows)} more`;
  });
  panel.marks([state.class, state.cell, panel.body.firstChild], () => mark(panel.body, state));
}

function matching(indices, names, search) {
  return indices.filter((index) => isFound(names[index], search));
}

function f1Change(first, second) {
  const [inA, inB] = [numbersOf(first).f1, numbersOf(second).f1];
  return inA.map((value, index) => value - inB[index]);
}

function sorted(indices, names, numbers, { sort, falling }) {
  if (sort === "name") return falling ? indices.reverse() : indices;
  const values = numbers[sort] ?? numbers.f1; // there is no change without a comparison
  const sign = falling ? -1 : 1;
  const order = (value) => (Number.isNaN(value) ? Infinity : sign * value); // without a number: last, either way
  return indices.sort((a, b) => order(values[a]) - order(values[b]) || a - b);
}

function heading([key, text, title, falls], { sort, falling }, act) {
  const [arrow, order] = key !== sort ? ["", "none"] : falling ? ["▼", "descending"] : ["▲", "ascending"];
  const attributes = { title: `${title}: click to sort`, key: `sort ${key}`, onclick: () => act.sortBy(key, falls) };
  const shown = button(attributes, h("span", { class: "arrow", "aria-hidden": true, text: arrow }), text);
  const kind = key === "change" ? "over" : null; // as wide as the trend, in whose place it stands
  return h("th", { scope: "col", class: kind, "aria-sort": order }, shown);
}

function rowOf({ a, names, history }, numbers, act, box) {
  const most = numbers.change && Math.max(...numbers.change.map((value) => Math.abs(value) || 0));
  const range = history ? rangeOf(history.f1) : null;
  const marked = history ? history.steps.indexOf(nearestStep(history.steps, a.step)) : -1;
  const hundredth = (value) => (Number.isNaN(value) ? "–" : (value * 100).toFixed(1));
  const name = (index) => {
    const choose = () => act.selectClass(index);
    const attributes = { title: label(names[index], 300), key: `class ${index}`, onclick: choose };
    const shown = button(attributes, h("bdi", { text: label(names[index]) }));
    return h("th", { scope: "row" }, box(index, names[index]), shown);
  };
  const trend = (index) => {
    const values = history?.f1.map((at) => at[index]);
    return h("td", { class: "over" }, values ? sparkline(values, range, marked) : null);
  };
  return (index) =>
    h(
      "tr",
      { "data-class": index },
      name(index),
      h("td", { text: count(numbers.support[index]) }),
      ...["recall", "precision", "f1"].map((name) => h("td", { text: hundredth(numbers[name][index]) })),
      numbers.change ? changeCell(numbers.change[index], most) : trend(index),
    );
}

/** The change beside a bar that begins in the middle. */
function changeCell(value, most) {
  const bar = h("span", { class: value < 0 ? "change worse" : "change better" });
  bar.style.width = `${(Math.abs(value) / (most || 1)) * 50 || 0}%`;
  return h("td", { class: "over" }, points(value), h("span", { class: "change-bar" }, bar));
}

function rangeOf(rows) {
  const values = rows.flat().filter(Number.isFinite);
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [1, 0]);
}

function mark(body, { class: index, cell }) {
  for (const row of body.children) {
    const own = Number(row.getAttribute("data-class"));
    row.classList.toggle("marked", own === index || own === cell?.true || own === cell?.predicted);
  }
}
