/**
 * The campaign file, `loop-campaign/1`: a grid of paired runs, as YAML or JSON.
 *
 * A block names a protocol, what all its runs change of it, a list of perturbations, each a further change, perhaps a list of
 * agents, and seeds: one run for each perturbation, agent and seed.
 */

import { parse } from 'yaml';
import { z } from 'zod';
import { LoopproofError } from '../error.js';
import { LIMITS } from '../limits.js';
import { AGENTS } from '../problem/agents.js';
import { PROTOCOLS, type ProtocolName } from '../problem/protocol.js';
import {
  type AgentSpec,
  namedLossSchema,
  noiseSchema,
  type OptimizerSpec,
  optimizerSchema,
  plantSchema,
  startSchema,
  tensorName,
} from '../problem/schema.js';
import { readText } from '../runs/format/file.js';
import { type Format, validated } from '../runs/format/validation.js';
import { type UnknownName, unknownMeasure, unknownVerdict, VERDICTS } from './names.js';

/** The agents that a campaign trains: all that have units. */
export const CAMPAIGN_AGENTS = Object.keys(AGENTS).filter((kind) => kind !== 'effective') as Exclude<
  AgentSpec['kind'],
  'effective'
>[];

const protocolName = z.enum(Object.keys(PROTOCOLS) as ProtocolName[]);

/** The most runs of one campaign. */
export const MOST_RUNS = 100_000;

const name = z.string().regex(/^[^/\n\r|]{1,60}$/, 'a name of 1 to 60 characters without / and |');
const count = (most: number) => z.int().min(1).max(most);
const size = z.number().min(0).max(LIMITS.magnitude);
const seed = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);

type KeysOf<U> = U extends unknown ? keyof U : never;

const optimizers = optimizerSchema.options.map(({ shape }) => shape);

/** The fields of all optimisers, each optional; the changed protocol must fit one of them. */
const optimizerChanges = z
  .strictObject({
    ...(Object.assign({}, ...optimizers) as Record<KeysOf<OptimizerSpec>, z.ZodType>),
    kind: z.enum(optimizers.map(({ kind }) => kind.value)),
  })
  .partial();

/** Fields of a protocol, each optional, and knobs that protocols do not have. */
const changes = {
  agent: z
    .strictObject({
      kind: z.enum(CAMPAIGN_AGENTS),
      N: count(LIMITS.units),
      rank: count(LIMITS.rank),
      leak: z.number().gt(0).max(1),
    })
    .partial()
    .optional(),
  plant: plantSchema.optional(),
  horizon: count(LIMITS.horizon).min(3).optional(),
  start: startSchema.optional(),
  batch: count(LIMITS.batch).optional(),
  loss: z
    .strictObject({ ...namedLossSchema.shape, beta: size })
    .partial()
    .optional(),
  optimizer: optimizerChanges.optional(),
  trained: z.array(tensorName).min(1).optional(),
  epochs: count(LIMITS.epochs).min(2).optional(),
  firstUpdate: z.int().min(0).optional(),
  /** Of full-rank agents' training; f32 by default, as in the paper. */
  precision: z.enum(['f32', 'f64']).optional(),
  /** Factor on the plant's B. */
  feedback: size.optional(),
  /** W ~ this·N(0, 1/N) at the start; 0.1 in the tanh protocols. For low-rank agents a factor on all initial weights. */
  weightScale: size.optional(),
  /** In closed-loop training; deployed losses are without it. */
  noise: noiseSchema.optional(),
};

/** Published findings. */
const expected = z.strictObject({
  /** How many runs had a property, of how many. */
  proportions: z.record(z.string(), z.tuple([z.int().min(0), z.int().min(1)])).optional(),
  medians: z.record(z.string(), z.number()).optional(),
  /** The numbers of a single run. */
  run: z.record(z.string(), z.number()).optional(),
  /** The reason for a difference, shown below the comparison. */
  note: z.string().optional(),
});

const MOST_TRIALS = 10_000;

const givenTrials = z
  .array(z.array(z.number().min(-LIMITS.magnitude).max(LIMITS.magnitude)).min(1).max(MOST_TRIALS))
  .min(1)
  .refine((rows) => rows.every(({ length }) => length === rows[0]!.length));

const measure = z.strictObject({
  /** Horizons of deployed losses beside the protocol's own. */
  horizons: z.array(count(LIMITS.horizon).min(2)).min(1).max(16).optional(),
  /** Epochs between two measurements. */
  every: count(LIMITS.epochs).default(1),
  /** Epochs between two spectra of the coupled loop; 0 for none. */
  spectrumEvery: z.int().min(0).default(1),
  /** Trials that deployed losses are the means over: how many, drawn as starts are, or themselves, a list per state component. */
  trials: z
    .union([count(MOST_TRIALS), givenTrials], { error: 'a number of trials, or lists of equal length' })
    .default(10),
});

