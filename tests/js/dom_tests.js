import { h, onlyWhenChanged, replace } from "/static/dom.js";
import { createApi } from "/static/api.js";
import { equal, ok } from "./check.js";

const until = async (condition) => {
  for (let i = 0; i < 200 && !condition(); i++) await new Promise((done) => setTimeout(done, 5));
  ok(condition(), "it never came");
};

function answering(answers) {
  const asked = [];
  window.fetch = async (address) => {
    asked.push(address);
    await new Promise((done) => setTimeout(done, 5));
    const answer = answers(address);
    return { ok: answer !== null, json: async () => answer, text: async () => "there is no such thing" };
  };
  return asked;
}

export const tests = {
  "a text is a text, whatever it looks like"() {
    const element = h("p", { text: "<b>x</b>", title: '"><script>' }, "<i>");
    equal([element.childNodes.length, element.querySelector("b, i")], [2, null]);
    equal(element.title, '"><script>');
  },
  "new children keep the focus on the same control"() {
    const box = h("div");
    document.body.append(box);
    const build = () => [h("button", { "data-key": 'a"]' }), h("button", { "data-key": "b" })];
    replace(box, ...build());
    box.lastChild.focus();
    replace(box, ...build());
    equal(document.activeElement.getAttribute("data-key"), "b");
    box.remove();
  },
  "work is done when something has changed, and not else"() {
    const changed = onlyWhenChanged();
    let runs = 0;
    for (const value of [1, 1, 2, NaN, NaN]) changed([value], () => runs++);
    equal(runs, 3);
  },
  async "an answer is fetched once, and a failed one is tried again"() {
    let fails = true;
    const asked = answering(() => (fails ? null : { x: 1 }));
    const api = createApi(() => {});
    api.ask("cell", { run: "a" });
    await until(() => !api.ask("cell", { run: "a" }).loading);
    equal(api.ask("cell", { run: "a" }).error, "there is no such thing");
    fails = false;
    api.retry();
    await until(() => api.ask("cell", { run: "a" }).value?.x === 1);
    api.ask("cell", { run: "a" });
    equal(asked.length, 2);
    ok(asked[0].endsWith("/cell?run=a"), asked[0]);
  },
  async "an older version is shown until the new one is there"() {
    let version = 1;
    answering(() => ({ version }));
    const api = createApi(() => {});
    await until(() => api.ask("overview", {}, "1").value);
    version = 2;
    const answer = api.ask("overview", {}, "2");
    equal([answer.value, answer.loading], [{ version: 1 }, true]);
    await until(() => api.ask("overview", {}, "2").value?.version === 2);
  },
  async "of many that wait, the last one is fetched next and the others never"() {
    const asked = answering((address) => ({ address }));
    const api = createApi(() => {});
    for (let step = 0; step < 50; step++) api.ask("matrix", { step });
    await until(() => asked.length === 2 && !api.busy("matrix"));
    equal(asked.map((address) => address.split("=")[1]), ["0", "49"]);
  },
};
