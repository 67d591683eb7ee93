/** The little that a test needs. */

export function equal(found, expected, what = "") {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what} is ${a}, not ${b}`);
}

export function close(found, expected, tolerance = 1e-9) {
  if (!(Math.abs(found - expected) <= tolerance)) throw new Error(`${found} is not ${expected}`);
}

export function ok(condition, what) {
  if (!condition) throw new Error(what);
}

/** The messages of the tests that fail. */
export async function failures(tests) {
  const failed = [];
  for (const [name, run] of Object.entries(tests)) {
    try {
      await run();
    } catch (error) {
      failed.push(`${name}: ${error.message}`);
    }
  }
  return failed;
}
