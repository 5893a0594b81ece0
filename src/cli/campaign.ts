/**
 * `loopproof campaign`: runs a grid of paired runs on all cores or by a queue; resumable.
 */
import { existsSync, readdirSync } from 'node:fs';
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
import { counted } from '../words.js';
import { defineCommand, FILE, FILES, FOLDER, type OptionsOf, SHARE, shareOf, text, workers } from './options.js';
import { expectPlaces, makeFolder, spoken, writeTo } from './output.js';
import { progressOn, showStep } from './progress.js';

const options = {
  out: { type: FILE, about: 'results, one JSON object a line (default: the campaign’s name with .jsonl)' },
  summary: { type: FILE, about: 'also write the summary as JSON; - prints it in place of the tables' },
  curves: { type: FOLDER, about: 'also write the curves of every run, one file each' },
  shard: { type: SHARE, about: 'run only the i-th of n shares of the runs' },
  workers,
  yes: { about: 'start even if the estimate exceeds one hour or half of the memory' },
  merge: {
    type: FILES,
    conflicts: ['shard', 'workers', 'curves'],
    about: 'run nothing: summarise these results, and write them to --out as one file',
  },
  queue: {
    type: text('url'),
    conflicts: ['merge'],
    about: 'let the workers of a BullMQ queue do the runs, e.g. redis://127.0.0.1:6379',
  },
  worker: { needs: 'queue', about: 'be such a worker, until interrupted' },
} as const;
type CampaignOptions = OptionsOf<typeof options>;

/** Larger campaigns start only with --yes. */
const MOST_SECONDS = 3600;
const MOST_MEMORY = 0.5;

/** The campaigns of the package, by name. */
const SHIPPED = new URL('../../../spec/campaigns/', import.meta.url);
const NAMES = readdirSync(SHIPPED).flatMap((file) => (file.endsWith('.yaml') ? [file.slice(0, -'.yaml'.length)] : []));

/** Prints the estimate, and refuses campaigns that are too large. @param where the runs are done */
function announce({ runs, seconds, bytes, largest }: WorkEstimate, where: string, yes: boolean): void {
  const memory = `${Math.ceil(bytes / 2 ** 20)} MiB`;
  process.stderr.write(`${runs} runs ${where}: about ${spoken(seconds)}, ${memory} of memory\n`);
  if (largest.kernel > KERNEL_MEMORY)
    throw new LoopproofError('too-large', {
      where: `campaign: ${largest.id}`,
      received: `${(largest.kernel / 2 ** 30).toFixed(1)} GiB for its network`,
      expected: `at most ${KERNEL_MEMORY / 2 ** 30} GiB, the limit of WebAssembly`,
      hint: 'use fewer units, trials or steps, or single precision',
    });
  if (yes) return;
  const most = MOST_MEMORY * totalmem();
  const refuse = (received: string, expected: string): never => {
    throw new LoopproofError('too-large', {
      where: 'campaign',
      received,
      expected,
      hint: 'add --yes to run it anyway, or run a part with --shard',
    });
  };
  if (seconds > MOST_SECONDS) refuse(`about ${spoken(seconds)} of work`, `at most ${spoken(MOST_SECONDS)}`);
  if (bytes > most) refuse(`about ${memory} of memory`, `at most ${Math.floor(most / 2 ** 20)} MiB`);
}

function report(
  file: string | undefined,
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
  if (report(options.summary, campaign, blocks, outcomes).missing > 0) process.exitCode = 3;
}

/** Works for a queue until interrupted. */
async function work(options: CampaignOptions, queue: QueueAddress, workers: number, stop: AbortSignal): Promise<void> {
  const progress = progressOn(process.stderr);
  let runs = 0;
  process.stderr.write(`waiting for runs of ${queue.name} on ${counted(workers, 'thread')}\n`);
  const report = ({ id }: Plan): void => {
    runs++;
    showStep(progress, `campaign: ${runs} runs finished here, the last ${id}`);
  };
  await workOnQueue(queue, workers, report, { stop, ...(options.curves !== undefined && { curves: options.curves }) });
  progress.clear();
  process.stderr.write(`stopped: ${runs} runs finished here\n`);
}

