/**
 * Intervals of doubles that contain the exact result: the floating filter before exact arithmetic.
 *
 * Each operation rounds to nearest and then moves each end outward by one unit in the last place or more, so that the
 * exact result of the operation on any two members lies inside. A sign is known when zero lies outside.
 */
import type { OrderedRing } from './ring.js';

/** All reals x with low ≤ x ≤ high. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const RELATIVE = 2 ** -52;
const SMALLEST = 5e-324;

// |x|·2^-52 is at least one ulp of x for normal x; the smallest subnormal covers the rest.
const down = (x: number): number => x - (Math.abs(x) * RELATIVE + SMALLEST);
const up = (x: number): number => x + (Math.abs(x) * RELATIVE + SMALLEST);

/** The ring of intervals. NaN ends (from overflow) make the sign undecided, never wrong. */
export const intervals: OrderedRing<Interval> = {
  of: (value) => ({ low: value, high: value }),
  add: (a, b) => ({ low: down(a.low + b.low), high: up(a.high + b.high) }),
  sub: (a, b) => ({ low: down(a.low - b.high), high: up(a.high - b.low) }),
  mul: (a, b) => {
    const p = a.low * b.low;
    const q = a.low * b.high;
    const r = a.high * b.low;
    const s = a.high * b.high;
    return { low: down(Math.min(p, q, r, s)), high: up(Math.max(p, q, r, s)) };
  },
  sign: (a) => (a.low > 0 ? 1 : a.high < 0 ? -1 : a.low === 0 && a.high === 0 ? 0 : undefined),
};
