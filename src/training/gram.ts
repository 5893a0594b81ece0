/**
 * The Gram engine: learning closed on the Gram matrix of the columns Q = [M Zᵀ U V].
 *
 * The loss depends on K = HᵀJ with H = [Zᵀ V], J = [M U]; so ∂L/∂H = J·Eᵀ and ∂L/∂J = H·E are combinations of the columns,
 * and one step is Q' = Q·R. With Q = Q₀·F, Q₀ orthonormal, F' = F·R: an epoch costs O(T) and nothing in N. Iterating F
 * instead of G = FᵀF keeps G positive semidefinite where columns are dependent.
 */

import {
  adoptProducts,
  columnCount,
  columnsOf,
  inputColumns,
  observeColumns,
  outputColumns,
  perturbStretches,
  tensorOfColumn,
} from '../agent/gram.js';
import { type AgentShape, type LinearAgent, shapeOf, type Tensor } from '../agent/linear.js';
import type { Trainable } from '../kernel/numbers.js';
import { triangularFactor } from '../linalg/factor.js';
import { transpose } from '../linalg/matrix.js';
import { axpy, dot } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';
import type { Cost } from '../problem/protocol.js';
import type { Engine } from './engine.js';
import { type ReducedLoss, reducedLoss } from './reduced.js';

/** A step of descent on a loss of the order parameters, as it moves columns: those of Q, or F where Q = Q₀·F. */
export interface ColumnStep {
  /** Per column, whether it is trained. */
  readonly moves: readonly boolean[];
  /** Writes ∂L/∂F for given E = ∂L/∂K: 0 for columns that are not trained. F and D have one column after the other. */
  gradient(F: Float64Array, length: number, E: Float64Array, D: Float64Array): void;
}

/** The step that moves the columns of given tensors. */
export function columnStep(shape: Omit<AgentShape, 'N'>, trained: readonly Tensor[]): ColumnStep {
  const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
  const moves = Array.from({ length: columnCount(shape) }, (_, j) => trained.includes(tensorOfColumn(shape, j)));
  const pairs = outputs.flatMap((h) => inputs.map((m) => ({ h, m })));
  return {
    moves,
    gradient(F, length, E, D) {
      D.fill(0);
      for (let k = 0; k < pairs.length; k++) {
        const { h, m } = pairs[k]!;
        if (moves[h]) axpy(E[k]!, F, m * length, D, h * length, length);
        if (moves[m]) axpy(E[k]!, F, h * length, D, m * length, length);
      }
    },
  };
}

/** An engine whose state is the factor F of the Gram matrix, min(N, d) × d: column j from j·rows on. */
export interface GramEngine extends Engine {
  readonly factor: Trainable<Float64Array>;
  /** Rows of F. */
  readonly rows: number;
}

/**
 * A learner whose state is the factor F of the Gram matrix.
 *
 * @param plant n states, p controls, c observations
 * @param agent the initial weights, without a full-rank part
 * @param cost weights of the loss
 * @param horizon number of scored states
 * @param trained any of M, Z, U, V
 * @param reduced loss of the order parameters; that of the problem by default
 * @throws RangeError if the agent has a full-rank part: nothing closes then.
 */
export function gramEngine(
  plant: Plant,
  agent: LinearAgent,
  cost: Cost,
  horizon: number,
  trained: readonly Tensor[],
  reduced?: ReducedLoss,
): GramEngine {
  const { leak } = agent;
  return gramDescent(agent, trained, reduced ?? reducedLoss({ plant, leak, cost, horizon, rank: agent.U.cols }));
}

/** Descent on any loss of the order parameters, in closed loop or open. @throws RangeError as `gramEngine`. */
export function gramDescent(agent: LinearAgent, trained: readonly Tensor[], lossOf: ReducedLoss): GramEngine {
  if (agent.W) throw new RangeError('learning closes on the Gram matrix only without a full-rank part W₀');
  const shape = shapeOf(agent);
  const transposed = transpose(triangularFactor(columnsOf(agent)));
  const [d, rows] = [transposed.rows, transposed.cols];
  const F = Float64Array.from({ length: d * rows }, (_, k) => transposed.data[k]!);
  const D = new Float64Array(F.length);
  const columns = Array.from({ length: d }, (_, j) => ({ values: F, offset: j * rows }));
  const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
  const K = new Float64Array(outputs.length * inputs.length);
  const E = new Float64Array(K.length);
  const { gradient } = columnStep(shape, trained);

  return {
    shape,
    evaluate(starts) {
      for (let i = 0, k = 0; i < outputs.length; i++)
        for (let j = 0; j < inputs.length; j++, k++) K[k] = dot(F, outputs[i]! * rows, F, inputs[j]! * rows, rows);
      const loss = lossOf(K, starts, E);
      gradient(F, rows, E, D);
      return { loss, gradNorm: Math.sqrt(dot(D, 0, D, 0, D.length)) };
    },
    descend: (step) => axpy(-step, D, 0, F, 0, F.length),
    observe: (overlaps, gram) => observeColumns(shape, columns, rows, overlaps, gram),
    adopt: (overlaps, gram) => adoptProducts(shape, columns, rows, overlaps, gram),
    perturb: (random, relative) => perturbStretches(F, rows, random, relative),
    factor: { values: F, gradient: D },
    rows,
  };
}
