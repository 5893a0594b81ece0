/**
 * Dense matrices over any ring, in row-major order; those over doubles are backed by a Float64Array.
 */
import { type Ring, reals, sum } from './ring.js';

/** A rows × cols matrix: entry (i, j) is `data[i * cols + j]`. */
export interface Mat<T> {
  readonly rows: number;
  readonly cols: number;
  readonly data: { [index: number]: T; readonly length: number };
}

/** A matrix of doubles. */
export interface Matrix extends Mat<number> {
  readonly data: Float64Array;
}

/** A rows × cols matrix whose entry (i, j) is `entry(i, j)`. */
export function build<T>(rows: number, cols: number, entry: (i: number, j: number) => T): Mat<T> {
  const data: T[] = [];
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) data.push(entry(i, j));
  return { rows, cols, data };
}

/** A rows × cols matrix of doubles whose entry (i, j) is `entry(i, j)`, zero by default. */
export function matrix(rows: number, cols: number, entry?: (i: number, j: number) => number): Matrix {
  const data = new Float64Array(rows * cols);
  if (entry) for (let i = 0, k = 0; i < rows; i++) for (let j = 0; j < cols; j++, k++) data[k] = entry(i, j);
  return { rows, cols, data };
}

/**
 * A matrix of doubles from its rows.
 * @throws RangeError if the rows differ in length.
 */
export function fromRows(rows: readonly (readonly number[])[]): Matrix {
  const cols = rows[0]?.length ?? 0;
  const ragged = rows.findIndex((row) => row.length !== cols);
  if (ragged >= 0) throw new RangeError(`row ${ragged} has ${rows[ragged]?.length} entries, the first has ${cols}`);
  return matrix(rows.length, cols, (i, j) => rows[i]![j]!);
}

/** The entries of a matrix of doubles, row by row: a copy. */
export function flat({ rows, cols, data }: Mat<number>): Float64Array {
  if (data instanceof Float64Array) return data.slice(0, rows * cols);
  return Float64Array.from({ length: rows * cols }, (_, k) => data[k]!);
}

/** The rows of a matrix as lists. */
export function toRows<T>(A: Mat<T>): T[][] {
  return Array.from({ length: A.rows }, (_, i) => Array.from({ length: A.cols }, (_, j) => at(A, i, j)));
}

/** Entry (i, j). */
export function at<T>(A: Mat<T>, i: number, j: number): T {
  return A.data[i * A.cols + j] as T;
}

/** The matrix of the images of a matrix's entries. */
export function map<S, T>(A: Mat<S>, image: (value: S) => T): Mat<T> {
  return build(A.rows, A.cols, (i, j) => image(at(A, i, j)));
}

/** The 1 × 1 matrix of a value. */
export function scalar<T>(value: T): Mat<T> {
  return build(1, 1, () => value);
}

export function identity<T>(R: Ring<T>, n: number): Mat<T> {
  return build(n, n, (i, j) => R.of(i === j ? 1 : 0));
}

/** The scalar matrix value·I, n × n: moments of equal, independent components, and with a root for its value their factor. */
export function scalarMatrix(n: number, value: number): Matrix {
  return matrix(n, n, (i, j) => (i === j ? value : 0));
}

export function zeros<T>(R: Ring<T>, rows: number, cols: number): Mat<T> {
  return build(rows, cols, () => R.of(0));
}

export function transpose<T>(A: Mat<T>): Mat<T> {
  return build(A.cols, A.rows, (i, j) => at(A, j, i));
}

function sameShape(what: string, A: Mat<unknown>, B: Mat<unknown>): void {
  if (A.rows !== B.rows || A.cols !== B.cols)
    throw new RangeError(`${what}: a ${A.rows}×${A.cols} matrix does not fit a ${B.rows}×${B.cols} one`);
}

/** A + B. @throws RangeError if the shapes differ. */
export function add<T>(R: Ring<T>, A: Mat<T>, B: Mat<T>): Mat<T> {
  sameShape('sum', A, B);
  return build(A.rows, A.cols, (i, j) => R.add(at(A, i, j), at(B, i, j)));
}

