/**
 * Random order parameters of a rank-1 agent, biased towards the boundaries of the theory.
 */
import fc from 'fast-check';
import { logUniform, plain, real, weighted } from './number.js';

/** The four order parameters, as numbers. */
export interface ScalarOrderParameters {
  readonly zm: number;
  readonly zu: number;
  readonly vm: number;
  readonly vu: number;
}

/** Anything. */
export const anyOrderParameters: fc.Arbitrary<ScalarOrderParameters> = plain({
  zm: real,
  zu: real,
  vm: real,
  vu: real,
});

/** A fraction in 1/64 of the way through an interval, ends included. */
const fraction = fc.integer({ min: 0, max: 64 }).map((k) => k / 64);

/**
 * A point of the region of stability (src/theory/README.md#stability): s in [−1, 1], then σ_vu and σ_zm between their bounds,
 * each at a fraction of the way, then q = s − σ_vu·(1 − σ_zm) shared between σ_zu and σ_vm. Fractions 0 and 1 are the region's
 * edge.
 */
export function stableOrderParameters(
  at: Omit<ScalarOrderParameters, 'vm'> & { readonly s: number },
): ScalarOrderParameters {
  const s = 2 * at.s - 1;
  const vu = s - 2 * at.vu;
  const low = (s - 2) * (s - vu);
  const high = Math.min(vu - s, 4 + 3 * vu + s);
  const zm = low + at.zm * (high - low);
  return { zm, zu: at.zu, vm: (s - vu * (1 - zm)) / at.zu, vu };
}

/** Inside or on the edge of the region of stability, up to rounding. */
export const nearStableOrderParameters: fc.Arbitrary<ScalarOrderParameters> = plain({
  s: fraction,
  vu: fraction,
  zm: fraction,
  zu: logUniform(0.125, 8),
}).map(stableOrderParameters);

/** Order parameters of all regimes. */
export const overlaps: fc.Arbitrary<ScalarOrderParameters> = weighted(
  [2, anyOrderParameters],
  [3, nearStableOrderParameters],
);
