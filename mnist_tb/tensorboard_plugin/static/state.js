/**
 * What the user has chosen: one frozen object, and one function for each way to change it. All of it but `hover` and
 * `playing` stands in the link.
 *
 * @typedef {Object} State
 * @property {string|null} run the run that is shown; null until there is one, which is then the newest
 * @property {number|null} step its epoch; null follows the newest
 * @property {string|null} otherRun the run it is compared with; null compares with nothing
 * @property {number|null} otherStep the epoch of that run; null follows its newest
 * @property {"side"|"difference"} mode how two matrices are compared
 * @property {"count"|"true"|"pred"|"all"|"confidence"} values what the cells show
 * @property {number|null} threshold the confidence below which an answer is none, or, of two classes, the probability
 * of the positive one from which on it is predicted; null leaves everything as it was answered
 * @property {boolean} weighted whether samples count by their weights
 * @property {"epoch"|"run"|"full"} scale what the colours end at: the most of the epoch, or of the run, or all
 * @property {boolean} log whether the colour scale is logarithmic
 * @property {boolean} diagonal whether the diagonal is shown
 * @property {"label"|"error"|"similar"} order of the classes along the axes
 * @property {number|null} top how many of the most confused classes are shown; 0 is all, null decides by their number
 * @property {Array<number>|null} subset the classes that are shown, and one row and column for all others
 * @property {number} positive which of two classes is the positive one
 * @property {boolean|null} grouped whether groups of classes stand in their place; null decides by their number
 * @property {number|null} similar the epoch by whose mistakes the groups are made; null takes those that were logged
 * @property {Array<number>|null} expanded the groups whose classes are shown all the same
 * @property {{row: number, column: number, span: number}|null} zoom the part of the matrix in sight; null is all
 * @property {{true: number, predicted: number}|null} cell the selected cell
 * @property {number|null} class the selected class
 * @property {"pairs"|"changed"|"flips"|"calibration"|"curves"|"suspects"} list what the column on the right shows while
 * nothing is selected; calibration and curves also of a class
 * @property {"pr"|"roc"} tradeoff the kind of curves that are shown
 * @property {boolean} whole whether all of their axes is in sight, and not the corner in which they are
 * @property {number|"f1"} target of the threshold of each class: the precision it must reach, or the best F1
 * @property {number|null} from the epoch from which flips are counted; null is the one before
 * @property {string} search in the table of classes
 * @property {string} sort column of the table of classes
 * @property {boolean} falling whether that column is sorted from large to small
 * @property {"count"|"rate"|"change"} pairs what the list of confused pairs is sorted by, largest first
 * @property {string} curve what the timeline shows: a number of the run, or one of the chosen class
 * @property {string|null} runFilter a regular expression for the names of runs; null takes TensorBoard's own
 * @property {string} runSort column of the table of runs: name, accuracy, macro_f1, epochs, or hparam. and a name
 * @property {boolean} runFalls whether that column is sorted from large to small
 * @property {"accuracy"|"balanced_accuracy"|"macro_f1"} bestBy what the best epoch of all runs is chosen by
 * @property {string|null} sample the sample that is shown large, as `sampleId` names it
 * @property {"most"|"least"} first which samples of a cell come first: the most or the least confident
 * @property {{true: number, predicted: number}|null} hover the cell under the pointer
 * @property {boolean} playing
 */

/** @type {State} */
export const INITIAL = Object.freeze({
  run: null,
  step: null,
  otherRun: null,
  otherStep: null,
  mode: "side",
  values: "count",
  threshold: null,
  weighted: false,
  scale: "run",
  log: true,
  diagonal: true,
  order: "label",
  top: null,
  subset: null,
  positive: 1,
  grouped: null,
  similar: null,
  expanded: null,
  zoom: null,
  cell: null,
  class: null,
  list: "pairs",
  tradeoff: "pr",
  whole: false,
  target: 0.95,
  from: null,
  search: "",
  sort: "f1",
  falling: false,
  pairs: "count",
  curve: "accuracy",
  runFilter: null,
  runSort: "name",
  runFalls: false,
  bestBy: "accuracy",
  sample: null,
  first: "most",
  hover: null,
  playing: false,
});

