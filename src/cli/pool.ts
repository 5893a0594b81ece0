/**
 * Judging claims on several threads. Blocks are fixed beforehand and merged in their order, so that the verdicts are the
 * same whatever the number of workers.
 */
import { availableParallelism } from 'node:os';
import { Tinypool } from 'tinypool';
import { type Block, type BlockResult, blocksOf } from '../claims/block.js';
import type { AnyClaim } from '../claims/claim.js';
import { decidedAfter, mergeBlocks } from '../claims/judge.js';
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

/** A claim with its blocks and what they came to so far. */
interface Docket {
  readonly claim: AnyClaim;
  readonly blocks: readonly Block[];
  readonly results: (BlockResult | undefined)[];
  /** Blocks from here on change nothing. */
  end: number;
  /** Blocks under way. */
  busy: number;
}

/** One block of a claim. */
interface Task {
  readonly docket: Docket;
  readonly block: Block;
  readonly index: number;
}

/** Judges claims on as many blocks as decide them. @param what the claims are called while they are judged */
export async function judgeAll(claims: readonly AnyClaim[], what: string, options: PoolOptions): Promise<Verdict[]> {
  const { seed, runs, workers = availableParallelism(), budget = Number.POSITIVE_INFINITY, progress } = options;
  const dockets = claims.map((claim): Docket => {
    const blocks = blocksOf(claim, seed, runs);
    return { claim, blocks, results: blocks.map(() => undefined), end: blocks.length, busy: 0 };
  });
  // Small blocks hold the expensive cases: begun first, they do not leave one thread working alone at the end.
  const queue = dockets
    .flatMap((docket) => docket.blocks.map((block, index): Task => ({ docket, block, index })))
    .sort((a, b) => sizeOf(a.block) - sizeOf(b.block));
  const all = queue.length;
  const deadline = performance.now() + 1000 * budget;
  const take = async (judge: (job: Job) => BlockResult | Promise<BlockResult>): Promise<void> => {
    while (queue.length > 0) {
      // A claim that is being judged may be decided by that: another comes first.
      const idle = queue.findIndex(({ docket }) => docket.busy === 0);
      const [{ docket, block, index }] = queue.splice(Math.max(0, idle), 1) as [Task];
      if (index >= docket.end) continue;
      if (performance.now() > deadline) return;
      const { claim } = docket;
      const { mutant } = claim;
      docket.busy++;
      docket.results[index] = await judge({ id: claim.statement.id, block, ...(mutant !== undefined && { mutant }) });
      docket.busy--;
      docket.end = decidedAfter(claim, docket.results) ?? docket.end;
      progress.show(`judging ${what}: ${all - queue.length} of ${all} blocks`);
    }
  };
  const threads = Math.min(workers, all);
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
  return dockets.map(({ claim, results }) => mergeBlocks(claim, seed, results, runs));
}

function sizeOf(block: Block): number {
  return block.kind === 'drawn' ? block.runs : 1;
}
