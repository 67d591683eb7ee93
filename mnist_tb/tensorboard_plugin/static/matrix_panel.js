/** The middle of the tab: what is shown, its numbers, the controls, and the heat maps. */

import { gradient } from "./colors.js";
import { createControls, createZoom, fullScreenButton } from "./controls.js";
import { h, onlyWhenChanged, replace } from "./dom.js";
import { createFields } from "./fields.js";
import { cellText, columnText, count, differenceText, label, percent } from "./format.js";
import { reveal } from "./geometry.js";
import { createHeatMap } from "./heatmap.js";
import { createMaps } from "./maps.js";
import { at } from "./matrix.js";
import { REJECTED, restOf } from "./rejected.js";
import { endsOf, overviewOf } from "./scale.js";
import { sidesOf } from "./sides.js";
import { createThreshold } from "./threshold.js";

const OTHER_CLASSES = "A and B tell different classes apart: each is shown with its own, and there is no difference.";

/**
 * @param {HTMLElement} parent
 * @param {Object} act
 * @returns {{render: function(Object): void}}
 */
export function createMatrixPanel(parent, act) {
  const panel = {
    act,
    header: h("header", { class: "sides" }),
    first: createHeatMap(act),
    second: createHeatMap(act),
    fields: [createFields(act), createFields(act)],
    shown: 0,
    problem: h("p", { class: "problem", role: "alert" }),
    summary: h("p", { id: "summary", class: "summary", role: "status", "aria-live": "polite" }),
    legend: h("div", { class: "legend", "aria-hidden": true }),
    part: h("p", { class: "faint" }),
    changed: onlyWhenChanged(),
    legendChanged: onlyWhenChanged(),
    chosen: null,
    maps: createMaps(),
  };
  const box = h("div", { class: "maps" }, panel.first.element, panel.second.element);
  box.append(...panel.fields.map((fields) => fields.element));
  panel.zoom = createZoom(act);
  panel.card = h("section", { class: "card grow", "aria-busy": true });
  const corner = h("div", { class: "corner" }, panel.zoom.element, fullScreenButton(panel.card));
  panel.mapsBox = h("div", { class: "maps-box" }, box, corner);
  panel.threshold = createThreshold(act);
  panel.controls = createControls(act, () => [panel.first, panel.second].slice(0, panel.shown), panel.threshold.opener);
  const foot = h("div", { class: "foot" }, panel.summary, panel.part, panel.legend);
  const above = [panel.header, panel.controls.element, panel.threshold.element, panel.problem];
  panel.card.append(...above, panel.mapsBox, foot);
  parent.append(panel.card);
  return { render: (view) => render(panel, view) };
}

function render(panel, view) {
  const { a, b, state } = view;
  const sides = [a, b].flatMap((side) => [side?.matrix, side?.info, side?.step, side?.error]);
  const overview = b || !a.matrix ? undefined : overviewOf(view, a);
  const problem = problemOf(view);
  const limits = [view.limit?.threshold, view.limitProblem, a.sure, b?.sure, state.threshold];
  const said = [view.sameClasses, view.groups, view.weighted, state.weighted, problem, ...limits];
  panel.changed([...sides, overview, state.mode, ...said], () => {
    replace(panel.header, ...sidesOf(view, panel.act, overview));
    panel.problem.hidden = problem === null;
    panel.problem.textContent = problem ?? "";
  });
  panel.controls.element.hidden = !a.matrix;
  panel.controls.render(view);
  panel.threshold.render(view);
  const maps = a.matrix && view.order.length > 0 ? panel.maps(view) : [];
  const shown = maps.map((map) => ({ ...map, state: map.passive ? withoutPlace(state) : state }));
  panel.mapsBox.hidden = shown.length === 0;
  panel.shown = shown.length;
  panel.card.classList.toggle("two", shown.length === 2);
  const isBinary = shown.every((map) => map.names.length === 2 && !map.passive);
  [panel.first, panel.second].forEach((map, i) => {
    map.element.hidden = !shown[i] || isBinary;
    panel.fields[i].element.hidden = !shown[i] || !isBinary;
    if (!shown[i]) return;
    const one = { ...shown[i], theme: view.theme, letter: shown.length > 1 ? "AB"[i] : null };
    map.render(one); // also where it is not seen: it draws the picture that is saved
    if (isBinary) panel.fields[i].render(one);
  });
  if (maps.length) panel.zoom.render(state, maps[0].order.length);
  if (maps.length) moveToChosen(panel, state, maps[0].order);
  const isPart = view.order.length < view.names.length && view.order.length > 0;
  panel.part.textContent = isPart ? `${count(view.order.length)} of ${count(view.names.length)} classes shown` : "";
  const summary = summaryOf(view, maps);
  if (panel.summary.textContent !== summary) panel.summary.textContent = summary; // or it is read out again
  if (shown.length) legend(panel, shown[0]);
  panel.card.setAttribute("aria-busy", String(a.loading || Boolean(b?.loading)));
}

