import * as groups from "/static/groups.js";
import * as matrix from "/static/matrix.js";
import { fold, foldBy } from "/static/fold.js";
import { axisOrder, byError, mostConfused } from "/static/order.js";
import { mayBeChance, wilson } from "/static/chance.js";
import { classChanges, pairChanges } from "/static/changed.js";
import { depthsOf, rowsByGroup, withGroups } from "/static/class_groups.js";
import { sharedClasses } from "/static/shared.js";
import { changeAt } from "/static/tiles.js";
import { close, equal, ok } from "./check.js";

// true 0: 3 right, 1 predicted as 1; true 1: all 2 predicted as 2; true 2: no sample at all
const small = () => matrix.makeMatrix(3, [0, 1, 5], [3, 1, 2]);
const twelve = () => {
  const cells = Array.from({ length: 12 }, (_, i) => [i * 12 + i, 10]);
  cells.push([5 * 12 + 9, 4], [9 * 12 + 5, 3], [2 * 12 + 7, 1]);
  cells.sort((a, b) => a[0] - b[0]);
  return matrix.makeMatrix(12, cells.map((cell) => cell[0]), cells.map((cell) => cell[1]));
};

const TREE = [
  { name: "animals", classes: [4], groups: [{ name: "pets", classes: [0, 1], groups: [] }] },
  { name: "cars", classes: [3], groups: [] },
];

