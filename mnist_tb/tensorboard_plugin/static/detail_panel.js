/** The column on the right: the selected cell or class, or else the worst mistakes and the flips. */

import { createCalibration } from "./calibration.js";
import { createCellDetail } from "./cell_detail.js";
import { createChanged } from "./changed.js";
import { createClassDetail } from "./class_detail.js";
import { h, replace, segments } from "./dom.js";
import { createFlips } from "./flips.js";
import { createPairs } from "./pairs.js";
import { createScoreCurves } from "./score_curves.js";
import { createSuspects } from "./suspects.js";
import { glossary } from "./words.js";

const LISTS = [
  ["pairs", "Most confused", "Pairs of classes that are mistaken most"],
  ["changed", "Changed", "Classes and pairs that are worse or better in A than in B"],
  ["flips", "Flips", "Tracked samples that broke or were fixed between two epochs"],
  ["calibration", "Calibration", "Whether answers are right as often as their confidence says"],
  ["curves", "Curves", "Precision-recall and ROC curves, and a threshold for each class"],
  ["suspects", "Suspects", "Samples whose given label may be wrong"],
];
const OF_A_CLASS = new Set(["calibration", "curves"]);

/**
 * @param {HTMLElement} parent
 * @param {Object} act
 * @returns {{render: function(Object): void}}
 */
export function createDetailPanel(parent, act) {
  const parts = {
    pairs: createPairs(act),
    changed: createChanged(act),
    flips: createFlips(act),
    calibration: createCalibration(act),
    curves: createScoreCurves(act),
    suspects: createSuspects(act),
    cell: createCellDetail(act),
    class: createClassDetail(act),
  };
  const tabs = h("div", { class: "head lists" });
  const card = h("section", { class: "card grow" }, tabs, ...Object.values(parts).map((part) => part.element));
  parent.append(card);
  const words = glossary("Details", "confusion", "flips", "suspects");
  let [list, left] = [null, null];
  return {
    render(view) {
      const active = document.activeElement;
      const held = card.contains(active);
      const kind = kindOf(view);
      for (const [name, part] of Object.entries(parts)) part.element.hidden = name !== kind;
      tabs.hidden = kind === "cell" || kind === "class";
      if (list !== view.state.list) {
        list = view.state.list;
        replace(tabs, segments("List", LISTS, list, (value) => act.set({ list: value })), words);
      }
      if (view.a.matrix) parts[kind].render(view);
      if (!held || !isLost(document.activeElement)) return;
      landing(parts[kind].element, tabs, left)?.focus();
      left = active;
    },
  };
}

/** A link may select what this run does not have. Some lists are of the selected class themselves. */
function kindOf({ state, names }) {
  const { cell, class: index, list } = state;
  if (cell && cell.true < names.length && cell.predicted < names.length) return "cell";
  return index !== null && index < names.length && !OF_A_CLASS.has(list) ? "class" : list;
}

/** What is removed loses the focus at once, and what is hidden only when the page is drawn. */
function isLost(active) {
  return active === document.body || active.closest("[hidden]") !== null;
}

/**
 * Where the focus goes when what had it is gone: somebody at the keyboard gets on from there, and does not begin at the
 * top of the page. From a list it is the way back, and on the way back the place in the list.
 */
function landing(element, tabs, left) {
  if (element.contains(left)) return left;
  const places = "[data-key=close], table:not(.thresholds) tbody [tabindex='0'], .flip";
  return element.querySelector(places) ?? tabs.querySelector("[aria-pressed=true]");
}
