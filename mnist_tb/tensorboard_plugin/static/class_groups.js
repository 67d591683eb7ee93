/** Groups of classes in the table of classes: each is one class there, and unfolds to what is in it. */

import { button, h } from "./dom.js";
import { count, label } from "./format.js";
import { depthOf, foldGroups, outermost } from "./groups.js";
import { classNumbers } from "./matrix.js";
import { numbersOf } from "./view.js";

/**
 * @param {import("./matrix.js").Matrix} matrix of all classes
 * @param {Array<import("./groups.js").Group>} groups
 * @returns {Object} `classNumbers` of the matrix and, from the number of classes on, of each group as one class
 */
export function withGroups(matrix, groups) {
  const numbers = Object.fromEntries(Object.entries(numbersOf(matrix)).map(([name, values]) => [name, [...values]]));
  const depths = groups.map((group) => depthOf(group, groups));
  for (const depth of new Set(depths)) { // groups in each other can't be summed at once
    const entries = groups.filter(({ id }) => depths[id] === depth).map(({ id }) => matrix.size + id);
    const folded = classNumbers(foldGroups(matrix, groups, entries));
    for (const [name, values] of Object.entries(numbers)) {
      for (const entry of entries) values[entry] = folded[name][entry];
    }
  }
  return numbers;
}

/**
 * The rows of the table: each group with classes that are found, below it the groups in it and those classes that are
 * in none of these, and at last the classes in no group.
 * @param {Array<number>} found classes, sorted
 * @param {{groups: Array<Object>, open: Array<number>}} grouped
 * @param {function(Array<number>): Array<number>} sort entries: classes, and groups as `size` + id
 * @param {number} size
 * @param {boolean} isSearch whether some classes only are wanted: they are in sight then, though the group is collapsed
 * @returns {Array<number>} entries
 */
export function rowsByGroup(found, { groups, open }, sort, size, isSearch) {
  const there = new Set(found);
  const own = (classes) => {
    const some = new Set(classes);
    return found.filter((index) => some.has(index));
  };
  const rows = (some) => {
    const shown = some.filter(({ classes }) => classes.some((index) => there.has(index)));
    return sort(shown.map(({ id }) => size + id)).flatMap((entry) => [entry, ...below(groups[entry - size])]);
  };
  const below = (group) => {
    if (!isSearch && !open.includes(group.id)) return [];
    return [...rows(group.inner.map((id) => groups[id])), ...own(group.own)];
  };
  const inGroups = new Set(groups.flatMap(({ classes }) => classes));
  return [...rows(outermost(groups)), ...found.filter((index) => !inGroups.has(index))];
}

/**
 * @param {Array<import("./groups.js").Group>} groups
 * @param {number} size
 * @returns {Map<number, number>} by entry in how many groups it is; without the classes in none
 */
export function depthsOf(groups, size) {
  const depths = new Map();
  for (const group of groups) {
    const depth = depthOf(group, groups);
    depths.set(size + group.id, depth);
    for (const index of group.own) depths.set(index, depth + 1);
  }
  return depths;
}

/**
 * @param {import("./groups.js").Group} group
 * @param {Object} view
 * @param {Object} act
 * @param {HTMLElement} box that picks its classes
 * @returns {HTMLElement} the head of its row, which expands and collapses it in the matrix as well
 */
export function groupHead({ id, name, classes }, { grouped: { open }, state }, act, box) {
  const isOpen = open.includes(id);
  const toggle = () => {
    act.expand(isOpen ? open.filter((one) => one !== id) : [...open, id]);
    const holds = [state.class, state.cell?.true, state.cell?.predicted].some((index) => classes.includes(index));
    if (isOpen && holds) act.unselect(); // what is chosen is in sight, or the group could not collapse
  };
  const title = `${label(name, 300)}, ${count(classes.length)} classes: ${isOpen ? "collapse" : "expand"}`;
  const attributes = { title, "aria-expanded": isOpen, key: `group row ${id}`, onclick: toggle };
  const mark = h("span", { class: "fold", "aria-hidden": true, text: isOpen ? "▾" : "▸" });
  const text = h("bdi", { text: label(name) });
  return h("th", { scope: "row" }, box, button(attributes, mark, text));
}
