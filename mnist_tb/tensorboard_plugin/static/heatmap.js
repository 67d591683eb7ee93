/** A heat map on a canvas: draws what it is given, and says what the pointer and the keys point at. */

import { toneOf } from "./colors.js";
import { edgesOf } from "./edges.js";
import { h, onlyWhenChanged } from "./dom.js";
import { listenToFingers } from "./fingers.js";
import { label } from "./format.js";
import { fitZoom, hit, layOut, reveal, zoomBy } from "./geometry.js";
import { paint } from "./paint.js";
import { REJECTED, pictureOfRejected } from "./rejected.js";

const KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const NOWHERE = { row: null, column: null };
const DRAG = 4; // pixels that a hand trembles in a click
const LARGE = 12; // classes from which zooming makes sense

/**
 * @typedef {Object} Shown
 * @property {string} title
 * @property {string|null} letter that tells it from the other one, if there are two
 * @property {{rows: Int32Array, columns: Int32Array, values: Float64Array}} cells that are not zero
 * @property {import("./rejected.js").Column|null} rejected what has no prediction
 * @property {Array<number>} classes along the axes
 * @property {number|null} others stands for all other classes, if they have a row and a column
 * @property {Array<number>} order both of them
 * @property {Array<string>} names of all classes, and of what stands for several
 * @property {number} single how many of these are of single classes
 * @property {Array<number>} ends places along the axes where a group of classes ends
 * @property {import("./colors.js").ColorMap} map
 * @property {{most: number, log: boolean, unit: number}} scale
 * @property {Array<import("./cell_text.js").Form>} forms in which the numbers may be written
 * @property {import("./state.js").State} state
 * @property {Object} theme
 * @property {[Object, Object|null]} numbers of the classes, and those of B if the difference is shown
 * @property {boolean} passive whether it is only looked at
 */

/**
 * @param {Object} act bound changes of the state
 * @returns {{element: HTMLElement, render: function(Shown): void,
 *   shown: function(): Shown & {span: number},
 *   paintOn: function(CanvasRenderingContext2D, number, number, number): void}} `shown` gives what is shown, and how
 * many classes are in sight; `paintOn` draws it elsewhere, as wide and high, with as many pixels in a unit
 */
export function createHeatMap(act) {
  const canvas = h("canvas", {
    class: "map",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "heat map",
    "aria-describedby": "summary",
    key: "map",
  });
  const letter = h("span", { class: "letter", "aria-hidden": true });
  const element = h("div", { class: "map-box" }, letter, canvas);
  const map = { canvas, element, letter, shown: null, picture: null, layout: null, ranks: null };
  map.changed = onlyWhenChanged();
  listen(map, act);
  new ResizeObserver(() => map.shown && draw(map)).observe(element);
  return {
    element,
    render: (shown) => render(map, shown),
    shown: () => ({ ...map.shown, span: map.shown.state.zoom?.span ?? map.shown.order.length }),
    paintOn: (...place) => paintOn(map, ...place),
  };
}

function render(map, shown) {
  map.shown = shown;
  const { cells, order, map: colors, scale, state } = shown;
  map.changed([cells, order, colors, scale.most, scale.log, scale.unit, state.diagonal], () => {
    map.ranks = new Int32Array(shown.names.length).fill(-1);
    order.forEach((index, position) => (map.ranks[index] = position));
    map.picture = pictureOf(shown, map.ranks);
  });
  map.letter.hidden = shown.letter === null;
  map.letter.textContent = shown.letter ?? "";
  map.letter.className = `letter ${(shown.letter ?? "").toLowerCase()}`;
  map.canvas.setAttribute("aria-label", `${shown.title}: confusion matrix, true classes on the rows. Arrow keys move.`);
  map.canvas.style.touchAction = state.zoom === null ? "pan-x pan-y" : "none"; // a finger moves it
  draw(map);
}

