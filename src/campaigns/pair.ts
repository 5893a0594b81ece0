/**
 * A paired run of the regulation task: an agent learns in closed loop; then a student of the same initial weights learns, on
 * white observations, to act as that agent does. Both are deployed while they learn.
 */
import type { Protocol } from '../training/protocol.js';
import type { RnnProtocol } from '../training/rnn-protocol.js';
import { fullRankPair } from './full-rank.js';
import type { Plan } from './grid.js';
import { lowRankPair } from './low-rank.js';
import type { Trace } from './trace.js';

/** The phases of a paired run; no student where the agent itself diverged. */
export interface Pair {
  readonly closed: Trace;
  readonly open?: Trace;
}

/** The paired run of a plan. */
export function pairOf(plan: Plan): Pair {
  const { protocol } = plan.problem;
  return protocol.agent.kind === 'linear-low-rank'
    ? lowRankPair(plan, protocol as Protocol)
    : fullRankPair(plan, protocol as RnnProtocol);
}
