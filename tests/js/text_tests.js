import { fromParams, readHash, toParams, writeHash } from "/static/link.js";
import { INITIAL, changes, shownClasses } from "/static/state.js";
import * as format from "/static/format.js";
import { snap } from "/static/steps.js";
import { pickRun, pickStep } from "/static/view.js";
import { equal, ok } from "./check.js";

export const tests = {
  "a cell says its sentence"() {
    equal(format.cellSentence(37, 980, "4", "9"), "37 of 980 true 4 were called 9, 3.8 %");
    equal(format.cellSentence(1, 1000, "cat", "dog"), "1 of 1,000 true cat was called dog, 0.1 %");
    equal(format.cellSentence(0, 0, "cat", "dog"), "No sample is a true cat");
  },
  "a difference says who has more"() {
    equal(format.differenceSentence(37, 52, "4", "9"), "True 4 called 9: 37 in A, 52 in B, 15 fewer in A");
    equal(format.differenceSentence(2, 2, "4", "9"), "True 4 called 9: 2 in A, 2 in B, the same");
  },
  "a name cannot break its line, turn it around, vanish or flood it"() {
    equal(format.label("a\nb\u202ec"), "a·b·c");
    equal(format.label("  "), "(no name)");
    equal(format.label("x".repeat(500), 11), "xxxxxx…xxxx");
    equal(format.label("<img src=x>"), "<img src=x>");
  },
  "numbers without a value are a dash"() {
    equal([format.percent(null), format.percent(NaN), format.percent(0.5)], ["–", "–", "50.0 %"]);
    equal([format.signed(-3), format.signed(0), format.points(0.0123)], ["−3", "±0", "+1.23"]);
  },
  "a run is called without what mnist_tb appends"() {
    equal(format.shortRun("a/b/mnist_tb/validation", "validation"), "a/b");
    equal(format.shortRun("mnist_tb/train", "train"), ".");
    equal(format.shortRun("other", ""), "other");
  },
  "CSV quotes what must be, and disarms formulas"() {
    const text = format.csv(['a,"b"', "=1+1", "-1"], (i, j) => i * 3 + j);
    const lines = [`true \\ predicted,"a,""b""",'=1+1,-1`, `"a,""b""",0,1,2`, "'=1+1,3,4,5", "-1,6,7,8", ""];
    equal(text.split("\r\n"), lines);
  },
  "the state survives a link"() {
    const [cell, zoom] = [{ true: 4, predicted: 9 }, { row: 3, column: 0, span: 20 }];
    const chosen = { run: "a&b=c/ü #%", step: 4, otherRun: "", cell, zoom, log: false, order: "error", search: "=&" };
    const state = { ...INITIAL, ...chosen };
    const hash = writeHash("#mnist_tb&other=1", "mnist_tb", toParams(state));
    ok(hash.startsWith("#mnist_tb&other=1&p.mnist_tb.run="), hash);
    equal(fromParams(readHash(hash, "mnist_tb")), state);
  },
  "an untouched state leaves the link alone"() {
    equal(writeHash("#mnist_tb", "mnist_tb", toParams(INITIAL)), "#mnist_tb");
    equal(writeHash("", "mnist_tb", {}), "#mnist_tb");
  },
  "nonsense in a link is ignored"() {
    const numbers = { step: "NaN", cell: "1", zoom: "1,2,-3", top: "1e9", class: "" };
    equal(fromParams({ ...numbers, mode: "constructor", log: "constructor", sort: "__proto__" }), INITIAL);
    equal(readHash("#mnist_tb&p.mnist_tb.run=%E0%A4%A&p.mnist_tb.step=3&&=&x", "mnist_tb"), { step: "3" });
  },
  "another run forgets what points at other classes, and keeps what does not"() {
    const state = { ...INITIAL, cell: { true: 1, predicted: 2 }, values: "true" };
    equal(changes.showRun(state, "b", false).cell, null);
    equal(changes.showRun(state, "b", true).cell, { true: 1, predicted: 2 });
    equal(changes.showRun(state, "b", false).values, "true");
  },
  "a selection holds the epoch"() {
    equal(changes.selectCell(INITIAL, { true: 1, predicted: 2 }, 7).step, 7);
  },
  "many classes show their most confused ones first"() {
    equal([60, 61, 1000].map((classes) => shownClasses(INITIAL, classes)), [null, 40, 40]);
    equal(shownClasses({ ...INITIAL, top: 0 }, 1000), null);
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
  "an arrow key gets across a gap between epochs"() {
    const from = (before, value) => snap([0, 10, 20], before, value);
    equal([from(10, 11), from(10, 9), from(10, 10), from(0, 14), from(20, 21)], [20, 0, 10, 10, 20]);
  },
};
