/**
 * Fields: rings with division, and linear equations over them.
 */
import { type Dual, dualsOver } from './dual.js';
import { at, build, type Mat } from './matrix.js';
import { divide, type Rational, rationals } from './rational.js';
import { type Ring, reals } from './ring.js';
import { pivotRounding } from './tolerance.js';

/** A ring with division, which recognises the pivots that stand for zero. */
export interface Field<T> extends Ring<T> {
  /** a / b, b not zero. */
  readonly divide: (a: T, b: T) => T;
  /** Whether a pivot of an n × n matrix is zero, up to rounding where there is rounding. @param entry what it was reduced from */
  readonly isZeroPivot: (pivot: T, entry: T, n: number) => boolean;
}

/** Doubles. */
export const realField: Field<number> = {
  ...reals,
  divide: (a, b) => a / b,
  isZeroPivot: (pivot, entry, n) => Math.abs(pivot) <= pivotRounding(n) * Math.abs(entry),
};

/** Exact rationals. */
export const rationalField: Field<Rational> = {
  ...rationals,
  divide,
  isZeroPivot: ({ numerator }) => numerator === 0n,
};

/** Dual numbers over a field; only those with a value other than zero divide. */
export function dualFieldOver<T>(F: Field<T>): Field<Dual<T>> {
  return {
    ...dualsOver(F),
    divide: (a, b) => {
      const value = F.divide(a.value, b.value);
      return { value, tangent: F.divide(F.sub(a.tangent, F.mul(value, b.tangent)), b.value) };
    },
    isZeroPivot: (pivot, entry, n) => F.isZeroPivot(pivot.value, entry.value, n),
  };
}

/**
 * A solution X of S·X = M, S symmetric positive semidefinite, or with leading minors other than zero, by elimination without exchange of
 * rows. A semidefinite S may be singular as long as a solution exists: the rows of X that S leaves free are zero.
 *
 * @param S n × n
 * @param M n × m, its columns in the range of S
 */
export function solveSemidefinite<T>(F: Field<T>, S: Mat<T>, M: Mat<T>): Mat<T> {
  const n = S.rows;
  const left = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_unused, j) => at(S, i, j)));
  const right = Array.from({ length: n }, (_, i) => Array.from({ length: M.cols }, (_unused, j) => at(M, i, j)));
  const zero = F.of(0);
  const free = left.map(() => false);
  const less = (row: T[], factor: T, other: readonly T[]): void => {
    for (let j = 0; j < row.length; j++) row[j] = F.sub(row[j]!, F.mul(factor, other[j]!));
  };
  for (let j = 0; j < n; j++) {
    const pivot = left[j]![j]!;
    // Of a semidefinite matrix, the whole row of a zero pivot is zero.
    free[j] = F.isZeroPivot(pivot, at(S, j, j), n);
    if (free[j]) continue;
    for (let i = j + 1; i < n; i++) {
      const factor = F.divide(left[i]![j]!, pivot);
      less(left[i]!, factor, left[j]!);
      less(right[i]!, factor, right[j]!);
    }
  }
  for (let j = n - 1; j >= 0; j--) {
    const row = right[j]!;
    for (let k = j + 1; k < n; k++) less(row, left[j]![k]!, right[k]!);
    right[j] = row.map((value) => (free[j] ? zero : F.divide(value, left[j]![j]!)));
  }
  return build(n, M.cols, (i, j) => right[i]![j]!);
}
