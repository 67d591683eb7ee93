/** The heat maps as a figure for a paper or a talk: their titles, the legend and all numbers are in it. */

import { FONT, write } from "./canvas_text.js";
import { colorOf } from "./colors.js";
import { label } from "./format.js";
import { endsOf } from "./scale.js";

const LEAST_PIXELS = 2000; // across
const WIDTH = 640; // of a map, at least; type is large enough when it is printed that wide
const CELL = 23; // pixels of a cell in which a number has room
const MOST_LABELLED = 100; // classes up to which the figure grows until its numbers have room
const MARGIN = 14;
const HEAD = 30;
const FOOT = 36;
const RAMP = 130;
const SHOWN = {
  count: "counts",
  true: "% of true",
  pred: "% of predicted",
  all: "% of all",
  confidence: "mean confidence",
};

/**
 * @param {Array<ReturnType<import("./heatmap.js").createHeatMap>>} maps that are shown
 * @returns {{width: number, height: number, map: number, density: number}} the figure and each map in it, in units of
 * which a pixel holds `density`
 */
export function layOutFigure(maps) {
  const classes = Math.max(...maps.map((map) => map.shown().span));
  const map = Math.max(WIDTH, classes <= MOST_LABELLED ? CELL * classes + 180 : 0);
  const width = maps.length * (map + MARGIN) + MARGIN;
  return { width, height: HEAD + map * 0.9 + FOOT, map, density: Math.max(2, LEAST_PIXELS / width) };
}

/**
 * @param {CanvasRenderingContext2D} context or what stands for one
 * @param {ReturnType<typeof layOutFigure>} figure
 * @param {Object} view
 * @param {Array<Object>} maps
 */
export function drawFigure(context, figure, view, maps) {
  context.fillStyle = view.theme.card;
  context.fillRect(0, 0, figure.width, figure.height);
  const titles = titlesOf(view, maps);
  maps.forEach((map, i) => {
    const left = MARGIN + i * (figure.map + MARGIN);
    write(context, titles[i], left, HEAD / 2, { color: view.theme.ink, font: `bold 14px ${FONT}` });
    context.save();
    context.translate(left, HEAD);
    map.paintOn(context, figure.map, figure.height - HEAD - FOOT, figure.density);
    context.restore();
  });
  drawLegend(context, figure, view, maps[0].shown());
}

/**
 * @param {Object} view
 * @param {Array<Object>} maps
 * @returns {Array<string>} what each of them shows
 */
export function titlesOf({ a, b }, maps) {
  const name = (side) => `${label(side.name, 60)}${side.info.split && ` ${side.info.split}`}, epoch ${side.raw.step}`;
  if (!b?.matrix) return [name(a)];
  return maps.length === 1 ? [`${name(a)} − ${name(b)}`] : [`A: ${name(a)}`, `B: ${name(b)}`];
}

function drawLegend(context, { width, height }, { state, weighted, limit, theme }, shown) {
  const [low, high] = endsOf(shown);
  const y = height - FOOT / 2;
  const style = { color: theme.faint, font: `12px ${FONT}` };
  const scale = shown.scale.log ? "colours on a logarithmic scale" : "colours on a linear scale";
  const { threshold } = limit ?? { threshold: null };
  const kind = [SHOWN[state.values], weighted && "weighted", threshold !== null && `threshold ${threshold}`];
  write(context, `${kind.filter(Boolean).join(", ")}; ${scale}`, MARGIN, y, style);
  context.font = style.font;
  const left = width - MARGIN - context.measureText(high).width - 8 - RAMP;
  write(context, high, left + RAMP + 8, y, style);
  write(context, low, left - 8, y, { ...style, align: "right" });
  const [steps, start] = [65, shown.map.diverging ? -1 : 0];
  for (let i = 0; i < steps; i++) {
    context.fillStyle = `rgb(${colorOf(shown.map, start + (i / (steps - 1)) * (1 - start)).join(" ")})`;
    context.fillRect(left + (i * RAMP) / steps, y - 6, RAMP / steps + (i < steps - 1 ? 0.5 : 0), 12);
  }
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.strokeRect(left, y - 6, RAMP, 12);
}
