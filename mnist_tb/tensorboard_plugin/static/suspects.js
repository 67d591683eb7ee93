/** The samples whose given label the model doubts most. */

import { button, h, note, onlyWhenChanged, replace } from "./dom.js";
import { csvFile, download } from "./export.js";
import { count, csvRows, probabilityText } from "./format.js";
import { growing, nameOf, sampleCard, sampleId } from "./samples.js";
import { stepVersion } from "./view.js";

const PAGE = 30;
const CAREFUL =
  "Each is a reason to look, and no verdict. Validation data count as unseen only if nothing was tuned on them, " +
  "neither by early stopping nor by choosing hyperparameters.";
const NOT_KEPT = "This run kept no samples.";
const OLDER = "This run was logged by an older mnist_tb, which did not keep the probability of the given label.";
const NONE = "No mistake was kept at this epoch.";
// Of the file: what each column has of a sample.
const COLUMNS = {
  position: (sample) => sample.position,
  given: (sample, names) => names[sample.true],
  proposed: (sample, names) => names[sample.predicted],
  given_probability: (sample) => sample.label_probability,
  proposed_probability: (sample) => sample.confidence,
  epochs_same: (sample) => sample.epochs_same,
  epochs_seen: (sample) => sample.epochs_seen,
};

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createSuspects(act) {
  const body = h("div");
  const changed = onlyWhenChanged();
  return {
    element: h("div", { class: "scroll detail" }, body),
    render(view) {
      const { info, step, name } = view.a;
      const answer = answerOf(view);
      if (answer?.loading) return;
      changed([info.run, name, step, answer?.value, answer?.error, view.names], () => {
        replace(body, ...bodyOf(view, answer, act));
      });
    },
  };
}

function answerOf({ ask, a: { info, step } }) {
  if (!info.has_examples || step === null) return null;
  return ask("suspects", { run: info.run, step }, stepVersion(info, step));
}

function bodyOf({ a, names }, answer, act) {
  if (answer === null) return [note(NOT_KEPT)];
  if (answer.error) return [note(answer.error, "problem")];
  const { total, samples } = answer.value;
  if (total === null) return [note(OLDER)];
  if (total === 0) return [note(NONE)];
  const save = () => download(suspectsAsCsv(a, samples, names));
  return [
    h("h3", { text: titleOf(samples.length, total) }),
    note(CAREFUL),
    h("div", { class: "row" }, button({ class: "quiet", text: "Save as CSV", key: "save suspects", onclick: save })),
    ...growing(samples, PAGE, (sample) => suspectCard(a.info.run, sample, names, act)),
  ];
}

function titleOf(shown, total) {
  if (shown === total) return `Labels that may be wrong (${count(total)})`;
  return `Labels that may be wrong: the ${count(shown)} most doubtful of ${count(total)}`;
}

function suspectCard(run, sample, names, act) {
  const [given, proposed] = [sample.true, sample.predicted].map((index) => nameOf(names, index));
  const alt = `sample ${sample.position}: given label ${given}, proposed ${proposed}`;
  const lines = [
    `given ${given}, ${probabilityText(sample.label_probability)}`,
    `proposed ${proposed}, ${probabilityText(sample.confidence)}`,
    `in ${count(sample.epochs_same)} of ${count(sample.epochs_seen)} epoch${sample.epochs_seen === 1 ? "" : "s"}`,
  ];
  const choose = () => act.selectCell({ true: sample.true, predicted: sample.predicted });
  const cell = { class: "flip", title: "See its cell", key: `suspect ${sample.position}`, onclick: choose };
  const open = () => act.openSample(sampleId(sample));
  const card = sampleCard(run, sample, { alt, lines, open, wrap: (texts) => button(cell, ...texts) });
  card.classList.add("wide");
  return card;
}

function suspectsAsCsv({ name, step }, samples, names) {
  const rows = samples.map((sample) => Object.values(COLUMNS).map((valueOf) => valueOf(sample, names)));
  return csvFile(`${name}-suspects`, step, csvRows([Object.keys(COLUMNS), ...rows]));
}

/**
 * @param {Object} view
 * @returns {Array<Object>|null} the samples in the order of the list; null while they are on their way
 */
export function suspectsShown(view) {
  const { value, loading } = answerOf(view) ?? {};
  if (loading && !value) return null;
  return value?.samples ?? [];
}
