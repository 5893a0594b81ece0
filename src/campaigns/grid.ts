/**
 * From a campaign to its runs. Everything random in a run follows from the campaign's seed and the run's identifier: order, workers
 * and machine do not change its outcome.
 */

import { createHash } from 'node:crypto';
import { LoopproofError } from '../error.js';
import { deriveSeed } from '../linalg/random.js';
import { plantOf } from '../problem/protocol.js';
import { type Problem, problemOf } from './problem.js';
import {
  CAMPAIGN_FORMAT,
  type Campaign,
  type CampaignBlock,
  type Expected,
  type Measure,
  MOST_RUNS,
} from './schema.js';

/** One run of a campaign: all that its outcome depends on. */
export interface Plan {
  /** block/condition/seed. */
  readonly id: string;
  /** Digest of all that follows: it distinguishes outcomes of another campaign of the same name. */
  readonly digest: string;
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

/** A short digest of a value. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

const seedsOf = ({ seeds }: CampaignBlock): readonly number[] =>
  typeof seeds === 'number' ? Array.from({ length: seeds }, (_, k) => k) : seeds;

const plural = <T>(list: readonly T[] | undefined): number => list?.length ?? 1;

/** Trials that are given are starts of the plant. */
function expectTrials({ trials }: Measure, { kind, protocol }: Problem, where: string): void {
  if (typeof trials === 'number') return;
  const states = kind === 'tracking' ? 0 : plantOf(protocol.plant).A.rows;
  if (trials.length === states) return;
  throw new LoopproofError('invalid-campaign', {
    where: `${where}: measure.trials`,
    received: `lists for ${trials.length} state components`,
    expected: states === 0 ? 'a number: trials of tracking are drawn' : `lists for ${states}`,
    hint: CAMPAIGN_FORMAT.hint,
  });
}

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
    const { name, protocol, agents, perturbations, measure, expected, seeds: _s, ...common } = block;
    const conditions = (agents ?? [undefined]).flatMap((kind) =>
      perturbations.map(({ name: title, protocol: other, expected: published, ...change }): Condition => {
        const label = kind === undefined ? title : perturbations.length === 1 ? kind : `${kind}, ${title}`;
        const ofAgent = kind === undefined ? [] : [{ agent: { kind } }];
        const problem = problemOf(other ?? protocol, [common, ...ofAgent, change], `${where}: ${name}/${label}`);
        expectTrials(measure, problem, `${where}: ${name}/${label}`);
        const horizons = [...new Set([...(measure.horizons ?? []), problem.protocol.horizon])].sort((a, b) => a - b);
        const measured = { ...measure, horizons };
        const plans = seedsOf(block).map((number): Plan => {
          const id = `${name}/${label}/${number}`;
          const content = { problem, measure: measured, seed: deriveSeed(campaign.seed, id), trialsSeed };
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
