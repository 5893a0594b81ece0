/**
 * `loopproof campaign`: a grid of paired runs, resumable, on all cores or by a queue.
 */
import { existsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { costOfPlan, type Estimate, estimate, probeRate } from '../campaigns/estimate.js';
import { expand, type Plan, type PlannedBlock, plansOf } from '../campaigns/grid.js';
import { type Outcome, outcomeLine } from '../campaigns/outcome.js';
import { type Campaign, readCampaign } from '../campaigns/schema.js';
import { openStore, readOutcomes } from '../campaigns/store.js';
import { type CampaignSummary, summarise } from '../campaigns/summary.js';
import { runOnThreads } from '../campaigns/threads.js';
import { LoopproofError } from '../error.js';
import { plainKernel } from '../kernel/plain.js';
import { campaignJson, campaignMarkdown } from '../report/campaign.js';
import { version, writeTo } from './output.js';
import { type Progress, progressOn } from './progress.js';

/** Options as the command line reads them. */
export interface CampaignOptions {
  readonly out?: string;
  readonly summary?: string;
  readonly curves?: string;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly workers?: number;
  readonly yes?: true;
  readonly merge?: readonly string[];
}

/** Work above this is begun only with --yes. */
const MOST_SECONDS = 3600;
const MOST_MEMORY = 0.5;

/** Exit code of a process that SIGINT ended. */
const INTERRUPTED = 130;

/** The path of a campaign: as given, or one that the package brings along. */
function pathOf(file: string): string {
  if (existsSync(file) || !/^[\w-]+$/.test(file)) return file;
  const shipped = fileURLToPath(new URL(`../../../spec/campaigns/${file}.yaml`, import.meta.url));
  return existsSync(shipped) ? shipped : file;
}

/** Seconds as people say them. */
export function spoken(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Says what is expected, and refuses what is too much. */
function announce({ runs, seconds, bytes }: Estimate, workers: number, yes: boolean): void {
  const memory = `${Math.ceil(bytes / 2 ** 20)} MiB`;
  process.stderr.write(
    `${runs} runs on ${workers} ${workers === 1 ? 'thread' : 'threads'}: about ${spoken(seconds)}, ${memory} of memory\n`,
  );
  if (yes) return;
  const most = MOST_MEMORY * totalmem();
  const refuse = (received: string, expected: string): never => {
    throw new LoopproofError('too-large', {
      where: 'campaign',
      received,
      expected,
      hint: 'add --yes to run it all the same, or take a part of it with --shard',
    });
  };
  if (seconds > MOST_SECONDS) refuse(`about ${spoken(seconds)} of work`, `at most ${spoken(MOST_SECONDS)}`);
  if (bytes > most) refuse(`about ${memory} of memory`, `at most ${Math.floor(most / 2 ** 20)} MiB`);
}

/** Shows how far a campaign is, and how long it will take by the pace so far. */
function reporter(progress: Progress, plans: readonly Plan[]): (plan: Plan) => void {
  const start = performance.now();
  const flops = new Map(plans.map((plan) => [plan.id, costOfPlan(plan).flops]));
  const all = [...flops.values()].reduce((sum, value) => sum + value, 0);
  let [runs, done] = [0, 0];
  return ({ id }) => {
    runs++;
    done += flops.get(id)!;
    const left = ((performance.now() - start) / 1000) * (all / done - 1);
    progress.show(`campaign: ${runs} of ${plans.length} runs, ${spoken(left)} left`);
  };
}

function report(
  { summary: file }: CampaignOptions,
  campaign: Campaign,
  blocks: readonly PlannedBlock[],
  outcomes: ReadonlyMap<string, Outcome>,
): CampaignSummary {
  const summary = summarise(campaign, blocks, outcomes);
  if (file !== undefined) writeTo(file, campaignJson(summary, version()));
  if (file !== '-') process.stdout.write(campaignMarkdown(summary));
  return summary;
}

function merge(options: CampaignOptions, campaign: Campaign, blocks: readonly PlannedBlock[]): void {
  const plans = plansOf(blocks);
  const outcomes = readOutcomes(options.merge!, plans);
  if (options.out !== undefined) {
    const lines = plans.flatMap(({ id }) => outcomes.get(id) ?? []).map((outcome) => `${outcomeLine(outcome)}\n`);
    writeTo(options.out, lines.join(''));
  }
  if (report(options, campaign, blocks, outcomes).missing > 0) process.exitCode = 3;
}

/** The longest runs first: they do not leave one thread working alone at the end. */
function longestFirst(plans: readonly Plan[]): Plan[] {
  return plans
    .map((plan) => ({ plan, flops: costOfPlan(plan).flops }))
    .sort((a, b) => b.flops - a.flops)
    .map(({ plan }) => plan);
}

export async function campaignCommand(name: string, options: CampaignOptions): Promise<void> {
  const file = pathOf(name);
  const campaign = readCampaign(file);
  const blocks = expand(campaign, file);
  if (options.merge) return merge(options, campaign, blocks);
  const { out = `${campaign.name}.jsonl`, workers = availableParallelism(), shard, curves } = options;
  const plans = plansOf(blocks);
  const share = shard ? plans.filter((_, k) => k % shard.count === shard.index - 1) : plans;
  const store = openStore(out, plans);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    const missing = longestFirst(share.filter(({ id }) => !store.outcomes.has(id)));
    if (missing.length < share.length)
      process.stderr.write(`${share.length - missing.length} runs are in ${out} already\n`);
    if (missing.length > 0) announce(estimate(missing, probeRate(plainKernel), workers), workers, options.yes === true);
    const progress = progressOn(process.stderr);
    const show = reporter(progress, missing);
    const keep = (outcome: Outcome, plan: Plan): void => {
      store.append(outcome);
      show(plan);
    };
    try {
      await runOnThreads(missing, workers, keep, { stop: stop.signal, ...(curves !== undefined && { curves }) });
    } finally {
      progress.clear();
    }
    if (stop.signal.aborted) {
      const finished = share.filter(({ id }) => store.outcomes.has(id)).length;
      process.stderr.write(
        `interrupted: ${finished} of ${share.length} runs are kept in ${out}; the same command goes on\n`,
      );
      process.exitCode = INTERRUPTED;
      return;
    }
    report(options, campaign, blocks, store.outcomes);
  } finally {
    process.off('SIGINT', interrupt);
    store.close();
  }
}
