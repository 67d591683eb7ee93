import { gridStop, h, oneStop, onlyWhenChanged, replace } from "/static/dom.js";
import { createApi } from "/static/api.js";
import { createCellDetail } from "/static/cell_detail.js";
import { makeMatrix } from "/static/matrix.js";
import { lineChart } from "/static/charts.js";
import { createPairs } from "/static/pairs.js";
import { createRunsPanel } from "/static/runs_panel.js";
import { INITIAL } from "/static/state.js";
import { equal, ok } from "./check.js";

const NAMES = ["cat", "dog"];
const REST = { class_groups: [], has_examples: true, error: null };
const runOf = (part) =>
  ({ run: "a", split: "", steps: [3], wall_times: [3], class_names: NAMES, ...REST, ...part });

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
  "a table is one stop, where the focus was last"() {
    const rows = h("tbody");
    const table = h("table", {}, rows);
    document.body.append(table);
    const refresh = oneStop(table, "things");
    const fill = (...keys) => {
      replace(rows, ...keys.map((key) => h("tr", {}, h("td", {}, h("button", { key })))));
      refresh();
    };
    const isStop = (one) => one.tabIndex === 0;
    const stops = () => [...rows.querySelectorAll("button")].filter(isStop).map((one) => one.dataset.key);
    fill("a", "b", "c");
    equal(stops(), ["a"]);
    rows.querySelectorAll("button")[1].focus();
    equal(stops(), ["b"]);
    fill("c", "b");
    equal([stops(), document.activeElement.dataset.key], [["b"], "b"]);
    fill("x", "y");
    equal(stops(), ["x"]);
    table.remove();
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
  async "what failed keeps its message while it is tried again"() {
    answering(() => null);
    const api = createApi(() => {});
    await until(() => api.ask("cell", {}).error);
    api.retry();
    const { error, loading, value } = api.ask("cell", {});
    equal([error, loading, value], ["there is no such thing", true, undefined]);
  },
  async "large answers are forgotten when there are too many, but not those that are shown"() {
    answering(() => ({ num_classes: 600, counts: { length: 300_000 } }));
    const api = createApi(() => {});
    for (let step = 0; step < 12; step++) await until(() => api.ask("matrix", { step }).value);
    equal([11, 4, 3].map((step) => api.ask("matrix", { step }).loading), [false, false, true]);
  },
  async "small answers are forgotten when there are very many"() {
    answering(() => ({ x: 1 }));
    const api = createApi(() => {});
    for (let step = 0; step < 81; step++) await until(() => api.ask("cell", { step }).value);
    equal([80, 1, 0].map((step) => api.ask("cell", { step }).loading), [false, false, true]);
  },
  async "a list of runs that comes after a later one is not used, and none is waited for without end"() {
    const waiting = [];
    window.fetch = (address, { signal }) => {
      ok(signal instanceof AbortSignal, "no end");
      return new Promise((done) => waiting.push((answer) => done({ ok: true, json: async () => answer })));
    };
    const { runs } = createApi(() => {});
    const [first, second, third] = [runs(), runs(), runs()];
    waiting[1]("second");
    equal(await second, "second");
    waiting[0]("first");
    waiting[2]("third");
    equal([await first, await third], [null, "third"]);
  },
  async "a time that is over is a message"() {
    window.fetch = async () => Promise.reject(new DOMException("signal timed out", "TimeoutError"));
    equal(await createApi(() => {}).runs().catch((error) => error.message), "TensorBoard does not answer");
  },
  "a filter of runs is in sight as long as it filters"() {
    const box = h("div");
    const state = { ...INITIAL };
    const panel = createRunsPanel(box, { set: (part) => Object.assign(state, part) });
    const viewOf = (number) => {
      const runs = Array.from({ length: number }, (_, i) => runOf({ run: `run ${i}` }));
      return { runs, a: { info: runs[0] }, b: null, missing: [null, number === 8 ? "gone" : null], state };
    };
    const filter = box.getElementsByTagName("input")[0];
    const shown = () => [filter.hidden, box.querySelectorAll(".run").length];
    panel.render(viewOf(9));
    equal(shown(), [false, 9]);
    filter.value = "3";
    filter.dispatchEvent(new Event("input"));
    panel.render(viewOf(8));
    equal(shown(), [false, 1]);
    equal(box.querySelector(".notes").textContent, "The link compares with a run that is not here: gone");
    filter.value = "x(";
    filter.dispatchEvent(new Event("input"));
    panel.render(viewOf(9));
    const notes = ["“x(” is no regular expression: it is searched for as a text.", "No run matches “x(”."];
    equal([...box.querySelectorAll(".notes p")].map((line) => line.textContent), notes);
    filter.value = "";
    filter.dispatchEvent(new Event("input"));
    panel.render(viewOf(8));
    equal(shown(), [true, 8]);
  },
  "a run of training and validation data is one row, a click shows and a click with Shift compares"() {
    const box = h("div");
    const done = [];
    const act = { showRun: (run) => done.push(["show", run]), compare: (run) => done.push(["compare", run]) };
    const panel = createRunsPanel(box, act);
    const scores = { accuracy: [0.8] };
    const part = (split) => ({ run: `a/b/mnist_tb/${split}`, split, scores });
    const runs = [runOf(part("train")), runOf(part("validation")), runOf({ run: "a/<i>" })];
    panel.render({ runs, a: { info: runs[1] }, b: null, missing: [null, null], state: INITIAL });
    const texts = (selector) => [...box.querySelectorAll(selector)].map((one) => one.textContent);
    equal([texts(".run-name"), texts(".split"), texts(".prefix")], [["<i>", "b"], ["validation", "train"], ["a/…"]]);
    equal(texts(".run .accuracy"), ["–", "80.0"]);
    const click = (text, shiftKey) =>
      [...box.querySelectorAll("button")]
        .find((one) => one.textContent === text)
        .dispatchEvent(new MouseEvent("click", { shiftKey }));
    click("train", false);
    click("train", true);
    click("<i>", true);
    click("b", true); // a run is not compared with itself
    equal(done, [["show", runs[0].run], ["compare", runs[0].run], ["compare", "a/<i>"]]);
  },
  "the table of runs is one stop for Tab, and the arrow keys move in rows and columns"() {
    const body = h("div");
    document.body.append(body);
    const refresh = gridStop(body);
    const names = [["a", "b"], ["c"], ["d", "e"]];
    replace(body, ...names.map((row) => h("div", {}, ...row.map((key) => h("button", { key })))));
    refresh();
    body.querySelector("button").focus();
    const pressed = ["ArrowRight", "ArrowDown", "ArrowDown", "End", "ArrowRight", "ArrowRight", "Home"].map((key) => {
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      return document.activeElement.dataset.key;
    });
    equal(pressed, ["b", "c", "d", "d", "e", "e", "a"]);
    equal(body.querySelectorAll("[tabindex='0']").length, 1);
    body.remove();
  },
  "a model that has diverged makes no mistakes, and that is no good news"() {
    const pairs = createPairs({});
    const said = (counted, nonfinite) => {
      const matrix = makeMatrix(2, [0], [counted]);
      const a = { matrix, counts: matrix, raw: { nonfinite } };
      pairs.render({ a, b: null, names: NAMES, sameClasses: true, state: { pairs: "count", search: "" } });
      return [pairs.element.textContent, pairs.element.querySelector(".problem") !== null];
    };
    equal(said(5, 0), ["No mistakes at this epoch.", false]);
    equal(said(0, 7), ["All 7 predictions are NaN or infinite: the model has diverged.", true]);
    equal(said(0, 0), ["There are no samples at this epoch.", false]);
    const some = "2 left out: NaN or infinite, of 7 predictions. The model may be diverging.";
    equal(said(5, 2), [some, true]);
  },
  "the axis of a chart holds rates, also of a class that has none"() {
    const ends = (values, options = {}) => {
      const series = [{ label: "A", color: "red", steps: values.keys().toArray(), values }];
      const domain = [0, values.length - 1];
      const chart = lineChart({ label: "x", series, domain, marks: [], format: String, ...options });
      return [".chart-low", ".chart-high"].map((end) => chart.querySelector(end).textContent);
    };
    equal([ends([0, 0]), ends([1, 1]), ends([null])], [["0", "1"], ["0.98", "1"], ["0", "1"]]);
    equal([ends([0, 0], { fromZero: true }), ends([2, 5], { fromZero: true })], [["0", "1"], ["0", "5"]]);
  },
  "a cell's samples are those of A and of B, and say whose they are"() {
    const sample = (position, confidence) => ({ position, key: `key ${position}`, form: "none", text: "", confidence });
    const counts = makeMatrix(2, [1], [9]);
    const sideOf = (run, own, place) => {
      const raw = { num_classes: 2, indices: [place], counts: [9] };
      return { info: runOf({ run }), step: 3, counts, matrix: counts, raw, own };
    };
    const kept = { "a 1": [sample(5, 0.9), sample(6, 0.8)], "b 0": [sample(6, 0.7), sample(7, 0.6)] };
    const detail = createCellDetail({});
    detail.render({
      a: sideOf("a", (index) => index, 1),
      b: sideOf("b", (index) => 1 - index, 2), // whose classes stand in another order
      state: { cell: { true: 0, predicted: 1 } },
      names: NAMES,
      sameClasses: true,
      weighted: false,
      ask: (route, { run, predicted }) =>
        route === "examples" ? { value: { samples: kept[`${run} ${predicted}`] }, error: null } : { loading: true },
    });
    const texts = [...detail.element.querySelectorAll("figure")].map((one) => one.textContent);
    equal(texts, ["cat → dog90.0 %A# 5", "cat → dog80.0 %AB# 6", "cat → dog60.0 %B# 7"]);
    const title = "Samples: 2 of 9 in A, 2 of 9 in B, 1 of them in both";
    ok(detail.element.textContent.includes(title), detail.element.textContent);
  },
  "unfolded samples stay unfolded while the run grows"() {
    const detail = createCellDetail({});
    const place = { true: 0, predicted: 1 };
    const sample = (position) => ({ ...place, position, key: "", form: "none", text: "", confidence: 0.5 });
    const value = { kept: "cell", samples: Array.from({ length: 60 }, (_, i) => sample(i)) };
    const counts = makeMatrix(2, [1], [70]);
    const raw = { num_classes: 2, indices: [1], counts: [70] };
    const viewOf = (steps) => ({
      a: { info: runOf({ steps }), step: 3, counts, matrix: counts, raw, own: (index) => index },
      b: null,
      state: { cell: place },
      names: NAMES,
      sameClasses: true,
      weighted: false,
      ask: (route) => (route === "examples" ? { value, error: null, loading: false } : { loading: true }),
    });
    detail.render(viewOf([3]));
    const grid = detail.element.querySelector(".samples");
    grid.nextSibling.click();
    equal(detail.element.querySelector(".samples").children.length, 48);
    detail.render(viewOf([3, 4]));
    equal(detail.element.querySelector(".samples").children.length, 48);
    ok(detail.element.textContent.includes("Samples: 60 of 70"), detail.element.textContent);
  },
};
