/**
 * How long an epoch of the paper's tanh agent takes by number of threads, and in PyTorch beside it.
 */
import { spawnSync } from 'node:child_process';
import { LoopproofError } from '../error.js';
import { median } from '../linalg/median.js';
import { Stream } from '../linalg/random.js';
import { PROTOCOLS, type RnnProtocol } from '../problem/protocol.js';
import { onThreads } from '../training/crew.js';
import { PROBLEMS } from '../training/problems.js';
import { train } from '../training/train.js';
import { shipped } from './files.js';

/** Numbers of threads that are compared. */
const THREADS = [1, 2] as const;
/** How much is timed. */
interface Effort {
  /** In each round all that is compared takes its turn. */
  readonly rounds: number;
  /** Epochs of a round. */
  readonly epochs: number;
}
const EFFORT: Effort = { rounds: 5, epochs: 200 };
/** Epochs before a round, in which threads begin. */
const WARM_UP = 40;

const PROTOCOL: RnnProtocol = { ...PROTOCOLS['artifact-tanh'], precision: 'f32' };

/** Times of one number of threads; medians over rounds. */
export interface ThreadTimes {
  readonly threads: number;
  /** Milliseconds per epoch. */
  readonly ms: number;
  /** In units of the time on one thread, round by round. */
  readonly ofOne: number;
  /** PyTorch's milliseconds per epoch, and in units of ours. */
  readonly torch?: number;
  readonly ratio?: number;
}

/** Milliseconds per epoch here. */
function ours(threads: number, epochs: number): Promise<number> {
  return onThreads(() => {
    const learner = PROBLEMS.batches.learner(PROTOCOL, PROBLEMS.batches.draw(PROTOCOL, new Stream(3)));
    const batches = PROBLEMS.batches.source(PROTOCOL, new Stream(5));
    train(learner, { ...PROTOCOL, epochs: WARM_UP }, batches);
    const start = performance.now();
    train(learner, { ...PROTOCOL, epochs }, batches);
    return (performance.now() - start) / epochs;
  }, threads);
}

/** Milliseconds per epoch in PyTorch. @throws LoopproofError where there is none */
function theirs(threads: number, epochs: number): number {
  const { agent, horizon, batch, optimizer } = PROTOCOL;
  const job = { N: agent.N, T: horizon, B: batch, dt: 1, lr: optimizer.lr, clip: 1, epochs, threads };
  const python = process.env['PYTHON'] ?? 'python3';
  const script = shipped('cli/bench_torch.py');
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], {
    input: JSON.stringify(job),
    encoding: 'utf8',
  });
  if (status === 0) return Number(stdout);
  throw new LoopproofError('unreadable', {
    where: `bench --torch: ${python}`,
    received: stderr?.trim().split('\n').at(-1) || `no ${python}`,
    expected: 'python3 with torch',
    hint: 'install PyTorch, name another Python in the environment variable PYTHON, or leave out --torch',
  });
}

/** @param torch whether PyTorch is timed beside, on a quarter of the epochs @throws LoopproofError where there is none */
export async function threadTimes(torch: boolean, { rounds: count, epochs } = EFFORT): Promise<ThreadTimes[]> {
  const rounds: { ours: number[]; theirs: number[] }[] = [];
  for (let round = 0; round < count; round++) {
    const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
    for (const threads of THREADS) {
      if (torch) times.theirs.push(theirs(threads, Math.ceil(epochs / 4)));
      times.ours.push(await ours(threads, epochs));
    }
    rounds.push(times);
  }
  return THREADS.map((threads, k) => ({
    threads,
    ms: median(rounds.map((round) => round.ours[k]!)),
    ofOne: median(rounds.map((round) => round.ours[k]! / round.ours[0]!)),
    ...(torch && {
      torch: median(rounds.map((round) => round.theirs[k]!)),
      ratio: median(rounds.map((round) => round.theirs[k]! / round.ours[k]!)),
    }),
  }));
}
