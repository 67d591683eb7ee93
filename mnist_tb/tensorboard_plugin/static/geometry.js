/**
 * Where things are in a heat map. Pure functions of sizes and positions. A zoom is the part in sight, in positions
 * along the axes: rows `row` … `row + span`, columns `column` … `column + span`.
 */

const WIDEST_CELL = 1.7; // times its height: wider ones no longer look like a matrix
const LEAST_SPAN = 4;
const LINE = 11.5; // least pixels from one label to the next
const EDGES = { right: 88, bottom: 20 }; // what recall and precision take
const EDGES_FROM = 400; // pixels of the canvas' width from which there is room for them

/**
 * @param {{width: number, height: number, size: number, zoom: Object|null, label: number}} sizes
 * of the canvas, classes along an axis, the part in sight, and the width of the widest label, in pixels
 * @returns {{left: number, top: number, width: number, height: number, across: number, down: number, cellWidth: number,
 *   cellHeight: number, zoom: {row: number, column: number, span: number}, upright: boolean, titleLeft: number}} the
 * plot within the canvas, which is `across` wide and `down` high; `edges` is the room for recall and precision beside
 * it, null if there is none
 */
export function layOut({ width, height, size, zoom, label }) {
  const part = fitZoom(zoom, size);
  const left = Math.min(label, width * 0.3) + 30;
  const edges = width >= EDGES_FROM ? EDGES : null;
  const [right, bottom] = edges ? [edges.right, edges.bottom] : [2, 2];
  const upright = (width - left - right) / part.span < Math.min(label, 90); // the names stand on their sides
  const top = (upright ? Math.min(label, height * 0.25) + 8 : LINE + 6) + 18;
  const roomX = Math.max(10, width - left - right);
  const roomY = Math.max(10, height - top - bottom);
  const cellHeight = Math.min(roomY / part.span, (roomX / part.span) * WIDEST_CELL);
  const cellWidth = Math.min(roomX / part.span, cellHeight * WIDEST_CELL);
  const [plotWidth, plotHeight] = [cellWidth * part.span, cellHeight * part.span];
  const shift = Math.max(0, (roomX - plotWidth) / 2);
  const plot = { left: left + shift, top, width: plotWidth, height: plotHeight, cellWidth, cellHeight };
  return { ...plot, across: width, down: height, edges, zoom: part, upright, titleLeft: shift + 9 };
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
 * @returns {{row: number|null, column: number|null}} positions along the axes; one alone is a name on an axis
 */
export function hit(layout, size, x, y) {
  const { left, top, width, height, zoom } = layout;
  const [inX, inY] = [x >= left && x < left + width, y >= top && y < top + height];
  if (!inX && !inY) return { row: null, column: null };
  const place = (position) => Math.min(size - 1, Math.floor(position));
  return {
    row: inY ? place(zoom.row + (y - top) / layout.cellHeight) : null,
    column: inX ? place(zoom.column + (x - left) / layout.cellWidth) : null,
  };
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
