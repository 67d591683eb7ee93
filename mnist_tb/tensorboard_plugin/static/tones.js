/** Cells as colours, on a canvas or in a drawing. */

import { colorOf } from "./colors.js";

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Float32Array} tones row after row, see `colorOf`
 * @param {number} columns
 * @param {number} rows
 * @param {[number, number, number, number]} place left, top, width and height
 * @param {{map: import("./colors.js").ColorMap, seen: function(number): number}} colors the tone that is seen of one
 */
export function paintTones(context, tones, columns, rows, place, colors) {
  if (context.isVector) return paintRects(context, tones, columns, rows, place, colors);
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap(tones, columns, rows, colors), ...place);
}

/** A rectangle for each: a drawing that is enlarged must not be blurred. */
function paintRects(context, tones, columns, rows, [x, y, width, height], { map, seen }) {
  const fill = (color) => (context.fillStyle = `rgb(${color.join(" ")})`);
  fill(colorOf(map, 0));
  context.fillRect(x, y, width, height);
  const [across, down] = [width / columns, height / rows];
  tones.forEach((tone, i) => {
    if (tone === 0) return;
    fill(colorOf(map, seen(tone)));
    context.fillRect(x + (i % columns) * across, y + Math.floor(i / columns) * down, across, down);
  });
}

function bitmap(tones, width, height, { map, seen }) {
  const canvas = new OffscreenCanvas(width, height);
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const packed = ([red, green, blue]) => (255 << 24) | (blue << 16) | (green << 8) | red;
  const nothing = packed(colorOf(map, 0));
  for (let i = 0; i < tones.length; i++) pixels[i] = tones[i] === 0 ? nothing : packed(colorOf(map, seen(tones[i])));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
