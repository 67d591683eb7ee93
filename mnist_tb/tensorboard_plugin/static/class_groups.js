/** Groups of classes in the table of classes: each is one class there, and unfolds to those in it. */

import { button, h } from "./dom.js";
import { count, label } from "./format.js";
import { foldGroups, outermost } from "./groups.js";
import { numbersOf } from "./view.js";

/**
 * @param {import("./matrix.js").Matrix} matrix of all classes
 * @param {Array<import("./groups.js").Group>} groups
 * @returns {Object} `classNumbers` of the matrix and, from the number of classes on, of each outermost group as one
 */
export function withGroups(matrix, groups) {
  const single = numbersOf(matrix);
  const entries = outermost(groups).map(({ id }) => matrix.size + id);
  const folded = numbersOf(foldGroups(matrix, groups, entries));
  const both = (name) => folded[name].map((value, index) => (index < matrix.size ? single[name][index] : value));
  return Object.fromEntries(Object.keys(single).map((name) => [name, both(name)]));
}

/**
 * The rows of the table: each group with classes that are found, below it those, and at last the classes in no group.
 * @param {Array<number>} found classes, sorted
 * @param {{groups: Array<Object>, open: Array<number>}} grouped
 * @param {function(Array<number>): Array<number>} sort entries: classes, and groups as `size` + id
 * @param {number} size
 * @param {boolean} isSearch whether some classes only are wanted: they are in sight then, though the group is collapsed
 * @returns {Array<number>} entries
 */
export function rowsByGroup(found, { groups, open }, sort, size, isSearch) {
  const there = new Set(found);
  const shown = outermost(groups).filter(({ classes }) => classes.some((index) => there.has(index)));
  const rest = new Set(found);
  const rows = sort(shown.map(({ id }) => size + id)).flatMap((entry) => {
    const { id, classes } = groups[entry - size];
    const own = new Set(classes);
    for (const index of classes) rest.delete(index);
    return [entry, ...(isSearch || open.includes(id) ? found.filter((index) => own.has(index)) : [])];
  });
  return [...rows, ...rest];
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
