import { fromParams, readHash, toParams, writeHash } from "/static/link.js";
import { INITIAL, changes, shownClasses } from "/static/state.js";
import * as format from "/static/format.js";
import * as runRows from "/static/run_rows.js";
import { rangeOf, ticks } from "/static/axis.js";
import { shownCurve } from "/static/curves.js";
import { bestStep, placeText, stepOfKey } from "/static/steps.js";
import { folderOf, pythonText, samplesCode } from "/static/python_code.js";
import { stretches } from "/static/story.js";
import { equal, ok } from "./check.js";

export const tests = {
  "a rate is rounded as by hand"() {
    equal([0.6335, 0.9805, 0.0125, 0.12].map((rate) => format.percent(rate)), ["63.4 %", "98.1 %", "1.3 %", "12.0 %"]);
    equal([format.tenths(0.6335), format.points(-0.00125), format.points(0.00125)], ["63.4", "−0.13", "+0.13"]);
  },
  "a probability is never rounded to certainty"() {
    const said = [0, 0.0004, 0.0005, 0.1234, 0.9994, 0.9996, 1].map(format.probabilityText);
    equal(said, ["< 0.1 %", "< 0.1 %", "0.1 %", "12.3 %", "99.9 %", "> 99.9 %", "> 99.9 %"]);
  },
  "a cell says what it holds"() {
    equal(format.cellText(37, 980, "4", "9"), "37 of 980 true 4 were predicted as 9, 3.8 %");
    equal(format.cellText(1, 1000, "cat", "dog"), "1 of 1,000 true cat was predicted as dog, 0.1 %");
    equal(format.cellText(0, 0, "cat", "dog"), "No sample is a true cat");
  },
  "a difference says who has more"() {
    equal(format.differenceText(37, 52, "4", "9"), "True 4 predicted as 9: 37 in A, 52 in B, 15 fewer in A");
    const rates = format.differenceText(0.038, 0.009, "4", "9", true);
    equal(rates, "True 4 predicted as 9: 3.8 % in A, 0.9 % in B, 2.90 points more in A");
    equal(format.differenceText(2, 2, "4", "9"), "True 4 predicted as 9: 2 in A, 2 in B, the same");
    equal(format.differenceText(9, 8, "4", null), "True 4 predicted correctly: 9 in A, 8 in B, 1 more in A");
    equal(format.differenceText(9, 8, null, "4"), "Predicted as 4: 9 in A, 8 in B, 1 more in A");
  },
  "a test of two runs is told in one sentence"() {
    const said = (alone, p) => format.onlyOneRightText({ tracked: 1500, alone, p });
    equal(said([7, 19], 0.031), "Of the first 1,500 samples A alone is right on 7 and B alone on 19; "
      + "chance explains that in 3 of 100 cases (McNemar's test).");
    const share = (p) => said([7, 19], p).match(/in (.*) cases/)[1];
    equal([0.0002, 0.004, 1].map(share), ["less than 1 of 1,000", "4 of 1,000", "100 of 100"]);
    equal(said([0, 0], 1), "Of the first 1,500 samples A and B are right on the same ones.");
  },
  "a name cannot break its line, turn it around, vanish or flood it"() {
    equal(format.label("a\nb\u202ec"), "a·b·c");
    equal(format.label("  "), "(no name)");
    equal(format.label("x".repeat(500), 11), "xxxxxx…xxxx");
    equal(format.label("<img src=x>"), "<img src=x>");
    equal(format.label("\u200d"), "(no name)");
  },
  "names from right to left are isolated, and joiners stay in their words"() {
    const [family, persian] = ["👨\u200d👩\u200d👧", "می\u200cخواهم"];
    equal([format.label(family), format.label(persian)], [family, `\u2068${persian}\u2069`]);
    const said = format.cellText(1, 2, "קטן", "گربه");
    equal(said, "1 of 2 true \u2068קטן\u2069 was predicted as \u2068گربه\u2069, 50.0 %");
  },
  "a name is found by a part of it, in any case"() {
    equal([format.isFound("Golden Retriever", " RETR "), format.isFound("cat", "dog"), format.isFound("", "")],
      [true, false, true]);
  },
  "numbers without a value are a dash"() {
    equal([format.percent(null), format.percent(NaN), format.percent(0.5)], ["–", "–", "50.0 %"]);
    equal([format.signed(-3), format.signed(0), format.points(0.0123)], ["−3", "±0", "+1.23"]);
  },
  "a run is named without what mnist_tb appends"() {
    equal(format.shortRun("a/b/mnist_tb/validation", "validation"), "a/b");
    equal(format.shortRun("mnist_tb/train", "train"), ".");
    equal(format.shortRun("other", ""), "other");
  },
  "CSV quotes what must be, and disarms formulas"() {
    const text = format.csv("true \\ predicted", ['a,"b"', "=1+1", "-1"], (i, j) => i * 3 + j);
    const lines = [`true \\ predicted,"a,""b""",'=1+1,-1`, `"a,""b""",0,1,2`, "'=1+1,3,4,5", "-1,6,7,8", ""];
    equal(text.split("\r\n"), lines);
  },
  "the state survives a link"() {
    const [cell, zoom] = [{ true: 4, predicted: 9 }, { row: 3, column: 0, span: 20 }];
    const some = { subset: [2, 9] };
    const chosen = { ...some, run: "a&b=c/ü #%", step: 4, otherRun: "", cell, zoom, log: false, order: "error", search: "=&" };
    const state = { ...INITIAL, ...chosen };
    const hash = writeHash("#mnist_tb&other=1", "mnist_tb", toParams(state));
    ok(hash.startsWith("#mnist_tb&other=1&p.mnist_tb.run="), hash);
    equal(fromParams(readHash(hash, "mnist_tb")), state);
  },
  "an untouched state leaves the link alone"() {
    equal(writeHash("#mnist_tb", "mnist_tb", toParams(INITIAL)), "#mnist_tb");
    equal(writeHash("", "mnist_tb", {}), "#mnist_tb");
  },
  "what the names of runs have in common is taken off, up to a folder or a long word"() {
    equal(runRows.commonStart(["a/b/lr=1", "a/b/lr=2"]), "a/b/");
    equal(runRows.commonStart(["2024-05-17_search_1", "2024-05-17_search_2"]), "2024-05-17_search_");
    equal([runRows.commonStart(["a/b"]), runRows.commonStart([]), runRows.commonStart(["x1", "x2"])], ["", "", ""]);
    equal(runRows.commonStart(["a/b/", "a/b/c"]), "a/"); // none is empty
  },
  "hyperparameters stand as people write them"() {
    const shown = [0.001, 1e-5, 0.0010000000474974513, 0.000328192, -0.5, 0, 60000, 1e12, 1234567.25].map(format.hparamText);
    equal(shown, ["0.001", "1e-5", "0.001", "3.282e-4", "-0.5", "0", "60000", "1e12", "1235000"]);
    equal([true, "adam", "", null, "a very long optimizer"].map(format.hparamText), ["true", "adam", "", "", "a very l…mizer"]);
  },
  "nonsense in a link is ignored"() {
    const numbers = { step: "NaN", cell: "1", zoom: "1,2,-3", top: "1e9", class: "", classes: "1,x" };
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
  "a key moves a slider to the next epoch that was logged"() {
    const from = (step, key) => stepOfKey([0, 10, 20], step, key);
    equal([from(10, "ArrowRight"), from(10, "ArrowDown"), from(20, "ArrowUp"), from(0, "PageDown")], [20, 0, 20, 0]);
    equal([from(10, "Home"), from(10, "x"), from(10, "constructor")], [undefined, undefined, undefined]);
    equal(stepOfKey(Array.from({ length: 50 }, (_, i) => i), 20, "PageUp"), 25);
  },
  "an epoch says which it is and how many there are"() {
    const steps = Array.from({ length: 1200 }, (_, i) => 2 * i);
    const said = [1, 2, 3, 11, 12, 21, 1013, 1111].map((place) => placeText(steps, steps[place - 1]));
    equal(said.map((text) => text.match(/the ([\d,]+\w+) of 1,200/)[1]),
      ["1st", "2nd", "3rd", "11th", "12th", "21st", "1,013th", "1,111th"]);
    equal(placeText([0, 10], 10), "epoch 10, the 2nd of 2");
  },
  "the best epoch is the first of the highest, and what is undefined is none"() {
    const best = (...values) => bestStep({ steps: [0, 5, 9], values });
    equal([best(0.1, 0.7, 0.7), best(null, 0, null), best(null, null, null)], [5, 5, undefined]);
  },
  "an axis has round numbers, and epochs whole ones"() {
    const rounded = (...range) => ticks(...range).map((value) => Number(value.toFixed(6)));
    equal([rounded(0.42, 0.93, 3), rounded(0.9, 0.9004, 3)], [[0.6, 0.8], [0.9, 0.9002, 0.9004]]);
    equal([rounded(0, 1, 9, true), rounded(5, 5, 9, true), rounded(-3, 12, 5, true)], [[0, 1], [5], [0, 5, 10]]);
  },
  "a run that went wrong widens the axis by as much again and no more, and one alone takes what room it needs"() {
    const [low, high] = rangeOf([0.8, 0.9], [0.1, 0.95, null]);
    ok(low > 0.67 && low < 0.7 && high > 0.95 && high < 0.98, `${low} ${high}`);
    ok(rangeOf([0.8], [0.1])[0] < 0.1 && rangeOf([null], []).every(Number.isFinite), "one");
    const [bottom, top] = rangeOf([0.5, 0.5], []);
    ok(bottom < 0.5 && top > 0.5, `${bottom} ${top}`);
  },
  "the timeline shows a class as long as one is chosen, and the run else"() {
    const shown = (part) => {
      const { key, class: index, title } = shownCurve({ state: { ...INITIAL, ...part }, names: ["cat", "dog"] });
      return [key, index, title];
    };
    equal(shown({ curve: "recall", class: 1 }), ["recall", 1, "recall of dog"]);
    equal(shown({ curve: "f1", cell: { true: 0, predicted: 1 } }), ["f1", 0, "F1 of cat"]);
    equal([shown({ curve: "f1" })[0], shown({ curve: "f1", class: 2 })[0]], ["accuracy", "accuracy"]);
    equal(shown({ curve: "macro_f1", class: 1 }), ["macro_f1", null, "macro-F1"]);
  },
  "epochs in a row with the same answer are one stretch"() {
    equal(stretches([0, 1, 2, 5, 9], [4, 4, 9, 4, 4]), [
      { predicted: 4, first: 0, last: 1, epochs: 2 },
      { predicted: 9, first: 2, last: 2, epochs: 1 },
      { predicted: 4, first: 5, last: 9, epochs: 2 },
    ]);
    equal(stretches([], []), []);
  },
  "the name of a run is a text in Python, whatever it holds"() {
    equal(pythonText('a"\n\\\u202e\u2028'), '"a\\"\\n\\\\\\u202e\\u2028"');
    equal([folderOf("logs/", "."), folderOf("/a", "b/c"), folderOf("", "b")], ["logs", "/a/b/c", "LOGDIR/b"]);
    const what = { folder: '"); import os #', step: 3, true: 1, predicted: 0, first: "most" };
    ok(samplesCode(what).includes('read_examples("\\"); import os #")'), samplesCode(what));
  },
  "a sample that is shown large holds its epoch, and is forgotten with what it was found in"() {
    const state = changes.openSample({ ...INITIAL, cell: { true: 1, predicted: 2 } }, "b17", 3);
    equal([state.sample, state.step], ["b17", 3]);
    const after = [changes.unselect(state), changes.selectClass(state, 1, 3), changes.showRun(state, "b", true)];
    equal(after.map(({ sample }) => sample), [null, null, null]);
    equal(fromParams(toParams({ ...state, first: "least" })), { ...state, first: "least" });
  },
  "A and B change places, and what points at other classes is forgotten"() {
    const places = { cell: { true: 1, predicted: 2 }, search: "x", top: 20, from: 3 };
    const state = { ...INITIAL, run: "a", otherRun: "b", ...places };
    const [a, b] = [{ run: "a", step: 1 }, { run: "b", step: 2 }];
    const [same, others] = [changes.swap(state, a, b, true), changes.swap(state, a, b, false)];
    equal([same.run, same.step, same.otherRun, same.otherStep, same.from], ["b", 2, "a", 1, null]);
    equal([same.cell, same.search, same.top], [{ true: 1, predicted: 2 }, "x", 20]);
    equal([others.cell, others.search, others.top, others.run], [null, "", null, "b"]);
  },
};
