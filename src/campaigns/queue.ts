/**
 * Runs on several machines: a BullMQ queue on Redis or Valkey. A collector puts in what is missing and keeps what comes out;
 * any number of workers run plans in threads, so that their event loop lives and renews the lock of the run under way. The run of
 * a worker that died loses its lock and is taken by another.
 *
 * Outcomes stay in the queue until their collector has all of its own, and takes those out: one that died finds them again.
 * Collectors of other shares leave them alone. Collectors of the same share read the same outcomes; should one take out what
 * another still waits for, the other puts it in again.
 */
import type { Job, JobType, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { LoopproofError } from '../error.js';
import { digestOf, type Plan } from './grid.js';
import { outcomeLine, parseOutcome, type RunOutcome } from './outcome.js';
import { openThreads } from './threads.js';

/** A run without a sign of life for this long is taken by another worker. Locks are renewed twice as often. */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;

/** A run is given up only if this many workers died of it. */
const MOST_DEATHS = 100;

const POLL_MS = 250;
const CONNECT_MS = 5_000;

/** Polls without an outcome after which what is wanted is looked for. */
const IDLE_POLLS = 20;

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

type RunQueue = Queue<Plan, string>;

/** Plans by the names of their jobs. */
const byJob = (plans: readonly Plan[]): Map<string, Plan> => new Map(plans.map((plan) => [jobId(plan), plan]));

/** Puts plans in, those aside that are in already. */
async function offer(queue: RunQueue, plans: readonly Plan[]): Promise<void> {
  await queue.addBulk(plans.map((plan) => ({ name: 'run', data: plan, opts: { jobId: jobId(plan) } })));
}

/** Names of the jobs in some states that are among a collector's own. */
async function namesOf(queue: RunQueue, own: ReadonlyMap<string, Plan>, states: JobType[]): Promise<string[]> {
  return (await queue.getRanges(states, 0, -1)).filter((id) => own.has(id));
}

/** Keeps what has finished of what is wanted. @returns whether anything had */
async function collect(
  queue: RunQueue,
  wanted: Map<string, Plan>,
  keep: (outcome: RunOutcome, plan: Plan) => void,
): Promise<boolean> {
  const completed = (await namesOf(queue, wanted, ['completed'])).slice(0, HANDFUL);
  const jobs = await Promise.all(completed.map((id): Promise<RunJob | undefined> => queue.getJob(id)));
  for (const [k, id] of completed.entries()) {
    const [job, plan] = [jobs[k], wanted.get(id)!];
    // Another collector took it out in between.
    if (!job) continue;
    const outcome = parseOutcome(job.returnvalue);
    if (!outcome || outcome.digest !== plan.digest) throw new Error(`${plan.id} came back as ${job.returnvalue}`);
    keep(outcome, plan);
    wanted.delete(id);
  }
  const [failed] = await namesOf(queue, wanted, ['failed']);
  if (failed !== undefined) {
    const job: RunJob | undefined = await queue.getJob(failed);
    throw new Error(`${wanted.get(failed)!.id} failed on a worker: ${job?.failedReason}`);
  }
  return completed.length > 0;
}

const STATES: JobType[] = ['waiting', 'active', 'delayed', 'prioritized', 'completed', 'failed'];

/** Puts in again what is wanted and has gone. */
async function restore(queue: RunQueue, wanted: ReadonlyMap<string, Plan>): Promise<void> {
  const present = new Set(await namesOf(queue, wanted, STATES));
  const gone = [...wanted].filter(([id]) => !present.has(id));
  if (gone.length > 0)
    await offer(
      queue,
      gone.map(([, plan]) => plan),
    );
}

/** Takes the outcomes of plans out. */
async function clear(queue: RunQueue, own: ReadonlyMap<string, Plan>): Promise<void> {
  for (const id of await namesOf(queue, own, ['completed'])) await queue.remove(id);
}

/** What a collector is to get. */
export interface Share {
  /** All its runs: their outcomes are taken out of the queue in the end. */
  readonly plans: readonly Plan[];
  /** Those that have no outcome yet. */
  readonly missing: readonly Plan[];
}

/**
 * Has plans run by the workers of a queue, and hands over each outcome as it comes. What is in the queue already is not put in
 * again; what failed before is tried anew.
 * @param stop ends it; the queue stays as it is, and the next collector goes on
 */
export async function runOnQueue(
  { plans, missing }: Share,
  { url, name }: QueueAddress,
  keep: (outcome: RunOutcome, plan: Plan) => void,
  stop: AbortSignal,
): Promise<void> {
  expectAddress(url);
  const { bullmq, Client } = await libraries();
  const connection = await connect(Client, url);
  const queue: RunQueue = new bullmq.Queue<Plan, string>(name, { connection });
  queue.on('error', () => undefined);
  try {
    await queue.retryJobs({ state: 'failed' });
    await offer(queue, missing);
    const wanted = byJob(missing);
    for (let idle = 0; wanted.size > 0 && !stop.aborted; ) {
      const found = await collect(queue, wanted, keep);
      idle = found ? 0 : idle + 1;
      if (idle > 0) await pause(POLL_MS);
      if (idle > 0 && idle % IDLE_POLLS === 0) await restore(queue, wanted);
    }
    if (wanted.size === 0) await clear(queue, byJob(plans));
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
