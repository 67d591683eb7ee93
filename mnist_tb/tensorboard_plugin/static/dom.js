/** Building the page. Every text goes through text nodes: names from event files are never parsed as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an HTML element.
 * @param {string} tag
 * @param {Object<string, *>} attributes `text` is its text, `on…` are listeners, true and false switch an attribute
 * on and off (but are spelt out for `aria-…`), null leaves it away, `key` is what `replace` knows it by.
 * @param {...(Node|string|null|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * Make a button; the arguments after the tag are those of `h`.
 * @returns {HTMLButtonElement}
 */
export function button(attributes, ...children) {
  return h("button", { type: "button", ...attributes }, ...children);
}

/**
 * A paragraph that says something beside the data.
 * @param {string} text
 * @param {"faint"|"problem"} kind
 * @returns {HTMLElement}
 */
export function note(text, kind = "faint") {
  return h("p", { class: kind, text });
}

/**
 * Make an SVG element; the arguments are those of `h`.
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

function setAttribute(element, name, value) {
  if (value === null || value === undefined) return;
  if (name === "text") element.textContent = value;
  else if (name === "key") element.setAttribute("data-key", value);
  else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name.startsWith("aria-")) element.setAttribute(name, String(value));
  else if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
}

/**
 * Put new children in an element. The control that had the focus has it again afterwards, if one with the same
 * `key` is among them: somebody at the keyboard does not lose the place when the data change.
 * @param {Element} parent
 * @param {...(Node|string|null|false)} children
 */
export function replace(parent, ...children) {
  const active = parent.contains(document.activeElement) ? document.activeElement.getAttribute("data-key") : null;
  const top = parent.scrollTop;
  parent.replaceChildren(...children.flat().filter(Boolean));
  parent.scrollTop = top;
  if (active !== null) parent.querySelector(`[data-key="${CSS.escape(active)}"]`)?.focus({ preventScroll: true });
}

/**
 * Put an element on a chart, in whose place it stands by itself.
 * @param {HTMLElement} element
 * @param {number} x share of the width, from the left
 * @param {number} y share of the height, from the top
 * @returns {HTMLElement} the element
 */
export function at(element, x, y) {
  element.style.left = `${x * 100}%`;
  element.style.top = `${y * 100}%`;
  return element;
}

/**
 * Make a long table one stop for the Tab key: within it, the arrow keys, Home and End move from row to row, and from a
 * row's button to its box.
 * @param {HTMLTableElement} table is a "grid" for screen readers from then on, which is what they call that
 * @param {string} label of it, for screen readers
 * @returns {function(): void} to be called when other rows are in it
 */
export function oneStop(table, label) {
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", label);
  const rows = () => [...table.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("button, input")]);
  const refresh = roving(table, rows, (items) => items.find((item) => item.matches("button")), (place) => place);
  refresh();
  return refresh;
}

/**
 * Make the rows of an element with role="grid" one stop for the Tab key: the arrow keys, Home and End move in it.
 * @param {HTMLElement} body of the grid
 * @returns {function(): void} to be called when other rows are in it
 */
export function gridStop(body) {
  const rows = () => [...body.children].map((row) => [...row.querySelectorAll("button:enabled")]);
  return roving(body, rows, (items) => body.querySelector(".shown button") ?? items[0], () => 0);
}

/** The stop is where the focus was last, or at `first`; Home and End go to the `ending` of a place in a row. */
function roving(element, rows, first, ending) {
  const inRow = (row, place) => row?.[place] ?? row?.at(-1);
  const moves = {
    ArrowUp: (all, row, place) => inRow(all[row - 1], place),
    ArrowDown: (all, row, place) => inRow(all[row + 1], place),
    ArrowLeft: (all, row, place) => all[row][place - 1],
    ArrowRight: (all, row, place) => all[row][place + 1],
    Home: (all, row, place) => inRow(all[0], ending(place)),
    End: (all, row, place) => inRow(all.at(-1), ending(place)),
  };
  const stopAt = (chosen) => rows().flat().forEach((item) => (item.tabIndex = item === chosen ? 0 : -1));
  element.addEventListener("focusin", ({ target }) => rows().flat().includes(target) && stopAt(target));
  element.addEventListener("keydown", (event) => {
    const all = rows();
    const row = all.findIndex((items) => items.includes(event.target));
    if (row < 0 || !(event.key in moves)) return;
    event.preventDefault();
    moves[event.key](all, row, all[row].indexOf(event.target))?.focus();
  });
  return () => {
    const items = rows().flat();
    stopAt(items.includes(document.activeElement) ? document.activeElement : first(items));
  };
}

const ARROWS = { none: "", ascending: "▲", descending: "▼" };

/**
 * Make the head of a column the one by which its table is sorted.
 * @param {HTMLElement} head
 * @param {boolean|null} falls whether the table falls by this column; null if it is not sorted by it
 * @param {{text: string, title: string, key: string, onclick: function(): void}} options
 * @returns {HTMLElement} the head
 */
export function sortHead(head, falls, { text, title, key, onclick }) {
  const order = falls === null ? "none" : falls ? "descending" : "ascending";
  const arrow = h("span", { class: "arrow", "aria-hidden": true, text: ARROWS[order] });
  head.setAttribute("aria-sort", order);
  head.append(button({ title: `${title}: click to sort`, key, onclick }, arrow, text));
  return head;
}

/**
 * A row of buttons of which one is pressed.
 * @param {string} label of the group, for screen readers
 * @param {Array<[string, string, string]>} options value, text and explanation of each
 * @param {string} chosen
 * @param {function(string): void} choose
 * @returns {HTMLElement}
 */
export function segments(label, options, chosen, choose) {
  const buttons = options.map(([value, text, title]) =>
    button({ text, title, "aria-pressed": value === chosen, key: `${label}:${value}`, onclick: () => choose(value) }),
  );
  return h("div", { class: "segments", role: "group", "aria-label": label }, ...buttons);
}

/**
 * A select that is labelled.
 * @param {string} text of the label
 * @param {Array<[string, string]>} options value and text of each
 * @param {string} chosen
 * @param {function(string): void} choose
 * @returns {HTMLElement}
 */
export function choice(text, options, chosen, choose) {
  const select = h(
    "select",
    { key: `choice ${text}`, onchange: () => choose(select.value) },
    ...options.map(([value, name]) => h("option", { value, text: name, selected: value === chosen })),
  );
  return h("label", { class: "choice" }, h("span", { text }), select);
}

/**
 * Run something only when what it depends on has changed.
 * @returns {function(Array, function(): void): void}
 */
export function onlyWhenChanged() {
  let before = null;
  return (dependencies, run) => {
    if (before?.length === dependencies.length && dependencies.every((value, i) => Object.is(value, before[i]))) return;
    before = dependencies;
    run();
  };
}
