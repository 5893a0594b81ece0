/**
 * Runs on several machines: a BullMQ queue on Redis or Valkey. One collector puts in what is missing and keeps what comes out;
 * any number of workers run plans in threads, so that their event loop lives and renews the lock of the run under way. The run of
 * a worker that died loses its lock and is taken by another.
 *
 * An outcome is removed from the queue only after it is kept, and kept only once: a collector that died finds it again.
 */
import type { Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { LoopproofError } from '../error.js';
import { digestOf, type Plan } from './grid.js';
import { type Outcome, outcomeLine, parseOutcome } from './outcome.js';
import { openThreads } from './threads.js';

/** A run without a sign of life for this long is taken by another worker. Locks are renewed twice as often. */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;

/** A run is given up only if this many workers died of it. */
const MOST_DEATHS = 100;

const POLL_MS = 250;
const CONNECT_MS = 5_000;

/** Finished runs that are collected at once. */
const HANDFUL = 100;

/** Where a queue is. */
export interface QueueAddress {
  /** redis://host:port, or rediss:// for TLS. */
  readonly url: string;
  /** Of this campaign, as its file is now: others' runs are not taken. */
  readonly name: string;
}

/** The name of a campaign's queue. @param version of this package: outcomes of another are not mixed in */
export function queueName(campaign: string, version: string, plans: readonly Plan[]): string {
  return `loopproof-${campaign}-${digestOf([version, plans.map(({ digest }) => digest)])}`;
}

/** An address as it may be shown: without its password. */
function shown(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

function expectAddress(url: string): void {
  const known = URL.canParse(url) && ['redis:', 'rediss:'].includes(new URL(url).protocol);
  if (!known)
    throw new LoopproofError('usage', {
      where: 'campaign: --queue',
      received: url,
      expected: 'an address such as redis://127.0.0.1:6379',
      hint: 'name a Redis or Valkey server',
    });
}

interface Libraries {
  readonly bullmq: typeof import('bullmq');
  readonly Client: typeof import('ioredis').Redis;
}

/** The optional libraries. @throws LoopproofError if they are not installed */
async function libraries(): Promise<Libraries> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, Client: ioredis.Redis };
  } catch (error) {
    throw new LoopproofError('not-installed', {
      where: 'campaign: --queue',
      received: error instanceof Error ? error.message.split('\n')[0]! : String(error),
      expected: 'the optional packages bullmq and ioredis',
      hint: 'npm install bullmq ioredis, or leave --queue out',
    });
  }
}

/** A connection that answers, and from then on waits for a server that is away. @throws LoopproofError if none answers */
async function connect(Client: Libraries['Client'], url: string): Promise<Redis> {
  let answered = false;
  const client = new Client(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => (answered ? Math.min(100 * attempt, 2000) : null),
  });
  let cause: unknown;
  client.on('error', (error) => {
    cause = error;
  });
  try {
    await client.connect();
    await client.ping();
    answered = true;
    return client;
  } catch (error) {
    client.disconnect();
    const reason = cause ?? error;
    throw new LoopproofError('unreachable', {
      where: 'campaign: --queue',
      received: `${shown(url)}: ${reason instanceof Error ? reason.message : String(reason)}`,
      expected: 'a Redis or Valkey server that answers',
      hint: 'start one, or check address and password',
    });
  }
}

type RunJob = Job<Plan, string>;

/** Names of jobs must not read as numbers. */
const jobId = ({ id, digest }: Plan): string => `run-${digestOf([id, digest])}`;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Keeps what has finished, then takes it out of the queue. */
async function collect(
  queue: Queue<Plan, string>,
  wanted: Map<string, Plan>,
  keep: (outcome: Outcome, plan: Plan) => void,
): Promise<void> {
  const completed = (await queue.getJobs(['completed'], 0, HANDFUL - 1)) as (RunJob | undefined)[];
  for (const job of completed) {
    if (!job) continue;
    const plan = wanted.get(job.data.id);
    const outcome = parseOutcome(job.returnvalue);
    if (plan && (!outcome || outcome.digest !== plan.digest))
      throw new Error(`${job.data.id} came back as ${job.returnvalue}`);
    if (plan) {
      keep(outcome!, plan);
      wanted.delete(plan.id);
    }
    await job.remove();
  }
  const [failed] = (await queue.getJobs(['failed'], 0, 0)) as (RunJob | undefined)[];
  if (failed && wanted.has(failed.data.id))
    throw new Error(`${failed.data.id} failed on a worker: ${failed.failedReason}`);
}

/**
 * Has plans run by the workers of a queue, and hands over each outcome as it comes. What is in the queue already is not put in
 * again; what failed before is tried anew.
 * @param stop ends it; the queue stays as it is, and the next collector goes on
 */
export async function runOnQueue(
  plans: readonly Plan[],
  { url, name }: QueueAddress,
  keep: (outcome: Outcome, plan: Plan) => void,
  stop: AbortSignal,
): Promise<void> {
  expectAddress(url);
  const { bullmq, Client } = await libraries();
  const connection = await connect(Client, url);
  const queue = new bullmq.Queue<Plan, string>(name, { connection });
  queue.on('error', () => undefined);
  try {
    await queue.retryJobs({ state: 'failed' });
    await queue.addBulk(plans.map((plan) => ({ name: 'run', data: plan, opts: { jobId: jobId(plan) } })));
    const wanted = new Map(plans.map((plan) => [plan.id, plan]));
    while (wanted.size > 0 && !stop.aborted) {
      await collect(queue, wanted, keep);
      if (wanted.size > 0) await pause(POLL_MS);
    }
  } finally {
    await queue.close();
    connection.disconnect();
  }
}

/**
 * Runs what a queue offers on so many threads, until it is stopped.
 * @param report called for each run that was finished here
 * @param stop gives up the runs under way, which others take
 */
export async function workOnQueue(
  { url, name }: QueueAddress,
  workers: number,
  report: (plan: Plan) => void,
  { curves, stop }: { readonly curves?: string; readonly stop: AbortSignal },
): Promise<void> {
  expectAddress(url);
  const { bullmq, Client } = await libraries();
  const connection = await connect(Client, url);
  const threads = openThreads(workers, curves);
  const worker: Worker<Plan, string> = new bullmq.Worker(
    name,
    async ({ data }) => outcomeLine(await threads.run(data)),
    {
      connection,
      concurrency: workers,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MOST_DEATHS,
    },
  );
  worker.on('completed', ({ data }) => report(data));
  worker.on('error', () => undefined);
  try {
    if (!stop.aborted)
      await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  } finally {
    await worker.close(true);
    await threads.close();
    connection.disconnect();
  }
}
