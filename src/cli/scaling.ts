/**
 * `loopproof bench --scaling`: training epochs of the tanh agent by its sizes, one at a time beside the paper's.
 */
import { closedLoopFlops } from '../kernel/flops.js';
import type { Precision } from '../kernel/kernel.js';
import { Stream } from '../linalg/random.js';
import { batchSource, drawRnn, RNN_PROTOCOLS, type RnnProtocol, rnnLearner } from '../training/rnn-protocol.js';
import { trainRnn } from '../training/train-rnn.js';

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
  readonly N: number;
  readonly B: number;
  readonly T: number;
  /** Of an epoch, the best of the rounds. */
  readonly ms: number;
  /** FLOPs of the matrix products per nanosecond. */
  readonly gflops: number;
}

function epochTime(precision: Precision, N: number, B: number, T: number): number {
  const figure = RNN_PROTOCOLS['artifact-tanh'];
  const protocol: RnnProtocol = { ...figure, precision, agent: { ...figure.agent, N }, batch: B, horizon: T };
  const learner = rnnLearner(protocol, drawRnn(protocol, new Stream(3)));
  const batches = batchSource(protocol, new Stream(4));
  const timed = (epochs: number): number => {
    const start = performance.now();
    trainRnn(learner, { ...protocol, epochs }, batches);
    return performance.now() - start;
  };
  let epochs = 2;
  while (timed(epochs) < ROUND) epochs *= 2;
  return Math.min(...Array.from({ length: ROUNDS }, () => timed(epochs))) / epochs;
}

/** Every size in both precisions. */
export function scaling(): ScalingResult[] {
  const { agent, batch, horizon } = RNN_PROTOCOLS['artifact-tanh'];
  const [N, B, T]: number[] = [agent.N, batch, horizon];
  const sizes = [
    ...SIZES.N.map((units) => [units, B!, T!] as const),
    ...SIZES.B.map((trials) => [N!, trials, T!] as const),
    ...SIZES.T.map((steps) => [N!, B!, steps] as const),
  ];
  return (['f32', 'f64'] as const).flatMap((precision) =>
    sizes.map(([units, trials, steps]) => {
      const ms = epochTime(precision, units, trials, steps);
      return {
        precision,
        N: units,
        B: trials,
        T: steps,
        ms,
        gflops: closedLoopFlops(units, trials, steps) / (1e6 * ms),
      };
    }),
  );
}
