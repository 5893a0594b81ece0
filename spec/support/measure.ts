/**
 * Ways of measuring that several claims share: exact comparison, and double precision against exact values.
 */
import type { Evidence } from '#src/claims/evidence.js';
import { majorants, roundingBound } from '#src/linalg/majorant.js';
import type { Mat } from '#src/linalg/matrix.js';
import { type Rational, rationals, toDouble } from '#src/linalg/rational.js';
import { type Ring, reals } from '#src/linalg/ring.js';

type Listed<T> = { readonly [index: number]: T; readonly length: number };

const list = <T>(values: Listed<T> | Mat<T>): Listed<T> => ('data' in values ? values.data : values);

/** Two lists of rationals must be equal: residual is the largest difference, the bound 0. */
export function exactlyEqual(
  evidence: Evidence,
  quantity: string,
  actual: Listed<Rational> | Mat<Rational>,
  expected: Listed<Rational> | Mat<Rational>,
): void {
  const [a, b] = [list(actual), list(expected)];
  if (a.length !== b.length) {
    evidence.within(`${quantity}: number of entries`, Math.abs(a.length - b.length), 0);
    return;
  }
  let largest = 0;
  for (let k = 0; k < a.length; k++) {
    const difference = rationals.sub(a[k]!, b[k]!);
    // A difference too small for a double is a difference still.
    const size = Math.abs(toDouble(difference)) || (difference.numerator === 0n ? 0 : Number.MIN_VALUE);
    largest = Math.max(largest, size);
  }
  evidence.within(quantity, largest, 0);
}

/** A formula's values in double precision must be within rounding of its exact ones (linalg/majorant.ts). */
export function withinRounding(
  evidence: Evidence,
  quantity: string,
  formula: <T>(R: Ring<T>) => Listed<T> | Mat<T>,
): void {
  const computed = list(formula(reals));
  const exact = list(formula(rationals));
  const majorant = list(formula(majorants));
  for (let k = 0; k < computed.length; k++)
    evidence.within(
      `${quantity}, in double precision`,
      Math.abs(toDouble(rationals.sub(rationals.of(computed[k]!), exact[k]!))),
      roundingBound(majorant[k]!),
    );
}

/** Two values must be the same, as JSON has them. */
export function same(evidence: Evidence, quantity: string, actual: unknown, expected: unknown): void {
  evidence.holds(quantity, JSON.stringify(actual) === JSON.stringify(expected));
}

/** The whole numbers from 0 up to, and without, a count. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, k) => k);
}
