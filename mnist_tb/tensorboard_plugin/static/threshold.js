/** The threshold: how sure an answer must be to count as one, and what that leaves. Of two classes, the boundary. */

import { placeOf } from "./confidences.js";
import { confidencesOf } from "./confident.js";
import { coverageChart } from "./coverage_chart.js";
import { button, choice, h, note, onlyWhenChanged, replace } from "./dom.js";
import { label } from "./format.js";
import { answeredText, hasBoundary, noConfidences, smallestThreshold } from "./limits.js";

const TARGETS = ["95", "98", "99", "99.5", "99.9"].map((percent) => [percent, `${percent} % accuracy`]);
const BOUNDARY = 0.5; // between two classes, as long as nobody moves it
const NUMBER = "A threshold is a number from 0 to 1";

/**
 * @param {Object} act
 * @returns {{opener: HTMLElement, element: HTMLElement, render: function(Object): void}} the button unfolds the panel
 */
export function createThreshold(act) {
  const element = h("div", { class: "threshold", role: "group", "aria-label": "Threshold", hidden: true });
  const opener = button({ class: "menu-button", text: "Threshold", "aria-expanded": false, key: "threshold" });
  const panel = { act, element, opener, ...partsOf(), sides: [], sure: null, target: "99", isOpen: null, view: null };
  panel.changed = { kind: onlyWhenChanged(), wanted: onlyWhenChanged(), chart: onlyWhenChanged() };
  opener.title = "Leave answers out that are not sure, or move the boundary between two classes";
  opener.addEventListener("click", () => {
    panel.isOpen = element.hidden;
    render(panel, panel.view);
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation(); // the selection stays
    panel.isOpen = false;
    render(panel, panel.view);
    opener.focus();
  });
  listen(panel);
  return { opener, element, render: (view) => render(panel, view) };
}

function partsOf() {
  const slider = h("input", { type: "range", min: 0, step: 1, "aria-label": "Threshold", key: "threshold slider" });
  const field = h("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    "aria-label": "Threshold, from 0 to 1",
    title: "From 0 to 1; it stops at the edges of the bins in which confidences are counted",
    key: "threshold field",
  });
  const name = h("span", { class: "threshold-name" });
  const off = button({ class: "quiet", key: "threshold off" });
  const [refused, wanted, chart] = [note("", "problem"), h("div"), h("div")];
  refused.setAttribute("role", "alert");
  refused.hidden = true;
  wanted.className = "row";
  chart.className = "coverage";
  return { slider, field, name, off, refused, wanted, chart };
}

function listen(panel) {
  const { slider, field, off, act } = panel;
  const choose = (place) => act.set({ threshold: thresholdAt(panel, place) });
  slider.addEventListener("input", () => choose(Number(slider.value)));
  off.addEventListener("click", () => act.set({ threshold: null }));
  field.addEventListener("change", () => {
    const value = Number(field.value.trim().replace(",", "."));
    const isOne = field.value.trim() !== "" && value >= 0 && value <= 1;
    refuse(panel, isOne ? null : field.value);
    if (isOne) choose(placeOf(panel.sure, value));
    if (isOne) field.value = String(panel.sure.edges[placeOf(panel.sure, value)]);
  });
}

function refuse({ field, refused }, typed) {
  refused.hidden = typed === null;
  refused.textContent = typed?.trim() ? `${NUMBER}, and ${label(typed.trim(), 30)} is none.` : `${NUMBER}.`;
  field.setAttribute("aria-invalid", String(typed !== null));
}

/** Off is where nothing is left out, and of two classes where nothing has moved. */
function thresholdAt({ sides, sure }, place) {
  const value = sure.edges[place];
  return value === (hasBoundary(sides) ? BOUNDARY : 0) ? null : value;
}

function render(panel, view) {
  panel.view = view;
  const { a, b, state } = view;
  panel.isOpen ??= state.threshold !== null; // a link's
  panel.element.hidden = !panel.isOpen || !a.matrix;
  panel.opener.setAttribute("aria-expanded", String(!panel.element.hidden));
  panel.opener.classList.toggle("set", state.threshold !== null);
  if (panel.element.hidden) return;
  panel.sides = [a, b].filter((side) => side?.step !== null && side !== null);
  const without = panel.sides.find(({ info }) => !info.has_confidences);
  const answers = without ? [] : panel.sides.map((side) => confidencesOf(view, side));
  const error = without ? noConfidences(without.name) : answers.find((answer) => answer.error)?.error;
  const isOfTwo = hasBoundary(panel.sides);
  panel.changed.kind([error, isOfTwo], () => replace(panel.element, ...layOut(panel, error, isOfTwo)));
  if (error || answers.some(({ value }) => !value)) return;
  const sures = answers.map(({ value }) => value);
  panel.sure = sures[0];
  renderValue(panel, view, isOfTwo);
  if (!isOfTwo) renderCoverage(panel, sures, placeOf(panel.sure, state.threshold ?? 0));
}

function layOut({ slider, field, name, off, refused, wanted, chart }, error, isOfTwo) {
  if (error) return [note(error)];
  const row = h("div", { class: "row" }, name, slider, field, off);
  return isOfTwo ? [row, refused] : [h("div", { class: "choices" }, row, refused, wanted), chart];
}

function renderValue({ slider, field, name, off, refused, sure }, { state, names }, isOfTwo) {
  const value = state.threshold ?? (isOfTwo ? BOUNDARY : 0);
  const place = placeOf(sure, value);
  const text = String(sure.edges[place]);
  slider.max = String(sure.edges.length - 2);
  slider.value = String(place);
  slider.style.setProperty("--at", `${(100 * place) / (sure.edges.length - 2)}%`);
  slider.setAttribute("aria-valuetext", isOfTwo ? text : `${text}: ${answeredText(sure, place)}`);
  if (document.activeElement !== field && refused.hidden) field.value = text;
  name.textContent = isOfTwo ? `${label(names[state.positive], 20)} is predicted from` : "Threshold";
  off.textContent = isOfTwo ? "Reset" : "Off";
  off.disabled = state.threshold === null;
}

function renderCoverage(panel, sures, place) {
  const { chart, wanted, act, changed, target } = panel;
  changed.wanted([...sures, target], () => replace(wanted, ...targetOf(panel)));
  const onPick = (picked) => act.set({ threshold: thresholdAt(panel, picked) });
  changed.chart([...sures, place], () => replace(chart, coverageChart(sures, place, onPick)));
}

/** The smallest threshold that makes the answers as right as is wanted; of A, where two are compared. */
function targetOf(panel) {
  const { sure, sides, act, target } = panel;
  const { place, text } = smallestThreshold(sure, Number(target) / 100);
  const targets = choice("For", TARGETS, target, (value) => {
    panel.target = value;
    render(panel, panel.view);
  });
  const isThere = place >= 0;
  const onclick = () => act.set({ threshold: thresholdAt(panel, place) });
  const title = "The smallest threshold whose answers are as right";
  const set = isThere && button({ text: `Set ${sure.edges[place]}`, title, key: "threshold set", onclick });
  return [targets, set, h("span", { class: "leaves", text: `${sides.length > 1 ? "A: " : ""}${text}` })];
}
