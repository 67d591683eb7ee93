/** The row of controls above the heat map, and what can be taken away. */

import { createAxesMenu } from "./axes_menu.js";
import { button, choice, h, onlyWhenChanged, replace, segments } from "./dom.js";
import { download, matrixAsCsv, pictureAsPng, pictureAsSvg, viewAsJson } from "./export.js";
import { label } from "./format.js";
import { fitZoom, zoomBy } from "./geometry.js";
import { icon } from "./icons.js";
import { createMenu } from "./menu.js";
import { SCALES } from "./scale.js";

const VALUES = [
  ["count", "Counts", "Samples"],
  ["true", "% of true", "Share of the row: of the samples of the true class"],
  ["pred", "% of predicted", "Share of the column: of the samples that were predicted as this class"],
  ["all", "% of all", "Share of all samples"],
  ["confidence", "Mean confidence", "How sure the answers were on average"],
];
const ZOOMABLE = 12;

/**
 * @param {Object} act
 * @param {function(): Array<Object>} maps the heat maps on the screen
 * @param {HTMLElement} threshold the button that unfolds it
 * @returns {{element: HTMLElement, render: function(Object): void}}
 */
export function createControls(act, maps, threshold) {
  const element = h("div", { class: "controls", role: "toolbar", "aria-label": "What the matrix shows" });
  const menus = { colors: createMenu("Colours", "What the colours mean"), save: createMenu("Save", "Take away") };
  Object.assign(menus, { threshold, axes: createAxesMenu(act) });
  const changed = onlyWhenChanged();
  let view = null;
  replace(menus.save.box, ...takeAway(() => view, maps, menus.save.close));
  return {
    element,
    render(now) {
      view = now;
      const { state, names } = view;
      const axes = [names, state.order, state.top, state.subset, state.positive];
      const colors = [state.scale, state.log, view.groupings, view.groups, view.grouped, state.similar];
      changed([...axes, ...colors, state.values, state.diagonal, state.weighted, view.hasWeights], () => {
        replace(menus.colors.box, ...colorControls(view, act));
        menus.axes.render(view);
        replace(element, ...controls(view, act, menus), menus.save.element);
      });
    },
  };
}

function controls(view, act, menus) {
  const { state, names } = view;
  return [
    valuesChoice(view, act),
    names.length === 2 ? positiveChoice(names, state, act) : diagonalCheck(state, act),
    weightsCheck(view, act),
    menus.threshold,
    menus.colors.element,
    names.length !== 2 && menus.axes.element,
  ];
}

function valuesChoice({ a, b, state }, act) {
  const isKnown = [a, b].every((side) => !side || side.info.has_confidences);
  const values = VALUES.filter(([value]) => isKnown || value !== "confidence");
  return choice("Values", values, state.values, setter(act, "values"));
}

function colorControls({ state }, act) {
  return [
    h("span", { class: "faint", text: "Colour scale over" }),
    segments("Colour scale", SCALES, state.scale, setter(act, "scale")),
    check("Log", "A logarithmic colour scale makes rare mistakes visible", state.log, setter(act, "log")),
  ];
}

/** Once weights are chosen, that can be taken back also where there are none. */
function weightsCheck({ state, hasWeights }, act) {
  const title = "Samples count by their weights, if all that is shown has weights";
  return (hasWeights || state.weighted) && check("Weights", title, state.weighted, setter(act, "weighted"));
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

function check(text, title, checked, choose) {
  const box = h("input", { type: "checkbox", checked, key: `check ${text}`, onchange: () => choose(box.checked) });
  return h("label", { class: "check", title }, box, text);
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

/**
 * The button that gives a card the whole screen; hidden where the page around does not allow it.
 * @param {HTMLElement} card
 * @returns {HTMLElement}
 */
export function fullScreenButton(card) {
  const onclick = () => (document.fullscreenElement ? document.exitFullscreen() : card.requestFullscreen());
  const title = "Full screen";
  const hidden = !document.fullscreenEnabled;
  return button({ title, "aria-label": title, hidden, onclick }, icon("large"));
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
