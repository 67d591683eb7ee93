/** The colour of each run: TensorBoard's palette, which it too gives out in the order of the runs. */

const PALETTE = ["#12b5cb", "#e52592", "#f9ab00", "#9334e6", "#7cb342", "#e8710a", "#425066"];

/**
 * @param {Array<{run: string}>} runs all of them
 * @param {string} run
 * @returns {string} a CSS colour
 */
export function runColor(runs, run) {
  return PALETTE[runs.findIndex((info) => info.run === run) % PALETTE.length];
}
