/**
 * What a program does: its protocol, and what no protocol has words for.
 *
 * Some implementations rewire the loop. None needs an engine of its own: an agent that sees the last observation, or that is
 * called at t = 0 already, is a declared agent on a plant with a delayed state.
 */

import type { LinearAgent, Tensor } from '../agent/linear.js';
import type { Trainable } from '../kernel/numbers.js';
import { at, blocks, type Mat, map, matrix, scalarMatrix } from '../linalg/matrix.js';
import { axpy, dot } from '../linalg/vector.js';
import type { Cuts } from '../loop/cuts.js';
import type { Plant } from '../plant/plant.js';
import { type Initial, trainedTensors } from '../problem/agents.js';
import { type Cost, costOf, type Protocol, plantOf } from '../problem/protocol.js';
import type { OptimizerSpec } from '../problem/schema.js';
import { clipFactor, type UpdateVariant, updateRule } from '../training/descent.js';
import { effectiveEngine } from '../training/effective.js';
import type { Engine, Perturbable } from '../training/engine.js';
import { type FullEngine, fullEngine } from '../training/full.js';

/** How a program updates and logs otherwise than its protocol says. */
export interface Practice extends UpdateVariant {
  /** Its optimiser. */
  readonly optimizer?: OptimizerSpec;
  /** Tensors that do not move. */
  readonly frozen?: readonly Tensor[];
  /** Gradients are added up over so many epochs before an update, and set to zero after it; with infinitely many, never. */
  readonly accumulates?: number;
  /** The norm is logged that is left after clipping. */
  readonly logsClipped?: boolean;
  /** The share of the loss that is logged which is kept from the row before; of epoch e in a running mean e/(e + 1). */
  readonly keeps?: (epoch: number) => number;
  /** Weights are logged after the update, loss and norm before it. */
  readonly logsLate?: boolean;
}

/** A protocol as a program carries it out. */
export interface Implementation {
  readonly protocol: Protocol;
  /**
   * As declared; the agent sees y_t where it should see y_{t+1}; it is called at t = 0, so that u_0 ≠ 0; or the loop is as declared
   * and x_1 … x_T are scored, with the controls u_1 … u_T or with those that led to them, u_0 … u_{T−1}.
   */
  readonly wiring: 'declared' | 'late' | 'from zero' | 'scored after' | 'states scored after';
  /** Whether the loss scores all components of the state, or the first alone. */
  readonly scored: 'all' | 'first';
  /** Factor on the whole loss. */
  readonly lossScale: number;
  /** Factor on the starts. */
  readonly startScale: number;
  /** Factor on the observations. */
  readonly gain: number;
  /** Where gradients do not flow back. */
  readonly cuts: Cuts;
  readonly practice: Practice;
}

/** A protocol followed to the letter. */
export function asDeclared(protocol: Protocol): Implementation {
  return {
    protocol,
    wiring: 'declared',
    scored: 'all',
    lossScale: 1,
    startScale: 1,
    gain: 1,
    cuts: {},
    practice: {},
  };
}

/** The loop that an implementation closes. */
export interface Loop {
  readonly plant: Plant;
  readonly cost: Cost;
  readonly horizon: number;
  /** The plant's start from x₀: as many rows as the plant has states, n columns. */
  readonly embedding: Mat<number>;
}

/** The plant with the last control behind its state. */
function remembering({ A, B, C }: Plant): Plant {
  const [n, p] = [A.rows, B.cols];
  return {
    A: blocks([
      [A, matrix(n, p)],
      [matrix(p, n), matrix(p, p)],
    ]),
    B: blocks([[B], [scalarMatrix(p, 1)]]),
    C: blocks([[C, matrix(C.rows, p)]]),
  };
}

