/**
 * Linear RNN agents: h' = (1−η)·h + η·(W·h + M·y'), u' = Z·h', with W = W₀ + U·Vᵀ.
 */
import { type Mat, map } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';

/** A linear agent of N units over a number system; an `LinearAgent<number>` unless said otherwise. */
export interface LinearAgent<T = number> {
  /** Leak η = dt/τ; 1 in the paper. */
  readonly leak: T;
  /** Input weights, N × c. */
  readonly M: Mat<T>;
  /** Readout weights, p × N. */
  readonly Z: Mat<T>;
  /** Left factor of the low-rank recurrence, N × r (r may be 0). */
  readonly U: Mat<T>;
  /** Right factor of the low-rank recurrence, N × r. */
  readonly V: Mat<T>;
  /** Full-rank part W₀ of the recurrence, N × N; absent where the recurrence is of low rank. */
  readonly W?: Mat<T>;
}

/** The names of an agent's weight matrices. */
export const TENSORS = ['M', 'Z', 'U', 'V', 'W'] as const;
export type Tensor = (typeof TENSORS)[number];

/** Sizes of an agent: units, observations, controls, rank. */
export interface AgentShape {
  readonly N: number;
  readonly c: number;
  readonly p: number;
  readonly r: number;
}

/** The sizes of an agent. */
export function shapeOf({ M, Z, U }: LinearAgent<unknown>): AgentShape {
  return { N: M.rows, c: M.cols, p: Z.rows, r: U.cols };
}

/**
 * An agent of given weights.
 * @throws RangeError naming the matrix whose shape does not fit M (N × c) and Z (p × N).
 */
export function linearAgent<T>(weights: LinearAgent<T>): LinearAgent<T> {
  const { N, r } = shapeOf(weights);
  const expect = (name: Tensor, A: Mat<T>, rows: number, cols: number): void => {
    if (A.rows !== rows || A.cols !== cols)
      throw new RangeError(`agent: ${name} must be ${rows}×${cols}, received ${A.rows}×${A.cols}`);
  };
  expect('Z', weights.Z, weights.Z.rows, N);
  expect('U', weights.U, N, r);
  expect('V', weights.V, N, r);
  if (weights.W) expect('W', weights.W, N, N);
  return weights;
}

/** The same agent in another number system. */
export function agentOver<T>(R: Ring<T>, { leak, M, Z, U, V, W }: LinearAgent): LinearAgent<T> {
  const lift = (A: Mat<number>): Mat<T> => map(A, R.of);
  return { leak: R.of(leak), M: lift(M), Z: lift(Z), U: lift(U), V: lift(V), ...(W && { W: lift(W) }) };
}
