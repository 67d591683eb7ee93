import { reliability, verdictText } from "/static/reliability.js";
import * as tradeoffs from "/static/tradeoff.js";
import { thresholdsAsJson, thresholdsOf } from "/static/class_thresholds.js";
import { close, equal, ok } from "./check.js";

const EDGES = [0, 0.5, 0.8, 0.9, 1];

/** Entries of [true, predicted, bin, count]. */
function answerOf(...entries) {
  const part = (place) => entries.map((entry) => entry[place]);
  return { num_classes: 3, edges: EDGES, true: part(0), predicted: part(1), bins: part(2), counts: part(3) };
}

export const tests = {
  "the reliability of answers is that of equal bins, and the worst of them is known"() {
    const found = reliability(answerOf([0, 0, 3, 6], [1, 1, 3, 2], [0, 1, 3, 2], [1, 0, 1, 1], [1, 1, 1, 1]));
    const filled = found.bins.filter((bin) => bin.count > 0);
    equal(filled.map(({ low, high }) => [low, high]), [[0.65, 0.7], [0.95, 1]]);
    equal(filled.map(({ count, accuracy }) => [count, accuracy]), [[2, 0.5], [10, 0.8]]);
    [0.65, 0.95].forEach((confidence, i) => close(filled[i].confidence, confidence));
    close(found.expected, (2 * 0.15 + 10 * 0.15) / 12);
    equal([found.total, found.bins.length, found.bins[found.worst].count], [12, 20, 2]);
    close(found.accuracy, 9 / 12);
    close(found.confidence, (2 * 0.65 + 10 * 0.95) / 12);
  },
  "of a class it is that of the answers that say it, also where wrong ones are counted by class alone"() {
    const cells = reliability(answerOf([0, 0, 3, 6], [1, 0, 3, 2], [2, 0, 1, 1], [1, 1, 3, 5], [0, 1, 1, 9]), 0);
    const sums = answerOf([0, 0, 3, 6], [-1, 0, 3, 2], [-1, 0, 1, 1], [1, 1, 3, 5], [1, -1, 3, 2], [2, -1, 1, 1]);
    equal(reliability({ ...sums }, 0), cells);
    equal([cells.total, reliability(sums).total], [9, 14]);
  },
  "a class that is never said has no reliability"() {
    const { total, expected, maximum, worst } = reliability(answerOf([0, 0, 3, 6]), 2);
    equal([total, worst, Number.isNaN(expected), Number.isNaN(maximum)], [0, -1, true, true]);
    equal(verdictText({ total }), "There are no such answers at this epoch.");
  },
  "too much and too little confidence are told from what chance explains"() {
    const textOf = (right, wrong) => verdictText(reliability(answerOf([0, 0, 3, right], [1, 0, 3, wrong])));
    equal(textOf(800, 200), "Overconfident by 15.0 points: mean confidence 95.0 %, accuracy 80.0 %.");
    equal(textOf(1000, 0), "Underconfident by 5.0 points: mean confidence 95.0 %, accuracy 100.0 %.");
    ok(textOf(20, 0).startsWith("Neither over- nor underconfident"), "20 answers");
  },
  "the trade-off of a class says what holds from each edge on"() {
    const { recall, precision, falsePositives } = tradeoffs.tradeoff([1, 0, 1, 2], [4, 1, 0, 1]);
    equal(recall, [1, 0.75, 0.75, 0.5, 0]);
    equal(precision, [0.4, 0.6, 0.75, 2 / 3, 1]);
    equal(falsePositives, [1, 2 / 6, 1 / 6, 1 / 6, 0]);
  },
  "average precision goes down in steps, and the area under the curve by straight lines"() {
    const curve = tradeoffs.tradeoff([1, 0, 1, 2], [4, 1, 0, 1]);
    close(tradeoffs.averagePrecision(curve), 0.25 * 0.4 + 0.25 * 0.75 + 0.5 * (2 / 3));
    close(tradeoffs.areaUnder(curve), (2 * 5.5 + 5 + 2) / 24);
  },
  "where all samples are of a class, or none, there is no area"() {
    for (const [own, other] of [[[0, 0], [3, 1]], [[2, 1], [0, 0]]]) {
      const curve = tradeoffs.tradeoff(own, other);
      equal([tradeoffs.averagePrecision(curve), tradeoffs.areaUnder(curve)].map(Number.isNaN), [true, true]);
    }
  },
  "the mean of curves is that at each threshold, of the classes there are"() {
    const counts = [[[0, 2], [2, 0]], [[1, 1], [1, 1]], [[0, 0], [3, 1]]];
    const all = counts.map(([own, other]) => tradeoffs.tradeoff(own, other));
    const { recall, precision } = tradeoffs.meanTradeoff(all);
    equal([recall, precision], [[1, 0.75, 0], [0.5, 0.75, 1]]);
    equal(tradeoffs.meanTradeoff(all.slice(2)).recall, []);
  },
  "a target finds the most samples that it allows, or the best F1, or nothing"() {
    const curve = tradeoffs.tradeoff([1, 0, 1, 2], [4, 1, 0, 1]);
    const placeOf = (target) => tradeoffs.chosenBy(curve, target)?.place;
    equal([0.3, 0.6, 0.7, "f1", 0.9].map(placeOf), [0, 1, 2, 2, undefined]);
    equal(tradeoffs.chosenBy(tradeoffs.tradeoff([0, 0], [3, 1]), "f1"), null);
  },
  "axes begin where curves can be told apart"() {
    const corner = (...points) => tradeoffs.cornerOf([points]);
    equal([corner([1, 0.1], [0.999, 0.9985]), corner([0.97, 0.99])], [0.99, 0.8]);
    equal([corner([0.5, 0.9]), corner([NaN, 1])], [0, 0]);
    equal(tradeoffs.cornerOf([[[1, 1]], [[0.9, 0.9]]]), 0.5);
  },
  async "the thresholds of the classes are taken away with what they reach"() {
    const all = [tradeoffs.tradeoff([0, 0, 1, 1], [1, 1, 0, 0]), tradeoffs.tradeoff([1, 0, 0, 0], [1, 1, 1, 1])];
    const rows = thresholdsOf({ all, edges: EDGES, names: ["cat", "dog"] }, 0.9);
    const { name, blob } = thresholdsAsJson({ info: { run: "x/run" }, step: 4, name: "run" }, 0.9, rows);
    equal(name, "run-epoch-4.thresholds.json");
    equal(JSON.parse(await blob.text()), {
      run: "x/run",
      step: 4,
      target: 0.9,
      thresholds: [
        { class: "cat", threshold: 0.8, precision: 1, recall: 1 },
        { class: "dog", threshold: null, precision: null, recall: null },
      ],
    });
  },
};
