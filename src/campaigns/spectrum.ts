/**
 * The spectrum of a loop of many units, as far as it dominates.
 */
import type { Rnn } from '../agent/rnn.js';
import { LIMITS } from '../limits.js';
import { dominantEigenvalues, type Product } from '../linalg/arnoldi.js';
import { modulus } from '../linalg/eigen.js';
import { largestEntry, type Mat } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { dot } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';
import type { Spectrum } from '../training/curve.js';
import { flat } from '../training/network.js';

/** Eigenvalues settle to this, relative to the largest: far below what stages are told by. */
const SETTLED = 1e-7;

/** The dominant pair must have settled; a third eigenvalue is known well where it stands out of the rest. */
const DOMINANT = 2;

/**
 * The product with the matrix of the loop linearised at rest: x' = A·x + B·Z·h, h' = (1−η)·h + η·(W·h + M·C·x'). Inputs beyond
 * the plant's observations, such as references, are no part of the loop.
 */
function coupledProduct({ A, B, C }: Plant, { leak, M, W, Z }: Rnn): Product {
  const [n, N] = [A.rows, W.rows];
  const times = ({ data, rows, cols }: Mat<number>, x: Float64Array, from: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, i) => {
      let value = 0;
      for (let j = 0; j < cols; j++) value += data[i * cols + j]! * x[from + j]!;
      return value;
    });
  const recurrence = flat(W);
  return (s, next) => {
    const moved = times(A, s, 0);
    const pushed = times(B, times(Z, s, n), 0);
    for (let i = 0; i < n; i++) next[i] = moved[i]! + pushed[i]!;
    const y = times(C, next, 0);
    for (let i = 0; i < N; i++) {
      let drive = dot(recurrence, i * N, s, n, N);
      for (let j = 0; j < C.rows; j++) drive += M.data[i * M.cols + j]! * y[j]!;
      next[n + i] = (1 - leak) * s[n + i]! + leak * drive;
    }
  };
}

/** The spectrum of the loop linearised at rest; `undefined` where weights leave the range in which products stay finite. */
export function loopSpectrum(plant: Plant, rnn: Rnn): Spectrum | undefined {
  const tame = [rnn.M, rnn.W, rnn.Z].every((A) => largestEntry(A) <= LIMITS.magnitude);
  if (!tame) return undefined;
  const size = plant.A.rows + rnn.W.rows;
  const eigenvalues = dominantEigenvalues(coupledProduct(plant, rnn), size, DOMINANT, new Stream(0), SETTLED);
  const radius = modulus(eigenvalues[0]!);
  return { eigenvalues, radius, stable: radius < 1 };
}
