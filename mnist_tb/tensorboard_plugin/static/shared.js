/** Runs that tell different classes apart are compared on those that both have. Pure functions. */

/**
 * @typedef {Object} Shared
 * @property {Array<number>} classes of A that B has as well, ascending
 * @property {Array<number>} own by class of A the class of B with the same name; -1 where there is none
 * @property {Array<number>} placesOfA by class of A itself, or -1 where B does not have it
 * @property {Array<number>} placesOfB by class of B that of A, or -1
 */

/**
 * @param {Array<string>} first names of A's classes
 * @param {Array<string>} second names of B's classes; of equal ones each is another class
 * @returns {Shared|null} null if they share fewer than two, among which nothing can be confused
 */
export function sharedClasses(first, second) {
  const left = new Map();
  second.forEach((name, index) => left.set(name, [...(left.get(name) ?? []), index]));
  const own = first.map((name) => left.get(name)?.shift() ?? -1);
  const classes = Array.from(own.keys()).filter((index) => own[index] >= 0);
  if (classes.length < 2) return null;
  const placesOfB = second.map(() => -1);
  for (const index of classes) placesOfB[own[index]] = index;
  return { classes, own, placesOfA: own.map((other, index) => (other < 0 ? -1 : index)), placesOfB };
}
