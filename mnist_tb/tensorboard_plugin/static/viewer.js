/** One sample, large: its picture or its whole text, what is known of it, and the way to the next one of its list. */

import { keptOf, lettered } from "./cell_samples.js";
import { copyButton } from "./copy_button.js";
import { button, h, note, onlyWhenChanged, replace } from "./dom.js";
import { flipsShown } from "./flips.js";
import { count, percent, probabilityText } from "./format.js";
import { icon } from "./icons.js";
import { likelyOf } from "./likely.js";
import { isOfB, nameOf, sampleId, shownSample } from "./samples.js";
import { storyOf } from "./story.js";
import { suspectsShown } from "./suspects.js";
import { runVersion } from "./view.js";

const PIXEL_ART = 4; // times that a picture is enlarged, from which on its pixels are seen as squares
const MOVES = { ArrowLeft: (at) => at - 1, ArrowRight: (at) => at + 1, Home: () => 0, End: (at, last) => last };

/**
 * @param {HTMLElement} parent
 * @param {Object} act
 * @returns {{render: function(Object): void}}
 */
export function createViewer(parent, act) {
  const arrow = (shape, name, key) =>
    button({ class: "arrow-button", title: name, "aria-label": name, key }, icon(shape));
  const panel = {
    act,
    title: h("h2", { id: "viewer-title" }),
    place: h("p", { class: "faint", role: "status" }),
    back: arrow("left", "The sample before (←)", "viewer before"),
    on: arrow("right", "The next sample (→)", "viewer next"),
    stage: h("div", { class: "stage" }),
    facts: h("div"),
    story: h("div"),
    changed: { sample: onlyWhenChanged(), story: onlyWhenChanged() },
    list: [],
    at: -1,
  };
  panel.on.autofocus = true;
  const close = button({ class: "quiet", text: "✕", title: "Close", "aria-label": "Close", key: "close viewer" });
  const head = h("div", { class: "viewer-head" }, panel.title, panel.place, close);
  const show = h("div", { class: "show" }, panel.back, panel.stage, panel.on);
  const inner = h("div", { class: "viewer-inner", tabindex: -1 }, head, show, panel.facts, panel.story);
  panel.dialog = h("dialog", { class: "viewer", "aria-labelledby": "viewer-title" }, inner);
  parent.append(panel.dialog);
  listen(panel, close);
  return { render: (view) => render(panel, view) };
}

function listen(panel, close) {
  const { dialog, act } = panel;
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close()); // beside it
  dialog.addEventListener("close", () => {
    act.set({ sample: null });
    if (panel.at < 0) return;
    document.querySelector(`[data-key="sample ${sampleId(panel.list[panel.at])}"]`)?.focus(); // that was seen last
  });
  panel.back.addEventListener("click", () => move(panel, panel.at - 1));
  panel.on.addEventListener("click", () => move(panel, panel.at + 1));
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the keys of the page behind it
    if (!(event.key in MOVES) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("textarea")) return;
    event.preventDefault();
    move(panel, MOVES[event.key](panel.at, panel.list.length - 1));
  });
  new ResizeObserver(() => fit(panel.stage)).observe(panel.stage);
}

function move({ list, act }, place) {
  if (list[place]) act.set({ sample: sampleId(list[place]) });
}

function render(panel, view) {
  const { state } = view;
  if (state.sample === null && !panel.dialog.open) return;
  const list = state.sample === null ? [] : listOf(view);
  if (list === null) return; // it is on its way
  const at = list.findIndex((sample) => sampleId(sample) === state.sample);
  if (at < 0) {
    if (panel.dialog.open) panel.dialog.close();
    else panel.act.set({ sample: null });
    return;
  }
  Object.assign(panel, { list, at });
  const { info, step } = isOfB(list[at]) ? view.b : view.a;
  const [sample, names] = [JSON.stringify(list[at]), info.class_names];
  panel.changed.sample([info.run, sample, at, list.length, names], () => setSample(panel, info));
  const { position } = list[at];
  const ask = () => view.ask("tracked_sample", { run: info.run, step, position }, runVersion(info));
  const story = info.has_tracked ? ask() : null;
  panel.changed.story([sample, step, names, story?.value, story?.error], () => {
    replace(panel.story, ...storyParts(story, list[at], step, names));
  });
  if (panel.dialog.open) return;
  panel.dialog.showModal();
  fit(panel.stage);
}

