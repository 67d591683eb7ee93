/** Draws a heat map on a canvas. Knows positions and colours, and nothing of the page. */

import { FONT } from "./canvas_text.js";
import { fitting } from "./cell_text.js";
import { colorOf, inkOn } from "./colors.js";
import { labelled } from "./geometry.js";
import { paintEdges } from "./edges.js";
import { label } from "./format.js";
import { paintRejected } from "./rejected.js";
import { paintTones } from "./tones.js";

const DOT = 2; // pixels of the screen that a cell has at least
const SMALL = 4; // below as many pixels, a pale cell could not be told from nothing: it gets some colour more
const LEAST_TONE = 0.35;
const LEGIBLE = 12; // pixels of a cell's height from which there may be a number in it

/**
 * @typedef {Object} Picture
 * @property {Int32Array} rows position of each non-zero cell along the axis, -1 if it is not shown
 * @property {Int32Array} columns
 * @property {Float32Array} tones of each, see `colorOf`
 * @property {Array<import("./cell_text.js").Form>} forms in which the numbers may be written
 * @property {number} size positions along an axis
 * @property {Array<string>} names at the positions
 * @property {import("./colors.js").ColorMap} map
 * @property {boolean} diagonal
 * @property {import("./edges.js").Edges} edges
 * @property {Array<number>} ends positions where a group of classes ends
 * @property {Object|null} rejected what has no prediction, as `pictureOfRejected` gives it
 * @property {{row: number|null, column: number|null, rejected: boolean|undefined}} hover position
 * @property {{row: number|null, column: number|null}} selected position; one alone selects a class
 * @property {{card: string, ink: string, faint: string, line: string, accent: string}} theme colours
 */

/**
 * @param {CanvasRenderingContext2D} context scaled so that a unit is a pixel of the page
 * @param {ReturnType<import("./geometry.js").layOut>} layout
 * @param {Picture} picture
 * @param {number} density pixels of the screen in one of the page
 */
export function paint(context, layout, picture, density) {
  context.fillStyle = picture.theme.card;
  context.fillRect(0, 0, layout.across, layout.down);
  context.save();
  context.beginPath();
  context.rect(layout.left, layout.top, layout.width, layout.height);
  context.clip();
  paintCells(context, layout, picture, density);
  if (Math.min(layout.cellWidth, layout.cellHeight) >= 7) paintGrid(context, layout, picture.theme.card, density);
  paintEnds(context, layout, picture);
  if (!picture.diagonal) paintDiagonal(context, layout, picture);
  const form = paintTexts(context, layout, picture);
  context.restore();
  context.strokeStyle = picture.theme.line;
  context.strokeRect(layout.left - 0.5, layout.top - 0.5, layout.width + 1, layout.height + 1);
  paintNames(context, layout, picture);
  paintTitles(context, layout, picture.theme, form?.note ?? null);
  paintRejected(context, layout, picture, density);
  paintEdges(context, layout, picture);
  paintMarks(context, layout, picture);
}

/** One pixel for each cell, or, where cells are smaller than pixels, the strongest of those that share one. */
function paintCells(context, layout, picture, density) {
  const { zoom } = layout;
  const [firstRow, firstColumn] = [Math.floor(zoom.row), Math.floor(zoom.column)];
  const across = Math.min(picture.size, Math.ceil(zoom.column + zoom.span)) - firstColumn;
  const down = Math.min(picture.size, Math.ceil(zoom.row + zoom.span)) - firstRow;
  const width = Math.max(1, Math.min(across, Math.floor((layout.width * density) / DOT)));
  const height = Math.max(1, Math.min(down, Math.floor((layout.height * density) / DOT)));
  const least = Math.min(layout.cellWidth, layout.cellHeight) < SMALL ? LEAST_TONE : 0;
  const tones = new Float32Array(width * height);
  for (let k = 0; k < picture.tones.length; k++) {
    const [row, column] = [picture.rows[k] - firstRow, picture.columns[k] - firstColumn];
    if (picture.rows[k] < 0 || picture.columns[k] < 0) continue;
    if (row < 0 || column < 0 || row >= down || column >= across) continue;
    const place = Math.floor((row * height) / down) * width + Math.floor((column * width) / across);
    if (Math.abs(picture.tones[k]) > Math.abs(tones[place])) tones[place] = picture.tones[k];
  }
  const x = layout.left + (firstColumn - zoom.column) * layout.cellWidth;
  const y = layout.top + (firstRow - zoom.row) * layout.cellHeight;
  const colors = { map: picture.map, seen: (tone) => Math.sign(tone) * (least + (1 - least) * Math.abs(tone)) };
  paintTones(context, tones, width, height, [x, y, across * layout.cellWidth, down * layout.cellHeight], colors);
}

