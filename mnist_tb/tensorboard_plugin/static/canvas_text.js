/** Text on a canvas. */

/** The font of TensorBoard, and what stands for it. */
export const FONT = 'Roboto, "Helvetica Neue", Arial, sans-serif';

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x of its `align`
 * @param {number} y of its middle
 * @param {{color: string, font: string, align?: CanvasTextAlign}} style
 */
export function write(context, text, x, y, { color, font, align = "left" }) {
  Object.assign(context, { fillStyle: color, font, textAlign: align, textBaseline: "middle" });
  context.fillText(text, x, y);
}
