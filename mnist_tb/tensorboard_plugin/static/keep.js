/** What is worked out of an object, and kept as long as the object is. */

/**
 * @param {function(Object): *} make
 * @returns {function(Object): *} the same, which makes it once
 */
export function keep(make) {
  const made = new WeakMap();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
}

/**
 * @param {function(Object, Object, ...*): *} make
 * @returns {function(Object, Object, ...*): *} `keep` of two things: of the first by the second
 */
export function keepBoth(make) {
  const made = keep(() => new WeakMap());
  return (first, second, ...rest) => {
    const known = made(first);
    if (!known.has(second)) known.set(second, make(first, second, ...rest));
    return known.get(second);
  };
}

/**
 * @param {function(Object, ...*): *} make
 * @returns {function(Object, ...*): *} `keep` of what is made by other values, too; the last one alone is kept
 */
export function keepLast(make) {
  const made = new WeakMap();
  return (key, ...how) => {
    const known = made.get(key);
    if (known && isSame(how, known.how)) return known.value;
    const value = make(key, ...how);
    made.set(key, { how, value });
    return value;
  };
}

/**
 * @param {Array} first
 * @param {Array} second as long
 * @returns {boolean} whether they have the same elements
 */
export function isSame(first, second) {
  return first.every((part, i) => part === second[i]);
}
