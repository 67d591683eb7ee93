/** Puts the parts together: state → view → panels, and back to the state through `act` alone. */

import { createApi } from "./api.js";
import { createClassesPanel } from "./classes_panel.js";
import { createDetailPanel } from "./detail_panel.js";
import { createDivider } from "./divider.js";
import { h } from "./dom.js";
import { createEmptyState } from "./empty.js";
import { borrowFonts, linkTo, onLink, onReload, onTheme, readParams, writeParams } from "./host.js";
import { fromParams, toParams } from "./link.js";
import { createMatrixPanel } from "./matrix_panel.js";
import { createRunsPanel } from "./runs_panel.js";
import { createStore } from "./state.js";
import { readTheme } from "./theme.js";
import { createTimeline } from "./timeline.js";
import { createViewer } from "./viewer.js";
import { keepSame, makeView, pickStep, sameNames, stepVersion } from "./view.js";

const POLL = 15_000; // milliseconds, for who has switched TensorBoard's own reloading off
const SOON = 2_000; // milliseconds until a server that has not read all runs yet is asked again
const FRAME = 350; // milliseconds that an epoch stays when playing

/**
 * @param {HTMLElement} body
 * @param {Promise} styled is done when the style is there; nothing is drawn before
 */
export function startApp(body, styled) {
  const app = { runs: null, looked: null, walked: null, failed: null, missed: false, view: null, theme: null };
  const draw = onceAFrame(() => drawAll(app));
  app.api = createApi(draw);
  app.store = createStore(fromParams(readParams()), (state, before) => {
    if (state.playing !== before.playing) play(app);
    draw();
  });
  app.act = actions(app);
  borrowFonts();
  document.fonts.addEventListener("loadingdone", () => app.theme && draw()); // a canvas does not draw itself anew
  layOutPage(app, body);
  const setTheme = (dark) => {
    body.classList.toggle("dark", dark);
    app.theme = readTheme(body, dark);
    draw();
  };
  styled.then(() => onTheme(setTheme));
  onLink((params) => {
    app.looked = null; // the address has it already
    app.store.reset(fromParams(params));
  });
  document.addEventListener("keydown", (event) => stepByKey(app, event));
  askWhileSeen(app, draw);
}

function layOutPage(app, body) {
  const left = h("aside", { class: "column left", "aria-label": "Runs and classes" });
  const center = h("main", { class: "column center", "aria-label": "Confusion matrix" });
  const right = h("aside", { class: "column right", "aria-label": "Details" });
  app.page = h("div", { class: "page" }, left, center, right);
  showDetails(app, right);
  app.empty = createEmptyState();
  body.replaceChildren(app.page, app.empty.element);
  app.panels = [
    createRunsPanel(left, app.act),
    createClassesPanel(left, app.act),
    createMatrixPanel(center, app.act),
    createTimeline(center, app.act),
    createDetailPanel(right, app.act),
    createViewer(app.page, app.act),
  ];
  const sides = { label: "Width of runs and classes", line: "vertical", property: "--left", before: left };
  left.append(createDivider({ ...sides, range: [220, 700] }));
}

/** In a narrow window the details are below the matrix: they come into sight when a click chooses something. */
function showDetails(app, details) {
  const chosen = () => app.store.get().cell ?? app.store.get().class;
  let before = chosen();
  app.page.addEventListener("click", ({ target }) => {
    const isNew = chosen() !== before || target.matches("canvas");
    before = chosen();
    if (isNew && before !== null) details.scrollIntoView({ block: "nearest" });
  });
}

/** All that panels may do: the changes of the state, with the epoch at hand filled in. */
function actions(app) {
  const change = (name) => (...values) => app.store.change(name, ...values);
  const step = () => stepNow(app);
  const axes = ["showTop", "showClasses", "expand", "orderBy"];
  const names = ["compare", "hover", "zoom", ...axes, "sortBy", "set", "unselect"];
  return {
    ...Object.fromEntries(names.map((name) => [name, change(name)])),
    showStep: (wanted) => showStep(app, wanted),
    groupBy: (how) => {
      const similar = how === "similar" ? pickStep(app.view.a.info.steps, null) : null;
      app.store.change("group", how !== "none", similar);
    },
    showRun: (run, sameClasses) => app.store.change("showRun", run, sameClasses),
    selectCell: (cell) => app.store.change("selectCell", cell, step()),
    walkTo: (cell) => {
      app.walked = cell;
      app.store.change("selectCell", cell, step());
    },
    openSample: (id) => app.store.change("openSample", id, step()),
    selectClass: (index) => app.store.change("selectClass", index, step()),
    swap: () => {
      const { a, b } = app.view;
      const sameClasses = sameNames(a.info.class_names, b.info.class_names);
      app.store.change("swap", { run: a.info.run, step: a.step }, { run: b.info.run, step: b.step }, sameClasses);
    },
    link: () => linkTo(toParams({ ...app.store.get(), run: app.view.a.info.run, step: step() })),
    move: (by) => moveBy(app, by),
    state: app.store.get,
  };
}

