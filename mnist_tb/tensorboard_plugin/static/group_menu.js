/** The choice between classes and groups of classes, and of the groups whose classes are shown. */

import { button, h, replace, segments } from "./dom.js";
import { label } from "./format.js";
import { createMenu } from "./menu.js";

const SHOWN = [
  ["groups", "Groups", "One row and one column for each group of classes; a double click expands it"],
  ["classes", "Classes", "Each class by itself"],
];

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createGroupMenu(act) {
  const menu = createMenu("Groups", "Groups of classes");
  return {
    element: menu.element,
    render: ({ groups, grouped }) => replace(menu.box, ...controls(groups, grouped, act)),
  };
}

function controls(groups, grouped, act) {
  const choose = (shown) => act.group(shown === "groups");
  const choice = segments("What the axes show", SHOWN, grouped ? "groups" : "classes", choose);
  if (!grouped) return [choice];
  const all = groups.map(({ id }) => id);
  return [
    choice,
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

function depthOf({ parent }, groups) {
  return parent === null ? 0 : 1 + depthOf(groups[parent], groups);
}
