/**
 * Truncated power series over a ring: for expansions with a remainder. The coefficients of e⁰ … e^(n−1) are kept; what is
 * dropped is the remainder of order n.
 */
import type { Ring } from './ring.js';

/** Coefficients, the constant term first. */
export type Series<T> = readonly T[];

/** The ring of series to a given number of coefficients. */
export function seriesOver<T>(R: Ring<T>, length: number): Ring<Series<T>> {
  const index = Array.from({ length }, (_, k) => k);
  return {
    of: (value) => index.map((k) => R.of(k === 0 ? value : 0)),
    add: (a, b) => index.map((k) => R.add(a[k]!, b[k]!)),
    sub: (a, b) => index.map((k) => R.sub(a[k]!, b[k]!)),
    mul: (a, b) =>
      index.map((k) => {
        let total = R.mul(a[0]!, b[k]!);
        for (let j = 1; j <= k; j++) total = R.add(total, R.mul(a[j]!, b[k - j]!));
        return total;
      }),
  };
}

/** A constant as a series. */
export function constant<T>(R: Ring<T>, value: T, length: number): Series<T> {
  return Array.from({ length }, (_, k) => (k === 0 ? value : R.of(0)));
}

/** The variable e itself, times a constant. */
export function multiple<T>(R: Ring<T>, value: T, length: number): Series<T> {
  return Array.from({ length }, (_, k) => (k === 1 ? value : R.of(0)));
}
