/** Lists of pairs of classes that are mistaken for each other. */

import { button, h, note, onlyWhenChanged, replace } from "./dom.js";
import { count, label, percent, signed } from "./format.js";
import { at } from "./matrix.js";
import { pairsOf } from "./view.js";

const MOST = 60;

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
    render({ a, b, names, sameClasses }) {
      const other = sameClasses ? b?.matrix : undefined;
      changed([a.matrix, other, names], () => {
        const pairs = pairsOf(a.matrix);
        const shown = pairs.slice(0, MOST);
        const rest = pairs.length - shown.length;
        if (pairs.length === 0) return replace(element, note("No mistakes at this epoch."));
        const more = rest > 0 && note(`${count(rest)} more pairs with at most ${count(pairs[MOST].count)} each`);
        return replace(element, pairTable(shown, names, act, { other, title: "true → predicted" }), more);
      });
    },
  };
}

/**
 * A table of pairs: a click selects the cell.
 * @param {Array<{true: number, predicted: number, count: number, rate: number}>} pairs
 * @param {Array<string>} names
 * @param {Object} act
 * @param {Object} options
 * @param {string} options.title of the first column
 * @param {function(Object): string} [options.text] of a pair
 * @param {import("./matrix.js").Matrix} [options.other] what they are compared with
 * @returns {HTMLElement}
 */
export function pairTable(pairs, names, act, { title, text, other }) {
  const most = Math.max(...pairs.map((pair) => pair.count));
  const heads = [title, "n", "of true", ...(other ? ["vs B"] : [])];
  const name = text ?? ((pair) => `${label(names[pair.true])} → ${label(names[pair.predicted])}`);
  return h(
    "table",
    { class: "pairs" },
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col", text: head })))),
    h("tbody", {}, ...pairs.map((pair) => row(pair, name(pair), most, other, act))),
  );
}

function row(pair, name, most, other, act) {
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
    other ? h("td", { text: signed(pair.count - at(other, pair.true, pair.predicted)) }) : null,
  );
}
