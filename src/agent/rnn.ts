/**
 * Nonlinear full-rank agents: h' = (1−η)·h + η·φ(W·h + M·y' + bih + bhh), u' = Z·h' + bho.
 */
import { type Activation, type RnnTensor, rnnUnits } from '../kernel/rnn.js';
import type { Bias } from '../kernel/units.js';
import { add, type Mat, matrix, multiply, rowTimes, transpose } from '../linalg/matrix.js';
import { reals } from '../linalg/ring.js';
import { type AgentKind, type Biases, biasesIn, type Cell } from './cell.js';
import type { LinearAgent } from './linear.js';

/** An RNN of N units. */
export interface Rnn extends Biases {
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

/** A linear agent's weights with an activation: its recurrence as one matrix. */
export function rnnOf({ leak, M, Z, U, V, W }: LinearAgent, activation: Activation): Rnn {
  const lowRank = multiply(reals, U, transpose(V));
  return { activation, leak, M, Z, W: W ? add(reals, W, lowRank) : lowRank };
}

/** An RNN's weights as a linear agent has them: the same network, were φ the identity, and without biases. */
export function linearised({ leak, M, W, Z }: Rnn): LinearAgent {
  return { leak, M, Z, W, U: matrix(M.rows, 0), V: matrix(M.rows, 0) };
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

function rnnCell({ activation, leak, M, W, Z, bih, bhh }: Rnn, h: Float64Array, y: Float64Array): Cell {
  const [N, c] = [Z.cols, M.cols];
  const [phi, slope] = [activationOf(activation), slopeOf(activation)];
  const next = new Float64Array(N);
  const byState = matrix(N, N);
  const byInput = matrix(N, c);
  let smooth = true;
  for (let i = 0; i < N; i++) {
    const drive = rowTimes(W, i, h) + rowTimes(M, i, y) + (bih?.data[i] ?? 0) + (bhh?.data[i] ?? 0);
    next[i] = (1 - leak) * h[i]! + leak * phi(drive);
    const gain = leak * slope(drive);
    smooth &&= activation !== 'relu' || drive !== 0;
    for (let k = 0; k < N; k++) byState.data[i * N + k] = gain * W.data[i * N + k]! + (k === i ? 1 - leak : 0);
    for (let k = 0; k < c; k++) byInput.data[i * c + k] = gain * M.data[i * c + k]!;
  }
  return { next, byState, byInput, smooth };
}

export const RNN: AgentKind<Rnn, RnnTensor | Bias> = {
  units: (agent) => rnnUnits(agent.leak, agent.activation, biasesIn(agent)),
  states: 1,
  cell: rnnCell,
};
