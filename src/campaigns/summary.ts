/**
 * What a campaign found, condition by condition. Diverged runs are results: they count against every proportion, are listed
 * with their epochs, and enter no average.
 */
import { median } from '../linalg/median.js';
import { Stream } from '../linalg/random.js';
import { brief } from '../words.js';
import { type PlannedBlock, plansOf } from './grid.js';
import type { RunOutcome } from './outcome.js';
import type { Campaign, Expected } from './schema.js';
import { bootstrapInterval, fisherExact, mean, rankTest } from './statistics.js';

/** Confidence of reported intervals. */
const LEVEL = 0.95;

/** A published number that chance separates from ours more rarely than this does not agree with it. */
const DISAGREEMENT = 0.01;

/**
 * The same for the numbers of a single published run together, shared out equally among them: a rank among n runs cannot be
 * rarer than 2/(n + 1), so that a smaller level would let fewer runs agree with anything.
 */
const RUN_DISAGREEMENT = 0.2;

type Interval = readonly [number, number];

/** One measure over the finished runs of a condition that have it. */
export interface MeasureSummary {
  readonly n: number;
  readonly median: number;
  readonly medianInterval: Interval;
  /** Absent where a number is infinite. */
  readonly mean?: number;
  readonly meanInterval?: Interval;
}

/** A published finding beside ours. */
export interface PublishedComparison {
  readonly quantity: string;
  readonly published: string;
  readonly ours: string;
  /** Absent where there are too few runs to tell. */
  readonly agrees?: boolean;
}

/** The runs of a condition, or of a whole block. */
export interface GroupSummary {
  readonly name: string;
  readonly runs: number;
  readonly finished: number;
  readonly missing: number;
  readonly diverged: readonly { readonly id: string; readonly phase: string; readonly epoch: number }[];
  /** Runs with a property, of all that have an outcome. */
  readonly proportions: Readonly<Record<string, readonly [number, number]>>;
  readonly measures: Readonly<Record<string, MeasureSummary>>;
  readonly comparisons: readonly PublishedComparison[];
  /** What the campaign file says of them. */
  readonly note?: string;
}

/** A block and its conditions. */
export interface BlockSummary extends GroupSummary {
  readonly conditions: readonly GroupSummary[];
}

/** What the runs took, each on one thread. */
export interface TimeSummary {
  /** Of all runs together. */
  readonly hours: number;
  readonly longest: { readonly id: string; readonly seconds: number };
}

/** All of a campaign. */
export interface CampaignSummary {
  readonly campaign: string;
  readonly title?: string;
  readonly seed: number;
  readonly runs: number;
  readonly finished: number;
  readonly diverged: number;
  readonly missing: number;
  /** The one part that is not the same each time; absent before the first run. */
  readonly time?: TimeSummary;
  readonly blocks: readonly BlockSummary[];
}

function measureSummary(values: readonly number[], random: Stream): MeasureSummary {
  const finite = values.every(Number.isFinite);
  return {
    n: values.length,
    median: median(values),
    medianInterval: bootstrapInterval(values, median, LEVEL, random.child('median')),
    ...(finite && { mean: mean(values), meanInterval: bootstrapInterval(values, mean, LEVEL, random.child('mean')) }),
  };
}

/** A published median agrees if it is within chance of ours, were it as uncertain as ours: √2 times our interval. */
function medianAgrees(published: number, values: readonly number[], random: Stream): boolean {
  const ours = median(values);
  const [low, high] = bootstrapInterval(values, median, 1 - DISAGREEMENT, random);
  return published >= ours - Math.SQRT2 * (ours - low) && published <= ours + Math.SQRT2 * (high - ours);
}

/** A number of a single run. @param numbers how many are held against ours of the same run */
function compareRun(
  quantity: string,
  published: number,
  values: readonly number[],
  numbers: number,
): PublishedComparison {
  const level = RUN_DISAGREEMENT / numbers;
  const chance = rankTest(published, values);
  return {
    quantity: `one run’s ${quantity}`,
    published: brief(published),
    ours: values.length === 0 ? '–' : `median ${brief(median(values))}, p = ${brief(chance)}`,
    ...(2 / (values.length + 1) <= level && { agrees: chance > level }),
  };
}

