/**
 * Runs on this machine's cores: a pool of threads, each with one run at a time.
 */
import { Tinypool } from 'tinypool';
import { LoopproofError } from '../error.js';
import type { Plan } from './grid.js';
import type { RunOutcome } from './outcome.js';
import type { RunRequest, RunResponse } from './worker.js';

/** A pool of worker threads. */
export interface Threads {
  readonly run: (plan: Plan) => Promise<RunOutcome>;
  readonly close: () => Promise<void>;
}

/** A pool of threads that run plans. @param curves folder for the runs' curves */
export function openThreads(workers: number, curves?: string): Threads {
  const pool = new Tinypool({
    filename: new URL('./worker.js', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    // The pool itself must not end a thread: runs are long, and few.
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  return {
    async run(plan) {
      const result: RunResponse = await pool.run({
        plan,
        ...(curves !== undefined && { curves }),
      } satisfies RunRequest);
      if ('refused' in result) throw new LoopproofError(result.refused.code, result.refused.details);
      return result.outcome;
    },
    close: () => pool.destroy(),
  };
}

/**
 * Runs plans in their order on so many threads, and hands over each outcome as it comes. The first failure, of a run or of
 * keeping its outcome, ends it.
 * @param stop ends it before the next outcome; runs under way are given up
 */
export async function runOnThreads(
  plans: readonly Plan[],
  workers: number,
  keep: (outcome: RunOutcome, plan: Plan) => void,
  { curves, stop }: { readonly curves?: string; readonly stop?: AbortSignal } = {},
): Promise<void> {
  if (plans.length === 0) return;
  const queue = [...plans];
  const threads = openThreads(Math.min(workers, plans.length), curves);
  const take = async (): Promise<void> => {
    for (let plan = queue.shift(); plan && !stop?.aborted; plan = queue.shift()) keep(await threads.run(plan), plan);
  };
  const stopped = new Promise<void>((resolve) => stop?.addEventListener('abort', () => resolve(), { once: true }));
  try {
    await Promise.race([stopped, Promise.all(Array.from({ length: workers }, take))]);
  } finally {
    queue.length = 0;
    await threads.close();
  }
}
