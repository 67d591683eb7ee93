/** Which classes the matrix shows: picked in the table of classes, with one row and one column for all others. */

import { button, h, onlyWhenChanged, replace } from "./dom.js";
import { count, label } from "./format.js";

const FEWEST = 3; // classes of which some can be chosen

/**
 * @param {Object} act
 * @param {function(): void} onPick
 * @returns {{element: HTMLElement, box: function(number, string): HTMLElement,
 *   some: function(Array<number>, string, string): HTMLElement, render: function(Object): void,
 *   version: function(): number}} what is to be done with the classes that are picked; a box for a class, and one for
 * several, with a key and a title; `version` changes with what is picked
 */
export function createPicker(act, onPick) {
  const element = h("div", { class: "picker", role: "group", "aria-label": "Classes in the matrix", hidden: true });
  const picker = { act, element, picked: new Set(), names: null, subset: null, version: 0 };
  picker.changed = onlyWhenChanged();
  const pick = (indices, isPicked) => {
    for (const index of indices) picker.picked[isPicked ? "add" : "delete"](index);
    picker.version++;
    onPick();
  };
  return {
    element,
    version: () => picker.version,
    box: (index, name) => boxOf(picker, [index], `pick ${index}`, `Pick ${label(name)}`, pick),
    some: (indices, key, title) => boxOf(picker, indices, key, title, pick),
    render: (view) => render(picker, view),
  };
}

function boxOf({ picked, names }, indices, key, title, pick) {
  if (names.length < FEWEST) return "";
  const checked = indices.length > 0 && indices.every((index) => picked.has(index));
  const onchange = () => pick(indices, box.checked);
  const box = h("input", { type: "checkbox", class: "pick", checked, key, title, "aria-label": title, onchange });
  return box;
}

function render(picker, { state: { subset }, names }) {
  if (picker.names !== names || picker.subset !== subset) {
    picker.picked = new Set(subset ?? []);
    picker.version++;
    Object.assign(picker, { names, subset });
  }
  picker.changed([picker.version], () => layOut(picker, subset));
}

function layOut(picker, subset) {
  const chosen = [...picker.picked].sort((a, b) => a - b);
  const isNew = chosen.length > 0 && chosen.join() !== (subset ?? []).join();
  picker.element.hidden = !isNew && subset === null;
  const show = () => picker.act.showClasses(chosen);
  const some = chosen.length === 1 ? "this one" : `these ${count(chosen.length)}`;
  const clear = () => picker.act.showClasses(null);
  replace(
    picker.element,
    isNew && button({ text: `Show ${some} in the matrix`, key: "show picked", onclick: show }),
    subset !== null && button({ class: "quiet", text: "Show all again", key: "show all", onclick: clear }),
  );
}
