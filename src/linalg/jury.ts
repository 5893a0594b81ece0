/**
 * Are all roots of a real polynomial strictly inside the unit circle? Two routes: the Jury recursion over any ordered ring,
 * and the Schur–Cohn matrix over integers, whose numbers stay short at any degree.
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

/**
 * The Schur–Cohn matrix A·Aᵀ − B·Bᵀ, A and B lower triangular Toeplitz with first columns (aₙ, aₙ₋₁, …, a₁) and
 * (a₀, a₁, …, aₙ₋₁): positive definite if and only if all roots lie strictly inside the unit circle (Schur 1917, Cohn 1922).
 */
function schurCohn(p: Polynomial<bigint>): bigint[][] {
  const n = p.length - 1;
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_unused, j) => {
      let total = 0n;
      for (let k = 0; k <= Math.min(i, j); k++) total += p[n - i + k]! * p[n - j + k]! - p[i - k]! * p[j - k]!;
      return total;
    }),
  );
}

/**
 * `isSchur` for integer coefficients: the leading minors of the Schur–Cohn matrix must be positive. They are found by
 * elimination without fractions (Bareiss 1968), every division exact.
 */
export function isSchurExactly(p: Polynomial<bigint>): boolean {
  const S = schurCohn(p);
  let previous = 1n;
  for (let k = 0; k < S.length; k++) {
    const pivot = S[k]![k]!;
    if (pivot <= 0n) return false;
    for (let i = k + 1; i < S.length; i++)
      for (let j = k + 1; j < S.length; j++) S[i]![j] = (S[i]![j]! * pivot - S[i]![k]! * S[k]![j]!) / previous;
    previous = pivot;
  }
  return true;
}
