/**
 * Nonlinear full-rank agents: h' = (1−η)·h + η·φ(W·h + M·y'), u' = Z·h' (theory.md §1).
 */
import type { Activation, KernelWeights } from '../kernel/kernel.js';
import { add, type Mat, matrix, multiply, transpose } from '../linalg/matrix.js';
import { reals } from '../linalg/ring.js';
import type { Agent, AgentShape } from './agent.js';

/** An RNN of N units. */
export interface Rnn {
  readonly activation: Activation;
  /** Leak η = dt/τ; 1 in the paper. */
  readonly leak: number;
  /** Input weights, N × c. */
  readonly M: Mat<number>;
  /** Recurrence, N × N. */
  readonly W: Mat<number>;
  /** Readout weights, p × N. */
  readonly Z: Mat<number>;
}

/** The sizes of an RNN; its rank counts as 0, as that of any agent without low-rank factors. */
export function rnnShape({ M, Z }: Rnn): AgentShape {
  return { N: M.rows, c: M.cols, p: Z.rows, r: 0 };
}

/** A linear agent's weights with an activation: its recurrence as one matrix. */
export function rnnOf({ leak, M, Z, U, V, W }: Agent, activation: Activation): Rnn {
  const lowRank = multiply(reals, U, transpose(V));
  return { activation, leak, M, Z, W: W ? add(reals, W, lowRank) : lowRank };
}

/** An RNN's weights as a linear agent has them: the same network, were φ the identity. */
export function linearised({ leak, M, W, Z }: Rnn): Agent {
  return { leak, M, Z, W, U: matrix(M.rows, 0), V: matrix(M.rows, 0) };
}

/** An RNN of other weights, row by row. */
export function withWeights(rnn: Rnn, weights: KernelWeights): Rnn {
  const like = (A: Mat<number>, data: ArrayLike<number>): Mat<number> =>
    matrix(A.rows, A.cols, (i, j) => data[i * A.cols + j]!);
  return { ...rnn, M: like(rnn.M, weights.M), W: like(rnn.W, weights.W), Z: like(rnn.Z, weights.Z) };
}

/** The weights of an RNN, row by row. */
export function weightsIn({ M, W, Z }: Rnn): KernelWeights {
  return { M: M.data, W: W.data, Z: Z.data };
}

/** φ. */
export function activationOf(kind: Activation): (value: number) => number {
  return { linear: (value: number) => value, tanh: Math.tanh, relu: (value: number) => Math.max(0, value) }[kind];
}

/** φ′, at 0 for relu 0. */
export function slopeOf(kind: Activation): (value: number) => number {
  return {
    linear: () => 1,
    tanh: (value: number) => 1 - Math.tanh(value) ** 2,
    relu: (value: number) => (value > 0 ? 1 : 0),
  }[kind];
}