/** Lines between groups of classes. */
function paintEnds(context, layout, { ends, theme }) {
  context.strokeStyle = theme.faint;
  context.lineWidth = 1.5;
  context.beginPath();
  for (const end of ends) {
    const [x, y] = corner(layout, end, end);
    context.moveTo(x, layout.top);
    context.lineTo(x, layout.top + layout.height);
    context.moveTo(layout.left, y);
    context.lineTo(layout.left + layout.width, y);
  }
  context.stroke();
}

function paintGrid(context, layout, color, density) {
  const sharp = (place) => (density < 2 ? Math.round(place) - 0.5 : place);
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.beginPath();
  const [firstX, firstY] = corner(layout, Math.ceil(layout.zoom.row), Math.ceil(layout.zoom.column));
  for (let i = 0; i <= layout.zoom.span + 1; i++) {
    const x = sharp(firstX + i * layout.cellWidth);
    const y = sharp(firstY + i * layout.cellHeight);
    context.moveTo(x, layout.top);
    context.lineTo(x, layout.top + layout.height);
    context.moveTo(layout.left, y);
    context.lineTo(layout.left + layout.width, y);
  }
  context.stroke();
}

function paintDiagonal(context, layout, picture) {
  if (layout.cellHeight < 3) return;
  context.strokeStyle = picture.theme.line;
  context.beginPath();
  for (let i = 0; i < picture.size; i++) {
    const [x, y] = corner(layout, i, i);
    context.moveTo(x, y);
    context.lineTo(x + layout.cellWidth, y + layout.cellHeight);
  }
  context.stroke();
}

