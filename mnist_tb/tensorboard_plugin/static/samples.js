/** Single samples: their pictures or texts, and what is known of them. */

import { addressOf } from "./api.js";
import { h } from "./dom.js";
import { count, label } from "./format.js";

/**
 * @param {string} run
 * @param {{key: string, form: "png"|"text"|"none", text: string, position: number}} sample
 * @param {string} alt what a screen reader says of the picture
 * @param {Array<string>} lines under it
 * @returns {HTMLElement}
 */
export function sampleCard(run, sample, alt, lines) {
  const title = `Position ${sample.position} in the data, counted from 0`;
  const position = h("span", { class: "faint", text: `# ${count(sample.position)}`, title });
  const caption = h("figcaption", {}, ...lines.map((text) => h("span", { text })), position);
  return h("figure", { class: `sample ${sample.form}` }, shown(run, sample, alt), caption);
}

function shown(run, sample, alt) {
  if (sample.form === "png") {
    const image = h("img", { src: addressOf("picture", { run, key: sample.key }), alt, loading: "lazy" });
    image.addEventListener("load", () => image.classList.toggle("tiny", image.naturalWidth <= 64));
    image.addEventListener("error", () => image.remove()); // in a damaged file
    return image;
  }
  return sample.form === "text" ? h("blockquote", { text: sample.text }) : null;
}

/**
 * @param {Array<{form: string}>} samples
 * @returns {Array<{form: string}>} those that can be seen first
 */
export function seenFirst(samples) {
  return [...samples].sort((a, b) => Number(a.form === "none") - Number(b.form === "none"));
}

/**
 * @param {Array<string>} names
 * @param {number} index
 * @returns {string}
 */
export function nameOf(names, index) {
  return index >= 0 && index < names.length ? label(names[index], 40) : "?";
}
