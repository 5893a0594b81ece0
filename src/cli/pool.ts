/**
 * Judging claims on several threads. Blocks are fixed beforehand and merged in their order, so that the verdicts are the
 * same whatever the number of workers.
 */
import { availableParallelism } from 'node:os';
import { Tinypool } from 'tinypool';
import { type BlockResult, blocksOf, type CaseBlock } from '../claims/block.js';
import type { AnyClaim } from '../claims/claim.js';
import { decidedAfter, mergeBlocks } from '../claims/judge.js';
import type { Status, Verdict } from '../claims/verdict.js';
import { cut } from '../report/width.js';
import { spoken } from './output.js';
import type { Frame, Progress } from './progress.js';
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
  /** Called once for a claim, as soon as its status is certain. */
  readonly decided?: (claim: AnyClaim, status: Status, reason: string | undefined) => void;
}

/** A claim with its blocks and what they came to so far. */
interface ClaimProgress {
  readonly claim: AnyClaim;
  readonly blocks: readonly CaseBlock[];
  readonly results: (BlockResult | undefined)[];
  /** Blocks from here on change nothing. */
  end: number;
  /** Blocks that are judged, and under way. */
  judged: number;
  busy: number;
  /** The status that is certain. */
  status?: Status;
  /** Of a claim whose blocks are judged as far as they decide. */
  verdict?: Verdict;
}

/** One block of a claim. */
interface Task {
  readonly docket: ClaimProgress;
  readonly block: CaseBlock;
  readonly index: number;
}

/** Blocks of a claim that are judged, of those that may decide it. */
function judgedOf({ results, end }: ClaimProgress): BlockResult[] {
  return results.slice(0, end).filter((result) => result !== undefined);
}

/** Claims in work that a frame names. */
const NAMED = 8;

/** How far the judging is: by the pace of a claim's own blocks where there are any, and of all others' where there are none. */
function frameOf(dockets: readonly ClaimProgress[], what: string, threads: number, budget: number): Frame {
  return ({ elapsed, columns, palette }) => {
    const judged = dockets.map(judgedOf);
    const mean = (results: readonly BlockResult[]): number =>
      results.reduce((sum, { ms }) => sum + ms, 0) / Math.max(1, results.length);
    const overall = mean(judged.flat());
    const open = dockets.map(({ end }, k) => end - judged[k]!.length);
    const ms = open.reduce((sum, blocks, k) => sum + blocks * (judged[k]!.length > 0 ? mean(judged[k]!) : overall), 0);
    const left = Math.min(ms / 1000 / threads, Math.max(0, budget - elapsed));
    const done = judged.reduce((sum, { length }) => sum + length, 0);
    const all = dockets.reduce((sum, { end }) => sum + end, 0);
    const settled = dockets.filter(({ verdict }) => verdict !== undefined).length;
    const time = `${spoken(elapsed)}${done > 0 ? `, about ${spoken(left)} left` : ''}`;
    const busy = dockets.flatMap((docket, k) => (docket.busy > 0 ? [{ docket, done: judged[k]!.length }] : []));
    const names = busy.slice(0, NAMED).map(({ docket: { claim, end }, done: blocks }) => ({
      name: claim.mutant === undefined ? claim.statement.id : `${claim.statement.id}: ${claim.mutant}`,
      share: `${blocks} of ${end} blocks`,
    }));
    const width = Math.min(Math.max(0, ...names.map(({ name }) => name.length)), Math.max(20, columns - 20));
    return [
      `judging ${what}: ${time} · ${settled} decided · ${done} of ${all} blocks`,
      ...names.map(({ name, share }) => `  ${cut(name, width).padEnd(width)}  ${palette.dim(share)}`),
      ...(busy.length > NAMED ? [palette.dim(`  and ${busy.length - NAMED} more`)] : []),
    ];
  };
}

/** Judges claims on as many blocks as decide them. @param what the claims are called while they are judged */
export async function judgeAll(claims: readonly AnyClaim[], what: string, options: PoolOptions): Promise<Verdict[]> {
  const { seed, runs, workers = availableParallelism(), budget = Number.POSITIVE_INFINITY, progress } = options;
  const decide = (docket: ClaimProgress, status: Status, reason: string | undefined): void => {
    if (docket.status !== undefined) return;
    docket.status = status;
    options.decided?.(docket.claim, status, reason);
  };
  const dockets = claims.map((claim): ClaimProgress => {
    const blocks = blocksOf(claim, seed, runs);
    return { claim, blocks, results: blocks.map(() => undefined), end: blocks.length, judged: 0, busy: 0 };
  });
  // Small blocks hold the expensive cases: begun first, they do not leave one thread working alone at the end.
  const queue = dockets
    .flatMap((docket) => docket.blocks.map((block, index): Task => ({ docket, block, index })))
    .sort((a, b) => sizeOf(a.block) - sizeOf(b.block));
  const threads = Math.min(workers, queue.length);
  const deadline = performance.now() + 1000 * budget;
  const frame = frameOf(dockets, what, threads, budget);
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
      progress.show(frame);
      const result = await judge({ id: claim.statement.id, block, ...(mutant !== undefined && { mutant }) });
      docket.results[index] = result;
      docket.busy--;
      docket.judged++;
      const decisive = decidedAfter(claim, docket.results);
      docket.end = decisive ?? docket.end;
      // Certain already, though an earlier block may have a counterexample of its own.
      if (result.counterexample) decide(docket, 'refuted', result.counterexample.reason);
      if (decisive !== undefined || docket.judged === docket.blocks.length) {
        docket.verdict ??= mergeBlocks(claim, seed, docket.results, runs);
        decide(docket, docket.verdict.status, docket.verdict.reason);
      }
    }
  };
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
  return dockets.map(({ claim, results, verdict }) => verdict ?? mergeBlocks(claim, seed, results, runs));
}

function sizeOf(block: CaseBlock): number {
  return block.kind === 'drawn' ? block.runs : 1;
}
