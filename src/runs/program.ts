/**
 * Implementations of the protocol of any agent, as learners of whole weights.
 */

import type { Protocol } from '../problem/protocol.js';
import type { RunProtocol, RunWeights } from '../problem/schema.js';
import type { Perturbable } from '../training/engine.js';
import type { Explicit } from '../training/snapshots.js';
import { asDeclared, type Implementation, practised } from './implementation.js';
import type { WeightsRecord } from './snapshots.js';

/** What is repeated: a protocol, and a learner of given weights. */
export type Repeatable = Pick<WeightsRecord, 'protocol' | 'learner'>;

/** A protocol of any agent, followed to the letter. */
export const declaredOf = (protocol: RunProtocol): Implementation => asDeclared(protocol as unknown as Protocol);

/** Whether an implementation closes the loop as it is declared. */
export const isWired = ({ wiring, scored, startScale, gain, cuts }: Implementation): boolean =>
  wiring === 'declared' && scored === 'all' && startScale === 1 && gain === 1 && Object.keys(cuts).length === 0;

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

/** An implementation of a record's protocol. */
export function programOf({ learnerOf }: Pick<WeightsRecord, 'learnerOf'>, implementation: Implementation): Repeatable {
  const protocol = implementation.protocol as unknown as RunProtocol;
  return {
    protocol,
    learner(weights: RunWeights): Explicit {
      const { engine, current } = learnerOf(protocol, weights);
      return { engine: practised(scaled(engine, implementation.lossScale), implementation), current };
    },
  };
}
