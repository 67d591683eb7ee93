/** Single samples: their pictures or texts, and what is known of them. */

import { addressOf } from "./api.js";
import { button, h } from "./dom.js";
import { count, label } from "./format.js";
import { icon } from "./icons.js";

/**
 * @param {{letters: Array<"A"|"B">|undefined}} sample of a list
 * @returns {boolean} whether B alone has it
 */
export function isOfB({ letters }) {
  return letters?.[0] === "B";
}

/**
 * @param {{position: number}} sample of a list
 * @returns {string} what a link calls it: its position, after a "b" where B alone has it
 */
export function sampleId(sample) {
  return `${isOfB(sample) ? "b" : ""}${sample.position}`;
}

/**
 * @param {string} run
 * @param {{key: string, form: "png"|"text"|"none", text: string, position: number, letters: Array<"A"|"B">|undefined}}
 * sample with the letters of the runs that have it, when two are compared
 * @param {Object} how
 * @param {string} how.alt what a screen reader says of it
 * @param {Array<string>} how.lines under it
 * @param {function(): void} how.open what shows it large
 * @param {function(Array): HTMLElement} [how.wrap] what the lines stand in
 * @returns {HTMLElement}
 */
export function sampleCard(run, sample, { alt, lines, open, wrap = null }) {
  const title = `Position ${sample.position} in the data, counted from 0`;
  const position = h("span", { class: "faint", text: `# ${count(sample.position)}`, title });
  const texts = lines.map((text) => h("span", { text }));
  const tag = (text) => h("span", { class: `letter ${text.toLowerCase()}`, text, title: `Kept by ${text}` });
  const tags = sample.letters?.length > 0 && h("span", { class: "letters" }, ...sample.letters.map(tag));
  const shown = shownSample(run, sample, alt);
  const opener = { key: `sample ${sampleId(sample)}`, title: "Show it large", onclick: open };
  const isOpened = sample.form === "png"; // by a click on the picture itself
  const large = isOpened
    ? button({ class: "picture", ...opener }, shown)
    : button({ class: "quiet large", ...opener, "aria-label": `Show it large: ${alt}` }, icon("large"));
  const caption = h("figcaption", {}, ...(wrap ? [wrap(texts)] : texts), tags, position, isOpened ? null : large);
  return h("figure", { class: `sample ${sample.form}` }, isOpened ? large : shown, caption);
}

/**
 * @param {string} run
 * @param {{key: string, form: "png"|"text"|"none", text: string}} sample
 * @param {string} alt
 * @returns {HTMLElement|null} its picture or text; null where none was kept
 */
export function shownSample(run, sample, alt) {
  if (sample.form === "png") {
    const image = h("img", { src: addressOf("picture", { run, key: sample.key }), alt, loading: "lazy" });
    image.addEventListener("load", () => image.classList.toggle("tiny", image.naturalWidth <= 64));
    image.addEventListener("error", () => image.replaceWith(h("span", { class: "faint", text: alt }))); // damaged
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

/**
 * A grid of samples that shows more on demand.
 * @param {Array<Object>} samples
 * @param {number} page how many are shown at first, and added each time
 * @param {function(Object): HTMLElement} cardOf
 * @returns {Array<HTMLElement>}
 */
export function growing(samples, page, cardOf) {
  const grid = h("div", { class: "samples" });
  const more = button({ class: "quiet" });
  const grow = () => {
    const shown = grid.children.length;
    grid.append(...samples.slice(shown, shown + page).map(cardOf));
    more.hidden = grid.children.length === samples.length;
    more.textContent = `${count(samples.length - grid.children.length)} more`;
  };
  more.addEventListener("click", grow);
  grow();
  return [grid, more];
}
