/**
 * The two trainers that claims about learning are turned on, and the faults that their mutants have.
 */

import type { LinearAgent, Tensor } from '#src/agent/linear.js';
import { at, type Mat, matrix } from '#src/linalg/matrix.js';
import { isStable } from '#src/loop/stability.js';
import type { Plant } from '#src/plant/plant.js';
import { trainedTensors } from '#src/problem/agents.js';
import { type Cost, costOf, type Protocol, plantOf } from '#src/problem/protocol.js';
import { ratesTimes } from '#src/problem/schema.js';
import type { DataSource } from '#src/problem/start.js';
import { PERSISTENCE } from '#src/stages/spectral.js';
import { positionOverlap } from '#src/stages/turn.js';
import { type LearningCurve, orderParametersAt, rowOf } from '#src/training/curve.js';
import type { Engine } from '#src/training/engine.js';
import { fullLearner, gramLearner } from '#src/training/learner.js';
import { train } from '#src/training/train.js';
import { rowsBetween } from './curves.js';

/** Whether a run has answered what it is asked, with a row of its curve. */
export type Enough = (curve: LearningCurve, epoch: number) => boolean;

/** Runs a learning problem and records its curve, to the end or to where that is enough. */
export type Trainer = (protocol: Protocol, agent: LinearAgent, moments: DataSource, enough?: Enough) => LearningCurve;

const trainer =
  (learner: (protocol: Protocol, agent: LinearAgent) => Engine): Trainer =>
  (protocol, agent, moments, isEnough = () => false) => {
    let rows = protocol.epochs;
    const curve = train(learner(protocol, agent), protocol, moments, {
      afterEpoch(epoch, curve) {
        if (isEnough(curve, epoch)) rows = epoch + 1;
      },
      enough: () => rows < protocol.epochs,
    });
    return rowsBetween(curve, 0, rows);
  };

/** Trains N units. */
export const trainFull = trainer(fullLearner);

/** Trains the factor of the Gram matrix. */
export const trainGram = trainer(gramLearner);

/** Whether the loop has been stable for as many epochs as count as stabilisation: a fresh one for every run. */
export function hasStabilised({ plant, agent }: Protocol): Enough {
  const exact = plantOf(plant);
  let lasting = 0;
  return (curve, epoch) => {
    const finite = rowOf(curve.overlaps, curve.epochs, epoch).every(Number.isFinite);
    lasting = finite && isStable(exact, agent.leak, orderParametersAt(curve, epoch)) ? lasting + 1 : 0;
    return lasting === PERSISTENCE;
  };
}

/** Whether σ_zm has turned from a direction, as `measuredTurn` reads it off. */
export const hasTurned =
  (direction: 1 | -1): Enough =>
  (curve, epoch) =>
    epoch > 0 && !((positionOverlap(curve, epoch) - positionOverlap(curve, epoch - 1)) * direction > 0);

/** Makes the engine of a problem. */
type EngineOf<E extends Engine> = (
  plant: Plant,
  agent: LinearAgent,
  cost: Cost,
  horizon: number,
  trained: readonly Tensor[],
) => E;

/**
 * Learners of agents that act at once, h₀ = η·M·y₀ and u₀ = Z·h₀. Their run is that of agents at rest a step earlier, from
 * A⁻¹x₀: that step is taken without control, and the cost of A⁻¹x₀ depends on no weight. For chains of integrators.
 */
export function actingAtOnce<E extends Engine>(engineOf: EngineOf<E>): (protocol: Protocol, agent: LinearAgent) => E {
  return (protocol, agent) => {
    const plant = plantOf(protocol.plant);
    const { A, B } = plant;
    const cost = costOf(protocol, A.rows, B.cols);
    const engine = engineOf(plant, agent, cost, protocol.horizon + 1, trainedTensors(protocol));
    const evaluate: Engine['evaluate'] = (starts) => {
      const earlier = stepBack(A, starts);
      const { loss, gradNorm } = engine.evaluate(earlier);
      let extra = 0;
      for (let i = 0; i < earlier.rows; i++)
        for (let j = 0; j < earlier.cols; j++) extra += at(cost.Q, i, i) * at(earlier, i, j) ** 2;
      return { loss: loss - extra, gradNorm };
    };
    return { ...engine, evaluate };
  };
}

/** A⁻¹X for an A with ones on the diagonal and zeros below. */
function stepBack(A: Mat<number>, X: Mat<number>): Mat<number> {
  const earlier = matrix(X.rows, X.cols, (i, j) => at(X, i, j));
  for (let i = X.rows - 2; i >= 0; i--)
    for (let k = i + 1; k < X.rows; k++)
      for (let j = 0; j < X.cols; j++) earlier.data[i * X.cols + j]! -= at(A, i, k) * at(earlier, k, j);
  return earlier;
}

/** A protocol misread. */
export type Fault = (protocol: Protocol) => Protocol;

export const clipTimes =
  (factor: number): Fault =>
  ({ optimizer, ...rest }) => ({
    ...rest,
    optimizer: { ...optimizer, clip: optimizer.clip === null ? null : factor * optimizer.clip },
  });

export const rateTimes =
  (factor: number): Fault =>
  ({ optimizer, ...rest }) => ({ ...rest, optimizer: { ...optimizer, lr: ratesTimes(optimizer, factor) } });

export const horizonTimes =
  (factor: number): Fault =>
  (protocol) => ({ ...protocol, horizon: Math.round(factor * protocol.horizon) });

export const oneStepMore: Fault = (protocol) => ({ ...protocol, horizon: protocol.horizon + 1 });

export const inputsTrained: Fault = (protocol) => ({ ...protocol, trained: ['m', 'z', 'U', 'V'] });

export const sumOverTime: Fault = (protocol) => ({ ...protocol, loss: { ...protocol.loss, state: 'sum-mean' } });

export const velocityLeftOut: Fault = (protocol) => ({ ...protocol, loss: { ...protocol.loss, state: 'position' } });

export const penaltyLeftOut: Fault = (protocol) => ({ ...protocol, loss: { ...protocol.loss, beta: 0 } });

/** A function of a protocol that reads it with a fault. */
export function misreading<Rest extends readonly unknown[], Result>(
  fault: Fault,
  run: (protocol: Protocol, ...rest: Rest) => Result,
): (protocol: Protocol, ...rest: Rest) => Result {
  return (protocol, ...rest) => run(fault(protocol), ...rest);
}
