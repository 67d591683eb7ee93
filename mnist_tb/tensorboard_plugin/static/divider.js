/** Lines between parts of the page that can be dragged, or moved with the arrow keys. */

import { h } from "./dom.js";
import { recall, remember } from "./host.js";

const STEP = 16; // pixels that a key moves it

/**
 * @param {Object} options
 * @param {string} options.label for screen readers
 * @param {"vertical"|"horizontal"} options.line how it lies
 * @param {string} options.property of CSS, on the page, which takes the width or the height
 * @param {HTMLElement} options.before what it makes larger
 * @param {[number, number]} options.range of that, in pixels
 * @returns {HTMLElement}
 */
export function createDivider({ label, line, property, before, range: [least, most] }) {
  const isVertical = line === "vertical";
  const attributes = { class: `divider ${line}`, role: "separator", tabindex: 0, "aria-label": label };
  const element = h("div", { ...attributes, "aria-orientation": line, "aria-valuemin": least, "aria-valuemax": most });
  const size = () => before.getBoundingClientRect()[isVertical ? "width" : "height"];
  const within = (pixels) => Math.round(Math.max(least, Math.min(most, pixels)));
  new ResizeObserver(() => element.setAttribute("aria-valuenow", within(size()))).observe(before);
  const set = (wanted) => {
    const pixels = within(wanted);
    document.documentElement.style.setProperty(property, `${pixels}px`);
    remember(property, String(pixels));
  };
  const known = Number(recall(property));
  if (known >= least && known <= most) set(known);
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    const from = (isVertical ? event.clientX : event.clientY) - size();
    element.onpointermove = (move) => set((isVertical ? move.clientX : move.clientY) - from);
    event.preventDefault();
  });
  element.addEventListener("lostpointercapture", () => (element.onpointermove = null));
  element.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP, ArrowUp: -STEP, ArrowRight: STEP, ArrowDown: STEP }[event.key];
    if (!by) return;
    event.preventDefault();
    set(size() + by);
  });
  return element;
}
