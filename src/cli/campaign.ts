/**
 * `loopproof campaign`: a grid of paired runs, resumable, on all cores or by a queue.
 */
import { existsSync } from 'node:fs';
import { availableParallelism, constants, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { costOfPlan, estimate, probeRate, type WorkEstimate } from '../campaigns/estimate.js';
import { expand, type Plan, type PlannedBlock, plansOf } from '../campaigns/grid.js';
import { outcomeLine, type RunOutcome } from '../campaigns/outcome.js';
import { type QueueAddress, queueName, runOnQueue, workOnQueue } from '../campaigns/queue.js';
import { type Campaign, readCampaign } from '../campaigns/schema.js';
import { openStore, readOutcomes, type Store } from '../campaigns/store.js';
import { type CampaignSummary, summarise } from '../campaigns/summary.js';
import { runOnThreads } from '../campaigns/threads.js';
import { LoopproofError } from '../error.js';
import { KERNEL_MEMORY } from '../kernel/simd.js';
import { campaignJson, campaignMarkdown } from '../report/campaign.js';
import { version } from '../version.js';
import { expectPlaces, makeFolder, spoken, writeTo } from './output.js';
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
  readonly queue?: string;
  readonly worker?: true;
}

/** Work above this is begun only with --yes. */
const MOST_SECONDS = 3600;
const MOST_MEMORY = 0.5;

/** Exit code of a process that a signal ended, as shells tell it. */
const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

/** The path of a campaign: as given, or one that the package brings along. */
function pathOf(file: string): string {
  if (existsSync(file) || !/^[\w-]+$/.test(file)) return file;
  const shipped = fileURLToPath(new URL(`../../../spec/campaigns/${file}.yaml`, import.meta.url));
  return existsSync(shipped) ? shipped : file;
}

const threads = (count: number): string => `${count} ${count === 1 ? 'thread' : 'threads'}`;

/** Says what is expected, and refuses what is too much. @param where the runs are done */
function announce({ runs, seconds, bytes, largest }: WorkEstimate, where: string, yes: boolean): void {
  const memory = `${Math.ceil(bytes / 2 ** 20)} MiB`;
  process.stderr.write(`${runs} runs ${where}: about ${spoken(seconds)}, ${memory} of memory\n`);
  if (largest.kernel > KERNEL_MEMORY)
    throw new LoopproofError('too-large', {
      where: `campaign: ${largest.id}`,
      received: `${(largest.kernel / 2 ** 30).toFixed(1)} GiB for its network`,
      expected: `at most ${KERNEL_MEMORY / 2 ** 30} GiB, which is all that WebAssembly can address`,
      hint: 'lower units, trials or steps, or train in single precision',
    });
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
    const left = spoken(((performance.now() - start) / 1000) * (all / done - 1));
    progress.show(({ elapsed }) => [
      `campaign: ${runs} of ${plans.length} runs · ${spoken(elapsed)}, about ${left} left`,
    ]);
  };
}

function report(
  { summary: file }: CampaignOptions,
  campaign: Campaign,
  blocks: readonly PlannedBlock[],
  outcomes: ReadonlyMap<string, RunOutcome>,
): CampaignSummary {
  const summary = summarise(campaign, blocks, outcomes);
  if (file !== '-') process.stdout.write(campaignMarkdown(summary));
  if (file !== undefined) writeTo(file, campaignJson(summary, version()));
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

/** Works for a queue until it is interrupted. */
async function work(options: CampaignOptions, queue: QueueAddress, workers: number, stop: AbortSignal): Promise<void> {
  const progress = progressOn(process.stderr);
  let runs = 0;
  process.stderr.write(`waiting for runs of ${queue.name} on ${threads(workers)}\n`);
  const report = ({ id }: Plan): void => {
    runs++;
    progress.show(({ elapsed }) => [`campaign: ${runs} runs finished here, the last ${id} · ${spoken(elapsed)}`]);
  };
  await workOnQueue(queue, workers, report, { stop, ...(options.curves !== undefined && { curves: options.curves }) });
  progress.clear();
  process.stderr.write(`stopped: ${runs} runs finished here\n`);
}

/** Runs what is missing of a share of the campaign, on threads or by a queue. */
async function complete(
  options: CampaignOptions,
  share: readonly Plan[],
  store: Store,
  queue: QueueAddress | undefined,
  workers: number,
  stop: AbortSignal,
): Promise<void> {
  const missing = longestFirst(share.filter(({ id }) => !store.outcomes.has(id)));
  const known = share.length - missing.length;
  if (known > 0) process.stderr.write(`${known} of ${share.length} runs are finished already\n`);
  if (missing.length === 0) return;
  // How many threads a queue has is not known here: it is told what one like this machine's would take.
  const [busy, where] = queue
    ? [1, 'by a queue, were one thread like those here to do them all']
    : [workers, `on ${threads(workers)}`];
  announce(estimate(missing, probeRate(), busy), where, options.yes === true);
  const progress = progressOn(process.stderr);
  const show = reporter(progress, missing);
  const keep = (outcome: RunOutcome, plan: Plan): void => {
    store.append(outcome);
    show(plan);
  };
  const { curves } = options;
  try {
    if (queue) await runOnQueue({ plans: share, missing }, queue, keep, stop);
    else await runOnThreads(missing, workers, keep, { stop, ...(curves !== undefined && { curves }) });
  } finally {
    progress.clear();
  }
}

export async function campaignCommand(name: string, options: CampaignOptions): Promise<void> {
  const file = pathOf(name);
  const campaign = readCampaign(file);
  const blocks = expand(campaign, file);
  expectPlaces(options.summary);
  if (options.merge) return merge(options, campaign, blocks);
  const plans = plansOf(blocks);
  const { out = `${campaign.name}.jsonl`, workers = availableParallelism(), shard } = options;
  const queue =
    options.queue === undefined ? undefined : { url: options.queue, name: queueName(campaign.name, version(), plans) };
  if (options.curves !== undefined) makeFolder(options.curves, '--curves');
  const stop = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => stop.abort(signal);
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    if (options.worker) return await work(options, queue!, workers, stop.signal);
    const share = shard ? plans.filter((_, k) => k % shard.count === shard.index - 1) : plans;
    const store = openStore(out, plans);
    try {
      await complete(options, share, store, queue, workers, stop.signal);
    } finally {
      store.close();
    }
    const finished = share.filter(({ id }) => store.outcomes.has(id)).length;
    if (finished === share.length) report(options, campaign, blocks, store.outcomes);
    else {
      process.stderr.write(
        `interrupted: ${finished} of ${share.length} runs are kept in ${out}; the same command goes on\n`,
      );
      process.exitCode = exitCodeOf(stop.signal.reason);
    }
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
