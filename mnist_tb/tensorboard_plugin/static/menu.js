/** A button that unfolds what there is no room for in the row. */

import { button, h } from "./dom.js";

/**
 * @param {string} text of the button
 * @param {string} title
 * @returns {{element: HTMLElement, box: HTMLElement, close: function(): void}} what is to be unfolded goes into the box
 */
export function createMenu(text, title) {
  const box = h("div", { class: "menu-box", role: "group", "aria-label": title, hidden: true });
  const opener = button({ class: "menu-button", text, title, "aria-expanded": false, key: `menu ${text}` });
  const element = h("div", { class: "menu" }, opener, box);
  const open = (isOpen) => {
    box.hidden = !isOpen;
    opener.setAttribute("aria-expanded", String(isOpen));
  };
  opener.addEventListener("click", () => open(box.hidden));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || box.hidden) return;
    event.stopPropagation();
    open(false);
    opener.focus();
  });
  document.addEventListener("pointerdown", ({ target }) => element.contains(target) || open(false));
  return { element, box, close: () => open(false) };
}
