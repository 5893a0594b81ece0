/**
 * From a campaign to its runs. Everything random in a run follows from the campaign's seed and the run's identifier, so that
 * its outcome is the same whatever the order, the workers and the machine that it ran on.
 */
import { createHash } from 'node:crypto';
import { LoopproofError } from '../error.js';
import { scale, toRows } from '../linalg/matrix.js';
import { deriveSeed } from '../linalg/random.js';
import { reals } from '../linalg/ring.js';
import { validated } from '../runs/read.js';
import { protocolSchema } from '../runs/schema.js';
import { type PlantSpec, type Protocol, plantOf, type TrainedName } from '../training/protocol.js';
import type { RnnProtocol } from '../training/rnn-protocol.js';
import {
  type Block,
  CAMPAIGN_FORMAT,
  CAMPAIGN_PROTOCOLS,
  type Campaign,
  type Changes,
  type Expected,
  type Measure,
  MOST_RUNS,
} from './schema.js';

/** A closed-loop protocol with the knobs that it does not have itself. */
export interface Problem {
  readonly protocol: Protocol | RnnProtocol;
  readonly weightScale?: number;
}

/** One run of a campaign: all that its outcome depends on. */
export interface Plan {
  /** block/condition/seed. */
  readonly id: string;
  /** Of all that follows: outcomes of another campaign of the same name are told by it. */
  readonly digest: string;
  readonly task: 'regulation';
  readonly problem: Problem;
  readonly measure: Measure & { readonly horizons: readonly number[] };
  /** Seed of the run's random numbers. */
  readonly seed: number;
  /** Seed of the trials that agents are deployed on, the same for all runs of a campaign. */
  readonly trialsSeed: number;
}

/** The runs that differ by their seed only. */
export interface Condition {
  readonly name: string;
  readonly expected?: Expected;
  readonly plans: readonly Plan[];
}

/** A block with its runs. */
export interface PlannedBlock {
  readonly name: string;
  readonly expected?: Expected;
  readonly conditions: readonly Condition[];
}

const LOW_RANK: Record<'Wih' | 'Whh' | 'Who', readonly TrainedName[]> = { Wih: ['m'], Whh: ['U', 'V'], Who: ['z'] };

/** The same tensors by the names that they have in low-rank agents, where W = U·Vᵀ. */
function lowRankNames(trained: readonly TrainedName[]): TrainedName[] {
  return trained.flatMap((name) => LOW_RANK[name as keyof typeof LOW_RANK] ?? [name]);
}

/** A plant with its B scaled. */
function withFeedback(spec: PlantSpec, factor: number): PlantSpec {
  if (factor === 1) return spec;
  const { A, B, C } = plantOf(spec);
  return { kind: 'linear', A: toRows(A), B: toRows(scale(reals, factor, B)), C: toRows(C) };
}

type Change = Omit<Changes, 'expected'>;

