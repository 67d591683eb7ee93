/** Lists of pairs of classes that are mistaken for each other. */

import { button, h, note, oneStop, onlyWhenChanged, replace, sortHead } from "./dom.js";
import { count, isFound, label, lostText, percent, points, signed } from "./format.js";
import { changeFrom, sortedPairs, wholeOf } from "./matrix.js";
import { pairsOf } from "./view.js";

const MOST = 60;
const COLUMNS = [
  ["count", "n", "How many samples"],
  ["rate", "of true", "Which part of the true class, in %"],
  ["change", "vs B", "How much more than in B: samples, or points of % where A and B have different numbers of them"],
];

/**
 * The list of the most confused pairs.
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createPairs(act) {
  const element = h("div", { class: "scroll" });
  const changed = onlyWhenChanged();
  return {
    element,
    render({ a, b, names, sameClasses, unequal, state }) {
      const other = sameClasses ? b?.matrix : undefined;
      const { pairs: by, search } = state;
      changed([a.matrix, other, names, unequal, by, search], () => {
        const change = other && changeFrom(other, unequal);
        const isOne = (pair) => isFound(names[pair.true], search) || isFound(names[pair.predicted], search);
        const pairs = sortedPairs(pairsOf(a.matrix).filter(isOne), by, change);
        const found = search.trim() ? ` with “${label(search.trim(), 30)}”` : "";
        if (pairs.length === 0) return replace(element, nothing(a, found));
        const options = { change, unequal, by, title: "true → predicted" };
        const rest = pairs.length - MOST;
        return replace(
          element,
          found && note(`Pairs${found}, as searched for in the classes`),
          pairTable(pairs.slice(0, MOST), names, act, options),
          rest > 0 && note(`${count(rest)} more pairs`),
        );
      });
    },
  };
}

/** No mistakes is good news only where there are predictions. */
function nothing({ counts, raw }, found) {
  const lost = lostText(wholeOf(counts), raw.nonfinite);
  if (lost) return note(lost, "problem");
  if (counts.total > 0) return note(`No mistakes${found} at this epoch.`);
  return note(wholeOf(counts) > 0 ? "No answer reaches the threshold." : "There are no samples at this epoch.");
}

/**
 * A table of pairs: a click selects the cell.
 * @param {Array<{true: number, predicted: number, count: number, rate: number}>} pairs
 * @param {Array<string>} names
 * @param {Object} act
 * @param {Object} options
 * @param {string} options.title of the first column
 * @param {string} [options.by] what they are sorted by, if the user may choose
 * @param {function(Object): string} [options.text] of a pair
 * @param {function(Object): number} [options.change] of a pair, if they are compared
 * @param {boolean} [options.unequal] whether the change is one of rates
 * @returns {HTMLElement}
 */
export function pairTable(pairs, names, act, { title, by, text, change, unequal }) {
  const most = Math.max(...pairs.map((pair) => pair.count));
  const columns = COLUMNS.filter(([key]) => key !== "change" || change);
  const heads = columns.map((column) => heading(column, by, act));
  const changeText = change && ((pair) => (unequal ? points : signed)(change(pair)));
  const name = text ?? ((pair) => `${label(names[pair.true])} → ${label(names[pair.predicted])}`);
  const table = h(
    "table",
    { class: "pairs" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col", text: title }), ...heads)),
    h("tbody", {}, ...pairs.map((pair) => row(pair, name(pair), most, changeText, act))),
  );
  oneStop(table, title);
  return table;
}

function heading([key, text, title], by, act) {
  if (!by) return h("th", { scope: "col", text });
  const onclick = () => act.set({ pairs: key });
  return sortHead(h("th", { scope: "col" }), key === by ? true : null, { text, title, key: `pairs ${key}`, onclick });
}

function row(pair, name, most, changeText, act) {
  const bar = h("span", { class: "bar" });
  bar.style.width = `${(pair.count / most) * 100}%`;
  const cell = { true: pair.true, predicted: pair.predicted };
  const attributes = { title: name, key: `pair ${pair.true} ${pair.predicted}`, onclick: () => act.selectCell(cell) };
  return h(
    "tr",
    { onmouseenter: () => act.hover(cell), onmouseleave: () => act.hover(null) },
    h("th", { scope: "row" }, button(attributes, h("bdi", { text: name }), bar)),
    h("td", { text: count(pair.count) }),
    h("td", { text: percent(pair.rate) }),
    changeText ? h("td", { text: changeText(pair) }) : null,
  );
}
