/**
 * Judges claims on several threads. Blocks are fixed beforehand and merged in order, so the verdicts do not depend on the number of
 * workers.
 */
import { availableParallelism } from 'node:os';
import { Tinypool } from 'tinypool';
import {
  type BlockResult,
  blocksOf,
  type CaseBlock,
  type FailingTrial,
  judgeBlock,
  type SmallCase,
  smallestFailure,
} from '../claims/block.js';
import type { AnyClaim } from '../claims/claim.js';
import { decidedAfter, failingTrial, mergeBlocks } from '../claims/judge.js';
import type { Status, Verdict } from '../claims/verdict.js';
import { cut } from '../report/width.js';
import type { Ledger } from './ledger.js';
import { spoken } from './output.js';
import type { Frame, Progress } from './progress.js';
import type { ClaimAddress } from './worker.js';

/** What to test claims on, and for how long. */
export interface Trying {
  /** Seed of the random cases. The same seed gives the same verdicts for any number of workers. */
  readonly seed: number;
  /** Cases per claim; each claim's own number by default. */
  readonly runs?: number;
  /** Threads; one per core by default. */
  readonly workers?: number;
  /** Wall-clock seconds after which judging ends; claims that are not finished are undecided. */
  readonly budget?: number;
}

/** How to judge. */
interface PoolOptions extends Trying {
  readonly progress: Progress;
  /** Called once for a claim, as soon as its status is certain. */
  readonly decided?: (claim: AnyClaim, status: Status, reason: string | undefined) => void;
}

/** A claim with its blocks and their results so far. */
interface ClaimProgress {
  readonly claim: AnyClaim;
  readonly blocks: readonly CaseBlock[];
  readonly results: (BlockResult | undefined)[];
  /** Blocks from here on change nothing. */
  end: number;
  /** Number of blocks that are being judged. */
  busy: number;
  /** The status that is certain. */
  status?: Status;
  /** Known once the blocks that decide are judged. */
  verdict?: Verdict;
}

/** A block that is still to be judged. */
interface OpenBlock {
  readonly state: ClaimProgress;
  readonly block: CaseBlock;
  readonly index: number;
}

/** The judged blocks among those that may decide the claim. */
function judgedOf({ results, end }: ClaimProgress): BlockResult[] {
  return results.slice(0, end).filter((result) => result !== undefined);
}

/** How many busy claims a frame names. */
const NAMED = 8;

