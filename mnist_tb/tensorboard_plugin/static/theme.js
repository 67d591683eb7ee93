/** The colours of the page for what CSS does not reach: the canvas. */

import { divergingMap, neutralMap, sequentialMap } from "./colors.js";

const maps = {
  light: { sequential: sequentialMap(false), diverging: divergingMap(false), neutral: neutralMap(false) },
  dark: { sequential: sequentialMap(true), diverging: divergingMap(true), neutral: neutralMap(true) },
};

/**
 * @param {HTMLElement} body that has its class already
 * @param {boolean} dark
 * @returns {Object} colours by name, and the colour maps
 */
export function readTheme(body, dark) {
  const style = getComputedStyle(body);
  const names = ["card", "ink", "faint", "line", "accent"];
  const colors = names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return { ...Object.fromEntries(colors), ...maps[dark ? "dark" : "light"] };
}
