/** Time: a chart over every epoch that was logged, and on it the sliders that move through them. */

import { curveText } from "./charts.js";
import { chosenClass, curvesOf, OF_CLASS, OF_RUN, shownCurve } from "./curves.js";
import { button, h, onlyWhenChanged, replace } from "./dom.js";
import { label, overEpochs, percent } from "./format.js";
import { icon } from "./icons.js";
import { createSlider } from "./slider.js";
import { bestStep, domainOf, nearestStep, placeText, valueAt } from "./steps.js";
import { createTimeChart } from "./time_chart.js";

const FOLLOW = "Show the newest epoch, and follow when more come";
const COLORS = ["var(--a)", "var(--b)"];

/**
 * @param {HTMLElement} parent
 * @param {Object} act
 * @returns {{render: function(Object): void}}
 */
export function createTimeline(parent, act) {
  const changed = { transport: onlyWhenChanged(), choice: onlyWhenChanged(), chart: onlyWhenChanged() };
  changed.place = onlyWhenChanged();
  const panel = {
    act,
    back: control("back", "One epoch back ( [ )", () => act.move(-1)),
    on: control("on", "One epoch on ( ] )", () => act.move(1)),
    play: control("play", "Play", () => act.set({ playing: !panel.view.state.playing })),
    newest: button({ text: "Newest", title: FOLLOW, onclick: () => act.showStep(null) }),
    places: h("div", { class: "places" }),
    choice: h("div", { class: "row" }),
    chart: createTimeChart(),
    sliders: [createSlider("A", act.showStep), createSlider("B", (step) => act.set({ otherStep: step }))],
    readout: h("span", { class: "chart-readout" }),
    changed,
    view: null,
  };
  const buttons = h("div", { class: "segments" }, panel.back, panel.play, panel.on, panel.newest);
  const transport = h("div", { class: "transport" }, buttons, panel.places, panel.choice);
  const [first, second] = panel.sliders;
  panel.track = h("div", { class: "track" }, panel.chart.element, second.element, first.element, panel.readout);
  panel.element = h("section", { class: "card timeline", "aria-label": "Epochs" }, transport, panel.track);
  parent.append(panel.element);
  pointAt(panel);
  new ResizeObserver(() => panel.view && render(panel, panel.view)).observe(panel.chart.element);
  return { render: (view) => render(panel, view) };
}

function control(shape, name, onclick) {
  return button({ title: name, "aria-label": name, onclick }, icon(shape));
}

function render(panel, view) {
  panel.view = view;
  const { a, b, state } = view;
  panel.element.hidden = a.step === null;
  if (a.step === null) return;
  const time = timeOf(panel, view);
  const what = [time.title, time.shown.key, view.names, chosenClass(view), ...time.sides.map(({ curve }) => curve)];
  const drawn = [...what, ...time.domain, time.width, time.height, ...time.behind];
  panel.changed.transport([a.info, a.step, state.playing, state.step], () => setTransport(panel, view));
  panel.changed.choice(what, () => replace(panel.choice, ...choiceOf(time, view, panel.act)));
  panel.changed.chart(drawn, () => panel.chart.draw(time));
  panel.changed.place([...drawn, a.info, a.step, b?.info, b?.step], () => setPlace(panel, time));
  panel.time = time;
}

/** What is drawn, of which sides, and how much room there is. */
function timeOf(panel, view) {
  const shown = shownCurve(view);
  const { own, behind } = curvesOf(view, shown);
  const sides = [view.a, view.b].map((side, i) => side && { side, curve: own[i], color: COLORS[i], letter: "AB"[i] });
  const there = sides.filter((one) => one && one.side.step !== null);
  const epochs = domainOf(...there.map(({ side }) => side.info.steps));
  const domain = epochs[0] === epochs[1] ? [epochs[0] - 1, epochs[0] + 1] : epochs; // a single one is in the middle
  const { clientWidth: width, clientHeight: height } = panel.chart.element;
  const curves = curvesToDraw(there);
  const texts = curves.map((curve) => curveText(curve.letter, curve, percent));
  const label = [`${shown.title} over epochs`, ...texts].join("; ");
  return { shown, title: shown.title, label, sides: there, curves, behind, epochs, domain, width, height };
}

