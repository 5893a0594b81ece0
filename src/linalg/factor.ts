/**
 * Factors of Gram matrices: QᵀQ = FᵀF with F small.
 */

import { at, type Mat, type Matrix, matrix } from './matrix.js';
import { pivotRounding, UNIT_ROUNDOFF } from './tolerance.js';
import { axpy, dot } from './vector.js';

/**
 * The triangular factor of a Householder QR decomposition: Q = Q₀F with orthonormal Q₀, so QᵀQ = FᵀF.
 * Backward stable whatever the rank of Q, unlike a Cholesky factor of QᵀQ.
 *
 * @param Q N × d, any N; not modified
 * @returns min(N, d) × d, upper triangular
 */
export function triangularFactor(Q: Mat<number>): Matrix {
  const { rows: N, cols: d } = Q;
  const columns = new Float64Array(N * d);
  for (let j = 0, k = 0; j < d; j++) for (let i = 0; i < N; i++, k++) columns[k] = at(Q, i, j);
  return triangularFactorOfColumns(columns, N, d);
}

/** `triangularFactor` of a matrix by its d columns of N entries, one after the other. @param columns overwritten */
export function triangularFactorOfColumns(columns: Float64Array, N: number, d: number): Matrix {
  const k = Math.min(N, d);
  const reflector = new Float64Array(N);
  for (let j = 0; j < k; j++) {
    const n = N - j;
    const start = j * N + j;
    const norm = Math.sqrt(dot(columns, start, columns, start, n));
    if (norm === 0) continue;
    const head = columns[start]!;
    // The sign that avoids cancellation.
    const image = head > 0 ? -norm : norm;
    for (let i = 0; i < n; i++) reflector[i] = columns[start + i]!;
    reflector[0] = head - image;
    const squared = dot(reflector, 0, reflector, 0, n);
    for (let column = j; column < d; column++) {
      const offset = column * N + j;
      const factor = (2 * dot(reflector, 0, columns, offset, n)) / squared;
      for (let i = 0; i < n; i++) columns[offset + i]! -= factor * reflector[i]!;
    }
  }
  return matrix(k, d, (i, j) => (i <= j ? columns[j * N + i]! : 0));
}

/**
 * A factor X with X·Xᵀ = S of a symmetric positive semidefinite S, by Cholesky's method with the largest pivot first.
 * S may be singular (a batch of fewer starts than states): pivots at rounding level end the factorisation, and with the
 * largest first nothing larger than rounding is left out.
 *
 * @param S n × n
 * @param unit unit roundoff of the precision in which S was formed
 * @returns n × n, columns beyond the rank zero
 * @throws RangeError if S is not finite or clearly not positive semidefinite.
 */
export function semidefiniteFactor(S: Mat<number>, unit = UNIT_ROUNDOFF): Matrix {
  const n = S.rows;
  const X = matrix(n, n);
  const rest = matrix(n, n, (i, j) => at(S, i, j));
  const pivoted = new Float64Array(n);
  let scale = 0;
  for (let k = 0; k < S.data.length; k++)
    if (!Number.isFinite(S.data[k])) throw new RangeError(`matrix is not finite: an entry is ${S.data[k]}`);
  for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(at(S, i, i)));
  const rounding = pivotRounding(n, unit) * scale;
  for (let column = 0; column < n; column++) {
    let pivot = 0;
    for (let i = 1; i < n; i++) if (at(rest, i, i) > at(rest, pivot, pivot)) pivot = i;
    const largest = at(rest, pivot, pivot);
    for (let i = 0; i < n; i++)
      if (at(rest, i, i) < -rounding)
        throw new RangeError(`matrix is not positive semidefinite: a pivot is ${at(rest, i, i)}`);
    if (largest <= rounding) break;
    const diagonal = Math.sqrt(largest);
    for (let i = 0; i < n; i++) pivoted[i] = at(rest, i, pivot) / diagonal;
    for (let i = 0; i < n; i++) {
      X.data[i * n + column] = pivoted[i]!;
      if (pivoted[i] !== 0) axpy(-pivoted[i]!, pivoted, 0, rest.data, i * n, n);
    }
    // Exactly done with this row and column.
    for (let i = 0; i < n; i++) {
      rest.data[i * n + pivot] = 0;
      rest.data[pivot * n + i] = 0;
    }
  }
  return X;
}
