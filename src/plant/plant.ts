/**
 * Linear plants: x' = A·x + B·u, y = C·x (src/theory/README.md#the-loop).
 */
import { type Mat, map } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';

/** A plant over a number system; a `Plant<number>` unless said otherwise. */
export interface Plant<T = number> {
  /** State transition, n × n. */
  readonly A: Mat<T>;
  /** Control input, n × p. */
  readonly B: Mat<T>;
  /** Observation, c × n. */
  readonly C: Mat<T>;
}

/**
 * A plant of given matrices.
 * @param A n × n
 * @param B n × p
 * @param C c × n
 * @throws RangeError if the shapes do not fit.
 */
export function plant<T>(A: Mat<T>, B: Mat<T>, C: Mat<T>): Plant<T> {
  if (A.rows !== A.cols) throw new RangeError(`plant: A must be square, received ${A.rows}×${A.cols}`);
  if (B.rows !== A.rows) throw new RangeError(`plant: B must have ${A.rows} rows like A, received ${B.rows}`);
  if (C.cols !== A.rows) throw new RangeError(`plant: C must have ${A.rows} columns like A, received ${C.cols}`);
  return { A, B, C };
}

/** The same plant in another number system. */
export function plantOver<T>(R: Ring<T>, { A, B, C }: Plant): Plant<T> {
  return { A: map(A, R.of), B: map(B, R.of), C: map(C, R.of) };
}
