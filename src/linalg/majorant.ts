/**
 * Running error analysis: the rounding-error bound of any formula, by interpreting the formula itself.
 *
 * An element stands for a value computed in doubles: `size` bounds it with all data replaced by absolute values and all
 * differences by sums, `roundings` counts the roundings on the longest path to it. The computed value then errs by at most
 * γ(roundings)·size (tolerance.ts; Higham §3.1).
 */
import type { Ring } from './ring.js';
import { gamma } from './tolerance.js';

/** A computed value's majorant and its number of roundings. */
export interface Majorant {
  readonly size: number;
  readonly roundings: number;
}

const join = (a: Majorant, b: Majorant): Majorant => ({
  size: a.size + b.size,
  roundings: Math.max(a.roundings, b.roundings) + 1,
});

/** The semiring of majorants, as a ring: a difference is majorised by a sum. */
export const majorants: Ring<Majorant> = {
  of: (value) => ({ size: Math.abs(value), roundings: 0 }),
  add: join,
  sub: join,
  mul: (a, b) => ({ size: a.size * b.size, roundings: a.roundings + b.roundings + 1 }),
};

/** Bound on the rounding error of a formula evaluated in doubles; the majorant was itself rounded as often. */
export function roundingBound({ size, roundings }: Majorant): number {
  return gamma(2 * roundings) * size + roundings * Number.MIN_VALUE;
}
