/** What each heat map shows: of one side, of both, or of their difference. */

import { differenceForms, formsOf } from "./cell_text.js";
import { onlyWhenChanged } from "./dom.js";
import { fold } from "./fold.js";
import { foldGroups } from "./groups.js";
import { count, percent, points, signed } from "./format.js";
import { difference, shownValues } from "./matrix.js";
import { largestOfRuns, scaleOf } from "./scale.js";
import { rejectedColumn } from "./rejected.js";
import { numbersOf } from "./view.js";

/**
 * @returns {function(Object): Array<Object>} view → the maps, worked out anew only when the matrices or what is shown
 * of them have changed; see `Shown` in heatmap.js
 */
export function createMaps() {
  const changed = onlyWhenChanged();
  let shown = [];
  return (view) => {
    const { a, b, state, order, grouped, theme, sameClasses, others } = view;
    const ofRuns = state.scale === "run" && !grouped ? largestOfRuns(view) : [];
    const shownAs = [state.values, state.log, state.mode, state.diagonal, state.scale, ...ofRuns];
    changed([a.matrix, b?.matrix, order, grouped, others, theme, sameClasses, ...shownAs], () => {
      const isDifference = Boolean(b?.matrix) && sameClasses && state.mode === "difference";
      const sides = [a, b].filter((side) => side?.matrix);
      const maps = isDifference ? [differenceMap(view)] : sides.map((side) => mapOf(side, view));
      const scale = scaleOf(view, maps, ofRuns, isDifference);
      shown = maps.map((one) => ({ ...one, scale, forms: one.formsFor(scale.most) }));
    });
    return shown;
  };
}

function mapOf(side, view) {
  const { a, state, theme, sameClasses } = view;
  const passive = side !== a && !sameClasses; // a place in it is none in the other one
  const matrix = passive ? side.matrix : shownOf(side.matrix, view);
  const cells = shownValues(matrix, state.values);
  return {
    title: `${side.name}, epoch ${side.raw.step}`,
    matrices: [matrix],
    numbers: [numbersOf(matrix), null],
    cells,
    rejected: rejectedColumn([matrix], state.values),
    formsFor: (most) => formsOf(matrix, cells, state.values, most),
    format: state.values === "count" ? count : percent,
    map: theme.sequential,
    passive,
    ...(passive ? axesOf(side.info.class_names, Array.from(side.info.class_names.keys()), 0) : axesOfView(view)),
  };
}

function differenceMap(view) {
  const { a, b, state, theme } = view;
  const matrices = [a.matrix, b.matrix].map((matrix) => shownOf(matrix, view));
  const cells = difference(...matrices, state.values);
  return {
    title: "A − B",
    matrices,
    numbers: matrices.map(numbersOf),
    cells,
    rejected: rejectedColumn(matrices, state.values),
    formsFor: (most) => differenceForms(matrices, cells, state.values, most),
    format: state.values === "count" ? (value) => signed(value) : points,
    map: theme.diverging,
    passive: false,
    ...axesOfView(view),
  };
}

function shownOf(matrix, { order, grouped, others }) {
  if (grouped) return foldGroups(matrix, grouped.groups, grouped.entries);
  return others > 0 ? fold(matrix, order) : matrix;
}

function axesOfView({ names, order, grouped, others }) {
  if (!grouped) return axesOf(names, order, others);
  const { groups, entries, ends } = grouped;
  const all = [...names, ...groups.map((group) => group.name)];
  return { names: all, single: names.length, order: entries, classes: entries, others: null, ends };
}

/** All other classes, as many as there are, are one more, and the last. */
function axesOf(names, classes, others) {
  const single = names.length;
  if (others === 0) return { names, single, order: classes, classes, others: null, ends: [] };
  const all = [...names, `${count(others)} others`];
  return { names: all, single, order: [...classes, single], classes, others: single, ends: [] };
}
