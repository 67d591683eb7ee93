/** What changed between A and B: the classes and the pairs that are worse in A, and those that are better. */

import { mayBeChance } from "./chance.js";
import { button, h, note, oneStop, onlyWhenChanged, replace } from "./dom.js";
import { label, onlyOneRightText, percent, points } from "./format.js";
import { at } from "./matrix.js";
import { numbersOf, pairsOf, stepVersion } from "./view.js";

const MOST = 6; // in each list
const CHANCE = "Grey: the 95 % intervals of A and B overlap, so that it may be chance.";
const UNLIKE = "A and B tell different classes apart: nothing can have changed.";

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createChanged(act) {
  const [said, body] = [h("div"), h("div")];
  const element = h("div", { class: "scroll detail changed" }, said, body);
  const [changed, saidChanged] = [onlyWhenChanged(), onlyWhenChanged()];
  return {
    element,
    render(view) {
      const { a, b, names, sameClasses } = view;
      const { value, error } = mcnemarOf(view) ?? {};
      saidChanged([value, error], () => {
        const text = error ?? (value?.same ? onlyOneRightText(value) : "");
        replace(said, text && note(text, error ? "problem" : undefined));
      });
      changed([a.matrix, b?.matrix, names, sameClasses], () => {
        if (!b) return replace(body, note("Compare with another run or epoch to see what changed."));
        if (!sameClasses) return replace(body, note(UNLIKE));
        if (!b.matrix) return replace(body, note(b.error ?? "Loading …", b.error ? "problem" : "faint"));
        replace(body, note(CHANCE), ...lists(a.matrix, b.matrix, names, act));
      });
    },
  };
}

/** On which of the tracked samples one of the two alone is right; null where they track none, or show one thing. */
function mcnemarOf({ ask, a, b }) {
  if (!b?.info.has_tracked || !a.info.has_tracked || a.step === null || b.step === null) return null;
  if (a.info === b.info && a.step === b.step) return null;
  const params = { run: a.info.run, step: a.step, other: b.info.run, other_step: b.step };
  return ask("mcnemar", params, `${stepVersion(a.info, a.step)} ${stepVersion(b.info, b.step)}`);
}

function lists(first, second, names, act) {
  const [classes, pairs] = [classChanges(first, second), pairChanges(first, second)];
  const some = (items, by) => items.filter(({ change }) => by * change > 0).sort((x, y) => by * (y.change - x.change));
  const table = (title, heads, items, row) =>
    items.length ? changeTable(title, heads, items.slice(0, MOST).map((item) => row(item, names, act))) : [];
  const ofClasses = ["class", "F1 in A", "in B", "A − B"];
  const ofPairs = ["true → predicted", "in A", "in B", "A − B"];
  return [
    ...table("Classes that A tells worse than B", ofClasses, some(classes, -1), classRow),
    ...table("Classes that A tells better than B", ofClasses, some(classes, 1), classRow),
    ...table("Mistakes that A makes more often", ofPairs, some(pairs, 1), pairRow),
    ...table("Mistakes that A makes less often", ofPairs, some(pairs, -1), pairRow),
  ];
}

/**
 * @param {import("./matrix.js").Matrix} first
 * @param {import("./matrix.js").Matrix} second
 * @returns {Array<Object>} F1 of every class in both, how much larger it is in the first, whether that may be chance
 */
export function classChanges(first, second) {
  const [inA, inB] = [numbersOf(first), numbersOf(second)];
  return Array.from(inA.f1, (value, index) => {
    const right = [first, second].map((matrix) => at(matrix, index, index));
    const isChance = (sums) => mayBeChance([right[0], first[sums][index]], [right[1], second[sums][index]]);
    const values = [value, inB.f1[index]];
    return { index, values, change: values[0] - values[1], isChance: isChance("rowSums") && isChance("columnSums") };
  });
}

/**
 * @param {import("./matrix.js").Matrix} first
 * @param {import("./matrix.js").Matrix} second
 * @returns {Array<Object>} every mistake of either: its rate of the true class in both, how much larger it is in the
 * first, and whether that may be chance
 */
export function pairChanges(first, second) {
  const cells = new Map();
  for (const { true: row, predicted } of [...pairsOf(first), ...pairsOf(second)]) {
    cells.set(`${row} ${predicted}`, { true: row, predicted });
  }
  return [...cells.values()].map((cell) => {
    const parts = [first, second].map((matrix) => [at(matrix, cell.true, cell.predicted), matrix.rowSums[cell.true]]);
    const values = parts.map(([part, whole]) => part / whole);
    return { ...cell, values, change: values[0] - values[1], isChance: mayBeChance(...parts) };
  });
}

function changeTable(title, heads, rows) {
  const head = h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col", text }))));
  const table = h("table", { class: "pairs" }, head, h("tbody", {}, ...rows));
  oneStop(table, title);
  return [h("h3", { text: title }), table];
}

function changeRow({ values, change, isChance }, key, name, onclick) {
  const shown = button({ title: name, key, onclick }, h("bdi", { text: name }));
  const title = isChance ? "This may be chance" : null;
  const cells = [...values.map((value) => percent(value)), points(change)].map((text) => h("td", { text }));
  return h("tr", { class: isChance ? "faint" : null, title }, h("th", { scope: "row" }, shown), ...cells);
}

function classRow(item, names, act) {
  return changeRow(item, `changed ${item.index}`, label(names[item.index]), () => act.selectClass(item.index));
}

function pairRow(item, names, act) {
  const cell = { true: item.true, predicted: item.predicted };
  const name = `${label(names[cell.true])} → ${label(names[cell.predicted])}`;
  return changeRow(item, `changed ${cell.true} ${cell.predicted}`, name, () => act.selectCell(cell));
}