/** All numbers in the form in which they fit; gives it. */
function paintTexts(context, layout, picture) {
  const inSight = cellsInSight(layout, picture);
  context.font = `10px ${FONT}`;
  const form = fitting(picture.forms, inSight, layout, (text) => context.measureText(text).width / 10);
  if (form === null) return null;
  context.font = `${form.size}px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const k of inSight) {
    const [x, y] = corner(layout, picture.rows[k], picture.columns[k]);
    context.fillStyle = inkOn(colorOf(picture.map, picture.tones[k]));
    context.fillText(form.textOf(k), x + layout.cellWidth / 2, y + layout.cellHeight / 2 + 0.5);
  }
  return form;
}

function cellsInSight({ zoom, cellHeight }, { rows, columns }) {
  const found = [];
  if (cellHeight < LEGIBLE) return found; // there may be a million
  const isIn = (place, start) => place > start - 1 && place < start + zoom.span;
  for (let k = 0; k < rows.length; k++) {
    if (rows[k] < 0 || columns[k] < 0) continue;
    if (isIn(rows[k], zoom.row) && isIn(columns[k], zoom.column)) found.push(k);
  }
  return found;
}

function corner(layout, row, column) {
  return [
    layout.left + (column - layout.zoom.column) * layout.cellWidth,
    layout.top + (row - layout.zoom.row) * layout.cellHeight,
  ];
}

function paintNames(context, layout, picture) {
  const { zoom, cellWidth, cellHeight } = layout;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const row of withMarked(labelled(zoom.row, zoom.span, picture.size, cellHeight), picture, "row", cellHeight)) {
    const y = layout.top + (row + 0.5 - zoom.row) * cellHeight;
    if (y < layout.top || y > layout.top + layout.height) continue;
    setNameStyle(context, picture, "row", row, cellHeight);
    context.fillText(shorten(context, picture.names[row], layout.left - layout.titleLeft - 16), layout.left - 6, y);
  }
  context.textAlign = layout.upright ? "left" : "center";
  const columns = labelled(zoom.column, zoom.span, picture.size, layout.upright ? cellWidth : Infinity);
  for (const column of withMarked(columns, picture, "column", cellWidth)) {
    const x = layout.left + (column + 0.5 - zoom.column) * cellWidth;
    if (x < layout.left || x > layout.left + layout.width) continue;
    setNameStyle(context, picture, "column", column, layout.upright ? cellWidth : 99);
    const room = layout.upright ? layout.top - 26 : cellWidth - 4;
    paintTurned(context, shorten(context, picture.names[column], room), x, layout.top - 6, layout.upright);
  }
}

/** Where names are left out, those near a marked one make room for it. */
function withMarked(positions, picture, axis, step) {
  const marked = [picture.selected[axis], picture.hover[axis]].filter((position) => position !== null);
  const missing = marked.filter((position) => !positions.includes(position));
  if (missing.length === 0) return positions;
  const hasRoom = (position) => missing.every((other) => Math.abs(other - position) * step >= 13);
  return [...positions.filter(hasRoom), ...missing];
}

function setNameStyle(context, picture, axis, position, step) {
  const marked = picture.hover[axis] === position || picture.selected[axis] === position;
  context.font = `${marked ? "bold " : ""}${step < 14 ? 11 : 12}px ${FONT}`;
  context.fillStyle = marked ? picture.theme.ink : picture.theme.faint;
}

function shorten(context, name, room) {
  const clean = label(name);
  const fit = Math.max(3, Math.floor((clean.length * Math.max(room, 8)) / context.measureText(clean).width));
  return fit < clean.length ? label(name, fit) : clean;
}

function paintTurned(context, text, x, y, upright) {
  if (!upright) {
    context.fillText(text, x, y - 5);
    return;
  }
  context.save();
  context.translate(x, y);
  context.rotate(-Math.PI / 2);
  context.fillText(text, 0, 0);
  context.restore();
}

function paintTitles(context, layout, theme, note) {
  context.font = `11px ${FONT}`;
  context.fillStyle = theme.faint;
  context.textAlign = "center";
  context.fillText(note === null ? "predicted" : `predicted (${note})`, layout.left + layout.width / 2, 7);
  context.save();
  context.translate(layout.titleLeft, layout.top + layout.height / 2);
  context.rotate(-Math.PI / 2);
  context.fillText("true", 0, 0);
  context.restore();
}

function paintMarks(context, layout, picture) {
  const { hover, selected, theme } = picture;
  if (hover.row !== null && hover.column !== null) frame(context, layout, hover.row, hover.column, theme.ink, 1);
  const one = selected.row !== null && selected.column !== null;
  if (one && !selected.whole) frame(context, layout, selected.row, selected.column, theme.accent, 2.5);
  if (!selected.whole) return;
  band(context, layout, selected.row, null, theme.accent);
  band(context, layout, null, selected.column, theme.accent);
}

function frame(context, layout, row, column, color, width) {
  const [x, y] = corner(layout, row, column);
  outline(context, layout, x, y, layout.cellWidth, layout.cellHeight, color, width);
}

function band(context, layout, row, column, color) {
  const [x, y] = corner(layout, row ?? layout.zoom.row, column ?? layout.zoom.column);
  const [width, height] = row === null ? [layout.cellWidth, layout.height] : [layout.width, layout.cellHeight];
  outline(context, layout, x, y, width, height, color, 2);
}

function outline(context, layout, x, y, width, height, color, line) {
  const grow = Math.max(0, 5 - Math.min(width, height)) / 2; // a cell of a pixel must be seen, too
  context.save();
  context.beginPath();
  context.rect(layout.left - 3, layout.top - 3, layout.width + 6, layout.height + 6);
  context.clip();
  context.strokeStyle = color;
  context.lineWidth = line;
  context.strokeRect(x - grow, y - grow, width + 2 * grow, height + 2 * grow);
  context.restore();
}
