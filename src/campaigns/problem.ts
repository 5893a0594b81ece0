/**
 * What a run learns: a protocol with the changes that its block, its agent and its perturbation make of it.
 */
import { z } from 'zod';
import { LoopproofError } from '../error.js';
import { LIMITS } from '../limits.js';
import { scale, toRows } from '../linalg/matrix.js';
import { reals } from '../linalg/ring.js';
import { validated } from '../runs/format/read.js';
import { optimizerSchema, protocolSchema } from '../runs/format/schema.js';
import { type PlantSpec, PROTOCOLS, type Protocol, plantOf, type TrainedName } from '../training/protocol.js';
import { RNN_PROTOCOLS, type RnnProtocol } from '../training/rnn-protocol.js';
import { TRACKING, type TrackingProtocol } from '../training/tracking-protocol.js';
import { CAMPAIGN_FORMAT, type Changes, type ProtocolName } from './schema.js';

/** A closed-loop learning problem, with the knobs that its protocol does not have itself. */
export type Problem =
  | { readonly task: 'regulation'; readonly protocol: Protocol | RnnProtocol; readonly weightScale?: number }
  | { readonly task: 'tracking'; readonly protocol: TrackingProtocol };

const REGULATION: Record<Exclude<ProtocolName, 'tracking'>, Protocol | RnnProtocol> = {
  'artifact-lowrank': PROTOCOLS['artifact-lowrank'],
  ...RNN_PROTOCOLS,
};

type Knob = 'feedback' | 'weightScale' | 'observationNoise';

/** A protocol with the fields of all changes in place of its own, the later over the earlier, and the knobs. */
function changed(
  base: object,
  changes: readonly Changes[],
): { draft: Record<string, unknown>; knobs: Pick<Changes, Knob> } {
  const [draft, knobs]: Record<string, unknown>[] = [{ ...base }, {}];
  const isKnob = (key: string): boolean => ['feedback', 'weightScale', 'observationNoise'].includes(key);
  for (const [key, value] of changes.flatMap((change) => Object.entries(change))) {
    if (value === undefined) continue;
    if (isKnob(key)) knobs![key] = value;
    else if (['agent', 'loss', 'optimizer'].includes(key))
      draft![key] = { ...(draft![key] as object), ...(value as object) };
    else draft![key] = value;
  }
  return { draft: draft!, knobs: knobs! };
}

/** The tensors that an agent may train. */
const TENSORS: Readonly<Record<'full rank' | 'linear-low-rank' | 'gru', readonly string[]>> = {
  'full rank': ['Wih', 'Whh', 'Who'],
  'linear-low-rank': ['m', 'z', 'U', 'V'],
  gru: ['Wih', 'Whh', 'Who', 'bih', 'bhh'],
};

const LOW_RANK: Record<string, readonly TrainedName[]> = { Wih: ['m'], Whh: ['U', 'V'], Who: ['z'] };

/** A plant with its B scaled. */
function withFeedback(spec: PlantSpec, factor: number): PlantSpec {
  if (factor === 1) return spec;
  const { A, B, C } = plantOf(spec);
  return { kind: 'linear', A: toRows(A), B: toRows(scale(reals, factor, B)), C: toRows(C) };
}

type Refuse = (field: string, received: string, expected: string) => never;

