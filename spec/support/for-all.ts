/**
 * Properties in tests: what is to hold for all values of some arbitraries.
 */
import fc from 'fast-check';

type Arbitraries<Values extends [unknown, ...unknown[]]> = { [K in keyof Values]: fc.Arbitrary<Values[K]> };

/** Runs a check on random values of each arbitrary; it fails by throwing, and fast-check shrinks what it threw for. */
export function forAll<Values extends [unknown, ...unknown[]]>(
  ...args: [...arbitraries: Arbitraries<Values>, check: (...values: Values) => void]
): void {
  forAllWith<Values>({}, ...args);
}

/** Likewise with fast-check's parameters: the seed, the number of cases, examples. */
export function forAllWith<Values extends [unknown, ...unknown[]]>(
  parameters: fc.Parameters<Values>,
  ...args: [...arbitraries: Arbitraries<Values>, check: (...values: Values) => void]
): void {
  const arbitraries = args.slice(0, -1) as unknown as Arbitraries<Values>;
  const check = args.at(-1) as (...values: Values) => void;
  fc.assert(fc.property(...arbitraries, check), parameters);
}