/** What has just been chosen comes into sight, where only a part of the matrix is. A link's part stays as it is. */
function moveToChosen(panel, state, order) {
  const { cell, class: index } = state;
  const isNew = panel.chosen !== null && (panel.chosen.cell !== cell || panel.chosen.index !== index);
  panel.chosen = { cell, index };
  if (!isNew || state.zoom === null) return;
  const [row, column] = [cell?.true ?? index, cell?.predicted ?? index].map((one) => order.indexOf(one));
  if (row < 0 || column < 0) return;
  const zoom = reveal(state.zoom, order.length, row, column);
  if (zoom !== state.zoom) panel.act.zoom(zoom);
}

/** Classes of another run have other places. */
function withoutPlace(state) {
  return { ...state, hover: null, cell: null, class: null, zoom: null };
}

function problemOf({ a, b, sameClasses, groupError, orderError }) {
  if (a.error) return `${label(a.name)} can't be shown: ${a.error}`;
  if (b?.error) return `${label(b.name)} can't be compared: ${b.error}`;
  if (groupError) return `The classes can't be grouped by similarity: ${groupError}`;
  if (orderError) return `The classes can't be in the order of the last epoch: ${orderError}`;
  return sameClasses ? null : OTHER_CLASSES;
}

function summaryOf({ a, b, state, unequal }, maps) {
  const whole = state.class === null ? {} : { true: state.class };
  const pointed = state.hover ?? state.cell ?? whole;
  if (!maps.length) return a.loading ? "Loading …" : "";
  const { names } = maps[0];
  const [first, second] = maps.filter((one) => !one.passive).flatMap((one) => one.matrices);
  const [row, column] = [pointed.true, pointed.predicted].map((index) => (index < names.length ? index : null) ?? null);
  const isUnanswered = column === REJECTED || (row !== null && first.rowSums[row] === 0);
  if (isUnanswered && first.rejected) return restText([first, second], row, names[row]);
  if (row === null && column === null) return "Point at a cell to read it, click it to see its samples.";
  if (b?.matrix && second) return `${bothText(first, second, row, column, names, unequal)}.`;
  if (row === null) return `${count(first.columnSums[column])} samples were predicted as ${label(names[column])}.`;
  if (column === null) return `${cellText(at(first, row, row), first.rowSums[row], names[row], null)}.`;
  const cell = at(first, row, column);
  const ofColumn = columnText(cell, first.columnSums[column], names[column]);
  const ofRow = cellText(cell, first.rowSums[row], names[row], names[column]);
  const mean = state.values === "confidence" && cell > 0 && at(first.confidence, row, column) / cell;
  return `${[ofRow, ofColumn, mean && `mean confidence ${percent(mean)}`].filter(Boolean).join("; ")}.`;
}

/** What is said of the samples of a class that a threshold leaves without an answer, of A and of B. */
function restText(matrices, row, name) {
  const said = matrices.filter((matrix) => matrix?.rejected).map((matrix) => restOf(matrix, row, name));
  return `${said.length === 1 ? said[0] : said.map((one, i) => `${"AB"[i]}: ${one}`).join("; ")}.`;
}

/** What A and B say of a cell, of a true class (a row) or of all that was predicted as a class (a column). */
function bothText(first, second, row, column, names, asRate) {
  const counted = (matrix) => (row === null ? matrix.columnSums[column] : at(matrix, row, column ?? row));
  const whole = (matrix) => (row === null ? matrix.total : matrix.rowSums[row]);
  const [inA, inB] = [first, second].map((matrix) => counted(matrix) / (asRate ? whole(matrix) : 1));
  return differenceText(inA, inB, names[row] ?? null, names[column] ?? null, asRate);
}

function legend(panel, shown) {
  const { map, scale, format } = shown;
  panel.legendChanged([map, scale.most, scale.log, scale.beyond, format], () => {
    const bar = h("span", { class: "ramp" });
    bar.style.background = gradient(map);
    const [low, high] = endsOf(shown).map((text) => h("span", { text }));
    replace(panel.legend, low, bar, high);
  });
}
