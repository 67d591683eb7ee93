/** The samples of a cell: the list of them, in which order it is, and the lines of Python that read it back. */

import { copyButton } from "./copy_button.js";
import { h, note } from "./dom.js";
import { count, overEpochs, percent } from "./format.js";
import { ENVIRONMENT, folderOf, samplesCode } from "./python_code.js";
import { at } from "./matrix.js";
import { growing, nameOf, sampleCard, sampleId } from "./samples.js";
import { plain, stepVersion } from "./view.js";

const PAGE = 24;
const FIRST = [["most", "most confident first"], ["least", "least confident first"]];
const NONE = "No sample is in this cell at this epoch.";
const KEPT = {
  cell: "A few samples of every cell are kept, and none of this one.",
  mistakes: "Only the most confident mistakes are kept, and none of them is in this cell.",
};

/**
 * @param {Object} side
 * @param {Object} state
 * @returns {{true: number, predicted: number}} the cell as the run itself counts its classes
 */
export function ownCell({ own }, { cell }) {
  return { true: own(cell.true), predicted: own(cell.predicted) };
}

/**
 * @param {Object} view
 * @returns {Array<{side: Object, total: number, value: Object, error: string, loading: boolean}>} of A, and of B if
 * they are compared: how many samples are in the cell, and the answer that has some of them
 */
export function keptOf(view) {
  return comparedSides(view).map((side) => ({ side, ...examplesOf(view, side), total: totalOf(side, view.state) }));
}

/**
 * @param {Object} view
 * @returns {Array<Object>} A, and B if they are compared, where they have an epoch
 */
export function comparedSides({ a, b, sameClasses }) {
  return [a, sameClasses ? b : null].filter((side) => side && side.step !== null);
}

/** The answer that has samples of the cell; null where there can be none. */
function examplesOf({ ask, state }, side) {
  const { info, step } = side;
  if (!info.has_examples) return null;
  const params = { run: info.run, step, ...ownCell(side, state), first: state.first };
  return ask("examples", params, stepVersion(info, step));
}

/** Samples are kept of the cells as they were answered, whatever a threshold makes of them. */
function totalOf(side, state) {
  const { true: row, predicted } = ownCell(side, state);
  return side.raw ? at(plain(side.raw), row, predicted) : 0;
}

/**
 * @param {Object} view
 * @param {Array<Object>} kept as `keptOf` gives them
 * @param {Object} act
 * @returns {Array<HTMLElement>}
 */
export function samplesOf(view, kept, act) {
  const problem = kept.find(({ error }) => error);
  if (problem) return [note(problem.error, "problem")];
  const samples = lettered(kept);
  if (samples.length === 0) {
    const isEmpty = kept.every(({ total }) => total === 0);
    return [note(isEmpty ? NONE : (KEPT[kept[0].value?.scope] ?? "This run kept no samples."))];
  }
  return [
    h("h3", { text: overEpochs(titleOf(kept, samples), { limit: view.limit }) }),
    h("div", { class: "row" }, choiceOf(view, act), ...pythonButton(view)),
    ...growing(samples, PAGE, (sample) => exampleCard(view, sample, act)),
  ];
}

function titleOf(kept, samples) {
  const [inA, inB] = kept.map((one) => `${count(samplesIn(one).length)} of ${count(one.total)}`);
  const both = samples.filter(({ letters }) => letters.length === 2).length;
  return `Samples: ${inA}${inB ? ` in A, ${inB} in B, ${count(both)} of them in both` : ""}`;
}

function samplesIn({ value }) {
  return value?.samples ?? [];
}

/**
 * @param {Array<Object>} kept as `keptOf` gives them
 * @returns {Array<Object>} the samples of A, then those that B alone has kept; with the letters of those that have
 * them, if there are two
 */
export function lettered([first, second]) {
  const nameOfSample = ({ position, key }) => `${position} ${key}`;
  const [inA, inB] = [first, second ?? {}].map((one) => new Set(samplesIn(one).map(nameOfSample)));
  const of = (one, sample) => {
    const letters = [inA.has(nameOfSample(sample)) && "A", inB.has(nameOfSample(sample)) && "B"].filter(Boolean);
    return { ...sample, run: one.side.info.run, letters: second ? letters : [] };
  };
  const others = samplesIn(second ?? {}).filter((sample) => !inA.has(nameOfSample(sample)));
  return [...samplesIn(first).map((sample) => of(first, sample)), ...others.map((sample) => of(second, sample))];
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

function exampleCard({ names, state: { cell } }, sample, act) {
  const [truth, predicted] = [nameOf(names, cell.true), nameOf(names, cell.predicted)];
  const alt = `sample ${sample.position}: true ${truth}, predicted ${predicted}`;
  const lines = [`${truth} → ${predicted}`, percent(sample.confidence)];
  return sampleCard(sample.run, sample, { alt, lines, open: () => act.openSample(sampleId(sample)) });
}
