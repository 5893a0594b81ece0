/**
 * The two trainers that claims about learning are turned on, and the faults that their mutants have.
 */
import type { Agent } from '#src/agent/agent.js';
import type { LearningCurve } from '#src/training/curve.js';
import { fullLearner, gramLearner } from '#src/training/learner.js';
import type { Protocol } from '#src/training/protocol.js';
import type { MomentSource } from '#src/training/start.js';
import { train } from '#src/training/train.js';

/** Runs a learning problem and records its curve. */
export type Trainer = (protocol: Protocol, agent: Agent, moments: MomentSource) => LearningCurve;

/** Trains N units. */
export const trainFull: Trainer = (protocol, agent, moments) => train(fullLearner(protocol, agent), protocol, moments);

/** Trains the factor of the Gram matrix. */
export const trainGram: Trainer = (protocol, agent, moments) => train(gramLearner(protocol, agent), protocol, moments);

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
  ({ optimizer, ...rest }) => ({ ...rest, optimizer: { ...optimizer, lr: factor * optimizer.lr } });

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
