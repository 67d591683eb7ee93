/** Time: the curve of accuracy, and under it a slider over every epoch that was logged. */

import { lineChart } from "./charts.js";
import { button, h, onlyWhenChanged, replace } from "./dom.js";
import { overEpochs, percent } from "./format.js";
import { domainOf, nearestStep, stepOfKey } from "./steps.js";
import { runVersion } from "./view.js";

const FOLLOW = "Show the newest epoch, and follow when more come";

/**
 * @param {HTMLElement} parent
 * @param {Object} act
 * @returns {{render: function(Object): void}}
 */
export function createTimeline(parent, act) {
  const control = (text, title, onclick) => button({ text, title, "aria-label": title, onclick });
  const panel = {
    act,
    back: control("◀", "One epoch back ( [ )", () => act.move(-1)),
    on: control("▶", "One epoch on ( ] )", () => act.move(1)),
    play: button({ title: "Play all epochs", onclick: () => act.set({ playing: !panel.view.state.playing }) }),
    newest: button({ class: "quiet", text: "Newest", title: FOLLOW, onclick: () => act.showStep(null) }),
    chart: h("div", { class: "curve-box" }),
    first: slider("A", (step) => act.showStep(step)),
    second: slider("B", (step) => act.set({ otherStep: step })),
    changed: onlyWhenChanged(),
    view: null,
  };
  const buttons = h("div", { class: "segments" }, panel.back, panel.play, panel.on);
  const track = h("div", { class: "track" }, panel.chart, panel.first.element, panel.second.element);
  const transport = h("div", { class: "transport" }, buttons, panel.newest);
  panel.element = h("section", { class: "card timeline", "aria-label": "Epochs" }, transport, track);
  parent.append(panel.element);
  return { render: (view) => render(panel, view) };
}

function render(panel, view) {
  panel.view = view;
  const { a, b, state } = view;
  const curves = [a, b].map((side) => side && side.step !== null && curveOf(view, side));
  panel.changed([a.info, b?.info, a.step, b?.step, state.playing, state.step, view.weighted, ...curves], () => {
    panel.element.hidden = a.step === null;
    const place = a.info.steps.indexOf(a.step);
    panel.back.disabled = place <= 0;
    panel.on.disabled = place >= a.info.steps.length - 1;
    panel.play.textContent = state.playing ? "Stop" : "Play";
    panel.play.disabled = a.info.steps.length < 2;
    panel.newest.hidden = state.step === null || state.playing;
    const domain = domainOf(a.info.steps, b?.info.steps ?? []);
    setSlider(panel.first, a, domain, Boolean(b));
    setSlider(panel.second, b, domain, true);
    replace(panel.chart, domain && accuracyChart(view, curves, domain, panel.act));
  });
}

function curveOf({ ask }, { info }) {
  return ask("overview", { run: info.run }, runVersion(info)).value;
}

function accuracyChart({ a, b, weighted }, curves, domain, act) {
  const color = (letter) => `var(--${letter.toLowerCase()})`;
  const series = (curve, letter) => ({
    label: b ? letter : "accuracy",
    color: color(letter),
    steps: curve.steps,
    values: curve.accuracy,
  });
  const shown = [curves[1] && series(curves[1], "B"), curves[0] && series(curves[0], "A")].filter(Boolean);
  const marks = [b && { step: b.step, color: color("B") }, { step: a.step, color: color("A") }].filter(Boolean);
  const onPick = (step) => act.showStep(nearestStep(a.info.steps, step));
  const label = overEpochs("Accuracy over epochs", weighted);
  const chart = lineChart({ label, series: shown, domain, marks, format: percent, onPick });
  chart.append(h("span", { class: "chart-title", text: overEpochs("accuracy", weighted) }));
  return chart;
}

function slider(letter, choose) {
  const range = h("input", { type: "range", "aria-label": `Epoch of ${letter}`, key: `slider ${letter}` });
  const output = h("output", { class: "epoch" });
  const tag = h("span", { class: "letter", text: letter, "aria-hidden": true });
  const element = h("div", { class: `slider ${letter.toLowerCase()}` }, tag, range, output);
  const one = { element, range, output, steps: [], step: 0 };
  const pick = (step) => {
    range.value = String(step); // the thumb is at its epoch, and not where it was let go
    if (step === one.step) return;
    one.step = step; // keys may be faster than the screen
    choose(step);
  };
  range.addEventListener("input", () => pick(nearestStep(one.steps, Number(range.value))));
  range.addEventListener("keydown", (event) => {
    const step = stepOfKey(one.steps, one.step, event.key);
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    pick(step);
  });
  return one;
}

function setSlider(one, side, domain, lettered) {
  one.element.hidden = !side || side.step === null;
  if (one.element.hidden) return;
  const { steps } = side.info;
  const place = steps.indexOf(side.step) + 1;
  one.element.classList.toggle("lettered", lettered);
  Object.assign(one, { steps, step: side.step });
  Object.assign(one.range, { min: String(domain[0]), max: String(domain[1]), step: "1" });
  one.range.value = String(side.step);
  one.range.setAttribute("aria-valuetext", `epoch ${side.step}, ${place} of ${steps.length}`);
  one.output.textContent = `epoch ${side.step} of ${steps[steps.length - 1]}`;
}
