/**
 * The page around the tab: TensorBoard, or whatever shows it. A notebook may forbid any of this, so that each touch is
 * on its own and may fail.
 */

import { readHash, writeHash } from "./link.js";

const PLUGIN = "mnist_tb";

/**
 * @returns {Window} the outermost window that may be read and that shows TensorBoard; this one, if there is none
 */
function hostWindow() {
  return attempt(() => window.parent.document && window.parent) ?? window;
}

function attempt(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/**
 * @returns {Object<string, string>} the parameters in the address
 */
export function readParams() {
  return readHash(hostWindow().location.hash, PLUGIN);
}

/**
 * Put parameters in the address, unless another tab is open: the address is that tab's then.
 * @param {Object<string, string>} params
 * @param {boolean} isNew whether the back button leads from here to what the address has now
 */
export function writeParams(params, isNew) {
  const host = hostWindow();
  const tab = host.location.hash.replace(/^#/, "").split("&")[0];
  if (tab !== "" && tab !== PLUGIN) return;
  const hash = writeHash(host.location.hash, PLUGIN, params);
  if (hash === host.location.hash) return;
  const { history } = host;
  attempt(() => (isNew ? history.pushState(history.state, "", hash) : history.replaceState(history.state, "", hash)));
}

/**
 * @returns {string} the regular expression by which TensorBoard itself filters runs, as its address has it
 */
export function hostFilter() {
  return new URLSearchParams(hostWindow().location.search).get("runFilter") ?? "";
}

/**
 * Keep how somebody has arranged the page, which is nothing to share.
 * @param {string} name
 * @param {string} value
 */
export function remember(name, value) {
  attempt(() => window.localStorage.setItem(`${PLUGIN}${name}`, value));
}

/**
 * @param {string} name
 * @returns {string|null|undefined} what was kept
 */
export function recall(name) {
  return attempt(() => window.localStorage.getItem(`${PLUGIN}${name}`));
}

/**
 * @param {Object<string, string>} params
 * @returns {string} an address that opens the view
 */
export function linkTo(params) {
  const url = new URL(hostWindow().location.href);
  url.hash = writeHash(url.hash, PLUGIN, params);
  return url.href;
}

/**
 * Call back with the parameters when somebody puts another link of this tab in the address bar. They are the event's:
 * until it arrives, a redraw may have written those of the view before.
 * @param {function(Object<string, string>): void} callback
 */
export function onLink(callback) {
  const host = hostWindow();
  const follow = (event) => {
    const { hash } = new URL(event.newURL);
    if (hash.startsWith(`#${PLUGIN}`)) callback(readHash(hash, PLUGIN));
  };
  host.addEventListener("hashchange", follow);
  window.addEventListener("pagehide", () => host.removeEventListener("hashchange", follow));
}

/**
 * Call back with true for dark and false for light, now and at each change.
 * @param {function(boolean): void} callback
 */
export function onTheme(callback) {
  const body = attempt(() => (window.parent === window ? undefined : window.parent.document.body));
  if (body) {
    const tell = () => callback(body.classList.contains("dark-mode"));
    new MutationObserver(tell).observe(body, { attributes: true, attributeFilter: ["class"] });
    tell();
    return;
  }
  const query = window.matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", () => callback(query.matches));
  callback(query.matches);
}

/**
 * Use the fonts that TensorBoard's page has loaded: a frame does not inherit them.
 */
export function borrowFonts() {
  attempt(() => {
    const { styleSheets, baseURI, fonts } = window.parent.document;
    if (fonts === document.fonts) return;
    const rules = [...styleSheets].flatMap((sheet) => attempt(() => [...sheet.cssRules]) ?? []);
    for (const { style } of rules.filter((rule) => rule.constructor.name === "CSSFontFaceRule")) {
      const part = (name) => style.getPropertyValue(name);
      if (!/^["']?Roboto["']?$/.test(part("font-family"))) continue;
      const source = part("src").replace(/url\("?([^")]+)"?\)/g, (_, url) => `url("${new URL(url, baseURI).href}")`);
      const options = { weight: part("font-weight"), style: part("font-style"), unicodeRange: part("unicode-range") };
      document.fonts.add(new FontFace("Roboto", source, options));
    }
  });
}

/**
 * Call back when TensorBoard has reloaded its data or knows other runs.
 * @param {function(): void} callback
 */
export function onReload(callback) {
  attempt(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => {
      const message = attempt(() => JSON.parse(event.data));
      if (!message || message.isReply) return;
      const answer = { type: message.type, id: message.id, payload: null, error: null, isReply: true };
      channel.port1.postMessage(JSON.stringify(answer)); // TensorBoard waits for it
      if (["experimental.DataReloaded", "experimental.RunsChanged"].includes(message.type)) callback();
    };
    window.parent.postMessage("experimental.bootstrap", "*", [channel.port2]);
  });
}

/**
 * Copy a text. Browsers give the clipboard to safe origins alone: elsewhere the old way is tried.
 * @param {string} text
 * @returns {Promise<boolean>} whether it worked
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const worked = attempt(() => document.execCommand("copy")) ?? false;
    area.remove();
    return worked;
  }
}
