/**
 * Kinds of agents: what each must say of itself, in its own file (rnn.ts, gru.ts, lstm.ts).
 */
import type { Bias, KernelTensor, UnitKind } from '../kernel/units.js';
import type { Mat, Matrix } from '../linalg/matrix.js';

/** Biases that an agent may have or not: of the inputs and of the recurrence, N × 1 for each gate, and of the read-out, p × 1. */
export type Biases = { readonly [K in Bias]?: Mat<number> };

/** The biases that an agent has. */
export function biasesIn(agent: Biases): readonly Bias[] {
  return (['bih', 'bhh', 'bho'] as const).filter((name) => agent[name] !== undefined);
}

/** An agent's step at a point. Its state is h, N numbers; of an LSTM (h, s), 2N. */
export interface Cell {
  /** The next state. */
  readonly next: Float64Array;
  /** Its derivatives by the state. */
  readonly byState: Matrix;
  /** Its derivatives by y', a column for each of c. */
  readonly byInput: Matrix;
  /** Whether there are derivatives: not at the corner of a relu, where its slope counts as 0. */
  readonly smooth: boolean;
}

/** What is known of a kind of agents A with tensors K. */
export interface AgentKind<A, K extends KernelTensor> {
  /** The units of one of them, as kernels know them. */
  units(agent: A): UnitKind<K>;
  /** Numbers of the state for each unit. */
  readonly states: number;
  /** One step with its derivatives; `y` c numbers. */
  cell(agent: A, state: Float64Array, y: Float64Array): Cell;
}
