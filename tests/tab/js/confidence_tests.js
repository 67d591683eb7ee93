import * as confidences from "/static/confidences.js";
import { rejectedText, csv } from "/static/format.js";
import { foldBy } from "/static/fold.js";
import { hit, layOut } from "/static/geometry.js";
import { keepLast } from "/static/keep.js";
import { answeredText, limitOf, smallestThreshold } from "/static/limits.js";
import { fromParams, toParams } from "/static/link.js";
import { difference, shownValues } from "/static/matrix.js";
import { rejectedColumn, rejectedValues } from "/static/rejected.js";
import { changes, INITIAL } from "/static/state.js";
import { makeView } from "/static/view.js";
import { close, equal, ok } from "./check.js";

const EDGES = [0, 0.25, 0.5, 0.75, 1];
const sureOf = (size, entries, edges = EDGES) => {
  const part = (place) => entries.map((entry) => entry[place]);
  return { num_classes: size, edges, true: part(0), predicted: part(1), bins: part(2), counts: part(3) };
};
// true 0: 4 right and sure, 1 right and less so, 2 said to be 1 and unsure; true 2: 3 said to be 0, one of them surely
const small = () => sureOf(3, [[0, 0, 2, 1], [0, 0, 3, 4], [0, 1, 1, 2], [2, 0, 1, 2], [2, 0, 3, 1]]);
const byClass = () => sureOf(2, [[-1, 1, 1, 2], [0, -1, 1, 2], [1, 1, 3, 6]]);
const cellsOf = ({ rows, columns, values }) => Array.from(values, (value, k) => [rows[k], columns[k], value]);

const runOf = (part = {}) => ({
  run: "a", split: "", steps: [1], wall_times: [1], class_names: ["x", "y", "z"], class_groups: [], error: null,
  has_confidences: true, ...part,
});
const answer = (value, error = null) => ({ value, error, loading: false });
const raw = { num_classes: 3, indices: [0, 1, 6], counts: [5, 2, 3], weighted: [1, 1, 1] };
/** An api that has the matrix and these confidences. */
const having = (sure) => ({ ask: (route) => ({ matrix: answer(raw), confidences: sure })[route] ?? answer(undefined) });
const viewOf = (state, sure = answer(small()), info = runOf()) =>
  makeView({ ...INITIAL, ...state }, [info], having(sure));