function pictureOf({ cells, rejected, order, names, map, scale, state, forms, numbers, others, ends }, ranks) {
  // More is worse; but on the diagonal it is better, and among all others neither.
  const side = (k) => {
    if (cells.rows[k] !== cells.columns[k]) return 1;
    return cells.rows[k] === others ? 0 : map.diverging ? -1 : 1;
  };
  const hidden = (k) => !state.diagonal && cells.rows[k] === cells.columns[k];
  return {
    rows: cells.rows.map((index, k) => (hidden(k) ? -1 : ranks[index])),
    columns: cells.columns.map((index) => ranks[index]),
    tones: Float32Array.from(cells.values, (value, k) => toneOf(value, scale) * side(k)),
    forms,
    size: order.length,
    names: order.map((index) => names[index]),
    map,
    diagonal: state.diagonal,
    edges: edgesOf(...numbers, order, others),
    ends,
    rejected: rejected && pictureOfRejected(rejected, order, scale),
  };
}

function draw(map) {
  const { width, height } = map.element.getBoundingClientRect();
  if (width < 20 || height < 20) return; // the tab is hidden
  const density = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * density), Math.round(height * density)];
  if (map.canvas.width !== across) map.canvas.width = across;
  if (map.canvas.height !== down) map.canvas.height = down;
  const context = map.canvas.getContext("2d");
  context.setTransform(density, 0, 0, density, 0, 0);
  map.layout = layOutOn(map, context, width, height);
  paintAt(map, context, map.layout, density, positionOf(map, map.shown.state.hover));
}

function paintOn(map, context, width, height, density) {
  paintAt(map, context, layOutOn(map, context, width, height), density, NOWHERE);
}

function layOutOn({ shown: { state, order }, picture }, context, width, height) {
  const label = widestLabel(context, picture.names);
  const hasRejected = picture.rejected !== null;
  return layOut({ width, height, size: order.length, zoom: state.zoom, label, hasRejected });
}

function paintAt(map, context, layout, density, hover) {
  const { state, theme } = map.shown;
  const marks = { hover, selected: selectedPosition(map, state) };
  paint(context, layout, { ...map.picture, ...marks, theme }, density);
}

function widestLabel(context, names) {
  context.font = "bold 12px Roboto, Arial, sans-serif";
  const texts = names.map((name) => label(name, 22)).sort((a, b) => b.length - a.length);
  const width = (text) => context.measureText(text).width;
  const widest = Math.max(8, ...texts.slice(0, 50).map(width)); // of thousands, the longest will do
  return Math.min(150, widest) + 4;
}

function positionOf(map, cell) {
  if (!cell) return NOWHERE;
  const place = (index) => (map.ranks[index ?? REJECTED] >= 0 ? map.ranks[index] : null);
  return { row: place(cell.true), column: place(cell.predicted), rejected: cell.predicted === REJECTED };
}

function selectedPosition(map, { cell, class: index }) {
  if (cell) return positionOf(map, cell);
  const place = index === null ? null : (map.ranks[index] ?? -1);
  return place === null || place < 0 ? NOWHERE : { row: place, column: place, whole: true };
}

function listen(map, act) {
  const { canvas } = map;
  let press = null;
  canvas.addEventListener("pointerdown", (event) => {
    press = null;
    if (event.button !== 0 || !event.isPrimary || !isLive(map)) return;
    press = { x: event.offsetX, y: event.offsetY, zoom: map.layout.zoom, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!isLive(map)) return;
    if (press) drag(map, press, event, act);
    else hover(map, event, act);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (press && !press.moved) click(map, event, act);
    press = null;
  });
  canvas.addEventListener("pointercancel", () => (press = null));
  canvas.addEventListener("pointerleave", () => act.hover(null));
  canvas.addEventListener("dblclick", (event) => expand(map, pointed(map, event), act) || act.zoom(null));
  canvas.addEventListener("wheel", (event) => wheel(map, event, act), { passive: false });
  canvas.addEventListener("keydown", (event) => key(map, event, act));
  pinch(map, act);
}

function isLive(map) {
  return map.layout !== null && !map.shown.passive;
}

function pointed(map, event) {
  const { order } = map.shown;
  const { row, column } = hit(map.layout, order.length, event.offsetX, event.offsetY);
  return { true: row === null ? null : order[row], predicted: column === null ? null : (order[column] ?? REJECTED) };
}

