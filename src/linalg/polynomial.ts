/**
 * Polynomials over a ring as lists of coefficients, the constant term first: [a₀, a₁, …] is a₀ + a₁λ + ….
 */
import { at, type Mat } from './matrix.js';
import { negate, type Ring, sum } from './ring.js';

/** Coefficients, the constant term first. */
export type Polynomial<T> = readonly T[];

/** Value at a point, by Horner's rule. */
export function evaluate<T>(R: Ring<T>, polynomial: Polynomial<T>, point: T): T {
  return polynomial.reduceRight((total, coefficient) => R.add(R.mul(total, point), coefficient), R.of(0));
}

/** Product of two polynomials, of degree the sum of theirs. */
export function convolve<T>(R: Ring<T>, a: Polynomial<T>, b: Polynomial<T>): T[] {
  return Array.from({ length: a.length + b.length - 1 }, (_, k) => {
    const terms: T[] = [];
    for (let i = Math.max(0, k - b.length + 1); i <= Math.min(k, a.length - 1); i++)
      terms.push(R.mul(a[i]!, b[k - i]!));
    return sum(R, terms);
  });
}

/** a − b, padded to the longer of the two. */
export function difference<T>(R: Ring<T>, a: Polynomial<T>, b: Polynomial<T>): T[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, k) => R.sub(a[k] ?? R.of(0), b[k] ?? R.of(0)));
}

/** p(λ + by), by Horner's rule. */
export function shift<T>(R: Ring<T>, p: Polynomial<T>, by: T): T[] {
  return p.reduceRight<T[]>(
    (total, coefficient) => difference(R, convolve(R, total, [by, R.of(1)]), [negate(R, coefficient)]),
    [],
  );
}

/**
 * det(λI − A), n + 1 coefficients, without divisions (Berkowitz 1984), so that it holds over every ring.
 * Each leading principal minor's polynomial is a Toeplitz matrix of products R·Mᵏ·S times the one before.
 * @param A n × n
 */
export function characteristic<T>(R: Ring<T>, A: Mat<T>): T[] {
  // Highest coefficient first while growing, reversed at the end.
  let descending: T[] = [R.of(1)];
  for (let k = 0; k < A.rows; k++) {
    // First column of the Toeplitz matrix: 1, −a_kk, −(row · column), −(row · M · column), …, M the leading k × k block.
    const toeplitz: T[] = [R.of(1), negate(R, at(A, k, k))];
    let column = Array.from({ length: k }, (_, i) => at(A, i, k));
    for (let step = 0; step < k; step++) {
      toeplitz.push(
        negate(
          R,
          sum(
            R,
            column.map((value, j) => R.mul(at(A, k, j), value)),
          ),
        ),
      );
      column = column.map((_, i) =>
        sum(
          R,
          column.map((value, j) => R.mul(at(A, i, j), value)),
        ),
      );
    }
    const previous = descending;
    descending = toeplitz.map((_, i) =>
      sum(
        R,
        previous.slice(0, i + 1).map((value, j) => R.mul(toeplitz[i - j]!, value)),
      ),
    );
  }
  return descending.reverse();
}