/** B beneath A; two epochs of one run are on one curve. */
function curvesToDraw(sides) {
  const drawn = ({ curve, color, letter }) => curve && { ...curve, color, letter, best: bestStep(curve) };
  return sides.filter(({ curve }, i) => i === 0 || curve !== sides[0].curve).map(drawn).filter(Boolean).reverse();
}

function setTransport({ back, on, play, newest }, { a, state }) {
  const { steps } = a.info;
  const place = steps.indexOf(a.step);
  back.disabled = place <= 0;
  on.disabled = place >= steps.length - 1;
  const name = state.playing ? "Stop" : "Play";
  replace(play, icon(name.toLowerCase()));
  Object.assign(play, { title: name, disabled: steps.length < 2 });
  play.setAttribute("aria-label", name);
  newest.setAttribute("aria-pressed", String(state.step === null));
}

/** Which curve is drawn, and its best epoch, to which the star leads. */
function choiceOf({ shown, sides }, view, act) {
  const option = ([value, text]) =>
    h("option", { value, text: overEpochs(text, view), selected: value === shown.key });
  const index = chosenClass(view);
  const select = h(
    "select",
    { key: "curve", "aria-label": "Curve", onchange: () => act.set({ curve: select.value }) },
    ...OF_RUN.map(option),
    index !== null && h("optgroup", { label: `Class ${label(view.names[index], 30)}` }, ...OF_CLASS.map(option)),
  );
  const { curve } = sides[0];
  const best = curve ? bestStep(curve) : undefined;
  if (best === undefined) return [select];
  const text = `${percent(valueAt(curve, best), 2)} at epoch ${best}`;
  const title = `The best epoch: ${text}`;
  const onclick = () => act.showStep(best);
  return [select, button({ class: "quiet", title, "aria-label": title, key: "best", onclick }, icon("star"), text)];
}

function setPlace({ chart, sliders, places, track }, { sides, domain, title }) {
  track.classList.toggle("two", sides.length > 1);
  sliders.forEach((slider, i) => (slider.element.hidden = !sides[i]));
  chart.mark(sides.map(({ side, curve, color }) => ({ step: side.step, color, curve })).reverse());
  const lines = sides.map(({ side, curve, letter }, i) => {
    const [text, value] = [placeText(side.info.steps, side.step), valueText(curve, side.step)];
    sliders[i].set(side, domain, `${text}: ${title} ${value}`);
    const tag = sides.length > 1 && h("span", { class: `letter ${letter.toLowerCase()}`, text: letter });
    return h("span", { class: "epoch" }, tag, `${text} `, h("b", { text: value }));
  });
  replace(places, ...lines);
}

function valueText(curve, step) {
  const value = curve ? valueAt(curve, step) : undefined;
  return value === null ? "undefined" : percent(value, 2);
}

/** What is under the pointer is read out; the slider, which lies over all of it, does the rest. */
function pointAt(panel) {
  const { track, chart, readout } = panel;
  track.addEventListener("pointermove", (event) => {
    const { sides, domain } = panel.time;
    const box = chart.element.getBoundingClientRect();
    const place = domain[0] + ((event.clientX - box.left) / box.width) * (domain[1] - domain[0]);
    const step = nearestStep(sides.flatMap(({ side }) => side.info.steps), place);
    const known = sides.filter(({ side }) => side.info.steps.includes(step));
    const text = ({ curve, letter }) => `${sides.length > 1 ? `${letter} ` : ""}${valueText(curve, step)}`;
    readout.textContent = `epoch ${step}: ${known.map(text).join(", ")}`;
  });
  track.addEventListener("pointerleave", () => (readout.textContent = ""));
}
