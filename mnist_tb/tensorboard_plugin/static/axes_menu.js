/** What stands along the axes: the order of the classes, how many of them, and what they are grouped by. */

import { button, choice, h, note, replace, segments } from "./dom.js";
import { count, label } from "./format.js";
import { depthOf } from "./groups.js";
import { createMenu } from "./menu.js";
import { shownClasses } from "./state.js";
import { nearestStep } from "./steps.js";

const ORDERS = [["label", "by label"], ["error", "by error"], ["similar", "by similarity"]];
const TOPS = [20, 40, 100, 200, 500];
const GROUPS = [
  ["logged", "as logged", "One row and one column for each group of classes; a double click expands it"],
  ["similar", "by similarity", "Groups of classes that are confused most at the newest epoch"],
  ["none", "none", "Each class by itself"],
];

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createAxesMenu(act) {
  const menu = createMenu("Axes", "Order and groups of the classes");
  return {
    element: menu.element,
    render: (view) => replace(menu.box, ...controls(view, act)),
  };
}

function controls(view, act) {
  const { state, names, grouped, groupings } = view;
  const isPart = !grouped && (names.length > TOPS[0] || state.subset !== null);
  return [
    choice("Order", ORDERS, state.order, act.orderBy),
    isPart && classesShown(state, names.length, act),
    ...(groupings.length ? groupControls(view, act) : []),
  ];
}

function classesShown(state, classes, act) {
  const subset = state.subset ? [["subset", `${count(state.subset.length)} chosen`]] : [];
  const shown = state.subset ? "subset" : String(shownClasses(state, classes) ?? 0);
  return choice("Classes", [...subset, ...tops(classes)], shown, (top) => act.showTop(Number(top)));
}

function tops(classes) {
  const fewer = TOPS.filter((top) => top < classes).map((top) => [String(top), `${top} worst`]);
  return [...fewer, ["0", `all ${count(classes)}`]];
}

function groupControls({ a, groupings, groups, grouped, state: { similar } }, act) {
  const by = !grouped ? "none" : similar === null ? "logged" : "similar";
  const choices = GROUPS.filter(([value]) => value === "none" || groupings.includes(value));
  const first = [h("span", { class: "faint", text: "Groups" }), segments("Groups", choices, by, act.groupBy)];
  const epoch = similar !== null && `epoch ${nearestStep(a.info.steps, similar)}`;
  if (!grouped) return [...first, epoch && !groups.length && note(`No two classes are confused at ${epoch}`)];
  const all = groups.map(({ id }) => id);
  return [
    ...first,
    epoch && note(`by the mistakes of ${epoch}`),
    h("div", { class: "group-list" }, ...groups.map((group) => groupBox(group, groups, grouped.open, act))),
    button({ class: "quiet", text: "Expand all", key: "expand all", onclick: () => act.expand(all) }),
    button({ class: "quiet", text: "Collapse all", key: "collapse all", onclick: () => act.expand([]) }),
  ];
}

function groupBox(group, groups, open, act) {
  const checked = open.includes(group.id);
  const others = open.filter((id) => id !== group.id);
  const onchange = () => act.expand(checked ? others : [...others, group.id]);
  const box = h("input", { type: "checkbox", checked, key: `group ${group.id}`, onchange });
  const text = h("bdi", { text: label(group.name, 40), title: label(group.name, 300) });
  const line = h("label", { class: "check", title: "Show its classes" }, box, text, ` (${group.classes.length})`);
  line.style.marginInlineStart = `${16 * depthOf(group, groups)}px`;
  return line;
}
