/** Which tracked samples broke, and which were fixed, between two epochs. */

import { button, h, note, onlyWhenChanged, replace } from "./dom.js";
import { count } from "./format.js";
import { growing, nameOf, sampleCard, sampleId, seenFirst } from "./samples.js";
import { stepVersion } from "./view.js";

const PAGE = 30;
const NOT_TRACKED =
  "This run tracks no single samples: that needs validation data that come in the same order at each epoch.";
const NO_PICTURE = "A card has no picture where its sample was never among the few that are kept of each cell.";
const NOT_STABLE =
  "The validation data came in another order at these two epochs: single samples can't be compared across them.";

/**
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createFlips(act) {
  const [choice, body] = [h("div", { class: "row" }), h("div")];
  const element = h("div", { class: "scroll detail" }, choice, body);
  const [changed, choiceChanged] = [onlyWhenChanged(), onlyWhenChanged()];
  return {
    element,
    render(view) {
      const { a, names } = view;
      const { run, has_tracked: isTracked, steps } = a.info;
      const from = isTracked ? fromStep(view) : null;
      choiceChanged([steps.join(), isTracked, a.step, from], () => replace(choice, ...choiceOf(a, from, act)));
      const answer = from === null ? null : answerOf(view, from);
      if (answer?.loading) return;
      changed([run, isTracked, a.step, from, answer?.value, answer?.error, names], () => {
        replace(body, ...bodyOf(view, from, answer, act));
      });
    },
  };
}

/**
 * @param {Object} view
 * @returns {number|null} the epoch that was chosen; else that of B, if it is of the same run; else the one before
 */
export function fromStep({ a, b, state }) {
  const { steps } = a.info;
  if (state.from !== null && state.from !== a.step && steps.includes(state.from)) return state.from;
  if (b && b.info.run === a.info.run && b.step !== a.step) return b.step;
  return steps[steps.indexOf(a.step) - 1] ?? null;
}

function answerOf({ ask, a }, from) {
  const version = `${stepVersion(a.info, from)} ${stepVersion(a.info, a.step)}`;
  return ask("flips", { run: a.info.run, from, to: a.step }, version);
}

function choiceOf({ info, step }, from, act) {
  if (!info.has_tracked || info.steps.length < 2) return [];
  const choose = () => act.set({ from: select.value === "" ? null : Number(select.value) });
  const option = (other) => h("option", { value: other, text: `epoch ${other}`, selected: other === from });
  const select = h(
    "select",
    { key: "from", onchange: choose },
    h("option", { value: "", text: "the one before", selected: from === null }),
    ...info.steps.filter((other) => other !== step).map(option),
  );
  return [
    h("label", { class: "choice" }, h("span", { text: "From" }), select),
    h("span", { text: `to epoch ${step}` }),
  ];
}

function bodyOf({ a, names }, from, answer, act) {
  if (!a.info.has_tracked) return [note(NOT_TRACKED)];
  if (from === null) return [note("This is the first epoch: there is none before it to compare it with.")];
  if (answer.error) return [note(answer.error, "problem")];
  const { stable, tracked, broken, fixed, broken_total: allBroken, fixed_total: allFixed } = answer.value;
  if (!stable) return [note(NOT_STABLE)];
  const flipped = allBroken + allFixed;
  const of = `${count(flipped)} of the first ${count(tracked)} samples, which alone are tracked, flipped.`;
  const areHidden = [...broken, ...fixed].some(({ form }) => form === "none");
  const card = (sample) => flipCard(a.info.run, sample, names, act);
  const list = (samples, total, title) => [
    h("h3", { text: `${title} (${count(total)})` }),
    ...(samples.length ? growing(seenFirst(samples), PAGE, card) : [note("None.")]),
  ];
  return [
    note(of),
    areHidden && note(NO_PICTURE),
    ...list(broken, allBroken, "Broken: right before, wrong now"),
    ...list(fixed, allFixed, "Fixed: wrong before, right now"),
  ];
}

function flipCard(run, sample, names, act) {
  const [truth, before, after] = [sample.true, sample.before, sample.after].map((index) => nameOf(names, index));
  const alt = `sample ${sample.position}: true ${truth}, predicted ${before} before and ${after} now`;
  const wrong = sample.after === sample.true ? sample.before : sample.after;
  const choose = () => act.selectCell({ true: sample.true, predicted: wrong });
  const cell = { class: "flip", title: "See its cell", key: `flip ${sample.position}`, onclick: choose };
  const lines = [`true ${truth}`, `${before} ⇒ ${after}`];
  const open = () => act.openSample(sampleId(sample));
  return sampleCard(run, sample, { alt, lines, open, wrap: (texts) => button(cell, ...texts) });
}

/**
 * @param {Object} view
 * @returns {Array<Object>|null} the samples in the order of the lists; null while they are on their way
 */
export function flipsShown(view) {
  const from = view.a.info.has_tracked ? fromStep(view) : null;
  const { value, loading } = from === null ? {} : answerOf(view, from);
  if (loading && !value) return null;
  return value ? [...seenFirst(value.broken), ...seenFirst(value.fixed)] : [];
}
