/**
 * The Gram matrix of an agent's weight vectors: QᵀQ for the columns Q = [M Zᵀ U V].
 *
 * It holds the overlaps, which decide what the agent does, and the unseen entries (‖M‖², MᵀU, …), which decide how it
 * learns next.
 */
import { symmetricEigen } from '../linalg/eigen.js';
import { semidefiniteFactor } from '../linalg/factor.js';
import { at, type Mat, type Matrix, matrix, times, transpose } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { UNIT_ROUNDOFF } from '../linalg/tolerance.js';
import { dot } from '../linalg/vector.js';
import { type AgentShape, type LinearAgent, shapeOf, type Tensor } from './linear.js';

/** Number of columns of Q, d = c + p + 2r. */
export function columnCount({ c, p, r }: Omit<AgentShape, 'N'>): number {
  return c + p + 2 * r;
}

/** The tensor that column j of Q belongs to. */
export function tensorOfColumn({ c, p, r }: Omit<AgentShape, 'N'>, j: number): Exclude<Tensor, 'W'> {
  if (j < c) return 'M';
  if (j < c + p) return 'Z';
  return j < c + p + r ? 'U' : 'V';
}

/** The columns Q = [M Zᵀ U V] of an agent, N × d. */
export function columnsOf(agent: LinearAgent): Matrix {
  const shape = shapeOf(agent);
  const { c, p, r, N } = shape;
  const { M, Z, U, V } = agent;
  return matrix(N, columnCount(shape), (i, j) => {
    if (j < c) return at(M, i, j);
    if (j < c + p) return at(Z, j - c, i);
    return j < c + p + r ? at(U, i, j - c - p) : at(V, i, j - c - p - r);
  });
}

/** Indices within Q of the columns of H = [Zᵀ V], whose overlaps with J = [M U] are the order parameters K = HᵀJ. */
export function outputColumns({ c, p, r }: Omit<AgentShape, 'N'>): number[] {
  return [...Array.from({ length: p }, (_, i) => c + i), ...Array.from({ length: r }, (_, i) => c + p + r + i)];
}

/** Indices within Q of the columns of J = [M U]. */
export function inputColumns({ c, p, r }: Omit<AgentShape, 'N'>): number[] {
  return [...Array.from({ length: c }, (_, j) => j), ...Array.from({ length: r }, (_, j) => c + p + j)];
}

/** A vector within an array: `length` entries from `offset` on, the length known from the context. */
export interface Column {
  readonly values: Float64Array;
  readonly offset: number;
}

function innerProduct(a: Column, b: Column, length: number): number {
  return dot(a.values, a.offset, b.values, b.offset, length);
}

/**
 * Writes what an epoch records: K, row-major, and the lower triangle of the Gram matrix, row by row.
 * @param columns the d columns of Q in their order
 * @param length entries of each
 * @param overlaps (p+r)·(c+r) entries to write
 * @param gram d·(d+1)/2 entries to write
 */
export function observeColumns(
  { p, c, r }: Omit<AgentShape, 'N'>,
  columns: readonly Column[],
  length: number,
  overlaps: Float64Array,
  gram: Float64Array,
): void {
  const d = columns.length;
  for (let i = 0, k = 0; i < d; i++)
    for (let j = 0; j <= i; j++, k++) gram[k] = innerProduct(columns[i]!, columns[j]!, length);
  for (let i = 0, k = 0; i < p + r; i++)
    for (let j = 0; j < c + r; j++, k++) {
      const row = i < p ? c + i : c + r + i;
      const col = j < c ? j : p + j;
      overlaps[k] = row > col ? gram[(row * (row + 1)) / 2 + col]! : gram[(col * (col + 1)) / 2 + row]!;
    }
}

/** Corrections of `adoptProducts`, each quadratically closer than the one before; and the most that one stretches a direction by. */
const [CORRECTIONS, LARGEST_STRETCH] = [4, 1 / 4];

/**
 * Moves columns as little as it takes to have the inner products of a record: Q ← Q·(1 + Y), Y the symmetric solution of
 * S·Y + Y·S = G − S, S = QᵀQ, again and again. Directions in which the columns hardly reach take part as far as they can.
 * @param overlaps, gram as `observeColumns` writes them; NaN where nothing is recorded. Where both have an entry, gram counts.
 */