/** Keys may be faster than the screen: the state counts, and not what was drawn last. */
function stepNow(app) {
  return pickStep(app.view.a.info.steps, app.store.get().step) ?? null;
}

/** Who goes to the newest epoch goes along when more come, unless something is selected, which holds its epoch. */
function showStep(app, step) {
  const { cell, class: index } = app.store.get();
  const isNewest = step === pickStep(app.view.a.info.steps, null);
  app.store.change("showStep", isNewest && cell === null && index === null ? null : step);
}

function moveBy(app, by) {
  const { steps } = app.view.a.info;
  const place = steps.indexOf(stepNow(app)) + by;
  if (place < 0 || place >= steps.length) return false;
  showStep(app, steps[place]);
  return true;
}

function drawAll(app) {
  if (!app.theme) return;
  app.empty.render(app.runs, app.failed);
  const any = app.runs !== null && app.runs.length > 0;
  app.page.hidden = !any;
  if (!any) return;
  const state = app.store.get();
  const view = makeView(state, app.runs, app.api, app.view);
  app.view = { ...view, theme: app.theme };
  for (const panel of app.panels) panel.render(app.view);
  // Another run that begins to be written must not take the place of the one that is looked at.
  if (state.run === null) app.store.change("set", { run: view.a.info.run });
  writeState(app, state);
  prefetch(app);
}

/**
 * The back button goes through the runs, the cells and the classes that were looked at, and not through epochs. A walk
 * by the arrow keys, which may lead over a hundred cells, is one place.
 */
function writeState(app, state) {
  const isWalk = state.cell !== null && state.cell === app.walked;
  const looked = JSON.stringify([state.run, isWalk ? "walk" : state.cell, state.class]);
  writeParams(toParams(state), app.looked !== null && app.looked !== looked);
  app.looked = state.run === null ? null : looked;
}

/** The epochs before and after are fetched while nothing else is: a step in time shows at once. */
function prefetch(app) {
  const { a } = app.view;
  if (!a || a.loading || !a.matrix) return;
  const place = a.info.steps.indexOf(a.step);
  for (const step of [a.info.steps[place + 1], a.info.steps[place - 1]]) {
    for (const route of app.view.limit ? ["matrix", "confidences"] : ["matrix"]) {
      if (step === undefined || app.api.busy(route)) continue;
      app.api.ask(route, { run: a.info.run, step }, stepVersion(a.info, step));
    }
  }
}

async function loadRuns(app, draw) {
  app.missed = false;
  try {
    const answer = await app.api.runs();
    if (answer === null) return;
    app.runs = keepSame(answer.runs, app.runs);
    app.failed = null;
    app.api.retry();
    clearTimeout(app.soon);
    if (answer.runs.some((info) => info.checked === false)) app.soon = setTimeout(app.refresh, SOON);
  } catch (error) {
    app.failed = error.message;
  }
  draw();
}

function isSeen() {
  return document.visibilityState === "visible" && window.innerHeight > 0;
}

/** Nothing is asked for while nobody looks, but then at once when somebody does. */
function askWhileSeen(app, draw) {
  app.refresh = () => (isSeen() ? loadRuns(app, draw) : (app.missed = true));
  const catchUp = () => app.missed && app.refresh();
  document.addEventListener("visibilitychange", catchUp);
  window.addEventListener("resize", catchUp); // of a frame that TensorBoard shows again
  onReload(app.refresh);
  setInterval(app.refresh, POLL);
  loadRuns(app, draw);
}

function play(app) {
  clearInterval(app.timer);
  if (!app.store.get().playing) return;
  const { a } = app.view;
  if (a.step === a.info.steps[a.info.steps.length - 1]) app.store.change("showStep", a.info.steps[0]);
  app.timer = setInterval(() => {
    if (app.view.a.loading) return; // a slow server slows the film down, and drops nothing
    if (!moveBy(app, 1)) app.store.change("set", { playing: false });
  }, FRAME);
}

function stepByKey(app, event) {
  const by = { "[": -1, "]": 1 }[event.key];
  if (event.key === "Escape" && !event.defaultPrevented) leaveSelection(app, event);
  const typing = event.target instanceof Element && event.target.matches("input:not([type=range]), select, textarea");
  // The browser's own keys stay its own; Ctrl and Alt together are AltGr, without which many keyboards have no bracket.
  const isBrowsers = event.metaKey || (event.ctrlKey && !event.altKey);
  if (!by || typing || isBrowsers || !app.view?.a) return;
  moveBy(app, by);
  event.preventDefault();
}

/** Escape in a field is the field's own, as it empties a search. */
function leaveSelection(app, event) {
  const isField = event.target instanceof Element && event.target.matches("input[type=search], select, textarea");
  if (!isField && app.view?.a) app.act.unselect();
}

function onceAFrame(run) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    // A hidden frame gets no animation frames, and must not be stale when it is shown again.
    const go = () => {
      if (!waits) return;
      waits = false;
      run();
    };
    requestAnimationFrame(go);
    setTimeout(go, 200);
  };
}
