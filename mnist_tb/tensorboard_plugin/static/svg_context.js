/**
 * What stands for a canvas' context and makes an SVG file: as much of it as heat maps are drawn with. What is drawn
 * between `save` and a translation or a rotation would be moved, too.
 */

import { svg } from "./dom.js";

const STYLE = ["fillStyle", "strokeStyle", "lineWidth", "font", "textAlign", "textBaseline"];
const ANCHORS = { left: "start", center: "middle", right: "end" };
const NOT_IN_XML = /[\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Has the names of `CanvasRenderingContext2D`. */
export class SvgContext {
  isVector = true;
  fillStyle = "#000";
  strokeStyle = "#000";
  lineWidth = 1;
  font = "10px sans-serif";
  textAlign = "left";
  textBaseline = "middle"; // the only one
  globalAlpha = 1; // of rectangles
  #root;
  #group;
  #stack = [];
  #path = "";
  #box = null;
  #clips = 0;
  #ruler = document.createElement("canvas").getContext("2d");

  constructor(width, height) {
    this.#root = svg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}` });
    this.#group = this.#root;
  }

  /** The file's text. */
  toString() {
    return new XMLSerializer().serializeToString(this.#root);
  }

  save() {
    this.#stack.push([this.#group, Object.fromEntries(STYLE.map((name) => [name, this[name]]))]);
    this.#group = this.#add("g", {});
  }

  restore() {
    const [group, style] = this.#stack.pop();
    this.#group = group;
    Object.assign(this, style);
  }

  translate(x, y) {
    this.#transform(`translate(${short(x)} ${short(y)})`);
  }

  rotate(angle) {
    this.#transform(`rotate(${short((angle * 180) / Math.PI)})`);
  }

  beginPath() {
    this.#path = "";
  }

  moveTo(x, y) {
    this.#path += `M${short(x)} ${short(y)}`;
  }

  lineTo(x, y) {
    this.#path += `L${short(x)} ${short(y)}`;
  }

  rect(...box) {
    this.#box = box;
  }

  clip() {
    const id = `clip${this.#clips++}`;
    const shape = svg("rect", boxOf(this.#box));
    this.#group.append(svg("clipPath", { id }, shape));
    this.#group = this.#add("g", { "clip-path": `url(#${id})` });
  }

  stroke() {
    this.#add("path", { d: this.#path, fill: "none", stroke: this.strokeStyle, "stroke-width": this.lineWidth });
  }

  fillRect(...box) {
    const opacity = this.globalAlpha === 1 ? null : this.globalAlpha;
    const fill = { fill: this.fillStyle, "fill-opacity": opacity };
    this.#add("rect", { ...boxOf(box), ...fill, "shape-rendering": "crispEdges" });
  }

  strokeRect(...box) {
    const stroke = { stroke: this.strokeStyle, "stroke-width": this.lineWidth };
    this.#add("rect", { ...boxOf(box), fill: "none", ...stroke });
  }

  measureText(text) {
    this.#ruler.font = this.font;
    return this.#ruler.measureText(text);
  }

  fillText(text, x, y) {
    const place = { x: short(x), y: short(y), dy: "0.35em", "text-anchor": ANCHORS[this.textAlign] };
    const style = `font:${this.font};white-space:pre`;
    this.#add("text", { ...place, fill: this.fillStyle, style, text: text.replace(NOT_IN_XML, "\u00b7") });
  }

  #add(tag, attributes) {
    const element = svg(tag, attributes);
    this.#group.append(element);
    return element;
  }

  #transform(step) {
    const before = this.#group.getAttribute("transform");
    this.#group.setAttribute("transform", before ? `${before} ${step}` : step);
  }
}

function boxOf([x, y, width, height]) {
  return { x: short(x), y: short(y), width: short(width), height: short(height) };
}

function short(value) {
  return Number(value.toFixed(2));
}
