import { INITIAL, changes } from "/static/state.js";
import * as format from "/static/format.js";
import { matrixAsCsv, viewAsJson } from "/static/export.js";
import * as runRows from "/static/run_rows.js";
import { fromStep } from "/static/flips.js";
import { curvesOf, shownCurve } from "/static/curves.js";
import { sidesOf } from "/static/sides.js";
import { keepSame, makeView, pickRun, pickStep } from "/static/view.js";
import { equal, ok } from "./check.js";

const MANY = Array.from({ length: 70 }, (_, index) => `class ${index}`);
const LOADING = { value: undefined, error: null, loading: true };
const runOf = (steps, part = {}) =>
  ({ run: "a", split: "", steps, wall_times: steps, class_names: MANY, class_groups: [], error: null, ...part });
const there = (value) => ({ value, error: null, loading: false });
const failed = (error) => ({ value: undefined, error, loading: false });

/** A matrix in which one class is mistaken for the next one. */
function matrixOf(step, mistaken, part = {}) {
  const indices = [mistaken * MANY.length + mistaken + 1];
  return there({ run: "a", step, num_classes: MANY.length, indices, counts: [5], weighted: null, ...part });
}

/** An api that has the answers of a table, by route, run and step. */
function having(table) {
  return { ask: (route, { run, step }) => table[`${route} ${run} ${step}`] ?? LOADING };
}

