/**
 * The kinds of learning problem that this version trains, and which protocols belong to each:
 *
 * - `moments`: a linear agent without biases in closed loop. Its loss depends on a batch through second moments only.
 * - `trials`: a low-rank agent in closed loop with noise. Every trial is rolled out.
 * - `batches`: any other agent of full matrices, in closed loop or taught in open loop. Every trial is rolled out.
 * - `tracking`: a linear agent without biases that makes a cursor follow a reference.
 *
 * training/problems.ts holds what each kind does.
 */
import type { Agent } from '../agent/agent.js';
import { AGENTS, agentFrom, hasBiases, isRecurrent } from './agents.js';
import type { Protocol, RnnProtocol, TrackingProtocol } from './protocol.js';
import { isMatrixLoss, isNoisy, type RunProtocol, type RunWeights } from './schema.js';

/** A protocol of a kind, or the reason why this kind does not cover it. */
export type Support<P> = P | { readonly unsupported: string };

const NO_TRIALS = 'a population of starts has no trials: agents on whole batches need drawn or fixed starts';

/** The protocol of a file as one of each kind; single precision unless it says otherwise. */
const SUPPORT = {
  moments(protocol: RunProtocol, weights?: RunWeights): Support<{ readonly protocol: Protocol }> {
    const { mode, agent, start, tracking, inputs: _inputs, teacher: _teacher, ...rest } = protocol;
    if (tracking) return { unsupported: 'tracking has no order parameters: starts and snapshots decide' };
    if (mode !== 'closed-loop') return { unsupported: `order parameters do not describe ${mode} runs` };
    if (agent.kind !== 'linear-low-rank' && agent.kind !== 'linear' && agent.kind !== 'effective')
      return { unsupported: `order parameters do not describe ${agent.kind} agents` };
    if (hasBiases(protocol, weights)) return { unsupported: 'order parameters do not describe agents with biases' };
    if (isNoisy(protocol))
      return {
        unsupported: 'protocol.noise is declared, and what it drew is unknown: order parameters do not tell losses',
      };
    return { protocol: { precision: 'f32', ...rest, mode, agent, start: start! } };
  },
  trials(protocol: RunProtocol): Support<{ readonly protocol: Protocol }> {
    const { noise, ...quiet } = protocol;
    if (protocol.agent.kind !== 'linear-low-rank')
      return { unsupported: `${protocol.agent.kind} agents are not rolled out by their vectors` };
    if (quiet.start?.kind === 'population') return { unsupported: NO_TRIALS };
    const support = SUPPORT.moments(quiet);
    return 'unsupported' in support ? support : { protocol: { ...support.protocol, ...(noise && { noise }) } };
  },
  batches(protocol: RunProtocol): Support<{ readonly protocol: RnnProtocol; readonly teacher?: Agent }> {
    const { agent, teacher, tracking, ...rest } = protocol;
    if (tracking) return { unsupported: 'tracking has a protocol of its own' };
    if (!isRecurrent(agent)) return { unsupported: `${agent.kind} agents in open loop are not covered yet` };
    if (rest.start?.kind === 'population')
      return {
        unsupported: NO_TRIALS,
      };
    const { mode, inputs } = rest;
    if (mode === 'open-loop' && isMatrixLoss(rest.loss))
      return { unsupported: 'a loss by its matrices Q and R is of closed loops' };
    if (mode === 'open-loop' && inputs?.kind !== 'white-observation' && inputs?.kind !== 'fixed')
      return { unsupported: `inputs of kind ${inputs?.kind ?? 'none'} are not for full-rank agents` };
    // Mode, starts and inputs were checked together: by the conditions above, and on reading.
    const known = { precision: 'f32', ...rest, agent } as RnnProtocol;
    return { protocol: known, ...(teacher && { teacher: agentFrom(teacher, { agent }) }) };
  },
  tracking(protocol: RunProtocol, weights?: RunWeights): Support<{ readonly protocol: TrackingProtocol }> {
    const { agent, plant, tracking, loss, mode } = protocol;
    if (!tracking) return { unsupported: 'the protocol has no reference to follow' };
    if (agent.kind !== 'linear') return { unsupported: `${agent.kind} agents do not track` };
    if (hasBiases(protocol, weights)) return { unsupported: 'tracking with biases is not covered yet' };
    if (plant.kind !== 'cursor') return { unsupported: `a ${plant.kind} plant does not track` };
    if (isMatrixLoss(loss) || mode !== 'closed-loop' || loss.state !== 'position' || loss.beta !== 0)
      return { unsupported: 'tracking in open loop, or with another loss' };
    return { protocol: { ...protocol, mode, plant, agent, tracking, loss: { state: loss.state, beta: 0 } } };
  },
};

/** The discriminant of a learning problem. */
export type ProblemKind = keyof typeof SUPPORT;

/** A protocol as one of a given kind, or the reason why it is not. @param weights of the agent, where they are known */
export function supportOf<K extends ProblemKind>(
  kind: K,
  protocol: RunProtocol,
  weights?: RunWeights,
): ReturnType<(typeof SUPPORT)[K]> {
  return SUPPORT[kind](protocol, weights) as ReturnType<(typeof SUPPORT)[K]>;
}

/** The kind that trains a protocol. @param weights of the agent, where they are known */
export function kindOf(protocol: RunProtocol, weights?: RunWeights): ProblemKind {
  const { tracking, mode, agent } = protocol;
  if (tracking) return 'tracking';
  if (isNoisy(protocol)) return isRecurrent(agent) ? 'batches' : 'trials';
  const collapses = AGENTS[agent.kind].collapses && !hasBiases(protocol, weights);
  return collapses && (mode === 'closed-loop' || !isRecurrent(agent)) ? 'moments' : 'batches';
}
