/**
 * Implementations of the protocol of any agent, as learners of whole weights.
 */

import type { Agent, TensorOf } from '../agent/agent.js';
import type { LinearAgent } from '../agent/linear.js';
import { kernelFor } from '../kernel/choose.js';
import { times } from '../linalg/matrix.js';
import { trainedTensors } from '../problem/agents.js';
import type { ProblemKind } from '../problem/kinds.js';
import type { Protocol, RnnProtocol } from '../problem/protocol.js';
import type { RunProtocol, RunWeights } from '../problem/schema.js';
import type { Perturbable } from '../training/engine.js';
import { PROBLEMS } from '../training/problems.js';
import { closedLoopRnn } from '../training/rnn.js';
import type { Explicit } from '../training/snapshots.js';
import { asDeclared, fullEngineOf, type Implementation, loopOf, practised } from './implementation.js';
import type { WeightsRecord } from './snapshots.js';

/** What is repeated: a protocol, and a learner of given weights. */
export type Repeatable = Pick<WeightsRecord, 'protocol' | 'learner'>;

/** What is known of a record whose protocol is implemented otherwise. */
type Wirable = Pick<WeightsRecord, 'kind' | 'protocol' | 'learnerOf'>;

/** A protocol of any agent, followed to the letter. */
export const declaredOf = (protocol: RunProtocol): Implementation => asDeclared(protocol as unknown as Protocol);

/** Whether an implementation of a record's protocol can be run: loops that are declared, or closed otherwise where that is known. */
export const isRunnable = ({ kind, protocol }: Wirable, implementation: Implementation): boolean =>
  isWired(implementation) || kind === 'moments' || (kind === 'batches' && protocol.mode === 'closed-loop');

/** Whether an implementation closes the loop as it is declared, from starts of whatever width: these are scaled where they are drawn. */
export const isWired = ({ wiring, scored, gain, cuts }: Implementation): boolean =>
  wiring === 'declared' && scored === 'all' && gain === 1 && Object.keys(cuts).length === 0;

/** A learner whose loss is scaled, gradients and all. */
function scaled<E extends Perturbable>(engine: E, factor: number): E {
  if (factor === 1) return engine;
  return {
    ...engine,
    evaluate(data) {
      const { loss, gradNorm } = engine.evaluate(data);
      for (const { gradient } of engine.parameters ?? [])
        for (let k = 0; k < gradient.length; k++) gradient[k]! *= factor;
      return { loss: factor * loss, gradNorm: factor * gradNorm };
    },
  };
}

/** A learner in a loop that is closed otherwise than declared. */
function rewired(kind: ProblemKind, implementation: Implementation, weights: RunWeights): Explicit {
  const { protocol } = implementation;
  const { plant, cost, horizon, embedding } = loopOf(implementation);
  /** Starts, or a factor of their moments, are those of a larger plant. */
  const begun = <E extends Perturbable>(engine: E): E => ({
    ...engine,
    evaluate: (starts) => engine.evaluate(times(embedding, starts)),
  });
  if (kind === 'moments') {
    const { agent } = PROBLEMS.moments.read(weights, protocol) as { readonly agent: LinearAgent };
    const engine = fullEngineOf(implementation, agent);
    return { engine: begun(engine), current: () => ({ agent: engine.agent() }) };
  }
  const initial = PROBLEMS.batches.read(weights, protocol as unknown as RnnProtocol);
  const loop = { plant, cost, horizon, batch: protocol.batch, cuts: implementation.cuts };
  const engine = closedLoopRnn(loop, initial, trainedTensors<TensorOf<Agent>>(protocol), kernelFor('f64'));
  return { engine: begun(practised(engine, implementation)), current: engine.rnn };
}

/** An implementation of a record's protocol. */
export function programOf({ kind, learnerOf }: Wirable, implementation: Implementation): Repeatable {
  const protocol = implementation.protocol as unknown as RunProtocol;
  return {
    protocol,
    learner(weights: RunWeights): Explicit {
      if (!isWired(implementation)) return rewired(kind, implementation, weights);
      const { engine, current } = learnerOf(protocol, weights);
      return { engine: practised(scaled(engine, implementation.lossScale), implementation), current };
    },
  };
}