export function adoptProducts(
  shape: Omit<AgentShape, 'N'>,
  columns: readonly Column[],
  length: number,
  overlaps: Float64Array,
  gram: Float64Array,
): void {
  const d = columns.length;
  const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
  const known = new Float64Array(d * d).fill(Number.NaN);
  const learn = (i: number, j: number, value: number | undefined): void => {
    if (Number.isFinite(value)) known[i * d + j] = known[j * d + i] = value!;
  };
  outputs.forEach((i, k) => {
    inputs.forEach((j, l) => {
      learn(i, j, overlaps[k * inputs.length + l]);
    });
  });
  for (let i = 0, k = 0; i < d; i++) for (let j = 0; j <= i; j++, k++) learn(i, j, gram[k]);
  const row = new Float64Array(d);
  for (let correction = 0; correction < CORRECTIONS; correction++) {
    const S = matrix(d, d, (i, j) => innerProduct(columns[i]!, columns[j]!, length));
    // What is not recorded is to stay as it is.
    const missing = S.data.map((value, k) => {
      if (Number.isNaN(known[k])) known[k] = value;
      return known[k]! - value;
    });
    const size = S.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // Columns of a run that diverged stay as they are.
    if (!Number.isFinite(size) || missing.every((value) => Math.abs(value) <= 2 * UNIT_ROUNDOFF * size)) return;
    // In units of the largest product: squares of large ones would overflow.
    const scaled = (data: ArrayLike<number>): Mat<number> => matrix(d, d, (i, j) => data[i * d + j]! / size);
    const { values, vectors } = symmetricEigen(scaled(S.data));
    const inward = times(times(transpose(vectors), scaled(missing)), vectors);
    const stretch = matrix(d, d, (i, j) => {
      const reach = Math.max(values[i]! + values[j]!, 0);
      const most = LARGEST_STRETCH * reach;
      const wanted = at(inward, i, j);
      return reach > 0 ? Math.max(-most, Math.min(most, wanted)) / reach : 0;
    });
    const Y = times(times(vectors, stretch), transpose(vectors));
    for (let entry = 0; entry < length; entry++) {
      for (let j = 0; j < d; j++) row[j] = columns[j]!.values[columns[j]!.offset + entry]!;
      for (let j = 0; j < d; j++) {
        let value = row[j]!;
        for (let i = 0; i < d; i++) value += row[i]! * at(Y, i, j);
        columns[j]!.values[columns[j]!.offset + entry] = value;
      }
    }
  }
}

/** The symmetric matrix whose lower triangle, row by row, is given. @param d its size */
export function fromLowerTriangle(triangle: ArrayLike<number>, d: number): Matrix {
  return matrix(d, d, (i, j) => {
    const [row, col] = i > j ? [i, j] : [j, i];
    return triangle[(row * (row + 1)) / 2 + col]!;
  });
}

/**
 * An agent of d units with a given Gram matrix: it acts and learns as every other that has it.
 * @param gram of the columns [M Zᵀ U V], d × d
 * @param unit unit roundoff of the precision in which it was formed
 * @throws RangeError if it is not finite or clearly not positive semidefinite
 */
export function agentOfGram(
  gram: Mat<number>,
  { c, p, r }: Omit<AgentShape, 'N'>,
  leak: number,
  unit = UNIT_ROUNDOFF,
): LinearAgent {
  // X·Xᵀ is the Gram matrix of the rows of X: row j is column j of Q.
  const X = semidefiniteFactor(gram, unit);
  const columnsFrom = (first: number, count: number): Matrix => matrix(X.cols, count, (i, j) => at(X, first + j, i));
  return {
    leak,
    M: columnsFrom(0, c),
    Z: transpose(columnsFrom(c, p)),
    U: columnsFrom(c + p, r),
    V: columnsFrom(c + p + r, r),
  };
}

/**
 * Adds to each stretch of `length` entries normal noise of `relative` times the stretch's root mean square.
 * @returns what takes it back
 */
export function perturbStretches(values: Float64Array, length: number, random: Stream, relative: number): () => void {
  const before = values.slice();
  for (let start = 0; start < values.length; start += length) {
    const size = relative * Math.sqrt(dot(values, start, values, start, length) / length);
    for (let i = 0; i < length; i++) values[start + i]! += size * random.normal();
  }
  return () => values.set(before);
}
