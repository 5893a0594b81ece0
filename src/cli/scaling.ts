/**
 * `loopproof bench --scaling`: time per training epoch of the tanh agent. One size varies at a time, from the paper's.
 */

import { closedLoopFlops } from '../kernel/flops.js';
import type { Precision } from '../kernel/numbers.js';
import { Stream } from '../linalg/random.js';
import { PROTOCOLS, type RnnProtocol } from '../problem/protocol.js';
import { PROBLEMS } from '../training/problems.js';
import { train } from '../training/train.js';

/** Sizes tried: units, trials, horizon. */
const SIZES = {
  N: [16, 32, 64, 100, 128, 200, 256],
  B: [1, 4, 16, 64, 100, 256],
  T: [5, 10, 20, 50, 100, 200],
} as const;

const ROUNDS = 5;
/** Least duration of a round, in milliseconds. */
const ROUND = 30;

/** One size's time. */
export interface ScalingResult {
  readonly precision: Precision;
  /** The size that is varied. */
  readonly by: keyof typeof SIZES;
  readonly N: number;
  readonly B: number;
  readonly T: number;
  /** Time of an epoch in the best round. */
  readonly ms: number;
  /** FLOPs of the matrix products per nanosecond. */
  readonly gflops: number;
}

function epochTime(precision: Precision, N: number, B: number, T: number): number {
  const figure = PROTOCOLS['artifact-tanh'];
  const protocol: RnnProtocol = { ...figure, precision, agent: { ...figure.agent, N }, batch: B, horizon: T };
  const learner = PROBLEMS.batches.learner(protocol, PROBLEMS.batches.draw(protocol, new Stream(3)));
  const batches = PROBLEMS.batches.source(protocol, new Stream(4));
  const timed = (epochs: number): number => {
    const start = performance.now();
    train(learner, { ...protocol, epochs }, batches);
    return performance.now() - start;
  };
  let epochs = 2;
  while (timed(epochs) < ROUND) epochs *= 2;
  return Math.min(...Array.from({ length: ROUNDS }, () => timed(epochs))) / epochs;
}

/** Every size in both precisions. */
export function scaling(): ScalingResult[] {
  const { agent, batch, horizon } = PROTOCOLS['artifact-tanh'];
  const paper = { N: agent.N, B: batch, T: horizon };
  const sizes = (['N', 'B', 'T'] as const).flatMap((by) => SIZES[by].map((size) => ({ by, ...paper, [by]: size })));
  return (['f32', 'f64'] as const).flatMap((precision) =>
    sizes.map(({ by, N, B, T }) => {
      const ms = epochTime(precision, N, B, T);
      return { precision, by, N, B, T, ms, gflops: closedLoopFlops(N, B, T) / (1e6 * ms) };
    }),
  );
}

/** Marks per doubling of the time. The scale is logarithmic, so a power law is a straight edge. */
const MARKS = 2;

/** A bar for each time; the shortest has one mark. */
export function drawn(results: readonly Pick<ScalingResult, 'ms'>[]): string[] {
  const shortest = Math.min(...results.map(({ ms }) => ms));
  return results.map(({ ms }) => '█'.repeat(1 + Math.round(MARKS * Math.log2(ms / shortest))));
}
