/**
 * The Jury (Schur–Cohn) test: are all roots of a real polynomial strictly inside the unit circle?
 *
 * Without divisions, so it is decided exactly over integers or rationals, and by intervals where they suffice.
 */
import type { Polynomial } from './polynomial.js';
import type { OrderedRing } from './ring.js';

/**
 * Whether every root of a polynomial lies strictly inside the unit circle, `undefined` if the ring cannot decide.
 *
 * One step replaces p of degree n by (aₙp − a₀p*)/λ, p* the reversed polynomial; p is Schur stable if and only if
 * |a₀| < |aₙ| and the step's result, of degree n−1, is (Jury 1964; Schur 1917).
 *
 * @param coefficients constant term first; the leading one is not zero
 */
export function isSchur<T>(R: OrderedRing<T>, coefficients: Polynomial<T>): boolean | undefined {
  let p = coefficients;
  while (p.length > 1) {
    const last = p[p.length - 1]!;
    const first = p[0]!;
    const margin = R.sign(R.sub(R.mul(last, last), R.mul(first, first)));
    if (margin === undefined) return undefined;
    if (margin <= 0) return false;
    const current = p;
    p = Array.from({ length: p.length - 1 }, (_, i) =>
      R.sub(R.mul(last, current[i + 1]!), R.mul(first, current[current.length - 2 - i]!)),
    );
  }
  return true;
}
