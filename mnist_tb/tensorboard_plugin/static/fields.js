/** Two classes need no heat map: four large fields say what each kind of prediction is called, and how often it is. */

import { colorOf, inkOn, toneOf } from "./colors.js";
import { button, h, onlyWhenChanged, replace } from "./dom.js";
import { cellText, count, differenceText, label, percent, points } from "./format.js";
import { at } from "./matrix.js";
import { numbersOf } from "./view.js";

const WORDS = ["true negatives", "false positives", "false negatives", "true positives"]; // 2 · is true + is predicted

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(import("./heatmap.js").Shown): void}}
 */
export function createFields(act) {
  const element = h("div", { class: "fields" });
  const changed = onlyWhenChanged();
  const render = (shown) => {
    const { cells, map, scale, state, names, letter } = shown;
    changed([cells, map, scale, names, letter, state.positive, state.cell], () => {
      const order = [state.positive, 1 - state.positive];
      const field = (row, column) => fieldOf({ true: row, predicted: column }, shown, act);
      const head = (index, axis) => h("span", { class: `field-${axis}` }, `${axis} `, nameOf(names[index]));
      const tag = letter && h("span", { class: `letter ${letter.toLowerCase()}`, text: letter });
      replace(
        element,
        h("span", { class: "field-corner" }, tag),
        ...order.map((column) => head(column, "predicted")),
        ...order.flatMap((row) => [head(row, "true"), ...order.map((column) => field(row, column))]),
        figuresOf(shown),
      );
    });
  };
  return { element, render };
}

function nameOf(name) {
  return h("bdi", { text: label(name, 40) });
}

function fieldOf(cell, shown, act) {
  const { state, map, scale, names } = shown;
  const [row, column] = [cell.true, cell.predicted];
  const word = WORDS[2 * Number(row === state.positive) + Number(column === state.positive)];
  const value = valueOf(cell, shown);
  const side = map.diverging && row === column ? -1 : 1; // more is worse, but not of what is right
  const color = colorOf(map, toneOf(value, scale) * side);
  const isChosen = state.cell?.true === row && state.cell?.predicted === column;
  const says = textOf(cell, shown);
  const field = button(
    {
      class: "field",
      "aria-pressed": isChosen,
      "aria-label": `${word}: ${says}`,
      key: `field ${row} ${column}`,
      onclick: () => act.selectCell(cell),
      onpointerenter: () => act.hover(cell),
      onpointerleave: () => act.hover(null),
    },
    h("span", { class: "field-value", text: shown.format(value) }),
    h("span", { class: "field-word", text: word }),
    h("span", { class: "field-rate", text: rateOf(cell, shown) }),
  );
  Object.assign(field.style, { background: `rgb(${color.join(" ")})`, color: inkOn(color) });
  field.title = `${label(names[row])} predicted as ${label(names[column])}`;
  return field;
}

function valueOf({ true: row, predicted: column }, { cells }) {
  const place = cells.values.findIndex((_, k) => cells.rows[k] === row && cells.columns[k] === column);
  return place < 0 ? 0 : cells.values[place];
}

function textOf({ true: row, predicted: column }, { matrices: [first, second], names }) {
  const [truth, predicted] = [names[row], names[column]];
  if (second) return differenceText(at(first, row, column), at(second, row, column), truth, predicted);
  return cellText(at(first, row, column), first.rowSums[row], truth, predicted);
}

function rateOf({ true: row, predicted: column }, { matrices, state }) {
  const rates = matrices.map((matrix) => percent(at(matrix, row, column) / matrix.rowSums[row]));
  if (rates.length === 2) return `${rates[0]} in A, ${rates[1]} in B`;
  if (state.values === "count") return `${rates[0]} of true`;
  return count(at(matrices[0], row, column));
}

/** What the four are summed up by; of a difference, in points. */
function figuresOf({ matrices, state: { positive } }) {
  const numbers = matrices.map(numbersOf).map(({ recall, precision, f1 }) => ({
    precision: precision[positive],
    "recall (sensitivity)": recall[positive],
    specificity: recall[1 - positive],
    F1: f1[positive],
  }));
  const [first, second] = numbers;
  const part = ([name, value]) => {
    const text = second ? points(value - second[name]) : percent(value);
    return h("div", {}, h("dt", { text: name }), h("dd", { text }));
  };
  return h("dl", { class: "figures" }, ...Object.entries(first).map(part));
}
