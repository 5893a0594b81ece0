/**
 * Eigenvalues of real matrices in a canonical order; with eigenvectors, of symmetric ones, over ml-matrix.
 */
import { EigenvalueDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import { realSchurEigenvalues } from './hessenberg.js';
import { at, flat, largestEntry, type Mat, type Matrix, matrix, toRows } from './matrix.js';

/** re + i·im. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** |z|. */
export function modulus(z: Complex): number {
  return Math.hypot(z.re, z.im);
}

/** Entries this much smaller than the largest are rounding to every eigenvalue, squared twice over. */
const NEGLIGIBLE = 2 ** -200;

/** Largest modulus first; among equals the larger real part, then the larger imaginary part. */
function canonical(a: Complex, b: Complex): number {
  return modulus(b) - modulus(a) || b.re - a.re || b.im - a.im;
}

/**
 * The eigenvalues of a square real matrix, largest modulus first, the upper one of a conjugate pair before the lower.
 *
 * Where the matrix is defective the roots are ill-conditioned (a triple one spreads over about ε^(1/3)): compare
 * coefficients or power sums instead (`characteristic`).
 *
 * @param A n × n
 * @throws RangeError if A is not square or has an entry that is not finite.
 */
export function eigenvalues(A: Mat<number>): Complex[] {
  if (A.rows !== A.cols) throw new RangeError(`eigenvalues need a square matrix, received ${A.rows}×${A.cols}`);
  for (let i = 0; i < A.rows; i++)
    for (let j = 0; j < A.cols; j++)
      if (!Number.isFinite(at(A, i, j)))
        throw new RangeError(`eigenvalues need finite entries, entry (${i}, ${j}) is ${at(A, i, j)}`);
  if (A.rows === 0) return [];
  // The algorithm does not end where intermediate results over- or underflow. Scaling to size one by a power of two
  // is exact; entries below NEGLIGIBLE then change the matrix by far less than its own backward error.
  const scale = 2 ** Math.ceil(Math.log2(largestEntry(A) || 1));
  const scaled = flat(A).map((value) => (Math.abs(value / scale) < NEGLIGIBLE ? 0 : value / scale));
  const { re, im } = realSchurEigenvalues(scaled, A.rows);
  return Array.from(re, (value, k) => ({ re: scale * value, im: scale * im[k]! })).sort(canonical);
}

/** Largest modulus of the eigenvalues of a square matrix; 0 for an empty one. */
export function spectralRadius(A: Mat<number>): number {
  const dominant = eigenvalues(A)[0];
  return dominant ? modulus(dominant) : 0;
}

/** The eigenvalues of a symmetric matrix, and orthonormal eigenvectors as the columns of `vectors`, in the same order. */
export function symmetricEigen(S: Mat<number>): { readonly values: readonly number[]; readonly vectors: Matrix } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new MlMatrix(toRows(S)), {
    assumeSymmetric: true,
  });
  return { values: realEigenvalues, vectors: matrix(S.rows, S.rows, (i, j) => eigenvectorMatrix.get(i, j)) };
}
