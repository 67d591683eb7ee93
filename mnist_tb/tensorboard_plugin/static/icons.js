/** Small pictures on buttons, drawn in the colour of the text. */

import { svg } from "./dom.js";

const SHAPES = {
  play: "M4 2.5v11l9-5.5z",
  stop: "M3.5 3.5h9v9h-9z",
  back: "M12.5 2.5v11l-8-5.5zM3 3h1.7v10H3z",
  on: "M3.5 2.5v11l8-5.5zM11.3 3H13v10h-1.7z",
  left: "M10.4 2.4 11.8 3.8 7.6 8l4.2 4.2-1.4 1.4L4.8 8z",
  right: "M5.6 2.4 4.2 3.8 8.4 8l-4.2 4.2 1.4 1.4L11.2 8z",
  large: "M2 2h5v1.6H4.7l2.6 2.6-1.1 1.1-2.6-2.6V7H2zM14 14H9v-1.6h2.3L8.7 9.8l1.1-1.1 2.6 2.6V9H14z",
  star: "M8 1.2l2 4.6 5 .5-3.8 3.3 1.1 4.9L8 11.9l-4.3 2.6 1.1-4.9L1 6.3l5-.5z",
};

/**
 * @param {"play"|"stop"|"back"|"on"|"left"|"right"|"large"|"star"} name
 * @returns {SVGElement} which says nothing to a screen reader: its button has a name
 */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": true }, svg("path", { d: SHAPES[name] }));
}
