/** The table of classes: numbers of the epoch at hand, sorted as one likes, with F1 over time. */

import { extent } from "./axis.js";
import { sparkline } from "./charts.js";
import { depthsOf, groupHead, rowsByGroup, withGroups } from "./class_groups.js";
import { createPicker } from "./class_picker.js";
import { button, h, oneStop, onlyWhenChanged, replace, sortHead } from "./dom.js";
import { count, isFound, label, overEpochs, points, tenths } from "./format.js";
import { nearestStep } from "./steps.js";
import { numbersOf } from "./view.js";
import { glossary, meaning } from "./words.js";

const PAGE = 100; // rows; more on demand
const CHANGE = ["change", "ΔF1", "How much larger F1 is in A than in B, in points of %", false];
const COLUMNS = [
  ["name", "Class", "by label", false],
  ["support", "n", meaning("support"), true],
  ["recall", "Rec.", meaning("recall"), false],
  ["precision", "Prec.", meaning("precision"), false],
  ["f1", "F1", meaning("f1"), false],
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
  const parts = { picker, search, table, head, body, more, title };
  const panel = { ...parts, act, rows: PAGE, view: null, changed, marks, refresh };
  const scroll = h("div", { class: "scroll", tabindex: -1 }, table, more);
  const named = h("div", { class: "named" }, title, glossary("Classes", "support", "recall", "precision", "f1"));
  const top = h("div", { class: "head" }, named, search);
  parent.append(h("section", { class: "card grow" }, top, picker.element, scroll));
  return { render: (view) => render(panel, view) };
}

function showMore(panel) {
  panel.rows += PAGE * 4;
  render(panel, panel.view);
}

function render(panel, view) {
  panel.view = view;
  const { state, a, names, history, weighted, shared, grouped } = view;
  const b = view.sameClasses ? view.b?.matrix : undefined;
  if (panel.search.value !== state.search) panel.search.value = state.search;
  if (!a?.matrix) return;
  panel.picker.render(view);
  const shown = [state.search, state.sort, state.falling, panel.rows, panel.picker.version()];
  panel.changed([a.matrix, b, shared, history, names, weighted, grouped, ...shown], () => {
    const kind = weighted && h("small", { text: "unweighted" });
    const title = overEpochs("F1 over the epochs", { weighted, limit: view.limit });
    const over = h("th", { class: "over", title }, "trend", kind);
    const [own, other] = [a.matrix, b].map((matrix) => matrix && tableNumbers(matrix, grouped));
    const numbers = other ? { ...own, change: own.f1.map((value, entry) => value - other.f1[entry]) } : own;
    const all = shared?.classes ?? Array.from(names.keys());
    const sort = (entries) => sorted(entries, numbers, state);
    const found = sort(matching(all, names, state.search));
    const rows = grouped ? rowsByGroup(found, grouped, sort, names.length, state.search.trim() !== "") : found;
    const columns = b ? [...COLUMNS, CHANGE] : COLUMNS;
    replace(panel.head, ...columns.map((column) => heading(column, state, panel.act)), !b && over);
    panel.head.firstChild.prepend(panel.picker.some(found, "pick all", "Pick all that are found"));
    panel.table.setAttribute("role", grouped ? "treegrid" : "grid"); // the first has levels
    panel.table.classList.toggle("without-trend", Boolean(grouped && !b));
    panel.table.classList.toggle("without-shares", Boolean(grouped && b));
    const total = count(all.length);
    panel.title.textContent = state.search ? `Classes: ${count(found.length)} of ${total}` : `Classes (${total})`;
    replace(panel.body, ...rows.slice(0, panel.rows).map(rowOf(view, numbers, panel.act, panel.picker)));
    panel.refresh();
    panel.more.hidden = rows.length <= panel.rows;
    panel.more.textContent = `${count(rows.length - panel.rows)} more`;
  });
  panel.marks([state.class, state.cell, panel.body.firstChild], () => mark(panel.body, state));
}

function matching(indices, names, search) {
  return indices.filter((index) => isFound(names[index], search));
}

/** By class, and by group after the classes where they stand in groups. */
function tableNumbers(matrix, grouped) {
  return grouped ? withGroups(matrix, grouped.groups) : numbersOf(matrix);
}

function sorted(entries, numbers, { sort, falling }) {
  if (sort === "name") return falling ? entries.reverse() : entries;
  const values = numbers[sort] ?? numbers.f1; // there is no change without a comparison
  const sign = falling ? -1 : 1;
  const order = (value) => (Number.isNaN(value) ? Infinity : sign * value); // without a number: last, either way
  return entries.sort((a, b) => order(values[a]) - order(values[b]) || a - b);
}

function heading([key, text, title, falls], { sort, falling }, act) {
  const kind = key === "change" ? "over" : null; // as wide as the trend, in whose place it stands
  const head = h("th", { scope: "col", class: kind });
  const onclick = () => act.sortBy(key, falls);
  return sortHead(head, key === sort ? falling : null, { text, title, key: `sort ${key}`, onclick });
}

function rowOf(view, numbers, act, picker) {
  const { names, grouped } = view;
  const most = numbers.change && Math.max(...numbers.change.map((value) => Math.abs(value) || 0));
  const trend = trendOf(view);
  const depths = grouped && depthsOf(grouped.groups, names.length);
  const name = (entry) => {
    if (entry < names.length) return nameCell(entry, names[entry], act, picker);
    const group = grouped.groups[entry - names.length];
    const title = `Pick the classes of ${label(group.name)}`;
    return groupHead(group, view, act, picker.some(group.classes, `pick group ${group.id}`, title));
  };
  return (entry) => {
    const isGroup = entry >= names.length;
    const depth = depths?.get(entry) ?? 0;
    const row = h(
      "tr",
      { "data-class": entry, class: isGroup ? "group" : null, "aria-level": depths && depth + 1 },
      name(entry),
      h("td", { text: count(numbers.support[entry]) }),
      ...["recall", "precision", "f1"].map((one) => h("td", { text: tenths(numbers[one][entry]) })),
      numbers.change ? changeCell(numbers.change[entry], most) : trend(entry),
    );
    row.style.setProperty("--depth", depth);
    return row;
  };
}

function nameCell(index, name, act, picker) {
  const choose = () => act.selectClass(index);
  const attributes = { title: label(name, 300), key: `class ${index}`, onclick: choose };
  const shown = button(attributes, h("bdi", { text: label(name) }));
  return h("th", { scope: "row" }, picker.box(index, name), shown);
}

/** F1 over the epochs, of which there is none of groups. */
function trendOf({ a, history }) {
  const range = history ? (extent(history.f1.flat()) ?? [0, 1]) : null;
  const marked = history ? history.steps.indexOf(nearestStep(history.steps, a.step)) : -1;
  return (entry) => {
    const isKnown = history && entry < history.f1[0]?.length;
    const line = isKnown && sparkline(history.f1.map((at) => at[entry]), range, marked);
    return h("td", { class: "over" }, line);
  };
}

/** The change beside a bar that begins in the middle. */
function changeCell(value, most) {
  const bar = h("span", { class: value < 0 ? "change worse" : "change better" });
  bar.style.width = `${(Math.abs(value) / (most || 1)) * 50 || 0}%`;
  return h("td", { class: "over" }, points(value), h("span", { class: "change-bar" }, bar));
}

function mark(body, { class: index, cell }) {
  for (const row of body.children) {
    const own = Number(row.getAttribute("data-class"));
    row.classList.toggle("marked", own === index || own === cell?.true || own === cell?.predicted);
  }
}