export const tests = {
  "rows are true classes and columns predicted ones"() {
    equal([...small().rowSums], [4, 2, 0]);
    equal([...small().columnSums], [3, 1, 2]);
  },
  "a cell is found, and an empty one is 0"() {
    equal([matrix.at(small(), 1, 2), matrix.at(small(), 2, 1), matrix.at(small(), 0, 1)], [2, 0, 1]);
  },
  "all other classes are one row and one column"() {
    const folded = fold(twelve(), [5, 7]);
    const cells = Array.from(folded.values, (value, k) => [folded.rows[k], folded.columns[k], value]);
    equal(cells, [[5, 5, 10], [5, 12, 4], [7, 7, 10], [12, 5, 3], [12, 7, 1], [12, 12, 100]]);
    equal([folded.size, folded.total], [13, twelve().total]);
  },
  "cells that weigh nothing are left out"() {
    equal([...matrix.makeMatrix(2, [0, 1, 3], [1, 0, 2]).columns], [0, 1]);
    equal(matrix.makeMatrix(2, null, [1, 0, 0, 2]), matrix.makeMatrix(2, [0, 3], [1, 2]));
  },
  "rates are by row, by column or of all"() {
    const rates = (how) => [...matrix.shownValues(small(), how).values];
    equal(rates("count"), [3, 1, 2]);
    equal(rates("true"), [0.75, 0.25, 1]);
    equal(rates("pred"), [1, 1, 1]);
    equal(rates("all"), [3 / 6, 1 / 6, 2 / 6]);
  },
  "the difference has the sign of first minus second, and no cell where they agree"() {
    const second = matrix.makeMatrix(3, [0, 4, 5], [3, 7, 3]);
    const { rows, columns, values } = matrix.difference(small(), second, "count");
    equal([[...rows], [...columns], [...values]], [[0, 1, 1], [1, 1, 2], [1, -7, -1]]);
  },
  "recall, precision and F1 are NaN without a denominator"() {
    const { recall, precision, f1, support } = matrix.classNumbers(small());
    equal([...support], [4, 2, 0]);
    equal([recall[0], recall[1], Number.isNaN(recall[2])], [0.75, 0, true]);
    equal([precision[0], precision[1], precision[2]], [1, 0, 0]);
    equal([f1[1], f1[2]], [0, 0]);
    close(f1[0], 6 / 7);
  },
  "accuracy, balanced accuracy and macro-F1 leave classes without samples out"() {
    const { accuracy, balanced, macroF1 } = matrix.summaryOf(small());
    equal(accuracy, 0.5);
    close(balanced, 0.375);
    close(macroF1, 6 / 7 / 3);
  },
  "mistakes are listed most first, equal ones by their rate"() {
    const pairs = matrix.confusedPairs(twelve()).map((pair) => [pair.true, pair.predicted, pair.count]);
    equal(pairs, [[5, 9, 4], [9, 5, 3], [2, 7, 1]]);
  },
  "the worst pairs come first by what is asked for"() {
    const pairs = matrix.confusedPairs(matrix.makeMatrix(3, [0, 1, 2, 5, 7], [20, 4, 3, 2, 1]));
    const order = (by, change) => matrix.sortedPairs(pairs, by, change).map((pair) => [pair.true, pair.predicted]);
    equal(order("count"), [[0, 1], [0, 2], [1, 2], [2, 1]]);
    equal(order("rate"), [[1, 2], [2, 1], [0, 1], [0, 2]]);
    const other = matrix.makeMatrix(3, [1, 2, 8], [9, 1, 5]);
    equal(order("change", matrix.changeFrom(other, false)), [[0, 2], [1, 2], [2, 1], [0, 1]]);
    const more = matrix.changeFrom(matrix.makeMatrix(3, [0, 1, 2], [200, 40, 60]), true); // ten times as many samples
    const [first, second] = pairs.map(more);
    close(first, 4 / 27 - 40 / 300);
    close(second, 3 / 27 - 60 / 300);
    ok(Number.isNaN(more({ true: 1, predicted: 2, count: 2, rate: 1 })), "there is no such sample in B");
    equal(order("change", more).slice(0, 2), [[0, 1], [0, 2]]);
    equal(order("change"), order("count"));
  },
  "runs with different classes share those of the same name, each once, in the places of A's"() {
    const shared = sharedClasses(["a", "b", "c", "b"], ["x", "c", "b", "a"]);
    equal([shared.classes, shared.own, shared.placesOfB], [[0, 1, 2], [3, 2, 1, -1], [-1, 2, 1, 0]]);
    const b = foldBy(matrix.makeMatrix(4, [1, 6, 11, 15], [9, 5, 7, 8]), shared.placesOfB, 4);
    equal([matrix.at(b, 2, 1), matrix.at(b, 1, 0), matrix.at(b, 0, 0), b.total], [5, 7, 8, 20]);
    equal([sharedClasses(["a", "b"], ["a", "c"]), sharedClasses([], [])], [null, null]); // nothing to confuse
  },
  "what chance explains is told from what it does not"() {
    const [low, high] = wilson(981, 1000);
    close(low, 0.9705155, 1e-7);
    close(high, 0.9878031, 1e-7);
    close(wilson(0, 10)[0], 0);
    close(wilson(10, 10)[1], 1);
    equal([wilson(0, 0), wilson(0.5, 2)], [null, null]);
    equal([mayBeChance([5, 10], [6, 10]), mayBeChance([500, 1000], [600, 1000])], [true, false]);
  },
  "changes are those of the classes and of the mistakes of either"() {
    const first = matrix.makeMatrix(2, [0, 1, 3], [50, 50, 100]);
    const second = matrix.makeMatrix(2, [0, 2, 3], [100, 2, 98]);
    const classes = classChanges(first, second);
    close(classes[0].change, 100 / 150 - 200 / 202);
    equal(classes.map(({ isChance }) => isChance), [false, false]);
    const pairs = pairChanges(first, second).map(({ true: row, change, isChance }) => [row, change, isChance]);
    equal(pairs, [[0, 0.5, false], [1, -0.02, true]]);
  },
  "the confusions of a class are those of its row and of its column"() {
    const { predictedAs, from } = matrix.confusionsOf(matrix.confusedPairs(twelve()), 5);
    equal([predictedAs.map((pair) => pair.predicted), from.map((pair) => pair.true)], [[9], [9]]);
  },
  "the worst class comes first, one without samples last"() {
    equal(byError(Float64Array.of(0.9, NaN, 0.2, 0.9)), [2, 0, 3, 1]);
  },
  "the most confused classes are those of the worst pairs"() {
    equal([...mostConfused(twelve(), 3)].sort((a, b) => a - b), [2, 5, 9]);
    equal([...mostConfused(twelve(), 6)].length, 6);
  },
  "the axes keep the order asked for when there are fewer classes"() {
    const similar = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
    equal(axisOrder(twelve(), "similar", 4, similar), [9, 7, 5, 2]);
    equal(axisOrder(twelve(), "label", 4, null), [2, 5, 7, 9]);
    equal(axisOrder(twelve(), "error", null, null).slice(0, 3), [5, 9, 2]);
  },
  "an order that is none is not believed"() {
    equal(axisOrder(small(), "similar", null, [0, 0, 1]), [0, 1, 2]);
    equal(axisOrder(small(), "similar", null, "no"), [0, 1, 2]);
  },
  "a group stands in the place of its classes, and an expanded one shows what is in it"() {
    const found = groups.listGroups(TREE);
    equal(found.map(({ name, parent, classes }) => [name, parent, classes]), [
      ["animals", null, [4, 0, 1]], ["pets", 0, [0, 1]], ["cars", null, [3]],
    ]);
    equal(groups.entriesOf(found, [], [0, 1, 2, 3, 4, 5]), [6, 8, 2, 5]);
    equal(groups.entriesOf(found, [0], [5, 4, 3, 2, 1, 0]), [7, 4, 8, 5, 2]);
    equal(groups.entriesOf(found, [0, 1, 2], [0, 1, 2, 3, 4, 5]), [0, 1, 4, 3, 2, 5]);
    equal(groups.boundaries(found, [0, 1, 4, 3, 2, 5], 6), [3, 4]);
    equal(groups.boundaries(found, [7, 4, 8, 5, 2], 6), [2, 3]);
  },
  "the matrix of groups has the sums of their cells"() {
    const found = groups.listGroups(TREE);
    const all = matrix.makeMatrix(6, [0, 1, 4, 8, 22, 29], [5, 2, 1, 3, 4, 6]);
    const folded = groups.foldGroups(all, found, groups.entriesOf(found, [], [0, 1, 2, 3, 4, 5]));
    equal([[6, 6], [6, 2], [8, 6], [6, 5]].map((cell) => matrix.at(folded, ...cell)), [8, 3, 4, 6]);
    equal(folded.total, all.total);
    equal(groups.errorsOf(all, found), { inside: 3, across: 13 });
  },
  "a group is one class in the table, whose numbers follow those of the classes"() {
    // true 0 twice as 0 and once as 1, both pets; true 3, a car, once as 3 and once as 4, an animal
    const numbers = withGroups(matrix.makeMatrix(6, [0, 1, 21, 22], [2, 1, 1, 1]), groups.listGroups(TREE));
    equal([0, 6, 7, 8].map((entry) => numbers.support[entry]), [3, 3, 3, 2]);
    equal([0, 6, 7, 8].map((entry) => numbers.recall[entry]), [2 / 3, 1, 1, 0.5]);
    equal([6, 7, 8].map((entry) => numbers.precision[entry]), [0.75, 1, 1]);
  },
  "the rows of a group stand below its head, where it is open or some are searched for"() {
    const found = groups.listGroups(TREE);
    const rising = (entries) => entries;
    const rows = (classes, open, isSearch = false) =>
      rowsByGroup(classes, { groups: found, open }, rising, 6, isSearch);
    equal(rows([0, 1, 2, 3, 4, 5], []), [6, 8, 2, 5]);
    equal(rows([5, 4, 3, 2, 1, 0], [0]), [6, 7, 4, 8, 5, 2]);
    equal(rows([5, 4, 3, 2, 1, 0], [0, 1]), [6, 7, 1, 0, 4, 8, 5, 2]);
    equal(rows([5, 4, 3, 2, 1, 0], [1]), [6, 8, 5, 2]);
    equal(rows([1, 2], [], true), [6, 7, 1, 2]);
    const byName = (entries) => [...entries].reverse();
    equal(rowsByGroup([0, 3, 5], { groups: found, open: [2] }, byName, 6, false), [8, 3, 6, 5]);
  },
  "the rows of the table are as deep as the groups that they are in"() {
    equal([...depthsOf(groups.listGroups(TREE), 6)], [[6, 0], [4, 1], [7, 1], [0, 2], [1, 2], [8, 0], [3, 1]]);
  },
  "groups of similar classes are called by two of them, and of few classes there are none"() {
    const names = ["cat", "dog", "fox", "car", "bus", "ant"];
    const named = groups.namedTree([[1, 0, 2], [4, 3]], names);
    equal(named.map(({ name }) => name), ["dog, cat +1", "bus, car"]);
    equal(groups.listGroups(named)[0].classes, [1, 0, 2]);
    equal(groups.groupings({ class_groups: TREE, class_names: names }), ["logged", "similar"]);
    equal(groups.groupings({ class_groups: [], class_names: names.slice(1) }), []);
  },
  "the step since the epoch before is none where one of them has no number"() {
    equal([0, 1, 2, 3].map((place) => changeAt([0.5, 0.75, null, 0.5], place)), [null, 0.25, null, null]);
  },
};
