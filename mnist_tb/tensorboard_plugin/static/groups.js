/**
 * Groups of classes: which of them the axes show, and the matrix of them. Pure functions.
 *
 * @typedef {Object} Group
 * @property {number} id its place in the list, which a link may name
 * @property {string} name
 * @property {number|null} parent the group that it is in
 * @property {Array<number>} inner the groups in it
 * @property {Array<number>} own classes that are in none of these
 * @property {Array<number>} classes all of its classes
 */

import { foldBy } from "./fold.js";

const FEWEST = 6; // classes of which similar ones are put together

/**
 * @param {Array<Object>} tree as /runs has it
 * @returns {Array<Group>} each before the groups in it
 */
export function listGroups(tree) {
  const list = [];
  const add = ({ name, classes, groups }, parent) => {
    const group = { id: list.length, name, parent, inner: [], own: classes, classes: [...classes] };
    list.push(group);
    for (const one of groups) {
      const inner = add(one, group.id);
      group.inner.push(inner.id);
      group.classes.push(...inner.classes);
    }
    return group;
  };
  for (const one of tree) add(one, null);
  return list;
}

/**
 * @param {Object} info a run
 * @returns {Array<"logged"|"similar">} how its classes can be grouped
 */
export function groupings({ class_groups: logged, class_names: names }) {
  return [logged.length > 0 && "logged", names.length >= FEWEST && "similar"].filter(Boolean);
}

/**
 * @param {Array<Array<number>>} found the classes of each group, first those that are confused most
 * @param {Array<string>} names of the classes
 * @returns {Array<Object>} a tree as /runs has it, whose groups are called by those: "cat, dog +3"
 */
export function namedTree(found, names) {
  return found.map((classes) => {
    const first = classes.slice(0, 2).map((index) => names[index]);
    const more = classes.length > 2 ? ` +${classes.length - 2}` : "";
    return { name: first.join(", ") + more, classes, groups: [] };
  });
}

/**
 * @param {Array<Group>} groups
 * @param {Array<number>} expanded ids, maybe of groups that there are not
 * @param {Array<number>} chosen classes that must be in sight
 * @returns {Array<number>} ids of the groups whose classes are shown
 */
export function opened(groups, expanded, chosen) {
  const holds = ({ id, classes }) => expanded.includes(id) || chosen.some((index) => classes.includes(index));
  return groups.filter(holds).map(({ id }) => id);
}

/**
 * @param {Array<Group>} groups
 * @returns {Array<Group>} those that are in no other one
 */
export function outermost(groups) {
  return groups.filter(({ parent }) => parent === null);
}

/**
 * @param {Group} group
 * @param {Array<Group>} groups
 * @returns {number} how many others it is in
 */
export function depthOf({ parent }, groups) {
  return parent === null ? 0 : 1 + depthOf(groups[parent], groups);
}

/**
 * What stands along the axes: a collapsed group as one, in the place of its classes; classes in no group come last.
 * @param {Array<Group>} groups
 * @param {Array<number>} expanded ids
 * @param {Array<number>} order all classes
 * @returns {Array<number>} classes, and groups as the number of classes + id
 */
export function entriesOf(groups, expanded, order) {
  const open = new Set(expanded);
  const sorted = (classes) => {
    const some = new Set(classes);
    return order.filter((index) => some.has(index));
  };
  const shown = (group) => {
    if (!open.has(group.id)) return [order.length + group.id];
    return [...group.inner.flatMap((id) => shown(groups[id])), ...sorted(group.own)];
  };
  const outer = outermost(groups);
  const grouped = new Set(outer.flatMap((group) => group.classes));
  return [...outer.flatMap(shown), ...order.filter((index) => !grouped.has(index))];
}

/**
 * @param {import("./matrix.js").Matrix} matrix
 * @param {Array<Group>} groups
 * @param {Array<number>} entries along the axes
 * @returns {import("./matrix.js").Matrix} in which the cells of a collapsed group are summed
 */
export function foldGroups(matrix, groups, entries) {
  const place = Int32Array.from({ length: matrix.size }, (_, index) => index);
  for (const entry of entries.filter((one) => one >= matrix.size)) {
    for (const index of groups[entry - matrix.size].classes) place[index] = entry;
  }
  return foldBy(matrix, place, matrix.size + groups.length);
}

/**
 * @param {Array<Group>} groups
 * @param {Array<number>} entries
 * @param {number} classes
 * @returns {Array<number>} the places along the axes where one outermost group ends and something else begins, but
 * not between two that are collapsed, whose cells say that themselves
 */
export function boundaries(groups, entries, classes) {
  const outer = outerByClass(groups, classes);
  // Classes in no group stand together.
  const root = (entry) => Math.max(-1, outer[entry < classes ? entry : groups[entry - classes].classes[0]]);
  const isWhole = (entry) => groups[entry - classes]?.parent === null;
  const isEnd = (before, entry) => root(before) !== root(entry) && !(isWhole(before) && isWhole(entry));
  return entries.flatMap((entry, place) => (place && isEnd(entries[place - 1], entry) ? [place] : []));
}

/**
 * @param {import("./matrix.js").Matrix} matrix of all classes
 * @param {Array<Group>} groups
 * @returns {{inside: number, across: number}} mistakes between classes of one outermost group, and all others
 */
export function errorsOf(matrix, groups) {
  const outer = outerByClass(groups, matrix.size);
  const errors = { inside: 0, across: 0 };
  matrix.values.forEach((value, k) => {
    const [row, column] = [matrix.rows[k], matrix.columns[k]];
    if (row !== column) errors[outer[row] === outer[column] ? "inside" : "across"] += value;
  });
  return errors;
}

/** By class the outermost group; of those in none, each is one of its own. */
function outerByClass(groups, classes) {
  const outer = Int32Array.from({ length: classes }, (_, index) => -1 - index);
  for (const group of outermost(groups)) {
    for (const index of group.classes) outer[index] = group.id;
  }
  return outer;
}
