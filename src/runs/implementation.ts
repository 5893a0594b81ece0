/**
 * What a program does: its protocol, and what no protocol has words for.
 *
 * Two implementations rewire the loop. Neither needs an engine of its own: an agent that sees the last observation, or that is
 * called at t = 0 already, is a declared agent on a plant with a delayed state.
 */

import { at, blocks, type Mat, matrix } from '../linalg/matrix.js';
import { dot } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';
import { type Initial, trainedTensors } from '../problem/agents.js';
import { costOf, type Protocol, plantOf, type QuadraticCost } from '../problem/protocol.js';
import { clipFactor } from '../training/descent.js';
import { effectiveEngine } from '../training/effective.js';
import type { Engine } from '../training/engine.js';
import { fullEngine } from '../training/full.js';

/** A protocol as a program carries it out. */
export interface Implementation {
  readonly protocol: Protocol;
  /**
   * As declared; the agent sees y_t where it should see y_{t+1}; it is called at t = 0, so that u_0 ≠ 0; or the loop is as declared
   * and x_1 … x_T are scored.
   */
  readonly wiring: 'declared' | 'late' | 'from zero' | 'scored after';
  /** Whether the loss scores all components of the state, or the first alone. */
  readonly scored: 'all' | 'first';
  /** Factor on the whole loss. */
  readonly lossScale: number;
  /** Factor on the starts. */
  readonly startScale: number;
  /** Weight decay: what the update adds to the clipped gradient, per weight. */
  readonly decay: number;
  /** Whether each tensor's gradient is clipped by its own norm. */
  readonly perTensor: boolean;
}

/** A protocol followed to the letter. */
export function asDeclared(protocol: Protocol): Implementation {
  return {
    protocol,
    wiring: 'declared',
    scored: 'all',
    lossScale: 1,
    startScale: 1,
    decay: 0,
    perTensor: false,
  };
}

/** The loop that an implementation closes. */
export interface Loop {
  readonly plant: Plant;
  readonly cost: QuadraticCost;
  readonly horizon: number;
  /** The plant's start from x₀: as many rows as the plant has states, n columns. */
  readonly embedding: Mat<number>;
}

/** The plant with a second copy of the state behind it. */
function extended({ A, B, C }: Plant, corner: 'late' | 'from zero'): Plant {
  const n = A.rows;
  const unit = matrix(n, n, (i, j) => (i === j ? 1 : 0));
  const none = matrix(n, n);
  const blank = matrix(C.rows, n);
  const input = blocks([[B], [matrix(n, B.cols)]]);
  // Late: (x_t, x_{t−1}), the old one seen. From zero: (0, x_0) before the first step, (x_0, 0) after it.
  return corner === 'late'
    ? {
        A: blocks([
          [A, none],
          [unit, none],
        ]),
        B: input,
        C: blocks([[blank, C]]),
      }
    : {
        A: blocks([
          [A, unit],
          [none, none],
        ]),
        B: input,
        C: blocks([[C, blank]]),
      };
}

/** The loop of an implementation. */
export function loopOf({ protocol, wiring, scored, lossScale, startScale }: Implementation): Loop {
  const plant = plantOf(protocol.plant);
  const n = plant.A.rows;
  const declared = costOf(protocol, n, plant.B.cols);
  const state = declared.state.map((weight, i) => (scored === 'first' && i > 0 ? 0 : lossScale * weight));
  const control = lossScale * declared.control;
  const embedded = (size: number, offset: number): Mat<number> =>
    matrix(size, n, (i, j) => (i === j + offset ? startScale : 0));
  if (wiring === 'declared')
    return { plant, cost: { state, control }, horizon: protocol.horizon, embedding: embedded(n, 0) };
  return {
    plant: extended(plant, wiring === 'late' ? 'late' : 'from zero'),
    cost: { state: Float64Array.from({ length: 2 * n }, (_, i) => (i < n ? state[i]! : 0)), control },
    horizon: protocol.horizon + (wiring === 'late' ? 0 : 1),
    // Scoring x_1 = A x_0 and what follows is a loop from x_1 on, whose agent is called at once.
    embedding:
      wiring === 'scored after'
        ? matrix(2 * n, n, (i, j) => (i < n ? 0 : startScale * at(plant.A, i - n, j)))
        : embedded(2 * n, wiring === 'late' ? 0 : n),
  };
}

/** The engine of an implementation, from given parameters. */
export function engineOf(implementation: Implementation, initial: Initial): Engine {
  const { protocol } = implementation;
  const { plant, cost, horizon } = loopOf(implementation);
  const engine =
    'agent' in initial
      ? fullEngine(plant, initial.agent, cost, horizon, trainedTensors(protocol))
      : effectiveEngine(plant, protocol.agent.leak, initial.overlaps, cost, horizon, protocol.trained);
  return withOwnUpdates(engine, implementation);
}

/** An engine whose gradients, once the update has clipped them, are those that an implementation descends along. */
function withOwnUpdates(engine: Engine, { protocol, decay, perTensor }: Implementation): Engine {
  if (decay === 0 && !perTensor) return engine;
  const { clip } = protocol.optimizer;
  return {
    ...engine,
    evaluate(starts) {
      const evaluation = engine.evaluate(starts);
      const together = clipFactor(evaluation.gradNorm, clip);
      for (const { values, gradient } of engine.parameters ?? []) {
        const norm = Math.sqrt(dot(gradient, 0, gradient, 0, gradient.length));
        const share = perTensor ? clipFactor(norm, clip) / together : 1;
        for (let k = 0; k < gradient.length; k++) gradient[k] = share * gradient[k]! + (decay / together) * values[k]!;
      }
      return evaluation;
    },
  };
}