/** The problem that a protocol becomes by changes, the later over the earlier. @throws LoopproofError for no protocol */
function problemOf(base: keyof typeof CAMPAIGN_PROTOCOLS, changes: readonly Change[], where: string): Problem {
  const start: Protocol | RnnProtocol = CAMPAIGN_PROTOCOLS[base];
  let draft = { ...start, agent: { ...start.agent } as object } as Record<string, unknown>;
  for (const { agent, loss, optimizer, feedback: _f, weightScale: _w, observationNoise: _o, ...rest } of changes) {
    const merge = (key: string, part: object | undefined): object => ({ ...(draft[key] as object), ...part });
    draft = {
      ...draft,
      ...rest,
      agent: merge('agent', agent),
      loss: merge('loss', loss),
      optimizer: merge('optimizer', optimizer),
    };
  }
  const last = <K extends keyof Change>(key: K): Change[K] =>
    changes.findLast((change) => change[key] !== undefined)?.[key];
  const agent = draft['agent'] as { kind: string; rank?: number };
  if (agent.kind === 'linear-low-rank') {
    agent.rank ??= 1;
    draft['trained'] = lowRankNames(draft['trained'] as TrainedName[]);
  }
  const protocol = validated(protocolSchema, draft, where, CAMPAIGN_FORMAT) as Protocol | RnnProtocol;
  const refuse = (field: string, received: string, expected: string): never => {
    throw new LoopproofError('invalid-campaign', {
      where: `${where}: ${field}`,
      received,
      expected,
      hint: CAMPAIGN_FORMAT.hint,
    });
  };
  if (protocol.start?.kind === 'population')
    refuse('start', 'a population', 'starts that can be drawn, which trials need');
  const lowRank = protocol.agent.kind === 'linear-low-rank';
  const names: readonly string[] = lowRank ? ['m', 'z', 'U', 'V'] : ['Wih', 'Whh', 'Who'];
  const stranger = protocol.trained.find((name) => !names.includes(name));
  if (stranger) refuse('trained', stranger, `tensors of a ${protocol.agent.kind} agent: ${names.join(', ')}`);
  const { optimizer } = protocol;
  if (lowRank && (optimizer.kind !== 'sgd' || optimizer.momentum))
    refuse(
      'optimizer',
      optimizer.kind === 'sgd' ? 'momentum' : optimizer.kind,
      'plain SGD: learning then closes on the Gram matrix',
    );
  const noise = last('observationNoise') ?? 0;
  if (lowRank && noise > 0)
    refuse('observationNoise', String(noise), 'a full-rank agent: batches do not collapse under noise');
  const weightScale = last('weightScale');
  return {
    protocol: {
      ...(!lowRank && { precision: 'f32' }),
      ...protocol,
      plant: withFeedback(protocol.plant, last('feedback') ?? 1),
      ...(noise > 0 && { observationNoise: noise }),
    } as Protocol | RnnProtocol,
    ...(weightScale !== undefined && { weightScale }),
  };
}

/** A short digest of a value. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

const seedsOf = ({ seeds }: Block): readonly number[] =>
  typeof seeds === 'number' ? Array.from({ length: seeds }, (_, k) => k) : seeds;

const plural = <T>(list: readonly T[] | undefined): number => list?.length ?? 1;

/** All the runs of a campaign, in the order of its file. @param where the file's name, for errors @throws LoopproofError */
export function expand(campaign: Campaign, where: string): PlannedBlock[] {
  const total = campaign.blocks.reduce(
    (sum, block) =>
      sum +
      plural(block.agents) *
        block.perturbations.length *
        (typeof block.seeds === 'number' ? block.seeds : block.seeds.length),
    0,
  );
  if (total > MOST_RUNS)
    throw new LoopproofError('too-large', {
      where: `${where}: blocks`,
      received: `${total} runs`,
      expected: `at most ${MOST_RUNS}`,
      hint: 'lower the number of seeds, or split the campaign',
    });
  const trialsSeed = deriveSeed(campaign.seed, 'trials');
  return campaign.blocks.map((block) => {
    const { name, task, protocol, agents, perturbations, measure, expected, seeds: _s, ...common } = block;
    const conditions = (agents ?? [undefined]).flatMap((kind) =>
      perturbations.map(({ name: title, expected: published, ...change }): Condition => {
        const label = kind === undefined ? title : perturbations.length === 1 ? kind : `${kind}, ${title}`;
        const ofAgent = kind === undefined ? [] : [{ agent: { kind } }];
        const problem = problemOf(protocol, [common, ...ofAgent, change], `${where}: ${name}/${label}`);
        const horizons = [...new Set([...(measure.horizons ?? []), problem.protocol.horizon])].sort((a, b) => a - b);
        const measured = { ...measure, horizons };
        const plans = seedsOf(block).map((number): Plan => {
          const id = `${name}/${label}/${number}`;
          const content = { task, problem, measure: measured, seed: deriveSeed(campaign.seed, id), trialsSeed };
          return { id, digest: digestOf(content), ...content };
        });
        return { name: label, plans, ...(published && { expected: published }) };
      }),
    );
    return { name, conditions, ...(expected && { expected }) };
  });
}

/** The runs of planned blocks, in their order. */
export function plansOf(blocks: readonly PlannedBlock[]): Plan[] {
  return blocks.flatMap(({ conditions }) => conditions.flatMap(({ plans }) => plans));
}
