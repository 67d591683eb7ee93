/** The list of runs: which one is shown, which one it is compared with, and what is wrong with any. */

import { button, h, note, onlyWhenChanged, replace } from "./dom.js";
import { isFound, label, shortRun } from "./format.js";
import { sameNames } from "./view.js";

const MANY = 8; // runs from which a filter helps

/**
 * @param {HTMLElement} parent
 * @param {Object} act
 * @returns {{render: function(Object): void}}
 */
export function createRunsPanel(parent, act) {
  const list = h("ul", { class: "runs", "aria-label": "Runs" });
  const notes = h("div", { class: "notes", role: "status" });
  const filter = h("input", { type: "search", placeholder: "Filter runs", "aria-label": "Filter runs", hidden: true });
  const changed = onlyWhenChanged();
  let last = null;
  const render = (view) => {
    last = view;
    const { runs, a, b, missing } = view;
    changed([runs, a?.info, b?.info, ...missing, filter.value], () => {
      filter.hidden = runs.length <= MANY && filter.value === ""; // one that filters must be in sight
      const shown = runs.filter((info) => isFound(info.run, filter.value));
      replace(list, ...shown.map((info) => row(info, view, act)));
      replace(notes, ...notesOf(view));
    });
  };
  filter.addEventListener("input", () => render(last));
  const head = h("div", { class: "head" }, h("h2", { text: "Runs" }), filter);
  parent.append(h("section", { class: "card" }, head, list, notes));
  return { render };
}

function row(info, { a, b }, act) {
  const [isA, isB] = [info === a?.info, info === b?.info];
  const name = label(shortRun(info.run, info.split));
  const same = sameNames(info.class_names, a?.info.class_names ?? []);
  return h(
    "li",
    { class: isA ? "run shown" : "run" },
    button(
      {
        class: "run-name",
        title: label(info.run, 300),
        "aria-pressed": isA,
        key: `run ${info.run}`,
        onclick: () => act.showRun(info.run, same),
      },
      h("bdi", { text: name }),
      info.split ? h("span", { class: `split ${info.split}`, text: info.split }) : null,
      h("span", { class: "epochs", text: info.error ? "can't be read" : epochs(info.steps.length) }),
    ),
    info.error ? null : versus(info, isA, isB, act),
    info.error ? note(info.error, "problem") : null,
  );
}

function epochs(number) {
  return number === 1 ? "1 epoch" : `${number} epochs`;
}

function versus(info, isA, isB, act) {
  const text = isB ? "B" : "vs";
  const title = isB ? "End the comparison" : isA ? "Compare with another epoch of this run" : "Compare with this run";
  const first = isA ? info.steps[0] : null; // two epochs of a run: the first one is where it came from
  return button({
    class: "versus",
    text,
    title,
    "aria-label": `${title}: ${label(info.run)}`,
    "aria-pressed": isB,
    key: `vs ${info.run}`,
    disabled: info.steps.length < (isA && !isB ? 2 : 1),
    onclick: () => (isB ? act.compare(null) : act.compare(info.run, first)),
  });
}

function notesOf({ missing: [run, otherRun], a }) {
  const lines = [];
  if (run !== null) lines.push(`The link is of a run that is not here: ${label(run)}`);
  if (otherRun !== null) lines.push(`The link compares with a run that is not here: ${label(otherRun)}`);
  if (a?.info.dropped) {
    lines.push(
      `TensorBoard dropped epochs of this run: ${a.info.steps.length} are left. ` +
        "Start it with --samples_per_plugin mnist_tb=0 to keep all.",
    );
  }
  lines.push(...(a?.info.warnings ?? []));
  return lines.map((text) => note(text, "problem"));
}
