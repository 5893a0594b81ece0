/**
 * The eigenvalues of largest modulus of a real matrix that is known by its products, by Arnoldi's method without restarts.
 *
 * The Krylov space grows until the eigenvalues of its Hessenberg matrix that are asked for have settled; at the full size they
 * are those of the matrix. Where the rest of the spectrum is much smaller, as in loops of trained agents, a few dozen products do.
 */
import { type Complex, eigenvalues, modulus } from './eigen.js';
import { matrix } from './matrix.js';
import type { Stream } from './random.js';
import { axpy, dot } from './vector.js';

/** y ← A·x, both of the matrix's size. */
export type Product = (x: Float64Array, y: Float64Array) => void;

/** Dimensions of the Krylov space between two looks at its eigenvalues. */
const BLOCK = 8;

/** A new direction this much smaller than the product it comes from is rounding: the space is invariant. */
const INVARIANT = 2 ** -46;

/** Whether the first eigenvalues of two lists agree to a tolerance relative to the largest. */
function settled(now: readonly Complex[], before: readonly Complex[], count: number, tolerance: number): boolean {
  if (before.length < count) return false;
  const size = modulus(now[0]!);
  return now.slice(0, count).every((value, k) => {
    const other = before[k]!;
    return Math.hypot(value.re - other.re, value.im - other.im) <= tolerance * size;
  });
}

/**
 * The `count` eigenvalues of largest modulus, in canonical order, and one more where that completes a conjugate pair; after
 * them further ones, as far as the space knows them by then.
 *
 * @param n size of the matrix, ≥ 1
 * @param random of the starting vector
 * @param tolerance largest change of an eigenvalue by the last few dimensions, relative to the largest eigenvalue
 * @throws RangeError if a product is not finite
 */
export function dominantEigenvalues(
  apply: Product,
  n: number,
  count: number,
  random: Stream,
  tolerance: number,
): Complex[] {
  const basis = [Float64Array.from({ length: n }, () => random.normal())];
  const scaleTo = (v: Float64Array, norm: number): void => {
    for (let i = 0; i < n; i++) v[i]! /= norm;
  };
  scaleTo(basis[0]!, Math.sqrt(dot(basis[0]!, 0, basis[0]!, 0, n)));
  // Column k of the Hessenberg matrix: the components of A·q_k along q_0 … q_{k+1}.
  const columns: Float64Array[] = [];
  let before: Complex[] = [];
  for (let k = 0; ; k++) {
    const next = new Float64Array(n);
    apply(basis[k]!, next);
    const size = Math.sqrt(dot(next, 0, next, 0, n));
    if (!Number.isFinite(size)) throw new RangeError('eigenvalues need finite products');
    const column = new Float64Array(k + 2);
    // Twice is enough (Kahan and Parlett).
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j <= k; j++) {
        const along = dot(basis[j]!, 0, next, 0, n);
        column[j]! += along;
        axpy(-along, basis[j]!, 0, next, 0, n);
      }
    const rest = Math.sqrt(dot(next, 0, next, 0, n));
    column[k + 1] = rest;
    columns.push(column);
    const whole = k + 1 === n || rest <= INVARIANT * size;
    if (whole || (k + 1) % BLOCK === 0) {
      const H = matrix(k + 1, k + 1, (i, j) => columns[j]![i] ?? 0);
      const found = eigenvalues(H);
      const wanted = Math.min(found.length, count + ((found[count - 1]?.im ?? 0) > 0 ? 1 : 0));
      if (whole || settled(found, before, wanted, tolerance)) return found;
      before = found;
    }
    scaleTo(next, rest);
    basis.push(next);
  }
}
