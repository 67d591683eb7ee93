/** What the model said of one sample, epoch after epoch, as a strip. */

import { h } from "./dom.js";
import { count } from "./format.js";
import { nameOf } from "./samples.js";

/**
 * @param {Array<number>} steps
 * @param {Array<number>} predicted
 * @returns {Array<{predicted: number, first: number, last: number, epochs: number}>} epochs in a row with one answer
 */
export function stretches(steps, predicted) {
  const found = [];
  steps.forEach((step, i) => {
    const last = found[found.length - 1];
    if (last?.predicted === predicted[i]) Object.assign(last, { last: step, epochs: last.epochs + 1 });
    else found.push({ predicted: predicted[i], first: step, last: step, epochs: 1 });
  });
  return found;
}

/**
 * @param {{steps: Array<number>, predicted: Array<number>}} answer of /tracked_sample
 * @param {number} truth
 * @param {number} step the epoch at hand
 * @param {Array<string>} names
 * @returns {Array<HTMLElement>}
 */
export function storyOf({ steps, predicted }, truth, step, names) {
  const right = predicted.filter((index) => index === truth).length;
  const parts = stretches(steps, predicted);
  const item = (part) => {
    const isRight = part.predicted === truth;
    const name = nameOf(names, part.predicted);
    const epochs = part.epochs === 1 ? `epoch ${part.first}` : `epochs ${part.first} to ${part.last}`;
    const text = `${isRight ? "✓" : "✗"} ${name}`;
    const said = `${epochs}: ${name}, ${isRight ? "right" : "wrong"}`;
    const isNow = part.first <= step && step <= part.last;
    const attributes = { class: isRight ? "right" : "wrong", title: said, "aria-current": isNow ? "true" : null };
    const seen = h("span", { "aria-hidden": true, text });
    const element = h("li", attributes, h("span", { class: "unseen", text: said }), seen);
    element.style.flexGrow = part.epochs;
    return element;
  };
  const ends = [...new Set([steps[0], steps[steps.length - 1]])].map((end) => h("span", { text: `epoch ${end}` }));
  const now = h("span", { class: "now", text: "▴", title: `epoch ${step}` });
  now.style.left = `${((steps.indexOf(step) + 0.5) / steps.length) * 100}%`;
  return [
    h("h3", { text: "What the model said of it" }),
    h("ol", { class: parts.length > 40 ? "story fine" : "story" }, ...parts.map(item)),
    h("p", { class: "ends faint", "aria-hidden": true }, ...ends, now),
    h("p", { text: `Right in ${count(right)} of ${count(steps.length)} epochs.` }),
  ];
}