/** Shows how far judging is. The time left follows from the pace of a claim's own blocks, or of all blocks where it has none yet. */
function frameOf(states: readonly ClaimProgress[], what: string, threads: number, budget: number): Frame {
  return ({ elapsed, columns, palette }) => {
    const judged = states.map(judgedOf);
    const mean = (results: readonly BlockResult[]): number =>
      results.reduce((sum, { ms }) => sum + ms, 0) / Math.max(1, results.length);
    const overall = mean(judged.flat());
    const open = states.map(({ end }, k) => end - judged[k]!.length);
    const ms = open.reduce((sum, blocks, k) => sum + blocks * (judged[k]!.length > 0 ? mean(judged[k]!) : overall), 0);
    const left = Math.min(ms / 1000 / threads, Math.max(0, budget - elapsed));
    const done = judged.reduce((sum, { length }) => sum + length, 0);
    const all = states.reduce((sum, { end }) => sum + end, 0);
    const settled = states.filter(({ verdict }) => verdict !== undefined).length;
    const time = `${spoken(elapsed)}${done > 0 ? `, about ${spoken(left)} left` : ''}`;
    const busy = states.flatMap((state, k) => (state.busy > 0 ? [{ state, done: judged[k]!.length }] : []));
    const names = busy.slice(0, NAMED).map(({ state: { claim, end }, done: blocks }) => ({
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

/** Where blocks are judged. */
interface Bench {
  readonly judge: (claim: AnyClaim, block: CaseBlock) => Promise<BlockResult>;
  readonly smallest: (claim: AnyClaim, trial: FailingTrial) => Promise<SmallCase | undefined>;
  /** Ends what is under way, too. */
  readonly end: () => Promise<void>;
}

/** This thread, which nothing but the work itself ends. */
const HERE: Bench = {
  judge: async (claim, block) => judgeBlock(claim, block),
  smallest: async (claim, trial) => smallestFailure(claim, trial),
  end: async () => undefined,
};

/** Threads, each with the suites of the ledger. */
function threadsOf(ledger: Ledger, count: number): Bench {
  const suites = ledger.suites.map(({ file }) => file);
  const pool = new Tinypool({
    filename: new URL('./worker.js', import.meta.url).href,
    minThreads: count,
    maxThreads: count,
  });
  const address = ({ statement: { id }, mutant }: AnyClaim): ClaimAddress => ({
    suites,
    id,
    ...(mutant !== undefined && { mutant }),
  });
  return {
    judge: (claim, block) => pool.run({ ...address(claim), block }),
    smallest: (claim, trial) => pool.run({ ...address(claim), trial }, { name: 'smallest' }),
    end: () => pool.destroy(),
  };
}

/** A verdict whose replay lines lead to its suite. */
function addressed(verdict: Verdict, flags: string): Verdict {
  const { worst, replay } = verdict;
  return {
    ...verdict,
    ...(worst && { worst: worst.replay === undefined ? worst : { ...worst, replay: worst.replay + flags } }),
    ...(replay !== undefined && { replay: replay + flags }),
  };
}

/** Judges claims of a ledger, each on as many blocks as decide it. @param what names the claims in the progress line */
export async function judgeAll(
  ledger: Ledger,
  claims: readonly AnyClaim[],
  what: string,
  options: PoolOptions,
): Promise<Verdict[]> {
  const { seed, runs, workers = availableParallelism(), budget = Number.POSITIVE_INFINITY, progress } = options;
  const decide = (state: ClaimProgress, status: Status, reason: string | undefined): void => {
    if (state.status !== undefined) return;
    state.status = status;
    options.decided?.(state.claim, status, reason);
  };
  const states = claims.map((claim): ClaimProgress => {
    const blocks = blocksOf(claim, seed, runs);
    return { claim, blocks, results: blocks.map(() => undefined), end: blocks.length, busy: 0 };
  });
  // Small blocks hold the expensive cases. They come first, so that no thread works alone at the end.
  const queue = states
    .flatMap((state) => state.blocks.map((block, index): OpenBlock => ({ state, block, index })))
    .sort((a, b) => sizeOf(a.block) - sizeOf(b.block));
  const threads = Math.min(workers, queue.length);
  // Only another thread can be ended by the budget while it works.
  const bench = threads > 1 || (threads === 1 && budget < Number.POSITIVE_INFINITY) ? threadsOf(ledger, threads) : HERE;
  const frame = frameOf(states, what, threads, budget);
  const take = async (): Promise<void> => {
    while (queue.length > 0) {
      // The block under way may decide its claim: blocks of other claims come first.
      const idle = queue.findIndex(({ state }) => state.busy === 0);
      const [{ state, block, index }] = queue.splice(Math.max(0, idle), 1) as [OpenBlock];
      if (index >= state.end) continue;
      const { claim } = state;
      state.busy++;
      progress.show(frame);
      const result = await bench.judge(claim, block);
      state.results[index] = result;
      state.busy--;
      const decisive = decidedAfter(claim, state.results);
      state.end = decisive ?? state.end;
      // The status is certain already, though an earlier block may still find another counterexample.
      if (result.counterexample) decide(state, 'refuted', result.counterexample.reason);
      if (decisive === undefined && state.results.some((judged) => judged === undefined)) continue;
      if (state.verdict !== undefined) continue;
      state.verdict = mergeBlocks(claim, seed, state.results, runs);
      decide(state, state.verdict.status, state.verdict.reason);
      const trial = failingTrial(claim, seed, state.results, runs);
      if (trial) state.verdict = mergeBlocks(claim, seed, state.results, runs, await bench.smallest(claim, trial));
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const spent = new Promise<void>((resolve) => {
    if (budget < Number.POSITIVE_INFINITY) timer = setTimeout(resolve, 1000 * budget);
  });
  try {
    await Promise.race([spent, Promise.all(Array.from({ length: Math.max(1, threads) }, take))]);
  } finally {
    clearTimeout(timer);
    await bench.end();
  }
  progress.clear();
  return states.map(({ claim, results, verdict }) =>
    addressed(verdict ?? mergeBlocks(claim, seed, results, runs), ledger.flagsOf(claim.statement.id)),
  );
}

function sizeOf(block: CaseBlock): number {
  return block.kind === 'drawn' ? block.runs : 1;
}