const block = z.strictObject({
  name,
  protocol: protocolName,
  ...changes,
  agents: z.array(z.enum(CAMPAIGN_AGENTS)).min(1).optional(),
  perturbations: z
    .array(z.strictObject({ name, protocol: protocolName.optional(), ...changes, expected: expected.optional() }))
    .min(1)
    .default([{ name: 'original' }]),
  seeds: z.union([count(MOST_RUNS), z.array(seed).min(1)], { error: 'a number of seeds, or a list of them' }),
  measure: measure.prefault({}),
  expected: expected.optional(),
});

export const campaignSchema = z.strictObject({
  format: z.literal('loop-campaign/1'),
  name: name.regex(/^[\w.-]+$/, 'a name of letters, digits, . _ -'),
  title: z.string().optional(),
  seed: seed.default(2505),
  blocks: z.array(block).min(1, 'at least one block'),
});

export type Campaign = z.output<typeof campaignSchema>;
export type CampaignBlock = Campaign['blocks'][number];
export type Changes = { readonly [K in keyof typeof changes]?: z.output<(typeof changes)[K]> };
export type Measure = z.output<typeof measure>;
export type Expected = z.output<typeof expected>;

/** How complaints about campaign files read. */
export const CAMPAIGN_FORMAT: Format = {
  code: 'invalid-campaign',
  name: 'campaign',
  hint: 'see the campaign files in spec/campaigns, or `loopproof campaign --help`',
};

function expectUnique(names: readonly string[], where: string): void {
  const twice = names.find((entry, index) => names.indexOf(entry) !== index);
  if (twice !== undefined)
    throw new LoopproofError('invalid-campaign', {
      where,
      received: `${JSON.stringify(twice)} twice`,
      expected: 'names and seeds that differ: results are kept by them',
      hint: 'rename one, or leave it out',
    });
}

/** Findings under names that no run has would never agree with anything. */
function expectKnown({ proportions = {}, medians = {}, run = {} }: Expected, where: string): void {
  const refuse = (field: string, what: string, unknown: UnknownName | undefined): void => {
    if (!unknown) return;
    const { name: received, near } = unknown;
    throw new LoopproofError('invalid-campaign', {
      where: `${where}.${field}`,
      received: `the unknown name ${JSON.stringify(received)}`,
      expected: what,
      hint: `did you mean ${near.slice(0, -1).join(', ')} or ${near.at(-1)}?`,
    });
  };
  refuse('proportions', `what runs are judged on: ${VERDICTS.join(', ')}`, unknownVerdict(Object.keys(proportions)));
  const measures = 'a measure of a run, such as open.peakEpoch';
  refuse('medians', measures, unknownMeasure(Object.keys(medians)));
  refuse('run', measures, unknownMeasure(Object.keys(run)));
}

/** The campaign that a text stands for. @param where its name, for errors @throws LoopproofError */
export function parseCampaign(text: string, where: string): Campaign {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new LoopproofError('invalid-campaign', {
      where,
      received: error instanceof Error ? error.message.split('\n')[0]! : String(error),
      expected: 'one YAML or JSON document',
      hint: CAMPAIGN_FORMAT.hint,
    });
  }
  const campaign = validated(campaignSchema, value, where, CAMPAIGN_FORMAT);
  expectUnique(
    campaign.blocks.map((entry) => entry.name),
    `${where}: blocks`,
  );
  for (const [
    k,
    { name: title, perturbations, agents = [], seeds, expected: published },
  ] of campaign.blocks.entries()) {
    if (published) expectKnown(published, `${where}: blocks[${k}].expected`);
    for (const [j, perturbation] of perturbations.entries())
      if (perturbation.expected)
        expectKnown(perturbation.expected, `${where}: blocks[${k}].perturbations[${j}].expected`);
    expectUnique(
      perturbations.map((entry) => entry.name),
      `${where}: perturbations of ${title}`,
    );
    expectUnique(agents, `${where}: agents of ${title}`);
    if (typeof seeds !== 'number') expectUnique(seeds.map(String), `${where}: seeds of ${title}`);
  }
  return campaign;
}

/** The campaign of a file. */
export function readCampaign(file: string): Campaign {
  return parseCampaign(readText(file, 'a campaign file'), file);
}
