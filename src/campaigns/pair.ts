/**
 * A paired run: an agent learns in closed loop; then a student of the same initial weights learns, outside the loop, to act as
 * that agent does. Both are deployed while they learn.
 */
import type { Protocol } from '../training/protocol.js';
import type { RnnProtocol } from '../training/rnn-protocol.js';
import { fullRankPair } from './full-rank.js';
import type { Plan } from './grid.js';
import { lowRankPair } from './low-rank.js';
import type { Pair } from './trace.js';
import { trackingPair } from './tracking.js';

/** The paired run of a plan. */
export function pairOf(plan: Plan): Pair {
  const { problem } = plan;
  if (problem.task === 'tracking') return trackingPair(plan, problem.protocol);
  const { protocol, weightScale } = problem;
  return protocol.agent.kind === 'linear-low-rank'
    ? lowRankPair(plan, protocol as Protocol, weightScale)
    : fullRankPair(plan, protocol as RnnProtocol, weightScale);
}
