/**
 * From a protocol of a linear agent to its engines, given initial parameters.
 */

import type { LinearAgent } from '../agent/linear.js';
import { type OrderParameters, orderParametersIn } from '../agent/order-parameters.js';
import { matrix } from '../linalg/matrix.js';
import { type Initial, trainedTensors } from '../problem/agents.js';
import { costOf, type Protocol, plantOf } from '../problem/protocol.js';
import { isNoisy, isPlainDescent, ORDER_PARAMETERS, type TrainedName } from '../problem/schema.js';
import { effectiveEngine } from './effective.js';
import type { Engine } from './engine.js';
import { type FullEngine, fullEngine } from './full.js';
import { gramEngine } from './gram.js';
import type { Explicit } from './snapshots.js';

/** The closed loop of a protocol, as engines take it. */
const loopOf = ({ plant: spec, loss, horizon, batch }: Protocol) => {
  const plant = plantOf(spec);
  return { plant, cost: costOf({ loss, horizon, batch }, plant.A.rows, plant.B.cols), horizon };
};

/** The full engine of a protocol, from given weights. */
export function fullLearner(protocol: Protocol, agent: LinearAgent): FullEngine {
  const { plant, cost, horizon } = loopOf(protocol);
  return fullEngine(plant, agent, cost, horizon, trainedTensors(protocol));
}

/** The Gram engine of a protocol, from given weights without a full-rank part. */
export function gramLearner(protocol: Protocol, agent: LinearAgent): Engine {
  const { plant, cost, horizon } = loopOf(protocol);
  return gramEngine(plant, agent, cost, horizon, trainedTensors(protocol));
}

/**
 * The effective engine of a protocol, from given order parameters.
 * @param trained those that move: all by default, whatever tensors the protocol trains
 */
export function effectiveLearner(
  protocol: Protocol,
  overlaps: OrderParameters,
  trained: readonly TrainedName[] = ORDER_PARAMETERS,
): Engine {
  const { plant, cost, horizon } = loopOf(protocol);
  return effectiveEngine(plant, protocol.agent.leak, overlaps, cost, horizon, trained);
}

/** A learner of a linear agent's explicit parameters. */
export type ExplicitLearner = Explicit<Engine, Initial>;

/** The engine that holds the parameters of a protocol themselves: `full`, or `effective` for order parameters. */
export function explicitLearner(protocol: Protocol, initial: Initial): ExplicitLearner {
  if ('agent' in initial) {
    const engine = fullLearner(protocol, initial.agent);
    return { engine, current: () => ({ agent: engine.agent() }) };
  }
  const engine = effectiveLearner(protocol, initial.overlaps, protocol.trained);
  const { p, c, r } = engine.shape;
  return {
    engine,
    current: () => {
      const K = matrix(p + r, c + r);
      engine.observe(K.data, new Float64Array(0));
      return { overlaps: orderParametersIn(K, p, c) };
    },
  };
}

/** The learner of an agent that is evaluated trial by trial. */
export function trialLearner(protocol: Protocol, initial: Initial): ExplicitLearner {
  const { engine, current } = explicitLearner(protocol, initial);
  return { engine: { ...engine, trialsOf: plantOf(protocol.plant).A.rows }, current };
}

/** Whether learning under a protocol closes on the Gram matrix: low rank, plain gradient descent, no noise. */
export function closesOnGram(protocol: Protocol): boolean {
  const { agent, optimizer } = protocol;
  return agent.kind === 'linear-low-rank' && isPlainDescent(optimizer) && !isNoisy(protocol);
}
