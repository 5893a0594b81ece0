/**
 * From a protocol to a learner: the plant, the initial parameters and the engine that it names.
 */

import { fullRankInitial, lowRankInitial } from '../agent/initial.js';
import type { LinearAgent, Tensor } from '../agent/linear.js';
import { type OrderParameters, orderParametersIn } from '../agent/order-parameters.js';
import { matrix } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { effectiveEngine } from './effective.js';
import type { Engine } from './engine.js';
import { type FullEngine, fullEngine } from './full.js';
import { gramEngine } from './gram.js';
import { costOf, type Protocol, plantOf, type TrainedName } from './protocol.js';

/** Initial parameters: an agent's weights, or the order parameters of an `effective` agent. */
export type Initial = { readonly agent: LinearAgent } | { readonly overlaps: OrderParameters };

const TENSOR_OF: Record<TrainedName, Tensor> = { m: 'M', z: 'Z', U: 'U', V: 'V', Wih: 'M', Whh: 'W', Who: 'Z' };

/** The tensors that a protocol trains. */
export function trainedTensors(protocol: Pick<Protocol, 'trained'>): Tensor[] {
  return protocol.trained.map((name) => TENSOR_OF[name]);
}

/**
 * Initial weights drawn as the protocol's agent kind prescribes (agent/initial.ts).
 * @throws RangeError for `effective` agents, which have no random initialisation.
 */
export function drawInitial(protocol: Protocol, random: Stream): Initial {
  const { agent } = protocol;
  const { B, C } = plantOf(protocol.plant);
  const [p, c] = [B.cols, C.rows];
  switch (agent.kind) {
    case 'linear-low-rank':
      return { agent: lowRankInitial({ N: agent.N, c, p, r: agent.rank }, agent.leak, random) };
    case 'linear':
      return { agent: fullRankInitial({ N: agent.N, c, p }, agent.leak, random) };
    case 'effective':
      throw new RangeError('an effective agent needs initial overlaps');
  }
}

/** The full engine of a protocol, from given weights. */
export function fullLearner(protocol: Protocol, agent: LinearAgent): FullEngine {
  const plant = plantOf(protocol.plant);
  const cost = costOf(protocol, plant.A.rows, plant.B.cols);
  return fullEngine(plant, agent, cost, protocol.horizon, trainedTensors(protocol));
}

/** The Gram engine of a protocol, from given weights without a full-rank part. */
export function gramLearner(protocol: Protocol, agent: LinearAgent): Engine {
  const plant = plantOf(protocol.plant);
  const cost = costOf(protocol, plant.A.rows, plant.B.cols);
  return gramEngine(plant, agent, cost, protocol.horizon, trainedTensors(protocol));
}

/** The effective engine of a protocol, from given order parameters. */
export function effectiveLearner(protocol: Protocol, overlaps: OrderParameters): Engine {
  const plant = plantOf(protocol.plant);
  const cost = costOf(protocol, plant.A.rows, plant.B.cols);
  return effectiveEngine(plant, protocol.agent.leak, overlaps, cost, protocol.horizon);
}

/** A learner with explicit parameters, which can be read at any time. */
export interface ExplicitLearner {
  readonly engine: Engine;
  /** A copy of the parameters as they are now. */
  readonly current: () => Initial;
}

/** The engine that holds the parameters of a protocol themselves: `full`, or `effective` for order parameters. */
export function explicitLearner(protocol: Protocol, initial: Initial): ExplicitLearner {
  if ('agent' in initial) {
    const engine = fullLearner(protocol, initial.agent);
    return { engine, current: () => ({ agent: engine.agent() }) };
  }
  const engine = effectiveLearner(protocol, initial.overlaps);
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

/** Whether learning under a protocol closes on the Gram matrix: low rank, plain gradient descent. */
export function closesOnGram({ agent, optimizer }: Protocol): boolean {
  return agent.kind === 'linear-low-rank' && optimizer.kind === 'sgd' && !optimizer.momentum;
}
