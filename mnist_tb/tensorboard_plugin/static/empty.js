/** What stands there when there is nothing to see: how to make some. */

import { copyButton } from "./copy_button.js";
import { h, replace } from "./dom.js";

const CODE = `import mnist_tb

model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=10, validation_data=(x_val, y_val),
          callbacks=mnist_tb.classification_loggers("logs/run1"))`;
const COMMAND = "tensorboard --logdir logs";

/**
 * @returns {{element: HTMLElement, render: function(Array<Object>|null, string|null): void}}
 */
export function createEmptyState() {
  const element = h("div", { class: "empty" });
  let shown = null;
  return {
    element,
    render(runs, failed) {
      const now = failed && !runs ? `failed ${failed}` : runs === null ? "loading" : runs.length ? "runs" : "none";
      element.hidden = now === "runs";
      if (now === shown) return;
      shown = now;
      if (now === "none") replace(element, recipe());
      else if (now === "runs") replace(element);
      else replace(element, h("p", { role: "status", text: failed && !runs ? `No answer: ${failed}` : "Loading …" }));
    },
  };
}

function recipe() {
  return h(
    "section",
    { class: "recipe", "aria-labelledby": "no-data" },
    h("h1", { id: "no-data", text: "No confusion matrices yet" }),
    h("p", { text: "Any Keras classifier writes them while it validates. Train with one more callback:" }),
    copyable(CODE),
    h("p", { text: "and look at what it writes:" }),
    copyable(COMMAND),
    h("p", {
      class: "faint",
      text: "The first epoch appears here by itself. If you have trained already, --logdir points at another folder.",
    }),
  );
}

function copyable(text) {
  const copier = copyButton({ text: "Copy", title: "Copy this", key: "copy", label: "Text to copy" }, () => text);
  return h("div", { class: "copyable" }, h("pre", {}, h("code", { text })), ...copier);
}