const LISTS = { flips: flipsShown, suspects: suspectsShown };

/** The list that the sample is in: that of the cell, of A and B, or one of `LISTS`; null while it is on its way. */
function listOf(view) {
  const { a, state } = view;
  if (!state.cell) return state.list in LISTS && a.step !== null ? LISTS[state.list](view) : [];
  const kept = a.step === null ? [] : keptOf(view);
  if (kept.some(({ loading, value }) => loading && !value)) return null;
  return kept.length > 0 ? lettered(kept) : [];
}

function setSample(panel, { run, class_names: names }) {
  const { list, at, title, place, back, on, stage, facts } = panel;
  const sample = list[at];
  const [truth, predicted] = [sample.true, predictedOf(sample)].map((index) => nameOf(names, index));
  const arrow = h("span", { "aria-label": "predicted as", text: " → " });
  replace(title, h("bdi", { text: truth }), arrow, h("bdi", { text: predicted }));
  const owners = sample.letters?.length > 0 ? `, in ${sample.letters.join(" and ")}` : "";
  place.textContent = `${count(at + 1)} of ${count(list.length)}${owners}`;
  back.setAttribute("aria-disabled", String(at === 0)); // a button that is disabled would lose the focus
  on.setAttribute("aria-disabled", String(at === list.length - 1));
  const shown = shownSample(run, sample, `sample ${sample.position}, a ${truth}`);
  shown?.addEventListener("load", () => fit(stage));
  replace(stage, shown ?? note("Neither a picture nor a text of this sample was kept."));
  replace(facts, factsOf(sample, truth, predicted), ...likelyOf(sample, names));
}

function predictedOf(sample) {
  return sample.predicted ?? sample.after;
}

function factsOf(sample, truth, predicted) {
  const options = { text: "Copy", title: "Copy the position", key: "copy position", label: "Position of the sample" };
  const position = h("span", {}, `${sample.position} `, ...copyButton(options, () => String(sample.position)));
  const isRight = sample.true === predictedOf(sample);
  const rows = [
    ["true", truth],
    ["predicted", `${predicted} ${isRight ? "✓" : "✗"}`],
    ["confidence", sample.confidence === undefined ? null : percent(sample.confidence, 2)],
    ["probability of the label", isRight || !sample.likely ? null : probabilityText(sample.label_probability)],
    ["position in the data", position],
  ];
  const row = ([name, value]) => h("div", {}, h("dt", { text: name }), h("dd", {}, value));
  return h("dl", { class: "figures" }, ...rows.filter(([, value]) => value !== null).map(row));
}

function storyParts(answer, sample, step, names) {
  if (answer === null) return [];
  if (answer.error) return [note(answer.error, "problem")];
  if (!answer.value) return [];
  const { steps, tracked } = answer.value;
  if (steps.length > 0) return storyOf(answer.value, sample.true, step, names);
  return tracked > 0 ? [note(`Only the first ${count(tracked)} samples are followed over the epochs.`)] : [];
}

/** Small pictures are enlarged by a whole number, so that their pixels are squares. */
function fit(stage) {
  const image = stage.querySelector("img");
  if (!image?.naturalWidth || !stage.clientWidth) return;
  const times = Math.min(stage.clientWidth / image.naturalWidth, stage.clientHeight / image.naturalHeight);
  const whole = times >= 2 ? Math.floor(times) : times;
  image.classList.toggle("tiny", times >= PIXEL_ART);
  image.style.width = `${Math.floor(image.naturalWidth * whole)}px`;
}
