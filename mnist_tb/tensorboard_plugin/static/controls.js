/** The row of controls above the heat map, and what can be taken away. */

import { button, h, onlyWhenChanged, replace, segments } from "./dom.js";
import { download, matrixAsCsv, pictureAsPng, viewAsJson } from "./export.js";
import { shownClasses } from "./state.js";
import { fitZoom, zoomBy } from "./geometry.js";

const VALUES = [
  ["count", "Counts", "Samples"],
  ["true", "% of true", "Share of the row: of the samples of the true class"],
  ["pred", "% of predicted", "Share of the column: of the samples that were predicted as this class"],
  ["all", "% of all", "Share of all samples"],
];
const ORDERS = [["label", "by label"], ["error", "by error"], ["similar", "by similarity"]];
const TOPS = [20, 40, 100, 200, 500];
const ZOOMABLE = 12;

/**
 * @param {Object} act
 * @param {function(): Array<Object>} maps the heat maps on the screen
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createControls(act, maps) {
  const element = h("div", { class: "controls", role: "toolbar", "aria-label": "What the matrix shows" });
  const changed = onlyWhenChanged();
  let view = null;
  return {
    element,
    render(now) {
      view = now;
      const { state, names, order } = view;
      const shown = [state.values, state.log, state.diagonal, state.order, state.top, state.weighted, names.length];
      changed([...shown, state.zoom === null, weightsText(view), order.length], () => {
        replace(element, ...controls(view, act), ...takeAway(() => view, maps));
      });
    },
  };
}

function controls(view, act) {
  const { state, names, order } = view;
  return [
    segments("Values", VALUES, state.values, setter(act, "values")),
    check("Log", "A logarithmic colour scale makes rare mistakes visible", state.log, setter(act, "log")),
    check("Diagonal", "What was right; without it, mistakes stand out", state.diagonal, setter(act, "diagonal")),
    weightsCheck(view, act),
    choice("Order", ORDERS, state.order, act.orderBy),
    names.length > TOPS[0] ? classesShown(state, names.length, act) : null,
    order.length >= ZOOMABLE ? zoomButtons(state, order.length, act) : null,
  ];
}

/** The choice of weights; once it is made it can be taken back, also where there are none. */
function weightsText({ b, state, hasWeights }) {
  if (hasWeights) return "Weights";
  if (!state.weighted) return null;
  return b ? "Weights (not of both)" : "Weights (none)";
}

function weightsCheck(view, act) {
  const text = weightsText(view);
  const title = "Samples count by their weights, if all that is shown has weights";
  return text && check(text, title, view.state.weighted, setter(act, "weighted"));
}

function setter(act, name) {
  return (value) => act.set({ [name]: value });
}

function classesShown(state, classes, act) {
  const shown = String(shownClasses(state, classes) ?? 0);
  return choice("Classes", tops(classes), shown, (top) => act.showTop(Number(top)));
}

function check(text, title, checked, choose) {
  const box = h("input", { type: "checkbox", checked, key: `check ${text}`, onchange: () => choose(box.checked) });
  return h("label", { class: "check", title }, box, text);
}

function choice(text, options, chosen, choose) {
  const select = h(
    "select",
    { key: `choice ${text}`, onchange: () => choose(select.value) },
    ...options.map(([value, name]) => h("option", { value, text: name, selected: value === chosen })),
  );
  return h("label", { class: "choice" }, h("span", { text }), select);
}

function tops(classes) {
  const fewer = TOPS.filter((top) => top < classes).map((top) => [String(top), `${top} worst`]);
  return [...fewer, ["0", `all ${classes.toLocaleString("en-US")}`]];
}

function zoomButtons({ zoom }, size, act) {
  const control = (text, title, onclick, disabled = false) =>
    button({ text, title, "aria-label": title, disabled, key: title, onclick });
  const by = (factor) => () => act.zoom(zoomBy(fitZoom(zoom, size), size, factor));
  return h(
    "div",
    { class: "segments zoom", role: "group", "aria-label": "Zoom" },
    control("+", "Zoom in (wheel, or + in the matrix)", by(0.6)),
    control("−", "Zoom out", by(1 / 0.6), zoom === null),
    control("Fit", "See all again (double click, or 0 in the matrix)", () => act.zoom(null), zoom === null),
  );
}

function takeAway(view, maps) {
  const save = (text, title, onclick) => button({ class: "quiet", text, title, key: `save ${text}`, onclick });
  return [
    h(
      "span",
      { class: "save", role: "group", "aria-label": "Save" },
      save("CSV", "Save the matrix as comma-separated values", () => download(matrixAsCsv(view()))),
      save("PNG", "Save the picture", async () => download(await pictureAsPng(view(), maps()))),
      save("JSON", "Save what is shown, with its numbers", () => download(viewAsJson(view()))),
    ),
  ];
}
