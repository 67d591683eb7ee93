/** A button that copies a text; where the browser forbids that, the text stands beside it, to be taken by hand. */

import { button, h } from "./dom.js";
import { copy } from "./host.js";

const SAID = 2_000; // milliseconds for which it says that it has copied

/**
 * @param {{text: string, title: string, key: string, label: string}} options what is written on the button, and what a
 * screen reader calls the text beside it
 * @param {function(): string} textOf
 * @returns {[HTMLElement, HTMLElement]} the button, and the text
 */
export function copyButton({ text, title, key, label }, textOf) {
  const line = h("textarea", { class: "link", readonly: true, rows: 1, "aria-label": label, hidden: true });
  const copier = button({ class: "quiet", text, title, key });
  copier.addEventListener("click", async () => {
    const copied = await copy(textOf());
    copier.textContent = copied ? "Copied" : "Copy it from here:";
    line.hidden = copied;
    if (copied) {
      setTimeout(() => (copier.textContent = text), SAID);
      return;
    }
    line.value = textOf();
    line.rows = Math.min(8, line.value.split("\n").length);
    line.select();
  });
  return [copier, line];
}