/** The plant with a second copy of the state behind it. */
function extended({ A, B, C }: Plant, corner: 'late' | 'from zero'): Plant {
  const n = A.rows;
  const unit = scalarMatrix(n, 1);
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
export function loopOf({ protocol, wiring, scored, lossScale, startScale, gain }: Implementation): Loop {
  const { A, B, C } = plantOf(protocol.plant);
  const plant = { A, B, C: map(C, (entry) => gain * entry) };
  const [n, p] = [plant.A.rows, plant.B.cols];
  const declared = costOf(protocol, n, p);
  // Loops that call the agent at their first state take a step before it, which is not scored.
  const early = wiring !== 'declared' && wiring !== 'late';
  const scale = early ? lossScale / declared.discount : lossScale;
  const Q = matrix(n, n, (i, j) => (scored === 'first' && i + j > 0 ? 0 : scale * at(declared.Q, i, j)));
  const R = matrix(p, p, (i, j) => scale * at(declared.R, i, j));
  const cost = { ...declared, Q, R };
  const horizon = early ? protocol.horizon + 1 : protocol.horizon;
  const embedded = (size: number, offset: number, start: Mat<number>): Mat<number> =>
    matrix(size, n, (i, j) => (i < offset || i >= offset + n ? 0 : startScale * at(start, i - offset, j)));
  if (wiring === 'declared') return { plant, cost, horizon, embedding: embedded(n, 0, scalarMatrix(n, 1)) };
  const [late, remembers] = [wiring === 'late', wiring === 'states scored after'];
  const loop = extended(plant, late ? 'late' : 'from zero');
  const size = remembers ? 2 * n + p : 2 * n;
  return {
    plant: remembers ? remembering(loop) : loop,
    cost: {
      ...cost,
      // Behind both copies of the state stands the control that led to it.
      Q: matrix(size, size, (i, j) =>
        Math.max(i, j) < n ? at(Q, i, j) : Math.min(i, j) < 2 * n ? 0 : at(R, i - 2 * n, j - 2 * n),
      ),
      R: remembers ? matrix(p, p) : R,
    },
    horizon,
    // Scoring x_1 = A x_0 and what follows is a loop from x_1 on, whose agent is called at once.
    embedding: embedded(size, late ? 0 : n, remembers || wiring === 'scored after' ? plant.A : scalarMatrix(n, 1)),
  };
}

/** The full engine of an implementation, from given weights. */
export function fullEngineOf(implementation: Implementation, agent: LinearAgent): FullEngine {
  const { protocol, cuts } = implementation;
  const { plant, cost, horizon } = loopOf(implementation);
  // Weights know nothing of the leak that a program has.
  const leaking = { ...agent, leak: protocol.agent.leak };
  return practised(fullEngine(plant, leaking, cost, horizon, trainedTensors(protocol), cuts), implementation);
}

/** The engine of an implementation, from given parameters. */
export function engineOf(implementation: Implementation, initial: Initial): Engine {
  if ('agent' in initial) return fullEngineOf(implementation, initial.agent);
  const { protocol } = implementation;
  const { plant, cost, horizon } = loopOf(implementation);
  const engine = effectiveEngine(plant, protocol.agent.leak, initial.overlaps, cost, horizon, protocol.trained);
  return practised(engine, implementation);
}

/** Whether an epoch ends with an update, and the share of its gradients that is kept after it: PyTorch clips them in place. */
export function accumulation({ accumulates = 1 }: Practice, epoch: number, clip: number) {
  const never = accumulates === Number.POSITIVE_INFINITY;
  const updates = never || (epoch + 1) % accumulates === 0;
  return { updates, kept: never ? clip : updates ? 0 : 1 };
}

/** The loss that is logged in an epoch. @param before what was logged in the row before, if there is one */
export function loggedLoss({ keeps }: Practice, epoch: number, loss: number, before: number | undefined): number {
  const share = keeps && before !== undefined ? keeps(epoch) : 0;
  return share * (before ?? 0) + (1 - share) * loss;
}

/** An engine that updates and logs as an implementation does. */
export function practised<E extends Perturbable>(engine: E, { protocol, practice }: Implementation): E {
  const { optimizer, frozen = [], accumulates = 1, logsClipped = false, keeps: _, logsLate, ...variant } = practice;
  if (Object.keys(practice).length === 0) return engine;
  // Judges repeat runs in double precision.
  const parameters = (engine.parameters ?? []) as readonly Trainable<Float64Array>[];
  const still = new Set(trainedTensors(protocol).flatMap((tensor, k) => (frozen.includes(tensor) ? [k] : [])));
  const spec = optimizer ?? protocol.optimizer;
  const carried = parameters.map(({ gradient }) => new Float64Array(gradient.length));
  let epoch = 0;
  /** Whether this epoch's gradient is still to be taken: rows after the update take another. */
  let first = true;
  /** Of that gradient. */
  let factor = 1;
  /** The losses that were logged last, and in the row before. */
  let [logged, before]: (number | undefined)[] = [];
  /** What is kept of the gradient; PyTorch clips it in place before an update. */
  function carry(): void {
    const { kept } = accumulation(practice, epoch, factor);
    const never = accumulates === Number.POSITIVE_INFINITY;
    const limit = (never ? spec.clipValue : undefined) ?? Number.POSITIVE_INFINITY;
    parameters.forEach(({ gradient }, k) => {
      carried[k]!.forEach((_, i, values) => {
        values[i] = kept === 0 ? 0 : Math.max(-limit, Math.min(limit, kept * gradient[i]!));
      });
    });
  }
  return {
    ...engine,
    ...(logsLate && { logsLate }),
    begin: (next) => {
      epoch = next;
      first = true;
      before = logged;
    },
    evaluate(starts) {
      const evaluation = engine.evaluate(starts);
      parameters.forEach(({ gradient }, k) => {
        if (still.has(k)) gradient.fill(0);
        else if (accumulates !== 1 && first) axpy(1, carried[k]!, 0, gradient, 0, gradient.length);
      });
      const gradNorm = Math.sqrt(
        parameters.reduce((sum, { gradient }) => sum + dot(gradient, 0, gradient, 0, gradient.length), 0),
      );
      if (first) {
        factor = clipFactor(gradNorm, spec.clip);
        if (accumulates !== 1) carry();
        first = false;
      }
      logged = loggedLoss(practice, epoch, evaluation.loss, before);
      const norm = logsClipped ? gradNorm * clipFactor(gradNorm, spec.clip) : gradNorm;
      return {
        loss: evaluation.loss,
        gradNorm,
        logged: { loss: logged, gradNorm: norm, clipFactor: factor },
      };
    },
    updater: (memory) => {
      const own = updateRule(engine, spec, memory, variant);
      return (_, at) => {
        const unmoved = parameters.map(({ values }, k) => still.has(k) && values.slice());
        if (accumulation(practice, at, factor).updates) own(factor, at);
        parameters.forEach(({ values }, k) => {
          if (unmoved[k]) values.set(unmoved[k]);
        });
      };
    },
  };
}
