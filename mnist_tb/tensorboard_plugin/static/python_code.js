/** The lines of Python that read back what is shown. Pure functions; names of runs are untrusted input. */

/** Where TensorBoard says which folder its logs are in; beside the routes of this tab. */
export const ENVIRONMENT = "../../environment";
const UNKNOWN = "LOGDIR"; // read_examples says that it is not there

/**
 * @param {string} text
 * @returns {string} as Python writes it: nothing in it ends it, and what can't be seen is spelt out
 */
export function pythonText(text) {
  const escape = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replace(/[\u007f-\u00a0\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, escape);
}

/**
 * @param {string|undefined} logdir as TensorBoard was given it
 * @param {string} run
 * @returns {string} the folder of the run
 */
export function folderOf(logdir, run) {
  const root = (logdir || UNKNOWN).replace(/[/\\]+$/, "");
  return run === "." ? root : `${root}/${run}`;
}

/**
 * @param {{folder: string, step: number, true: number, predicted: number, first: "most"|"least"}} what
 * @returns {string} the lines that read the samples of a cell, in the order of the list
 */
export function samplesCode({ folder, step, true: truth, predicted, first }) {
  const confidence = `${first === "most" ? "-" : ""}examples.confidence[rows]`;
  return `import mnist_tb
import numpy as np

logged = mnist_tb.read_examples(${pythonText(folder)})
examples = next(one for one in logged if one.step == ${step})
rows = np.flatnonzero((examples.true == ${truth}) & (examples.predicted == ${predicted}))
rows = rows[np.lexsort((examples.position[rows], ${confidence}))]  # ${first} confident first
positions = examples.position[rows]  # in the validation data, counted from 0
thumbnails = [examples.thumbnails[row] for row in rows]  # PNG pictures as bytes, or texts
`;
}
