/**
 * The Gram engine: learning closed on the Gram matrix of the columns Q = [M Zᵀ U V] (theory.md §2.4).
 *
 * The loss depends on K = HᵀJ with H = [Zᵀ V], J = [M U]; so ∂L/∂H = J·Eᵀ and ∂L/∂J = H·E are combinations of the columns,
 * and one step is Q' = Q·R. With Q = Q₀·F, Q₀ orthonormal, F' = F·R: an epoch costs O(T) and nothing in N. Iterating F
 * instead of G = FᵀF keeps G positive semidefinite where columns are dependent.
 */

import {
  type Column,
  columnsOf,
  inputColumns,
  observeColumns,
  outputColumns,
  perturbStretches,
} from '../agent/gram.js';
import { type LinearAgent, shapeOf, type Tensor } from '../agent/linear.js';
import { triangularFactor } from '../linalg/factor.js';
import type { Mat } from '../linalg/matrix.js';
import { transpose } from '../linalg/matrix.js';
import { axpy, dot } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';
import type { Engine } from './engine.js';
import type { QuadraticCost } from './protocol.js';
import { type ReducedLoss, reducedLoss } from './reduced.js';

/**
 * A learner whose state is the factor F of the Gram matrix, min(N, d) × d.
 *
 * @param plant n states, p controls, c observations
 * @param agent the initial weights, without a full-rank part
 * @param cost weights of the quadratic loss
 * @param horizon number of scored states
 * @param trained any of M, Z, U, V
 * @param reduced loss of the order parameters; that of the problem by default
 * @throws RangeError if the agent has a full-rank part: nothing closes then.
 */
export function gramEngine(
  plant: Plant,
  agent: LinearAgent,
  cost: QuadraticCost,
  horizon: number,
  trained: readonly Tensor[],
  reduced?: ReducedLoss,
): Engine {
  const { leak } = agent;
  return gramDescent(agent, trained, reduced ?? reducedLoss({ plant, leak, cost, horizon, rank: agent.U.cols }));
}

/** Descent on any loss of the order parameters, in closed loop or open. @throws RangeError as `gramEngine`. */
export function gramDescent(agent: LinearAgent, trained: readonly Tensor[], lossOf: ReducedLoss): Engine {
  if (agent.W) throw new RangeError('learning closes on the Gram matrix only without a full-rank part W₀');
  const shape = shapeOf(agent);
  const { c, p, r } = shape;
  const factor: Mat<number> = transpose(triangularFactor(columnsOf(agent)));
  const [d, length] = [factor.rows, factor.cols];
  // Column j of F is the stretch of `length` entries at j·length; likewise its gradient.
  const F = Float64Array.from({ length: d * length }, (_, k) => factor.data[k]!);
  const D = new Float64Array(F.length);
  const columns: Column[] = Array.from({ length: d }, (_, j) => ({ values: F, offset: j * length }));
  const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
  const K = new Float64Array(outputs.length * inputs.length);
  const E = new Float64Array(K.length);
  const trains = new Set(trained);
  const tensorOf = (j: number): Tensor => (j < c ? 'M' : j < c + p ? 'Z' : j < c + p + r ? 'U' : 'V');
  const moves = Array.from({ length: d }, (_, j) => trains.has(tensorOf(j)));

  return {
    shape,
    evaluate(starts) {
      for (let i = 0, k = 0; i < outputs.length; i++)
        for (let j = 0; j < inputs.length; j++, k++)
          K[k] = dot(F, outputs[i]! * length, F, inputs[j]! * length, length);
      const loss = lossOf(K, starts, E);
      D.fill(0);
      for (let i = 0, k = 0; i < outputs.length; i++)
        for (let j = 0; j < inputs.length; j++, k++) {
          const [h, m] = [outputs[i]!, inputs[j]!];
          if (moves[h]) axpy(E[k]!, F, m * length, D, h * length, length);
          if (moves[m]) axpy(E[k]!, F, h * length, D, m * length, length);
        }
      return { loss, gradNorm: Math.sqrt(dot(D, 0, D, 0, D.length)) };
    },
    descend: (step) => axpy(-step, D, 0, F, 0, F.length),
    observe: (overlaps, gram) => observeColumns(shape, columns, length, overlaps, gram),
    perturb: (random, relative) => perturbStretches(F, length, random, relative),
  };
}