/** What a schema cannot tell of a regulation protocol. */
function expectTrainable(
  { agent, start, trained, optimizer }: Protocol | RnnProtocol,
  { observationNoise: noise = 0, weightScale }: Pick<Changes, Knob>,
  refuse: Refuse,
): void {
  const lowRank = agent.kind === 'linear-low-rank';
  if (start?.kind !== 'uniform' && start?.kind !== 'normal')
    refuse('start', start?.kind ?? 'nothing', 'uniform or normal starts, drawn afresh for every epoch');
  const names = TENSORS[agent.kind === 'linear-low-rank' || agent.kind === 'gru' ? agent.kind : 'full rank'];
  const unknown = trained.find((name) => !names.includes(name));
  if (unknown) refuse('trained', unknown, `tensors of a ${agent.kind} agent: ${names.join(', ')}`);
  if (lowRank && (optimizer.kind !== 'sgd' || optimizer.momentum)) {
    const received = optimizer.kind === 'sgd' ? 'momentum' : optimizer.kind;
    refuse('optimizer', received, 'plain SGD: learning then closes on the Gram matrix');
  }
  if (agent.kind === 'gru' && weightScale !== undefined)
    refuse('weightScale', String(weightScale), 'an RNN: a GRU starts as PyTorch draws it');
  if (lowRank && noise > 0)
    refuse('observationNoise', String(noise), 'a full-rank agent: batches do not collapse under noise');
}

function regulation(base: Protocol | RnnProtocol, changes: readonly Changes[], where: string, refuse: Refuse): Problem {
  const { draft, knobs } = changed(base, changes);
  const { feedback = 1, weightScale, observationNoise: noise = 0 } = knobs;
  const agent = draft['agent'] as { kind: string };
  const lowRank = agent.kind === 'linear-low-rank';
  if (lowRank) {
    draft['agent'] = { rank: 1, ...agent };
    // The same tensors by the names that they have where W = U·Vᵀ.
    draft['trained'] = (draft['trained'] as TrainedName[]).flatMap((name) => LOW_RANK[name] ?? [name]);
  } else draft['precision'] ??= 'f32';
  if (agent.kind === 'gru') {
    const { leak: _, ...gated } = draft['agent'] as { leak?: number };
    draft['agent'] = gated;
    if (!changes.some(({ trained }) => trained)) draft['trained'] = TENSORS.gru;
  }
  const protocol = validated(protocolSchema, draft, where, CAMPAIGN_FORMAT) as Protocol | RnnProtocol;
  expectTrainable(protocol, knobs, refuse);
  return {
    task: 'regulation',
    protocol: {
      ...protocol,
      plant: withFeedback(protocol.plant, feedback),
      ...(noise > 0 && { observationNoise: noise }),
    } as Protocol | RnnProtocol,
    ...(weightScale !== undefined && { weightScale }),
  };
}

const count = (most: number) => z.int().min(1).max(most);

/** What may be changed of the tracking protocol. */
const trackingChanges = z.strictObject({
  agent: z.strictObject({
    kind: z.literal('linear', 'a linear agent'),
    N: count(LIMITS.units),
    leak: z.number().gt(0).max(1),
  }),
  horizon: count(LIMITS.horizon),
  batch: count(LIMITS.batch),
  optimizer: optimizerSchema,
  trained: z.array(z.enum(['Wih', 'Whh', 'Who'])),
  epochs: count(LIMITS.epochs),
  firstUpdate: z.int().min(0),
});

function tracking(changes: readonly Changes[], where: string): Problem {
  const { agent, horizon, batch, optimizer, trained, epochs, firstUpdate, ...rest } = TRACKING;
  const { draft, knobs } = changed({ agent, horizon, batch, optimizer, trained, epochs, firstUpdate }, changes);
  const protocol = validated(trackingChanges, { ...draft, ...knobs }, where, CAMPAIGN_FORMAT);
  return { task: 'tracking', protocol: { ...rest, ...protocol } as TrackingProtocol };
}

/** The problem that a protocol becomes by changes. @param where what it is of, for errors @throws LoopproofError */
export function problemOf(base: ProtocolName, changes: readonly Changes[], where: string): Problem {
  if (base === 'tracking') return tracking(changes, where);
  return regulation(REGULATION[base], changes, where, (field, received, expected) => {
    const { hint } = CAMPAIGN_FORMAT;
    throw new LoopproofError('invalid-campaign', { where: `${where}: ${field}`, received, expected, hint });
  });
}