/** A − B. @throws RangeError if the shapes differ. */
export function subtract<T>(R: Ring<T>, A: Mat<T>, B: Mat<T>): Mat<T> {
  sameShape('difference', A, B);
  return build(A.rows, A.cols, (i, j) => R.sub(at(A, i, j), at(B, i, j)));
}

/** s·A. */
export function scale<T>(R: Ring<T>, s: T, A: Mat<T>): Mat<T> {
  return map(A, (value) => R.mul(s, value));
}

function product2<T>(R: Ring<T>, A: Mat<T>, B: Mat<T>): Mat<T> {
  if (A.cols !== B.rows)
    throw new RangeError(`product: a ${A.rows}×${A.cols} matrix does not fit a ${B.rows}×${B.cols} one`);
  return build(A.rows, B.cols, (i, j) => {
    let total = R.of(0);
    for (let k = 0; k < A.cols; k++) total = R.add(total, R.mul(at(A, i, k), at(B, k, j)));
    return total;
  });
}

/** The product of one or more matrices, from left to right. @throws RangeError if neighbours do not fit. */
export function multiply<T>(R: Ring<T>, first: Mat<T>, ...rest: readonly Mat<T>[]): Mat<T> {
  return rest.reduce((left, right) => product2(R, left, right), first);
}

/** Sum of the diagonal. */
export function trace<T>(R: Ring<T>, A: Mat<T>): T {
  return sum(
    R,
    Array.from({ length: A.rows }, (_, i) => at(A, i, i)),
  );
}

/**
 * One matrix from a grid of blocks.
 * @throws RangeError if neighbours' shapes do not fit.
 */
export function blocks<T>(grid: readonly (readonly Mat<T>[])[]): Mat<T> {
  const widths = grid.map((band) => band.reduce((total, { cols }) => total + cols, 0));
  const cols = widths[0] ?? 0;
  if (widths.some((width) => width !== cols)) throw new RangeError('bands of blocks differ in columns');
  const rows = grid.flatMap((band) => {
    const height = band[0]?.rows ?? 0;
    if (band.some((block) => block.rows !== height)) throw new RangeError('blocks of one band differ in rows');
    return Array.from({ length: height }, (_, i) =>
      band.flatMap((block) => Array.from({ length: block.cols }, (_entry, j) => at(block, i, j))),
    );
  });
  return build(rows.length, cols, (i, j) => rows[i]![j]!);
}

/** The matrix of absolute values: what rounding-error bounds are computed from. */
export function absolute(A: Mat<number>): Mat<number> {
  return map(A, Math.abs);
}

/** Largest absolute entry; 0 for an empty matrix. */
export function largestEntry(A: Mat<number>): number {
  let largest = 0;
  for (let k = 0; k < A.data.length; k++) largest = Math.max(largest, Math.abs(A.data[k]!));
  return largest;
}

/** The sum of squares of all entries of some matrices. */
export function sumOfSquares<T>(R: Ring<T>, ...matrices: readonly Mat<T>[]): T {
  const entries = matrices.flatMap(({ rows, cols, data }) => Array.from({ length: rows * cols }, (_, k) => data[k]!));
  return sum(
    R,
    entries.map((entry) => R.mul(entry, entry)),
  );
}

/** Square root of the sum of squares, without avoidable overflow. */
export function frobenius(A: Mat<number>): number {
  const largest = largestEntry(A);
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let squares = 0;
  for (let k = 0; k < A.data.length; k++) squares += (A.data[k]! / largest) ** 2;
  return largest * Math.sqrt(squares);
}

/** Row i of A times v. */
export function rowTimes(A: Mat<number>, i: number, v: ArrayLike<number>): number {
  let total = 0;
  for (let k = 0; k < A.cols; k++) total += A.data[i * A.cols + k]! * v[k]!;
  return total;
}

/** Product of matrices of doubles. */
export function times(first: Mat<number>, ...rest: readonly Mat<number>[]): Mat<number> {
  return multiply(reals, first, ...rest);
}