export const tests = {
  "runs are filtered by a regular expression, and sorted with those without a number last"() {
    const scored = (run, value, split = "validation") =>
      runOf([1, 2], { run, split, scores: { accuracy: [0.99, value] } });
    const runs = [scored("x10", 0.5), scored("x9", null), scored("x2", 0.7), scored("x3", 1, "train")];
    const names = (found) => found.map(({ run, name }) => run ?? name);
    equal(names(runRows.filtered(runs, "^X(2|9)$").found), ["x9", "x2"]);
    const rows = runRows.rowsOf(runs.slice(0, 3), "");
    const order = (...how) => names(runRows.sortedRows(rows, ...how));
    equal([order("name", false), order("accuracy", true)], [["x2", "x9", "x10"], ["x2", "x10", "x9"]]);
    equal(order("accuracy", false), ["x10", "x2", "x9"]);
    equal(runRows.bestOf(runs, "accuracy"), { run: "x10", step: 1 });
    equal([runRows.bestOf(runs.slice(3), "accuracy").run, runRows.bestOf([], "accuracy")], ["x3", null]);
  },
  "runs are sorted by a hyperparameter: numbers before texts, and those without it last"() {
    const tuned = (name, hparams) => ({ name, info: runOf([1], { hparams }) });
    const rows = [tuned("x1", { rate: "auto" }), tuned("x2", {}), tuned("x3", { rate: 10 }), tuned("x4", { rate: 9 })];
    const order = (...how) => runRows.sortedRows(rows, ...how).map(({ name }) => name);
    equal([order("hparam.rate", false), order("hparam.rate", true)], [["x4", "x3", "x1", "x2"], ["x1", "x3", "x4", "x2"]]);
    equal(order("hparam.constructor", true), ["x1", "x2", "x3", "x4"]);
    const infos = [{ hparams: { b: 1 } }, { hparams: JSON.parse('{"__proto__": 2, "a": true}') }];
    equal([runRows.hparamNames(infos), runRows.hparamOf(infos[1], "__proto__")], [["__proto__", "a", "b"], 2]);
  },
  "without a choice, the validation that was written last is shown"() {
    const run = (name, split, time, error = null) => ({ run: name, split, steps: [0], wall_times: [time], error });
    const runs = [run("a", "validation", 5), run("b", "train", 9), run("c", "validation", 7)];
    runs.push(run("d", "validation", 8, "broken"));
    equal([null, "gone", "b"].map((wanted) => pickRun(runs, wanted).run), ["c", "c", "b"]);
    equal(pickRun([], null), null);
  },
  "the epoch of a link is the nearest there is, and without one the last"() {
    equal([null, 6, 100, -1].map((wanted) => pickStep([0, 5, 9], wanted)), [9, 5, 9, 0]);
  },
  "other runs of the same classes are behind, and are asked for after those that are looked at"() {
    const runs = [runOf([0, 1]), runOf([0, 1], { run: "b" }), runOf([0], { run: "c", split: "train" })];
    runs.push(runOf([0], { run: "d", class_names: ["x"] }), runOf([], { run: "e" }));
    const asked = [];
    const viewOf = (table, state = INITIAL) => {
      const ask = (route, { run }) => {
        asked.push(`${route} ${run}`);
        return table[run] ?? LOADING;
      };
      return { a: { info: runs[0] }, b: null, runs, names: MANY, state, ask };
    };
    const answer = there({ steps: [0, 1], accuracy: [0.1, 0.2], recall: [0.3, 0.4] });
    const curves = (view) => curvesOf(view, shownCurve(view));
    equal(curves(viewOf({})), { own: [null, null], behind: [] });
    equal(asked, ["overview a"]);
    const all = curves(viewOf({ a: answer, b: answer, d: answer }));
    equal([all.own[0].values, all.behind.map(({ values }) => values)], [[0.1, 0.2], [[0.1, 0.2]]]);
    asked.length = 0;
    const recall = curves(viewOf({ a: answer }, { ...INITIAL, curve: "recall", class: 3 }));
    equal([recall.own[0].values, recall.behind, asked], [[0.3, 0.4], [], ["class a", "class b"]]);
  },
  "the axes stay until a new last epoch is there, though an older one is shown"() {
    const state = { ...INITIAL, step: 1 };
    const table = { "matrix a 1": matrixOf(1, 60) };
    const before = makeView(state, [runOf([0, 1])], having(table));
    equal([before.order.length, before.order.includes(60), before.order.includes(65)], [40, true, false]);
    const waiting = makeView(state, [runOf([0, 1, 2])], having(table), before);
    ok(waiting.order === before.order && waiting.orderError === null, "waiting");
    const view = makeView(state, [runOf([0, 1, 2])], having({ ...table, "matrix a 2": matrixOf(2, 65) }), waiting);
    ok(view.order.includes(65) && !view.order.includes(60), "there");
    const broken = makeView(state, [runOf([0, 1, 2])], having({ ...table, "matrix a 2": failed("broken") }), waiting);
    equal([broken.order, broken.orderError], [before.order, "broken"]);
    const other = makeView(state, [runOf([0, 1, 2], { class_names: MANY.toReversed() })], having(table), before);
    equal(other.order, []);
  },
  "the order of similarity stays until the new one is there"() {
    const state = { ...INITIAL, order: "similar", top: 0 };
    const similar = Array.from(MANY.keys()).toReversed();
    const table = { "matrix a 1": matrixOf(1, 60), "matrix a 2": matrixOf(2, 60) };
    const ordered = having({ ...table, "similar_order a 1": there({ order: similar }) });
    const before = makeView(state, [runOf([1])], ordered);
    equal(before.order, similar);
    equal(makeView(state, [runOf([1, 2])], having(table), before).order, similar);
    const view = makeView(state, [runOf([1, 2])], having({ ...table, "similar_order a 2": failed("slow") }), before);
    equal([view.order[0], view.orderError], [0, "slow"]);
  },
  "similar classes are grouped by one epoch, whatever epoch is shown, and again where another run has other groups"() {
    const state = changes.group({ ...INITIAL, step: 1 }, true, 2);
    const table = { "matrix a 1": matrixOf(1, 60), "matrix a 2": matrixOf(2, 60) };
    const waiting = makeView(state, [runOf([1, 2])], having(table));
    equal([waiting.order, waiting.grouped], [[], null]);
    const grouping = having({ ...table, "similar_groups a 2": there({ groups: [[61, 60], [3, 5]] }) });
    const { grouped, groupings } = makeView(state, [runOf([1, 2])], grouping);
    equal([grouped.entries.slice(0, 3), groupings], [[70, 71, 0], ["similar"]]);
    const refused = makeView(state, [runOf([1, 2])], having({ ...table, "similar_groups a 2": failed("slow") }));
    equal([refused.groupError, refused.grouped, refused.order.length], ["slow", null, 40]);
    const expanded = changes.expand(state, [1]);
    equal(changes.group(expanded, true, 2).expanded, [1]);
    equal([changes.group(expanded, true, 3), changes.showRun(expanded, "b", true)].map((one) => one.expanded), [null, null]);
  },
  "while an epoch is on its way, the one before is shown, with its trends, and saved under its own number"() {
    const history = { steps: [1], f1: [[1]] };
    const table = { "matrix a 1": matrixOf(1, 60), "classes a undefined": there({ history }) };
    const before = makeView(INITIAL, [runOf([1])], having(table));
    const view = makeView(INITIAL, [runOf([1, 2])], having(table), before);
    equal([view.a.step, view.a.raw.step, view.a.loading, view.a.matrix === before.a.matrix], [2, 1, true, true]);
    ok(view.history === history, "history");
    equal(sidesOf(view, {}, undefined)[0].querySelector("h1").textContent, "a, epoch 1");
    equal(matrixAsCsv(view, []).name, "a-epoch-1.csv");
    return viewAsJson(view).blob.text().then((text) => equal(JSON.parse(text).step, 1));
  },
  "weights count if all that is shown has them"() {
    const state = { ...INITIAL, weighted: true };
    const table = { "matrix a 1": matrixOf(1, 3, { weighted: [0.5] }), "matrix b 1": matrixOf(1, 3) };
    const runs = [runOf([1]), runOf([1], { run: "b" })];
    const totals = (view) => [view.weighted, view.hasWeights, view.a.matrix.total, view.a.counts.total];
    equal(totals(makeView(state, runs, having(table))), [true, true, 0.5, 5]);
    equal(totals(makeView({ ...state, otherRun: "b" }, runs, having(table))), [false, false, 5, 5]);
    equal(totals(makeView({ ...state, otherRun: "a" }, runs, having(table))), [true, true, 0.5, 5]);
    equal(totals(makeView({ ...state, weighted: false }, runs, having(table))), [false, true, 5, 5]);
    const titles = [{}, { weighted: true }, { weighted: true, shared: {} }].map((view) => format.overEpochs("F1", view));
    equal(titles, ["F1", "F1, unweighted", "F1, unweighted, all classes"]);
  },
  "a link to a run that is not here is known for A and for B"() {
    const missing = (part) => makeView({ ...INITIAL, ...part }, [runOf([1])], having({})).missing;
    equal([missing({}), missing({ run: "a", otherRun: "a" })], [[null, null], [null, null]]);
    equal(missing({ run: "x", otherRun: "y" }), ["x", "y"]);
    equal(makeView({ ...INITIAL, run: "x" }, null, having({})).missing, [null, null]);
  },
  "runs that did not change stay the same objects, and names of one that did"() {
    const copy = (value) => JSON.parse(JSON.stringify(value));
    const before = [runOf([1]), runOf([1], { run: "b" })];
    ok(keepSame(copy(before), before) === before, "all");
    const after = keepSame(copy([before[0], runOf([1, 2], { run: "b" })]), before);
    ok(after[0] === before[0] && after[1].class_names === before[1].class_names, "names");
    equal(after[1].steps, [1, 2]);
    equal(keepSame([runOf([1], { class_names: ["x"] })], before)[0].class_names, ["x"]);
    equal([keepSame(before.slice(1), before).length, keepSame(before, null).length], [1, 2]);
  },
  "flips begin at the epoch that was chosen, unless it is the one that is shown"() {
    const begin = (from, step, b = null) => fromStep({ a: { info: runOf([1, 5, 9]), step }, b, state: { from } });
    equal([begin(1, 9), begin(9, 9), begin(7, 9), begin(null, 9), begin(null, 1)], [1, 5, 5, 5, null]);
    equal(begin(null, 9, { info: runOf([1, 5, 9]), step: 1 }), 1);
  },
};
