/**
 * Random numbers that try a formula where it matters. (`fc.double` over ±1000 has a median magnitude of 1e−161: it is mixed
 * in for edges only.)
 */
import fc from 'fast-check';

const STEPS = 2 ** 16;

/** Log-uniform on [low, high], to three digits so that a counterexample can be read; shrinks towards `low`. */
export function logUniform(low: number, high: number): fc.Arbitrary<number> {
  const round = (value: number): number => Math.min(high, Math.max(low, Number(value.toPrecision(3))));
  return fc.integer({ min: 0, max: STEPS }).map((k) => round(low * (high / low) ** (k / STEPS)));
}

/** An integer, log-uniform on [low, high]; shrinks towards `low`. */
export function logInteger(low: number, high: number): fc.Arbitrary<number> {
  return logUniform(low, high).map(Math.round);
}

/** A small multiple of 1/8: arithmetic on it is exact, and boundaries are hit. */
export const dyadic: fc.Arbitrary<number> = fc.integer({ min: -16, max: 16 }).map((k) => k / 8);

/** A real of either sign: mostly of moderate size, often dyadic or 0, sometimes any double up to ±1000. */
export const real: fc.Arbitrary<number> = weighted(
  [5, fc.tuple(fc.boolean(), logUniform(1e-3, 4)).map(([minus, size]) => (minus ? -size : size))],
  [4, dyadic],
  [1, fc.double({ min: -1000, max: 1000, noNaN: true }).map((value) => value + 0)],
);

/** A leak η with 0 < η ≤ 1, often 1. */
export const leak: fc.Arbitrary<number> = fc.oneof(
  fc.constant(1),
  fc.integer({ min: 1, max: 8 }).map((k) => k / 8),
  logUniform(0.05, 1),
);

/** A standard deviation of noise, none in a quarter of the cases: its square is exact. */
export const noiseLevel: fc.Arbitrary<number> = weighted(
  [1, fc.constant(0)],
  [3, fc.integer({ min: 1, max: 16 }).map((k) => k / 8)],
);

/** A seed for weights. */
export const seed: fc.Arbitrary<number> = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** What an arbitrary draws. */
export type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** One of several arbitraries, each as often as its weight says. */
export function weighted<Choices extends readonly (readonly [weight: number, arbitrary: fc.Arbitrary<unknown>])[]>(
  ...choices: Choices
): fc.Arbitrary<Drawn<Choices[number][1]>> {
  const options = choices.map(([weight, arbitrary]) => ({ weight, arbitrary }));
  return fc.oneof(...options) as fc.Arbitrary<Drawn<Choices[number][1]>>;
}

/** A record with the ordinary prototype, so that a counterexample prints as plain data. */
export function plain<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
}
