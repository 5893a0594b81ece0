/**
 * Judging claims on several threads. Blocks are fixed beforehand and merged in their order, so that the verdicts are the
 * same whatever the number of workers.
 */
import { availableParallelism } from 'node:os';
import { Tinypool } from 'tinypool';
import type { AnyClaim } from '../claims/claim.js';
import { type Block, type BlockResult, blocksOf, mergeBlocks } from '../claims/judge.js';
import type { Verdict } from '../claims/verdict.js';
import type { Progress } from './progress.js';
import run, { type Job } from './worker.js';

/** How to judge. */
export interface PoolOptions {
  readonly seed: number;
  /** Cases per claim; each claim's own number by default. */
  readonly runs?: number;
  /** Threads; one per core by default. */
  readonly workers?: number;
  /** Wall-clock seconds after which no further block is begun. */
  readonly budget?: number;
  readonly progress: Progress;
}

interface Task {
  readonly claim: AnyClaim;
  readonly block: Block;
  result?: BlockResult;
}

/** Judges claims on all their blocks. */
export async function judgeAll(claims: readonly AnyClaim[], options: PoolOptions): Promise<Verdict[]> {
  const { seed, runs, workers = availableParallelism(), budget = Number.POSITIVE_INFINITY, progress } = options;
  const tasks: Task[] = claims.flatMap((claim) => blocksOf(claim, seed, runs).map((block) => ({ claim, block })));
  // Small blocks hold the expensive cases: begun first, they do not leave one thread working alone at the end.
  const queue = [...tasks].sort((a, b) => sizeOf(a.block) - sizeOf(b.block));
  const deadline = performance.now() + 1000 * budget;
  let done = 0;
  const count = (): void => progress.show(`judging ${claims.length} claims: ${++done} of ${tasks.length} blocks`);
  const take = async (judge: (job: Job) => BlockResult | Promise<BlockResult>): Promise<void> => {
    for (let task = queue.shift(); task; task = queue.shift()) {
      if (performance.now() > deadline) return;
      task.result = await judge({ id: task.claim.statement.id, block: task.block });
      count();
    }
  };
  const threads = Math.min(workers, tasks.length);
  if (threads <= 1) await take(run);
  else {
    const pool = new Tinypool({
      filename: new URL('./worker.js', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
    });
    try {
      await Promise.all(Array.from({ length: threads }, () => take((job) => pool.run(job) as Promise<BlockResult>)));
    } finally {
      await pool.destroy();
    }
  }
  progress.clear();
  return claims.map((claim) => {
    const own = tasks.filter((task) => task.claim === claim);
    const results = own.flatMap(({ result }) => (result ? [result] : []));
    return mergeBlocks(claim, results, own.length - results.length);
  });
}

function sizeOf(block: Block): number {
  return block.kind === 'drawn' ? block.runs : 1;
}