function hover(map, event, act) {
  const cell = pointed(map, event);
  const before = map.shown.state.hover;
  map.canvas.style.cursor = cell.true === null && cell.predicted === null ? "default" : "pointer";
  if (before?.true === cell.true && before?.predicted === cell.predicted) return;
  act.hover(cell.true === null && cell.predicted === null ? null : cell);
}

function drag(map, press, event, act) {
  const [x, y] = [event.offsetX - press.x, event.offsetY - press.y];
  if (Math.hypot(x, y) > DRAG) press.moved = true;
  if (!press.moved || !map.shown.state.zoom) return;
  const { cellWidth, cellHeight } = map.layout;
  const { row, column, span } = press.zoom;
  act.zoom(fitZoom({ row: row - y / cellHeight, column: column - x / cellWidth, span }, map.shown.order.length));
}

function click(map, event, act) {
  const { true: row, predicted: column } = pointed(map, event); // beside the matrix, the class alone
  const isOne = (index) => index !== null && index >= 0 && index < map.shown.single;
  if (isOne(row) && isOne(column)) act.selectCell({ true: row, predicted: column });
  else if (isOne(row) || isOne(column)) act.selectClass(isOne(row) ? row : column);
}

/** Show the classes of the groups at a cell; false where there are none. */
function expand({ shown }, cell, act) {
  const found = [cell.true, cell.predicted].filter((index) => index >= shown.single && index !== shown.others);
  if (found.length) act.expand([...(act.state().expanded ?? []), ...found.map((index) => index - shown.single)]);
  return found.length > 0;
}

function wheel(map, event, act) {
  const size = map.shown?.order.length ?? 0;
  if (size < LARGE || !isLive(map)) return;
  event.preventDefault();
  const factor = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004);
  zoomAt(map, fitZoom(act.state().zoom, size), factor, event.offsetX, event.offsetY, act);
}

function zoomAt(map, zoom, factor, x, y, act) {
  const { left, top, width, height } = map.layout;
  const within = (value) => Math.max(0, Math.min(1, value));
  act.zoom(zoomBy(zoom, map.shown.order.length, factor, within((x - left) / width), within((y - top) / height)));
}

function pinch(map, act) {
  let zoom = null;
  const begin = () => (zoom = map.layout.zoom);
  const change = (factor, x, y) => {
    const box = map.canvas.getBoundingClientRect();
    zoomAt(map, zoom, factor, x - box.left, y - box.top, act);
  };
  listenToFingers(map.canvas, () => isLive(map), begin, change);
}

function key(map, event, act) {
  if (event.ctrlKey || event.metaKey || event.altKey || !isLive(map)) return;
  const { order } = map.shown;
  const { zoom } = act.state();
  const factor = { "+": 0.7, "=": 0.7, "-": 1 / 0.7 }[event.key];
  if (event.key === "Enter") expand(map, act.state().hover ?? {}, act);
  else if (event.key in KEYS) move(map, KEYS[event.key], act);
  else if (factor && order.length >= LARGE) act.zoom(zoomBy(fitZoom(zoom, order.length), order.length, factor));
  else if (event.key === "0") act.zoom(null);
  else if (event.key === "Escape") act.unselect();
  else return;
  event.preventDefault();
}

function move(map, [down, right], act) {
  const { order } = map.shown;
  const state = act.state(); // keys may be faster than the screen
  const ofGroup = [state.hover?.true, state.hover?.predicted].some((index) => index >= map.shown.single);
  const start = ofGroup ? positionOf(map, state.hover) : selectedPosition(map, state);
  const last = map.shown.classes.length - 1;
  const within = (position) => Math.max(0, Math.min(last, position));
  const row = start.row === null ? 0 : within(start.row + down);
  const column = start.column === null ? 0 : within(start.column + right);
  const cell = { true: order[row], predicted: order[column] };
  if (Math.max(cell.true, cell.predicted) < map.shown.single) act.walkTo(cell);
  else act.hover(cell); // a group is only read, or expanded by Enter
  const zoom = reveal(state.zoom, order.length, row, column);
  if (zoom !== state.zoom) act.zoom(zoom);
}
