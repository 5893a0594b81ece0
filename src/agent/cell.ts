/**
 * Kinds of agents: what each must say of itself, in its own file (rnn.ts, gru.ts).
 */
import type { KernelTensor, UnitKind } from '../kernel/units.js';
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

/** What is known of a kind of agents A with tensors K. */
export interface AgentKind<A, K extends KernelTensor> {
  /** The units of one of them, as kernels know them. */
  units(agent: A): UnitKind<K>;
  /** One step, h' = f(h, y'), with its derivatives; `h` N numbers, `y` c. */
  cell(agent: A, h: Float64Array, y: Float64Array): Cell;
}
