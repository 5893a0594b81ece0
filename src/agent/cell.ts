/**
 * One step of an agent of any kind, h' = f(h, y'), with its derivatives.
 */
import type { Matrix } from '../linalg/matrix.js';

/** An agent's step at a point: h' and its derivatives. */
export interface Cell {
  /** h', N. */
  readonly next: Float64Array;
  /** ∂h'/∂h, N × N. */
  readonly byState: Matrix;
  /** ∂h'/∂y, N × c. */
  readonly byInput: Matrix;
  /** Whether there are derivatives: not at the corner of a relu, where its slope counts as 0. */
  readonly smooth: boolean;
}