export const tests = {
  "a threshold keeps the answers that are at least as sure, and counts the others by their cells"() {
    equal(cellsOf(confidences.matrixAt(small(), 0)), [[0, 0, 5], [0, 1, 2], [2, 0, 3]]);
    const { rejected, ...answered } = confidences.matrixAt(small(), 2);
    equal(cellsOf(answered), [[0, 0, 5], [2, 0, 1]]);
    equal([[...rejected.rowSums], rejected.total, answered.total], [[2, 0, 2], 4, 6]);
    equal(confidences.matrixAt(small(), 0).rejected, undefined);
  },
  "a threshold stands at the lower edge that is nearest"() {
    equal([0, 0.1, 0.13, 0.6, 0.9, 1].map((value) => confidences.placeOf(small(), value)), [0, 0, 1, 2, 3, 3]);
  },
  "the mean confidence of a cell is that of the middles of its bins, also of several cells at once"() {
    const whole = confidences.matrixAt(small(), 0);
    const { values } = shownValues(whole, "confidence");
    close(values[0], (0.625 + 4 * 0.875) / 5);
    close(values[1], 0.375);
    const folded = foldBy(confidences.matrixAt(small(), 2), [0, 0, 1], 2);
    close(shownValues(folded, "confidence").values[1], 0.875);
    equal([folded.rejected.total, [...folded.rejected.rowSums]], [4, [2, 2]]);
    const cells = difference(whole, confidences.matrixAt(small(), 2), "confidence");
    equal(cellsOf(cells).map(([row, column]) => [row, column]), [[2, 0]]); // where both have answers, and others
  },
  "of two classes the boundary moves, and no answer is left out"() {
    const sure = sureOf(2, [[0, 0, 2, 5], [0, 0, 3, 4], [0, 1, 3, 1], [1, 0, 2, 2], [1, 1, 2, 3], [1, 1, 3, 6]]);
    const at = (place, positive) => cellsOf(confidences.matrixAt(confidences.withBoundary(sure, place, positive), 0));
    equal(at(2, 1), [[0, 0, 9], [0, 1, 1], [1, 0, 2], [1, 1, 9]]); // as it was answered
    equal(at(2, 0), at(2, 1));
    equal(at(1, 1), [[0, 0, 4], [0, 1, 6], [1, 1, 11]]);
    equal(at(3, 1), [[0, 0, 9], [0, 1, 1], [1, 0, 5], [1, 1, 6]]);
    const moved = confidences.withBoundary(sure, 1, 1);
    close(confidences.histogramOf(moved, 0, 1).mean, (5 * 0.375 + 0.875) / 6); // of what is said now
  },
  "coverage and accuracy are known of every threshold, also where cells were not kept"() {
    const { answered, right } = confidences.coverageOf(small());
    equal([[...answered], [...right]], [[10, 10, 6, 5, 0], [5, 5, 5, 4, 0]]);
    const known = confidences.coverageOf(byClass());
    equal([[...known.answered], [...known.right]], [[8, 8, 6, 6, 0], [6, 6, 6, 6, 0]]);
    equal([confidences.hasCells(small()), confidences.hasCells(byClass())], [true, false]);
    const smallest = (wanted) => confidences.smallestFor({ answered, right }, wanted);
    equal([0.5, 0.75, 0.9].map(smallest), [0, 2, -1]);
    equal(answeredText(small(), 2), "60.0 % answered, 83.3 % of them right: 4 of 10 go without an answer");
    equal(smallestThreshold(small(), 0.8), { place: 2, text: "leaves 60.0 %: 4 of 10 go without an answer" });
    equal(smallestThreshold(small(), 0.99), { place: -1, text: "No threshold reaches it." });
  },
  "a histogram has the answers of one cell in groups, which begin at edges"() {
    const edges = [0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 1];
    const sure = sureOf(2, [[0, 1, 0, 3], [0, 1, 6, 2], [0, 1, 7, 1], [1, 1, 2, 9]], edges);
    const { bars, total } = confidences.histogramOf(sure, 0, 1);
    equal([bars, total], [[3, 0, 0, 0, 0, 0, 3], 6]);
    ok(Number.isNaN(confidences.histogramOf(small(), 1, 1).mean), "no answer");
  },
  "the column of what has no prediction has counts, and rates of all samples of the class"() {
    const matrix = confidences.matrixAt(small(), 2);
    const values = (how) => [...rejectedValues(matrix, how)];
    equal(values("count"), [2, 0, 2]);
    equal(values("true"), [2 / 7, 0, 2 / 3]);
    equal([values("pred"), values("all"), values("confidence")], [[0.5, 0, 0.5], [0.2, 0, 0.2], [0.375, 0, 0.375]]);
    equal([...rejectedColumn([matrix, confidences.matrixAt(small(), 3)], "count").values], [-1, 0, 0]);
    equal(rejectedColumn([confidences.matrixAt(small(), 0)], "count"), null);
    equal(rejectedText(2, 7, "x"), "2 of 7 true x have no prediction, 28.6 %");
    const text = csv("true", ["x", "y"], (i, j) => i + j, ["x", "y", "no prediction"]);
    equal(text.split("\r\n").slice(0, 2), ["true,x,y,no prediction", "x,0,1,2"]);
  },
  "the column lies beside the matrix, and is pointed at by its rows"() {
    for (const [width, size] of [[700, 10], [700, 100], [340, 10]]) {
      const plot = layOut({ width, height: 500, size, zoom: null, label: 20, hasRejected: true });
      const { rejected, top, cellHeight, edges } = plot;
      ok(rejected.left > plot.left + plot.width && plot.end + (edges?.right ?? 0) <= width, JSON.stringify(plot));
      equal(hit(plot, size, rejected.left + 5, top + 2.5 * cellHeight), { row: 2, column: size });
      equal(hit(plot, size, rejected.left + 5, top - 5), { row: null, column: null });
    }
  },
  "a threshold is in the link, and nonsense in a link is no threshold"() {
    const survives = (threshold) => fromParams(toParams({ ...INITIAL, threshold })).threshold === threshold;
    ok([0.97, 0.9999999, 3e-7, 0, 1].every(survives), "a threshold");
    const read = (threshold) => fromParams({ threshold }).threshold;
    equal(["1.5", "-0.1", "", "x", "0x1", "1e-1e"].map(read), [null, null, null, null, null, null]);
    equal(fromParams({ values: "confidence" }).values, "confidence");
    const state = { ...INITIAL, threshold: 0.9 };
    equal([changes.showRun(state, "b", true).threshold, changes.showRun(state, "b", false).threshold], [0.9, null]);
  },
  "counts and matrix are those of the threshold, in which each sample counts once, and are made once"() {
    const view = viewOf({ threshold: 0.5, weighted: true });
    equal([view.a.counts.total, view.a.matrix === view.a.counts, view.weighted, view.limit.place], [6, true, false, 2]);
    equal([viewOf({ weighted: true }).weighted, viewOf({ weighted: true }).limit], [true, null]);
    const [sure, limits] = [answer(small()), [0.5, 0.5, 0.75]];
    const [first, second, third] = limits.map((threshold) => viewOf({ threshold }, sure).a.matrix);
    equal([first === second, first === third], [true, false]);
    let made = 0;
    const kept = keepLast(() => ++made);
    const key = {};
    equal([kept(key, 1), kept(key, 1), kept(key, 2), kept(key, 1)], [1, 1, 2, 3]);
  },
  "where confidences are missing or not of cells, all answers are shown, and it is said why"() {
    const said = (sure, info) => {
      const { limit, limitProblem, a, state } = viewOf({ threshold: 0.5, values: "confidence" }, sure, info);
      equal([limit, a.counts.total, state.values], [null, 10, "count"]);
      return limitProblem;
    };
    ok(said(answer(undefined), runOf({ has_confidences: false })).includes("without confidences"), "none");
    ok(said(answer(undefined, "broken")).endsWith("can't be shown: broken"), "failed");
    ok(said(answer(byClass())).includes("counted by class, not by cell"), "by class");
    equal(said({ value: undefined, error: null, loading: true }), null);
  },
  "a threshold is a boundary where all that is shown has two classes"() {
    const side = (names) => ({ info: runOf({ class_names: names }), sure: small() });
    const positiveOf = (...sides) => limitOf({ ...INITIAL, threshold: 0.5 }, sides).limit.positive;
    equal([positiveOf(side(["x", "y"])), positiveOf(side(["x", "y"]), side(["x", "y", "z"]))], [1, null]);
    const { limit } = limitOf({ ...INITIAL, values: "confidence" }, [side(["x", "y"])]);
    equal(limit, { threshold: null, place: 0, positive: null });
  },
};
