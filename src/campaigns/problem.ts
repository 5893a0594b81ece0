/**
 * What a run learns: a protocol with the changes that its block, its agent and its perturbation make of it.
 */

import { z } from 'zod';
import { LoopproofError } from '../error.js';
import { scale, toRows } from '../linalg/matrix.js';
import { reals } from '../linalg/ring.js';
import { AGENTS, isRecurrent, recurrentFacts } from '../problem/agents.js';
import type { ProblemKind } from '../problem/kinds.js';
import {
  PROTOCOLS,
  type Protocol,
  type ProtocolName,
  plantOf,
  type RnnProtocol,
  type TrackingProtocol,
} from '../problem/protocol.js';
import {
  type AgentSpec,
  agentSchema,
  besideDescent,
  isNoisy,
  type PlantSpec,
  protocolSchema,
  type RunProtocol,
  type TensorName,
  type TrainedName,
} from '../problem/schema.js';
import { validated } from '../runs/format/validation.js';
import { CAMPAIGN_FORMAT, type Changes } from './schema.js';

/** Low-rank agents with noise are not in campaigns: their learning does not close on the Gram matrix. */
export type CampaignKind = Exclude<ProblemKind, 'trials'>;

interface Protocols {
  readonly moments: Protocol;
  readonly batches: RnnProtocol;
  readonly tracking: TrackingProtocol;
}

/** A closed-loop learning problem of a kind. */
export type ProblemOf<K extends CampaignKind> = {
  [P in K]: {
    readonly kind: P;
    readonly protocol: Protocols[P];
    /** Scale of the initial weights: a knob that protocols do not have. */
    readonly weightScale?: number;
  };
}[K];

/** A closed-loop learning problem. */
export type Problem = ProblemOf<CampaignKind>;

type Knob = 'feedback' | 'weightScale';

/** A protocol with the fields of all changes in place of its own, the later over the earlier, and the knobs. */
function changed(
  base: object,
  changes: readonly Changes[],
): { draft: Record<string, unknown>; knobs: Pick<Changes, Knob> } {
  const [draft, knobs]: Record<string, unknown>[] = [{ ...base }, {}];
  const isKnob = (key: string): boolean => ['feedback', 'weightScale'].includes(key);
  for (const [key, value] of changes.flatMap((change) => Object.entries(change))) {
    if (value === undefined) continue;
    if (isKnob(key)) knobs![key] = value;
    else if (['agent', 'loss', 'optimizer'].includes(key))
      draft![key] = { ...(draft![key] as object), ...(value as object) };
    else draft![key] = value;
  }
  return { draft: draft!, knobs: knobs! };
}

/** The tensors of a low-rank agent in place of those of a full-rank one: W = U·Vᵀ. */
const LOW_RANK: Readonly<Record<string, readonly TensorName[]>> = { Wih: ['m'], Whh: ['U', 'V'], Who: ['z'] };

/** A plant with its B scaled. */
function withFeedback(spec: PlantSpec, factor: number): PlantSpec {
  if (factor === 1) return spec;
  const { A, B, C } = plantOf(spec);
  return { kind: 'linear', A: toRows(A), B: toRows(scale(reals, factor, B)), C: toRows(C) };
}

type Refuse = (field: string, received: string, expected: string) => never;

/** Conditions of a regulation problem that its schema does not express. */
function expectTrainable(protocol: RunProtocol, { weightScale }: Pick<Changes, Knob>, refuse: Refuse): void {
  const { agent, start, trained, optimizer } = protocol;
  if (start?.kind !== 'uniform' && start?.kind !== 'normal')
    refuse('start', start?.kind ?? 'nothing', 'uniform or normal starts, drawn anew in every epoch');
  if (isRecurrent(agent)) {
    if (weightScale !== undefined && !recurrentFacts(agent).scaled)
      refuse('weightScale', String(weightScale), 'an RNN: gated agents start as PyTorch draws them');
  } else {
    const beside = besideDescent(optimizer);
    if (beside !== undefined) refuse('optimizer', beside, 'plain SGD: learning then closes on the Gram matrix');
    if (isNoisy(protocol))
      refuse('noise', JSON.stringify(protocol.noise), 'a full-rank agent: batches do not collapse under noise');
  }
  expectTensors(agent, trained, refuse);
}

