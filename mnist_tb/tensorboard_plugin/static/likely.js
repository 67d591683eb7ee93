/** The most probable classes of a sample, as bars. */

import { h } from "./dom.js";
import { probabilityText } from "./format.js";
import { nameOf } from "./samples.js";

/**
 * @param {{true: number, likely: Array<[number, number]>|null|undefined}} sample with class and probability of each
 * @param {Array<string>} names
 * @returns {Array<HTMLElement>} nothing where that is not known
 */
export function likelyOf(sample, names) {
  if (!sample.likely) return [];
  const item = ([index, probability]) => {
    const bar = h("span", { class: "share", "aria-hidden": true }, h("span"));
    bar.firstChild.style.width = `${probability * 100}%`;
    const isLabel = index === sample.true;
    const said = isLabel && h("span", { class: "faint", text: "(the label)" });
    const name = h("span", {}, h("bdi", { text: nameOf(names, index) }), said);
    const number = h("span", { text: probabilityText(probability) });
    return h("li", { class: isLabel ? "right" : "wrong" }, name, bar, number);
  };
  return [h("h3", { text: "Most probable classes" }), h("ol", { class: "likely" }, ...sample.likely.map(item))];
}
