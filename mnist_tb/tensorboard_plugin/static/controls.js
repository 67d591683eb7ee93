/** The row of controls above the heat map, and what can be taken away. */

import { button, h, onlyWhenChanged, replace, segments } from "./dom.js";
import { download, matrixAsCsv, pictureAsPng, pictureAsSvg, viewAsJson } from "./export.js";
import { count, label } from "./format.js";
import { shownClasses } from "./state.js";
import { fitZoom, zoomBy } from "./geometry.js";
import { createGroupMenu } from "./group_menu.js";
import { createMenu } from "./menu.js";
import { SCALES } from "./scale.js";

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
  const menus = { colors: createMenu("Colours", "What the colours mean"), save: createMenu("Save", "Take away") };
  menus.groups = createGroupMenu(act);
  const changed = onlyWhenChanged();
  let view = null;
  replace(menus.save.box, ...takeAway(() => view, maps, menus.save.close));
  return {
    element,
    render(now) {
      view = now;
      const { state, names } = view;
      const axes = [names, state.order, state.top, state.subset, state.positive];
      const colors = [state.scale, state.log, view.groups, view.grouped];
      changed([...axes, ...colors, state.values, state.diagonal, state.weighted, weightsText(view)], () => {
        replace(menus.colors.box, ...colorControls(view, act));
        menus.groups.render(view);
        replace(element, ...controls(view, act, menus), menus.save.element);
      });
    },
  };
}

function controls(view, act, menus) {
  const { state, names } = view;
  return [
    segments("Values", VALUES, state.values, setter(act, "values")),
    names.length === 2 ? positiveChoice(names, state, act) : diagonalCheck(state, act),
    weightsCheck(view, act),
    menus.colors.element,
    view.groups.length > 0 && menus.groups.element,
    names.length !== 2 && choice("Order", ORDERS, state.order, act.orderBy),
    !view.grouped && (names.length > TOPS[0] || state.subset) ? classesShown(state, names.length, act) : null,
  ];
}

function colorControls({ state }, act) {
  return [
    h("span", { class: "faint", text: "Colour scale over" }),
    segments("Colour scale", SCALES, state.scale, setter(act, "scale")),
    check("Log", "A logarithmic colour scale makes rare mistakes visible", state.log, setter(act, "log")),
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

function positiveChoice(names, { positive }, act) {
  const options = names.map((name, index) => [String(index), `positive: ${label(name, 30)}`]);
  return choice("Positive class", options, String(positive), (index) => act.set({ positive: Number(index) }));
}

function diagonalCheck({ diagonal }, act) {
  return check("Diagonal", "What was right; without it, mistakes stand out", diagonal, setter(act, "diagonal"));
}

function setter(act, name) {
  return (value) => act.set({ [name]: value });
}

function classesShown(state, classes, act) {
  const subset = state.subset ? [["subset", `${count(state.subset.length)} chosen`]] : [];
  const shown = state.subset ? "subset" : String(shownClasses(state, classes) ?? 0);
  return choice("Classes", [...subset, ...tops(classes)], shown, (top) => act.showTop(Number(top)));
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
  return [...fewer, ["0", `all ${count(classes)}`]];
}

/**
 * The buttons in the corner of the map.
 * @param {Object} act
 * @returns {{element: HTMLElement, render: function(Object, number): void}} gets the state and the classes on an axis
 */
export function createZoom(act) {
  const element = h("div", { class: "segments zoom", role: "group", "aria-label": "Zoom" });
  const changed = onlyWhenChanged();
  return {
    element,
    render({ zoom }, size) {
      element.hidden = size < ZOOMABLE && zoom === null;
      changed([zoom === null, size], () => replace(element, ...zoomButtons(size, act, zoom === null)));
    },
  };
}

function zoomButtons(size, act, isAll) {
  const control = (text, title, onclick, disabled = false) =>
    button({ text, title, "aria-label": title, disabled, key: title, onclick });
  const by = (factor) => () => act.zoom(zoomBy(fitZoom(act.state().zoom, size), size, factor));
  return [
    control("+", "Zoom in (wheel, two fingers, or + in the matrix)", by(0.6)),
    control("−", "Zoom out", by(1 / 0.6), isAll),
    control("Fit", "See all again (double click, or 0 in the matrix)", () => act.zoom(null), isAll),
  ];
}

function takeAway(view, maps, close) {
  const save = (text, title, make) => {
    const onclick = async () => {
      close();
      download(await make());
    };
    return button({ class: "quiet", title, key: `save ${text}`, onclick }, h("b", { text }), ` ${title}`);
  };
  return [
    save("CSV", "the numbers, for a spreadsheet", () => matrixAsCsv(view(), maps())),
    save("PNG", "the picture, 2,000 pixels wide or more", () => pictureAsPng(view(), maps())),
    save("SVG", "the picture, for print", () => pictureAsSvg(view(), maps())),
    save("JSON", "what is shown, with its numbers", () => viewAsJson(view())),
  ];
}