function expectSchedule(
  { optimizer: { lr }, epochs }: Pick<RunProtocol, 'optimizer' | 'epochs'>,
  refuse: Refuse,
): void {
  if (typeof lr !== 'number' && lr.length !== epochs)
    refuse('optimizer.lr', `a list of ${lr.length} numbers`, `one for each of ${epochs} epochs, or a number`);
}

function expectTensors({ kind }: AgentSpec, trained: readonly TrainedName[], refuse: Refuse): void {
  const names: readonly TrainedName[] = AGENTS[kind].tensors;
  const unknown = trained.find((name) => !names.includes(name));
  if (unknown) refuse('trained', unknown, `tensors of a ${kind} agent: ${names.join(', ')}`);
}

/** A draft whose agent has the fields of its kind, and trains the tensors that this kind has. */
function fitted(draft: Record<string, unknown>, changes: readonly Changes[]): Record<string, unknown> {
  const { leak, ...agent } = draft['agent'] as { kind: AgentSpec['kind']; leak?: number };
  const trained = draft['trained'] as readonly TensorName[];
  const known = agentSchema.options.find(({ shape }) => shape.kind.value === agent.kind)!.shape;
  const withLeak = { ...agent, ...('leak' in known && leak !== undefined && { leak }) };
  if (agent.kind === 'linear-low-rank')
    return { ...draft, agent: { rank: 1, ...withLeak }, trained: trained.flatMap((name) => LOW_RANK[name] ?? [name]) };
  const { gates, tensors } = AGENTS[agent.kind];
  const all = gates > 1 && !changes.some((change) => change.trained);
  return { precision: 'f32', ...draft, agent: withLeak, trained: all ? tensors : trained };
}

function regulation(base: object, changes: readonly Changes[], where: string, refuse: Refuse): Problem {
  const { draft, knobs } = changed(base, changes);
  const { feedback = 1, weightScale } = knobs;
  const protocol = validated(protocolSchema, fitted(draft, changes), where, CAMPAIGN_FORMAT);
  expectTrainable(protocol, knobs, refuse);
  expectSchedule(protocol, refuse);
  return {
    kind: isRecurrent(protocol.agent) ? 'batches' : 'moments',
    protocol: { ...protocol, plant: withFeedback(protocol.plant, feedback) },
    ...(weightScale !== undefined && { weightScale }),
  } as Problem;
}

/** What may be changed of the tracking protocol. */
const trackingChanges = protocolSchema
  .pick({ horizon: true, batch: true, optimizer: true, trained: true, epochs: true, firstUpdate: true })
  .extend({ agent: z.strictObject({ ...agentSchema.options[1].shape, kind: z.literal('linear', 'a linear agent') }) });

function tracking(changes: readonly Changes[], where: string, refuse: Refuse): Problem {
  const { agent, horizon, batch, optimizer, trained, epochs, firstUpdate, ...rest } = PROTOCOLS.tracking;
  const { draft, knobs } = changed({ agent, horizon, batch, optimizer, trained, epochs, firstUpdate }, changes);
  const protocol = validated(trackingChanges, { ...draft, ...knobs }, where, CAMPAIGN_FORMAT);
  expectTensors(protocol.agent, protocol.trained, refuse);
  expectSchedule(protocol, refuse);
  return { kind: 'tracking', protocol: { ...rest, ...protocol } };
}

/** The problem that a protocol becomes by changes. @param where what it is of, for errors @throws LoopproofError */
export function problemOf(base: ProtocolName, changes: readonly Changes[], where: string): Problem {
  const refuse: Refuse = (field, received, expected) => {
    const { hint } = CAMPAIGN_FORMAT;
    throw new LoopproofError('invalid-campaign', { where: `${where}: ${field}`, received, expected, hint });
  };
  return base === 'tracking' ? tracking(changes, where, refuse) : regulation(PROTOCOLS[base], changes, where, refuse);
}
