/** The reliability diagram: accuracy over confidence, and below it how many answers there are of each confidence. */

import { h, svg } from "./dom.js";
import { count, percent } from "./format.js";
import { plane, scalesOf } from "./plane.js";

const [X, Y] = [{ name: "confidence", range: [0, 1] }, { name: "accuracy", range: [0, 1] }];
const SCALE = scalesOf(X, Y);
const MOST_HIGH = 1000; // units of the SVG

/**
 * @param {Array<{letter: "A"|"B", reliability: import("./reliability.js").Reliability}>} sides A, and B if it is there
 * @returns {HTMLElement}
 */
export function reliabilityChart(sides) {
  const readout = h("span", { class: "chart-readout" });
  const label = `Reliability diagram. ${sides.map(sideText).join(" ")}`;
  const [from, to] = [SCALE.x(0), SCALE.x(1)];
  const diagonal = svg("line", { class: "diagonal", x1: from, x2: to, y1: SCALE.y(0), y2: SCALE.y(1) });
  const { element, box } = plane(label, X, Y, ...sides.flatMap(barsOf), diagonal);
  const numbers = histogram(sides);
  element.classList.add("reliability");
  box.append(readout);
  box.after(numbers);
  for (const part of [box, numbers]) readAt(part, sides, readout);
  return element;
}

function barsOf({ letter, reliability: { bins } }) {
  return bins.filter((bin) => bin.count > 0).flatMap((bin) => [
    rectangle(bin, [0, bin.accuracy], `bar-${letter}`),
    letter === "A" && rectangle(bin, [bin.accuracy, bin.confidence], "gap"),
  ]).filter(Boolean);
}

function rectangle({ low, high }, between, kind) {
  const [bottom, top] = [Math.min(...between), Math.max(...between)];
  const [x, y] = [SCALE.x(low), SCALE.y(top)];
  return svg("rect", { class: kind, x, y, width: SCALE.x(high) - x, height: SCALE.y(bottom) - y });
}

/** On a logarithmic scale, as most answers of a trained network are in the last bin. */
function histogram(sides) {
  const most = Math.max(...sides.flatMap(({ reliability: { bins } }) => bins.map((bin) => bin.count)));
  const high = (number) => Math.log1p(number) / Math.log1p(most);
  const bars = sides.flatMap(({ letter, reliability: { bins } }) =>
    bins.filter((bin) => bin.count > 0).map((bin) => rectangle(bin, [0, high(bin.count)], `bar-${letter}`)),
  );
  return h(
    "div",
    { class: "plane-counts", title: "Answers of each confidence, on a logarithmic scale" },
    svg("svg", { viewBox: `0 0 ${MOST_HIGH} ${MOST_HIGH}`, preserveAspectRatio: "none", "aria-hidden": true }, ...bars),
    h("span", { class: "chart-high", text: count(most) }),
  );
}

function readAt(part, sides, readout) {
  part.addEventListener("pointermove", ({ clientX }) => {
    const box = part.getBoundingClientRect();
    const { bins } = sides[0].reliability;
    const place = Math.max(0, Math.min(bins.length - 1, Math.floor(((clientX - box.left) / box.width) * bins.length)));
    const texts = sides.map(({ letter, reliability }) => {
      const text = answersText(reliability.bins[place]);
      return sides.length > 1 ? `${letter}: ${text}` : text;
    });
    readout.textContent = [binText(bins[place]), ...texts].join("\n");
  });
  part.addEventListener("pointerleave", () => (readout.textContent = ""));
}

/**
 * @param {{low: number, high: number}} bin
 * @returns {string} such as "90 to 95 %"
 */
export function binText({ low, high }) {
  return `${Math.round(low * 100)} to ${Math.round(high * 100)} %`;
}

function answersText(bin) {
  if (bin.count === 0) return "no answers";
  return `${count(bin.count)} ${bin.count === 1 ? "answer" : "answers"}, ${percent(bin.accuracy)} right`;
}

function sideText({ letter, reliability: { bins } }) {
  const texts = bins.filter((bin) => bin.count > 0).map((bin) => `${binText(bin)}: ${answersText(bin)}`);
  return `${letter}: ${texts.join("; ") || "no answers"}.`;
}