/** Does the missing runs of a share of the campaign, on threads or by a queue. */
async function complete(
  { curves, yes = false }: CampaignOptions,
  share: readonly Plan[],
  store: Store,
  queue: QueueAddress | undefined,
  workers: number,
  stop: AbortSignal,
): Promise<void> {
  const flops = new Map(share.map((plan) => [plan.id, costOfPlan(plan).flops]));
  const costOf = ({ id }: Plan): number => flops.get(id)!;
  // The longest runs come first, so that no thread works alone at the end.
  const missing = share.filter(({ id }) => !store.outcomes.has(id)).sort((a, b) => costOf(b) - costOf(a));
  const known = share.length - missing.length;
  if (known > 0) process.stderr.write(`${known} of ${share.length} runs are finished already\n`);
  if (missing.length === 0) return;
  // The number of threads that serve a queue is not known here.
  const [busy, where] = queue
    ? [1, 'by a queue, if one thread like those here did them all']
    : [workers, `on ${counted(workers, 'thread')}`];
  announce(estimate(missing, probeRate(), busy), where, yes);
  const progress = progressOn(process.stderr);
  const start = performance.now();
  const all = missing.reduce((sum, plan) => sum + costOf(plan), 0);
  let [runs, done] = [0, 0];
  const keep = (outcome: RunOutcome, plan: Plan): void => {
    store.append(outcome);
    runs++;
    done += costOf(plan);
    const left = spoken(((performance.now() - start) / 1000) * (all / done - 1));
    progress.show(({ elapsed }) => [
      `campaign: ${runs} of ${missing.length} runs · ${spoken(elapsed)}, about ${left} left`,
    ]);
  };
  try {
    if (queue) await runOnQueue({ plans: share, missing }, queue, keep, stop);
    else await runOnThreads(missing, workers, keep, { stop, ...(curves !== undefined && { curves }) });
  } finally {
    progress.clear();
  }
}

export default defineCommand({
  description:
    'Runs a grid of paired runs, one in closed loop and then an open-loop student, on all cores. Writes one line of results per run, and a summary. An interrupted campaign goes on where it stopped.',
  argument: {
    name: 'file',
    required: true,
    about: `a campaign file (YAML or JSON), or the name of one in the package: ${NAMES.join(', ')}`,
  },
  options,
  examples: [
    'campaign smoke',
    'campaign audit --yes --summary audit.json',
    'campaign grid.yaml --shard 1/2 --out first.jsonl',
    'campaign grid.yaml --merge first.jsonl second.jsonl --out all.jsonl',
    'campaign audit --queue redis://127.0.0.1:6379 --worker    on as many machines as there are',
    'campaign audit --queue redis://127.0.0.1:6379 --yes       on one machine, which collects the results',
  ],
  async run(options, name) {
    const file = NAMES.includes(name) && !existsSync(name) ? fileURLToPath(new URL(`${name}.yaml`, SHIPPED)) : name;
    const campaign = readCampaign(file);
    const blocks = expand(campaign, file);
    expectPlaces(options.summary);
    if (options.merge) return merge(options, campaign, blocks);
    const plans = plansOf(blocks);
    const { out = `${campaign.name}.jsonl`, workers = availableParallelism(), shard } = options;
    const queue =
      options.queue === undefined
        ? undefined
        : { url: options.queue, name: queueName(campaign.name, version(), plans) };
    if (options.curves !== undefined) makeFolder(options.curves, '--curves');
    const stop = new AbortController();
    const interrupt = (signal: NodeJS.Signals): void => stop.abort(signal);
    process.once('SIGINT', interrupt);
    process.once('SIGTERM', interrupt);
    try {
      if (options.worker) return await work(options, queue!, workers, stop.signal);
      const share = shareOf(plans, shard);
      const store = openStore(out, plans);
      try {
        await complete(options, share, store, queue, workers, stop.signal);
      } finally {
        store.close();
      }
      const finished = share.filter(({ id }) => store.outcomes.has(id)).length;
      if (finished === share.length) report(options.summary, campaign, blocks, store.outcomes);
      else {
        process.stderr.write(
          `interrupted: ${finished} of ${share.length} runs are kept in ${out}; the same command resumes them\n`,
        );
        // As for every process that a signal ends.
        process.exitCode = 128 + constants.signals[stop.signal.reason as NodeJS.Signals];
      }
    } finally {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    }
  },
});
