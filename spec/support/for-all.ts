/**
 * Properties in tests: what is to hold for all values of some arbitraries.
 */
import fc from 'fast-check';

/** Runs a check on random values of each arbitrary; it fails by throwing, and fast-check shrinks what it threw for. */
export function forAll<Values extends [unknown, ...unknown[]]>(
  ...args: [...arbitraries: { [K in keyof Values]: fc.Arbitrary<Values[K]> }, check: (...values: Values) => void]
): void {
  const arbitraries = args.slice(0, -1) as unknown as { [K in keyof Values]: fc.Arbitrary<Values[K]> };
  const check = args.at(-1) as (...values: Values) => void;
  fc.assert(fc.property(...arbitraries, check));
}
