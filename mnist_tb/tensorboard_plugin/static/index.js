/** The tab. TensorBoard loads this module in a frame of its own and calls `render`. */

import { startApp } from "./app.js";
import { h } from "./dom.js";

// A later one has the last word.
const PANELS = ["lists", "runs", "matrix", "tiles", "fields", "controls", "threshold", "charts", "time", "details"];
const STYLES = ["base", "page", ...PANELS, "viewer", "plane", "contrast"];

/**
 * Draw the tab as soon as its style is there, as nothing unstyled should flash; the data are fetched meanwhile.
 */
export function render() {
  document.documentElement.lang = "en";
  document.title = "Confusion Matrix";
  const styled = Promise.all(STYLES.map((name) => style(`./${name}.css`)));
  startApp(document.body, styled);
}

function style(path) {
  const link = h("link", { rel: "stylesheet", href: new URL(path, import.meta.url).href });
  document.head.append(link);
  return new Promise((done) => {
    link.addEventListener("load", done);
    link.addEventListener("error", done); // rather plain than nothing
  });
}
