/**
 * Rings: the arithmetic that a formula is written over.
 *
 * A formula of the theory is written once, over any ring, and interpreted in several number systems: doubles to compute,
 * exact rationals to decide, intervals to filter, dual numbers to differentiate.
 */

/**
 * What a formula may do with numbers of type T.
 * @example
 * const area = <T>(R: Ring<T>, a: T, b: T): T => R.mul(a, b);
 * area(reals, 0.1, 0.2); // a double
 * area(rationals, rational(1n, 10n), rational(1n, 5n)); // exactly 1/50
 */
export interface Ring<T> {
  /** The ring's value of a finite double. Rings of integers accept integers only. */
  readonly of: (value: number) => T;
  readonly add: (a: T, b: T) => T;
  readonly sub: (a: T, b: T) => T;
  readonly mul: (a: T, b: T) => T;
}

/** A ring whose elements have a sign; `undefined` where the representation cannot decide it. */
export interface OrderedRing<T> extends Ring<T> {
  readonly sign: (a: T) => -1 | 0 | 1 | undefined;
}

/** Doubles, with the rounding of IEEE 754. */
export const reals: OrderedRing<number> = {
  of: (value) => value,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  sign: (a) => (a > 0 ? 1 : a < 0 ? -1 : a === 0 ? 0 : undefined),
};

/** Integers of any size, exact. */
export const integers: OrderedRing<bigint> = {
  of: BigInt,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  sign: (a) => (a > 0n ? 1 : a < 0n ? -1 : 0),
};

/** Sum of a list; the ring's zero for an empty one. */
export function sum<T>(R: Ring<T>, terms: Iterable<T>): T {
  let total: T | undefined;
  for (const term of terms) total = total === undefined ? term : R.add(total, term);
  return total ?? R.of(0);
}

/** Product of a list; the ring's one for an empty one. */
export function product<T>(R: Ring<T>, factors: Iterable<T>): T {
  let total: T | undefined;
  for (const factor of factors) total = total === undefined ? factor : R.mul(total, factor);
  return total ?? R.of(1);
}

/** a to the power n, n a non-negative integer, by repeated multiplication. */
export function power<T>(R: Ring<T>, a: T, n: number): T {
  return product(R, Array<T>(n).fill(a));
}

/** The additive inverse. */
export function negate<T>(R: Ring<T>, a: T): T {
  return R.sub(R.of(0), a);
}
