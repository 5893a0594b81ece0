/**
 * Deployed losses: the closed-loop losses of a run's agents. The agents may have learned in closed loop or open.
 */

import type { Mat } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { deployedCost, plantOf, type RnnProtocol } from '../problem/protocol.js';
import { drawBatch } from '../problem/start.js';
import { type LearningCurve, rowOf } from './curve.js';
import { type ReducedProblem, reducedLoss } from './reduced.js';
import type { ClosedLoop } from './rnn.js';

/** Trials that a deployed loss is measured on. */
export const DEPLOYED_TRIALS = 10;

/** The loop that a protocol's agents are deployed in, at its own horizon or another: its loss is `deployedCost`. */
export function deployedLoop(protocol: RnnProtocol, trials: number, horizon = protocol.horizon): ClosedLoop {
  return { plant: plantOf(protocol.plant), cost: deployedCost(protocol, horizon), horizon, batch: trials };
}

/** Fixed trials to deploy agents on, n × `DEPLOYED_TRIALS`; `undefined` for protocols without starts that have trials. */
export function deployedStarts(protocol: RnnProtocol, random: Stream): Mat<number> | undefined {
  return protocol.start && drawBatch(protocol.start, plantOf(protocol.plant).A.rows, DEPLOYED_TRIALS, random);
}

/**
 * The closed-loop loss of every epoch's order parameters; NaN where the curve has ended.
 * @param starts factor of the moments of x₀
 */
export function deployedLosses(
  { epochs, overlaps }: Pick<LearningCurve, 'epochs' | 'overlaps'>,
  problem: ReducedProblem,
  starts: Mat<number>,
): Float64Array {
  const lossOf = reducedLoss(problem);
  const E = new Float64Array(overlaps.length / epochs);
  return Float64Array.from({ length: epochs }, (_, epoch) => lossOf(rowOf(overlaps, epochs, epoch), starts, E));
}
