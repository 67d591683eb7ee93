/** Words of the field, each with a short explanation that unfolds where it stands, also by touch and from the keys. */

import { button, h, replace } from "./dom.js";

const WORDS = {
  accuracy: ["Accuracy", "the share of all samples that were predicted correctly"],
  balanced: ["Balanced accuracy", "the mean of recall over the classes, so that small classes count as much as large"],
  macroF1: ["Macro-F1", "the mean of F1 over the classes, so that small classes count as much as large ones"],
  recall: ["Recall", "of the samples that truly are of the class, the share that was predicted as it"],
  precision: ["Precision", "of the samples that were predicted as the class, the share that truly are of it"],
  f1: ["F1", "the harmonic mean of recall and precision: high only where both are high"],
  support: ["Support (n)", "the number of samples that truly are of the class"],
  confusion: ["Confusion", "samples of one class that were predicted as another; a matrix counts them for each pair"],
  calibrationError: [
    "Expected calibration error",
    "how far accuracy is from confidence, on average over 20 bins of confidence, each of which counts by its samples",
  ],
  maximumError: [
    "Maximum calibration error",
    "how far accuracy is from confidence in the bin where that is farthest, which may be one of few samples",
  ],
  confidence: ["Mean confidence", "the probability that the model gave to its answers, on average"],
  averagePrecision: [
    "Average precision",
    "the mean of precision over recall: 100 % if no sample of another class scores higher than one of the class",
  ],
  auc: [
    "Area under the ROC curve",
    "how often a sample of the class has a higher score for it than a sample of another class has",
  ],
  flips: ["Flips", "samples that were right at one epoch and wrong at the other, or the other way round"],
  suspects: [
    "Suspects",
    "mistakes that may be mistakes of the label: the model is surer of its answer than such samples usually are of " +
      "their label, and gave the same answer in most of the epochs so far, as far as the sample was kept",
  ],
};
const GAP = 4; // pixels between a word, the explanation and the edges of the window

let tip = null; // one for the page: it outlives the word, which is drawn anew with each epoch

/**
 * @param {string} key of a word
 * @returns {string} what it means, in a line
 */
export function meaning(key) {
  return WORDS[key].join(": ");
}

/**
 * @param {string} key of a word
 * @param {string} text as it stands in its place
 * @returns {HTMLElement} the word, underlined with dots; a click unfolds what it means
 */
export function word(key, text) {
  return opener([key], { class: "word", text, title: meaning(key) });
}

/**
 * One button for a whole table, whose heads sort it already.
 * @param {string} name what the words stand in
 * @param {...string} keys of the words
 * @returns {HTMLElement}
 */
export function glossary(name, ...keys) {
  const title = `What the words mean: ${name}`;
  return opener(keys, { class: "help", text: "?", title, "aria-label": title });
}

function opener(keys, attributes) {
  const key = `word ${keys.join(" ")}`;
  const onclick = () => (tip?.element.hidden === false && tip.key === key ? close() : open(one, keys, key));
  const one = button({ ...attributes, key, onclick });
  return one;
}

function open(by, keys, key) {
  tip ??= createTip();
  tip.key = key;
  replace(tip.element, ...keys.flatMap((one) => [h("dt", { text: WORDS[one][0] }), h("dd", { text: WORDS[one][1] })]));
  tip.element.hidden = false;
  place(tip.element, (by.closest(".tile") ?? by).getBoundingClientRect()); // which stays in sight
}

function close() {
  tip.element.hidden = true;
}

/** Below the word, or above it where there is no room. */
function place(element, by) {
  const { width, height } = element.getBoundingClientRect();
  const isBelow = by.bottom + GAP + height <= window.innerHeight;
  element.style.top = `${Math.max(GAP, isBelow ? by.bottom + GAP : by.top - GAP - height)}px`;
  element.style.left = `${Math.max(GAP, Math.min(by.left, document.body.clientWidth - width - GAP))}px`;
}

function createTip() {
  const element = h("dl", { class: "tip", role: "status", hidden: true });
  document.body.append(element);
  const isOutside = ({ target }) => !element.contains(target) && !target.closest?.(".word, .help");
  document.addEventListener("pointerdown", (event) => isOutside(event) && close());
  document.addEventListener("scroll", (event) => isOutside(event) && close(), true);
  document.addEventListener("focusin", (event) => isOutside(event) && close());
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || element.hidden) return;
      event.preventDefault(); // the selection stays
      close();
    },
    true, // before whoever would leave a menu or the selection
  );
  return { element, key: null };
}