const FEW = 60; // classes up to which all are shown at first
const TOP = 40; // most confused classes that are shown at first otherwise

// What points at classes: those of another run may be others.
const ALL_SHOWN = { zoom: null, top: null, subset: null, expanded: null };
const NO_PLACES = { ...ALL_SHOWN, cell: null, class: null, positive: 1, threshold: null, search: "" };
/** Of another run of the same classes, groups that are made by similarity are others. */
const placesIn = ({ similar, expanded }, sameClasses) =>
  sameClasses ? { expanded: similar === null ? expanded : null } : NO_PLACES;

/** Ways to change the state: each takes it and gives the next one. */
export const changes = {
  showRun: (state, run, sameClasses) => ({
    ...state,
    ...placesIn(state, sameClasses),
    run,
    step: null,
    sample: null,
    from: null,
    hover: null,
    playing: false,
  }),
  showStep: (state, step) => ({ ...state, step }),
  compare: (state, otherRun, otherStep = null) => ({ ...state, otherRun, otherStep, hover: null }),
  swap: (state, a, b, sameClasses) => ({
    ...state,
    ...placesIn(state, sameClasses),
    run: b.run,
    step: b.step,
    otherRun: a.run,
    otherStep: a.step,
    sample: null,
    from: null,
    hover: null,
  }),
  /** A selection holds the epoch, as what is looked at must not change when the next epoch arrives. */
  selectCell: (state, cell, step) => ({ ...state, cell, class: null, sample: null, step, hover: null }),
  openSample: (state, sample, step) => ({ ...state, sample, step }),
  selectClass: (state, index, step) => ({ ...state, class: index, cell: null, sample: null, step }),
  unselect: (state) => ({ ...state, cell: null, class: null, sample: null }),
  hover: (state, hover) => ({ ...state, hover }),
  zoom: (state, zoom) => ({ ...state, zoom }),
  showTop: (state, top) => ({ ...state, top, subset: null, zoom: null }),
  showClasses: (state, subset) => ({ ...state, subset, zoom: null }),
  group(state, grouped, similar = null) {
    const expanded = similar === state.similar ? state.expanded : null; // those of other groups are others
    return { ...state, grouped, similar, expanded, subset: null, zoom: null };
  },
  expand(state, ids) {
    const expanded = ids.length ? [...new Set(ids)].sort((a, b) => a - b) : null;
    return { ...state, expanded, zoom: null };
  },
  orderBy: (state, order) => ({ ...state, order, zoom: null }),
  sortBy: (state, sort, falls) => ({ ...state, sort, falling: state.sort === sort ? !state.falling : falls }),
  set: (state, part) => ({ ...state, ...part }),
};

/**
 * @param {State} state
 * @param {number} classes that the run has
 * @returns {number|null} as many of the most confused ones are shown; null for all
 */
export function shownClasses(state, classes) {
  const top = state.top ?? (classes > FEW ? TOP : 0);
  return top > 0 && top < classes ? top : null;
}

/**
 * @param {State} state
 * @param {Array<Object>} groups of classes
 * @param {number} classes that the run has
 * @returns {boolean} whether the groups stand in the place of their classes
 */
export function showsGroups({ grouped, subset }, groups, classes) {
  return groups.length > 0 && subset === null && (grouped ?? classes > FEW);
}

/**
 * A holder of the state. `change("showStep", 4)` applies `changes.showStep` and tells the listener.
 * @param {State} initial
 * @param {function(State, State): void} listener gets the state and the one before
 */
export function createStore(initial, listener) {
  let state = Object.freeze(initial);
  return {
    get: () => state,
    change(name, ...values) {
      const before = state;
      state = Object.freeze(changes[name](state, ...values));
      listener(state, before);
    },
    reset(next) {
      const before = state;
      state = Object.freeze(next);
      listener(state, before);
    },
  };
}
