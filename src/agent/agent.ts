/**
 * Recurrent agents of any kind: what training, local Jacobians and run files need to know of them.
 */
import type { KernelWeights } from '../kernel/kernel.js';
import type { KernelTensor, UnitKind } from '../kernel/units.js';
import { type Mat, matrix, rowTimes } from '../linalg/matrix.js';
import type { AgentKind, Cell } from './cell.js';
import { GRU, type Gru } from './gru.js';
import type { AgentShape } from './linear.js';
import { LSTM, type Lstm } from './lstm.js';
import { RNN, type Rnn } from './rnn.js';

/** An RNN, a GRU or an LSTM. */
export type Agent = Rnn | Gru | Lstm;

/** The names of an agent's tensors. */
export type TensorOf<A extends Agent> = A extends Agent ? Extract<keyof A, KernelTensor> : never;

function kindOf<A extends Agent>(agent: A): AgentKind<A, TensorOf<A>> {
  const kind = 'activation' in agent ? RNN : 'cell' in agent ? LSTM : GRU;
  return kind as unknown as AgentKind<A, TensorOf<A>>;
}

/** The units of an agent, as kernels know them. */
export function unitKindOf<A extends Agent>(agent: A): UnitKind<TensorOf<A>> {
  return kindOf(agent).units(agent);
}

/** The names of an agent's tensors. */
export function tensorsOf<A extends Agent>(agent: A): readonly TensorOf<A>[] {
  return unitKindOf(agent).tensors;
}

/** The sizes of an agent; its rank counts as 0, as that of any agent without low-rank factors. */
export function agentShape({ M, Z }: Agent): AgentShape {
  return { N: Z.cols, c: M.cols, p: Z.rows, r: 0 };
}

/** An agent of other weights, row by row. */
export function withWeights<A extends Agent>(agent: A, weights: KernelWeights<TensorOf<A>>): A {
  const like = ({ rows, cols }: Mat<number>, data: ArrayLike<number>): Mat<number> =>
    matrix(rows, cols, (i, j) => data[i * cols + j]!);
  const entries = tensorsOf(agent).map((tensor) => [tensor, like(tensorIn(agent, tensor), weights[tensor])]);
  return { ...agent, ...Object.fromEntries(entries) };
}

/** The weights of an agent, row by row. */
export function weightsIn<A extends Agent>(agent: A): KernelWeights<TensorOf<A>> {
  return Object.fromEntries(
    tensorsOf(agent).map((tensor) => [tensor, tensorIn(agent, tensor).data]),
  ) as unknown as KernelWeights<TensorOf<A>>;
}

/** A tensor by its name. */
export function tensorIn<A extends Agent>(agent: A, tensor: TensorOf<A>): Mat<number> {
  return (agent as unknown as Record<TensorOf<A>, Mat<number>>)[tensor];
}

/** What an agent makes of its hidden state: u = Z·h + bho. @param h N numbers */
export function controlOf({ Z, bho }: Agent, h: Float64Array): Float64Array {
  return Float64Array.from({ length: Z.rows }, (_, k) => rowTimes(Z, k, h) + (bho ? bho.data[k]! : 0));
}

/** Numbers of an agent's state: N, of an LSTM 2N. */
export function stateSize(agent: Agent): number {
  return kindOf(agent).states * agentShape(agent).N;
}

/** One step of an agent, with its derivatives. @param state `stateSize` numbers @param y c numbers */
export function cellOf(agent: Agent, state: Float64Array, y: Float64Array): Cell {
  return kindOf(agent).cell(agent, state, y);
}