function compare(
  expected: Expected | undefined,
  proportions: GroupSummary['proportions'],
  valuesOf: (measure: string) => readonly number[],
  random: Stream,
): PublishedComparison[] {
  if (!expected) return [];
  const { proportions: shares = {}, medians = {}, run = {} } = expected;
  return [
    ...Object.entries(shares).map(([quantity, [successes, trials]]): PublishedComparison => {
      const [ours, of] = proportions[quantity] ?? [0, 0];
      return {
        quantity,
        published: `${successes}/${trials}`,
        ours: `${ours}/${of}`,
        agrees: of > 0 && fisherExact(ours, of, successes, trials) >= DISAGREEMENT,
      };
    }),
    ...Object.entries(medians).map(([quantity, published]): PublishedComparison => {
      const values = valuesOf(quantity);
      return {
        quantity: `median ${quantity}`,
        published: brief(published),
        ours: values.length === 0 ? '–' : brief(median(values)),
        agrees: values.length > 0 && medianAgrees(published, values, random.child(quantity)),
      };
    }),
    ...Object.entries(run).map(
      ([quantity, published], _, { length }): PublishedComparison =>
        compareRun(quantity, published, valuesOf(quantity), length),
    ),
  ];
}

/** Names of what runs were measured by, or judged on. */
function namesIn(field: 'measures' | 'verdicts', runs: readonly RunOutcome[]): string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(run[field])))];
}

const endedRuns = (ids: readonly string[], outcomes: ReadonlyMap<string, RunOutcome>): RunOutcome[] =>
  ids.flatMap((id) => outcomes.get(id) ?? []);

/** @param verdicts the verdicts of the block, for a group in which no run finished */
function groupSummary(
  name: string,
  ids: readonly string[],
  outcomes: ReadonlyMap<string, RunOutcome>,
  verdicts: readonly string[],
  expected: Expected | undefined,
  random: Stream,
): GroupSummary {
  const ended = endedRuns(ids, outcomes);
  const finished = ended.filter(({ status }) => status === 'finished');
  const proportions = Object.fromEntries(
    (finished.length > 0 ? namesIn('verdicts', finished) : verdicts).map((verdict): [string, [number, number]] => [
      verdict,
      [finished.filter((run) => run.verdicts[verdict]).length, ended.length],
    ]),
  );
  const valuesOf = (measure: string): number[] => finished.flatMap(({ measures }) => measures[measure] ?? []);
  return {
    name,
    runs: ids.length,
    finished: finished.length,
    missing: ids.length - ended.length,
    diverged: ended.flatMap(({ id, diverged }) => (diverged ? [{ id, ...diverged }] : [])),
    proportions,
    measures: Object.fromEntries(
      namesIn('measures', finished).map((measure) => [
        measure,
        measureSummary(valuesOf(measure), random.child(measure)),
      ]),
    ),
    comparisons: compare(expected, proportions, valuesOf, random.child('published')),
    ...(expected?.note !== undefined && { note: expected.note }),
  };
}

function timeOf(ended: readonly RunOutcome[]): TimeSummary | undefined {
  if (ended.length === 0) return undefined;
  const { id, ms } = ended.reduce((most, next) => (next.ms > most.ms ? next : most));
  return { hours: ended.reduce((sum, run) => sum + run.ms, 0) / 3.6e6, longest: { id, seconds: ms / 1000 } };
}

/** The summary of a campaign: it does not depend on the order of the outcomes. */
export function summarise(
  { name, title, seed }: Campaign,
  blocks: readonly PlannedBlock[],
  outcomes: ReadonlyMap<string, RunOutcome>,
): CampaignSummary {
  const random = new Stream(seed).child('bootstrap');
  const summaries = blocks.map((block): BlockSummary => {
    const ids = block.conditions.flatMap(({ plans }) => plans.map(({ id }) => id));
    const published = [block, ...block.conditions].flatMap(({ expected }) => Object.keys(expected?.proportions ?? {}));
    const verdicts = [...new Set([...namesIn('verdicts', endedRuns(ids, outcomes)), ...published])];
    return {
      ...groupSummary(block.name, ids, outcomes, verdicts, block.expected, random.child(block.name)),
      conditions: block.conditions.map((condition) =>
        groupSummary(
          condition.name,
          condition.plans.map(({ id }) => id),
          outcomes,
          verdicts,
          condition.expected,
          random.child(`${block.name}/${condition.name}`),
        ),
      ),
    };
  });
  const sum = (count: (block: BlockSummary) => number): number =>
    summaries.reduce((total, block) => total + count(block), 0);
  const time = timeOf(
    endedRuns(
      plansOf(blocks).map(({ id }) => id),
      outcomes,
    ),
  );
  return {
    campaign: name,
    ...(title !== undefined && { title }),
    seed,
    runs: sum(({ runs }) => runs),
    finished: sum(({ finished }) => finished),
    diverged: sum(({ diverged }) => diverged.length),
    missing: sum(({ missing }) => missing),
    ...(time && { time }),
    blocks: summaries,
  };
}
