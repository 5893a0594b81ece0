/**
 * What gated agents share: their tensors, with the rows of the gates one after the other, and how they begin.
 */
import { type Mat, matrix } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import type { AgentShape } from './linear.js';

/** The tensors of an agent of N units with so many gates. */
export interface GatedTensors {
  /** Input weights, gates·N × c. */
  readonly M: Mat<number>;
  /** Recurrence, gates·N × N. */
  readonly W: Mat<number>;
  /** Readout weights, p × N. */
  readonly Z: Mat<number>;
  /** Biases of the inputs, gates·N × 1. */
  readonly bih: Mat<number>;
  /** Biases of the recurrence, gates·N × 1. */
  readonly bhh: Mat<number>;
  /** Biases of the readout, p × 1. */
  readonly bho?: Mat<number>;
}

/** Initialisation: M, W and biases ~ U(−1/√N, 1/√N), PyTorch's default; Z ~ N(0, 1/N²), that of the tanh protocols. */
export function gatedInitial(gates: number, { N, c, p }: Omit<AgentShape, 'r'>, random: Stream): GatedTensors {
  const spread = 1 / Math.sqrt(N);
  const uniform = (cols: number): Mat<number> => matrix(gates * N, cols, () => random.uniform(-spread, spread));
  return {
    M: uniform(c),
    W: uniform(N),
    bih: uniform(1),
    bhh: uniform(1),
    Z: matrix(p, N, () => random.normal() / N),
  };
}
