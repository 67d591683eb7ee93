/**
 * Where things are in a heat map. Pure functions of sizes and positions. A zoom is the part in sight, in positions
 * along the axes: rows `row` … `row + span`, columns `column` … `column + span`.
 */

const WIDEST_CELL = 1.7; // times its height: wider ones no longer look like a matrix
const LEAST_SPAN = 4;
const LINE = 11.5; // least pixels from one label to the next
const EDGES = { right: 88, bottom: 20 }; // what recall and precision take
const GAP = 6; // pixels between the matrix and what has no prediction
const REJECTED = 66; // pixels that the column of these is wide at least, as its name is
const EDGES_FROM = 400; // pixels of the canvas' width from which there is room for them

/**
 * @param {{width: number, height: number, size: number, zoom: Object|null, label: number, hasRejected: boolean}} sizes
 * of the canvas, classes along an axis, the part in sight, the width of the widest label, in pixels, and whether there
 * is a column of what has no prediction
 * @returns {{left: number, top: number, width: number, height: number, across: number, down: number, cellWidth: number,
 *   cellHeight: number, zoom: {row: number, column: number, span: number}, upright: boolean, titleLeft: number}} the
 * plot within the canvas, which is `across` wide and `down` high; `rejected` is where the column of what has no
 * prediction lies, null if there is none, `end` where that or the plot ends, and `edges` the room for recall and
 * precision beside it, null if there is none
 */
export function layOut({ width, height, size, zoom, label, hasRejected = false }) {
  const part = fitZoom(zoom, size);
  const left = Math.min(label, width * 0.3) + 30;
  const edges = width >= EDGES_FROM ? EDGES : null;
  const [right, bottom] = edges ? [edges.right, edges.bottom] : [2, 2];
  const upright = (width - left - right) / part.span < Math.min(label, 90); // the names stand on their sides
  const top = (upright ? Math.min(label, height * 0.25) + 8 : LINE + 6) + 18;
  const room = Math.max(10, width - left - right);
  const roomX = hasRejected ? Math.min(room - GAP - REJECTED, ((room - GAP) * part.span) / (part.span + 1)) : room;
  const roomY = Math.max(10, height - top - bottom);
  const cellHeight = Math.min(roomY / part.span, (roomX / part.span) * WIDEST_CELL);
  const cellWidth = Math.min(roomX / part.span, cellHeight * WIDEST_CELL);
  const [plotWidth, plotHeight] = [cellWidth * part.span, cellHeight * part.span];
  const besides = hasRejected ? GAP + Math.max(REJECTED, cellWidth) : 0;
  const shift = Math.max(0, (room - plotWidth - besides) / 2);
  const plot = { left: left + shift, top, width: plotWidth, height: plotHeight, cellWidth, cellHeight };
  const [plotEnd, end] = [plot.left + plotWidth, plot.left + plotWidth + besides];
  const rejected = hasRejected ? { left: plotEnd + GAP, width: end - plotEnd - GAP } : null;
  return { ...plot, rejected, end, across: width, down: height, edges, zoom: part, upright, titleLeft: shift + 9 };
}

/**
 * A zoom that lies within the matrix.
 * @param {{row: number, column: number, span: number}|null} zoom
 * @param {number} size
 * @returns {{row: number, column: number, span: number}}
 */
export function fitZoom(zoom, size) {
  if (!zoom) return { row: 0, column: 0, span: size };
  const span = Math.max(Math.min(LEAST_SPAN, size), Math.min(size, zoom.span));
  const inside = (start) => Math.max(0, Math.min(size - span, start));
  return { row: inside(zoom.row), column: inside(zoom.column), span };
}

/**
 * Zoom so that what lies under the pointer stays there.
 * @param {{row: number, column: number, span: number}} zoom
 * @param {number} size
 * @param {number} factor below 1 to see less and larger
 * @param {number} x of the pointer, in [0, 1] of the plot's width
 * @param {number} y
 * @returns {{row: number, column: number, span: number}|null} null when all is in sight
 */
export function zoomBy(zoom, size, factor, x = 0.5, y = 0.5) {
  const span = Math.max(Math.min(LEAST_SPAN, size), Math.min(size, zoom.span * factor));
  if (span >= size) return null;
  const lost = zoom.span - span;
  return fitZoom({ row: zoom.row + lost * y, column: zoom.column + lost * x, span }, size);
}

/**
 * Move the part in sight so that it holds a cell.
 * @returns {{row: number, column: number, span: number}|null} the same zoom if it does already
 */
export function reveal(zoom, size, row, column) {
  if (!zoom) return null;
  const part = fitZoom(zoom, size);
  const shift = (start, position) => {
    if (position < start) return position;
    return position + 1 > start + part.span ? position + 1 - part.span : start;
  };
  const moved = { row: shift(part.row, row), column: shift(part.column, column), span: part.span };
  return moved.row === part.row && moved.column === part.column ? zoom : moved;
}

/**
 * What lies at a point of the canvas.
 * @returns {{row: number|null, column: number|null}} positions along the axes; one alone is a name on an axis, and a
 * column as far as there are classes is what has no prediction
 */
export function hit(layout, size, x, y) {
  const { left, top, width, height, zoom } = layout;
  const [inX, inY] = [x >= left && x < left + width, y >= top && y < top + height];
  const { rejected } = layout;
  const isBeside = rejected && inY && x >= rejected.left && x < rejected.left + rejected.width;
  if (!inX && !inY) return { row: null, column: null };
  const place = (position) => Math.min(size - 1, Math.floor(position));
  return {
    row: inY ? place(zoom.row + (y - top) / layout.cellHeight) : null,
    column: isBeside ? size : inX ? place(zoom.column + (x - left) / layout.cellWidth) : null,
  };
}

/**
 * Positions in sight, each with the middle of its row or column.
 * @param {ReturnType<typeof layOut>} layout
 * @param {number} size
 * @param {"row"|"column"} axis
 * @returns {Array<[number, number]>}
 */
export function inSight({ zoom, left, top, width, height, cellWidth, cellHeight }, size, axis) {
  const [from, length, step] = axis === "row" ? [top, height, cellHeight] : [left, width, cellWidth];
  const first = Math.floor(zoom[axis]);
  const last = Math.min(size, Math.ceil(zoom[axis] + zoom.span));
  const positions = Array.from({ length: last - first }, (_, i) => first + i);
  const places = positions.map((position) => [position, from + (position + 0.5 - zoom[axis]) * step]);
  return places.filter(([, place]) => place >= from && place <= from + length);
}

/**
 * Which names have room on an axis.
 * @param {number} start of the part in sight
 * @param {number} span
 * @param {number} size
 * @param {number} step pixels from one class to the next
 * @returns {Array<number>} positions; every one, or each second, fifth, tenth and so on
 */
export function labelled(start, span, size, step) {
  let every = 1;
  for (const factor of [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]) {
    if (every * step >= LINE) break;
    every = factor;
  }
  const positions = [];
  const first = Math.ceil(Math.floor(start) / every) * every;
  for (let position = first; position < Math.min(size, start + span); position += every) positions.push(position);
  return positions;
}
