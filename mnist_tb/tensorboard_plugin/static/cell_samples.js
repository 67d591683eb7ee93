/** The samples of a cell: the list of them, in which order it is, and the lines of Python that read it back. */

import { copyButton } from "./copy_button.js";
import { h, note } from "./dom.js";
import { count, percent } from "./format.js";
import { ENVIRONMENT, folderOf, samplesCode } from "./python_code.js";
import { growing, nameOf, sampleCard } from "./samples.js";
import { stepVersion } from "./view.js";

const PAGE = 24;
const FIRST = [["most", "most confident first"], ["least", "least confident first"]];
const KEPT = {
  cell: "A few samples of every cell are kept, and none of this one.",
  mistakes: "Only the most confident mistakes are kept, and none of them is in this cell.",
};

/**
 * @param {Object} view
 * @returns {import("./api.js").Answer|null} the samples of the cell; null where there can be none
 */
export function examplesOf({ ask, state, a }) {
  if (!a.info.has_examples || a.step === null) return null;
  const params = { run: a.info.run, step: a.step, ...state.cell, first: state.first };
  return ask("examples", params, stepVersion(a.info, a.step));
}

/**
 * @param {Object} view
 * @param {number} total samples in the cell
 * @param {import("./api.js").Answer|null} answer
 * @param {Object} act
 * @returns {Array<HTMLElement>}
 */
export function samplesOf(view, total, answer, act) {
  if (answer?.error) return [note(answer.error, "problem")];
  const { samples = [], scope } = answer?.value ?? {};
  if (total === 0 && samples.length === 0) return [note("No sample is in this cell at this epoch.")];
  if (samples.length === 0) return [note(KEPT[scope] ?? "This run kept no samples.")];
  return [
    h("h3", { text: `Samples: ${count(samples.length)} of ${count(total)}` }),
    h("div", { class: "row" }, choiceOf(view, act), ...pythonButton(view)),
    ...growing(samples, PAGE, (sample) => exampleCard(view, sample, act)),
  ];
}

function choiceOf({ state }, act) {
  const option = ([value, text]) => h("option", { value, text, selected: value === state.first });
  const title = "Of the samples that were kept, which are the most confident ones of each cell";
  const onchange = () => act.set({ first: select.value });
  const attributes = { key: "first", title, "aria-label": "Order of the samples", onchange };
  const select = h("select", attributes, ...FIRST.map(option));
  return select;
}

function pythonButton({ ask, a, state }) {
  const logdir = () => ask(ENVIRONMENT, {}).value?.data_location;
  logdir(); // is fetched, and there when somebody copies
  const title = "The lines that read these samples back";
  const options = { text: "Copy as Python", title, key: "copy python", label: "Python that reads these samples" };
  const { cell, first } = state;
  const code = () => samplesCode({ folder: folderOf(logdir(), a.info.run), step: a.step, ...cell, first });
  return copyButton(options, code);
}

function exampleCard({ a, names }, sample, act) {
  const [truth, predicted] = [nameOf(names, sample.true), nameOf(names, sample.predicted)];
  const alt = `sample ${sample.position}: true ${truth}, predicted ${predicted}`;
  const lines = [`${truth} → ${predicted}`, percent(sample.confidence)];
  return sampleCard(a.info.run, sample, { alt, lines, open: () => act.openSample(sample.position) });
}
