/**
 * Random losses over a closed loop: what a gradient is taken of.
 */

import fc from 'fast-check';
import type { Tensor } from '#src/agent/linear.js';
import { type Matrix, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { type Cost, costOf } from '#src/problem/protocol.js';
import type { NamedLoss } from '#src/problem/schema.js';
import { drawnWeights } from '../support/cost.js';
import { type LoopCase, loop } from './loop.js';
import { logUniform, plain, seed, weighted } from './number.js';

/** A loss: any state weighting, with or without a control penalty. */
export const loss: fc.Arbitrary<NamedLoss> = plain<NamedLoss & { control: NonNullable<NamedLoss['control']> }>({
  state: fc.constantFrom('mean', 'text', 'sum-mean', 'position'),
  beta: fc.oneof(fc.constant(0), logUniform(1e-3, 5)),
  control: fc.constantFrom('sum-time', 'sum-all', 'mean', 'sum-batch'),
});

/** A loss that weighs every pair of components, by `drawnWeights`. */
interface PairsLoss {
  readonly discount: number;
}

/** A loss of a closed loop over a batch of starts. */
export interface ProblemCase {
  readonly loop: LoopCase;
  readonly horizon: number;
  readonly loss: NamedLoss | PairsLoss;
  readonly batch: number;
  readonly seed: number;
}

/** The paper's own loop, for which there is a fast path. */
const paper: fc.Arbitrary<LoopCase> = plain<LoopCase>({
  plant: fc.constantFrom(
    { kind: 'integrator' as const, order: 2, dt: 1 },
    { kind: 'integrator' as const, order: 2, dt: 0.5 },
  ),
  N: fc.integer({ min: 1, max: 8 }),
  rank: fc.constant(1),
  leak: fc.constant(1),
  dense: fc.constant(false),
  weights: fc.constantFrom('dyadic' as const, 'normal' as const),
  seed,
});

/** Problems of up to `maxHorizon` steps. @param dense whether agents may have a full-rank part */
export function problem(maxHorizon: number, maxBatch: number, dense: boolean): fc.Arbitrary<ProblemCase> {
  return plain<ProblemCase>({
    loop: weighted([3, loop(8, 3, dense)], [1, paper]),
    horizon: fc.integer({ min: 1, max: maxHorizon }),
    loss: weighted([3, loss], [1, plain<PairsLoss>({ discount: fc.constantFrom(1, 0.75, 0.5) })]),
    batch: fc.integer({ min: 1, max: maxBatch }),
    seed,
  });
}

/** What the loss of a case weighs. @param n state components @param p controls */
export function costOfCase({ loss, seed, ...rest }: ProblemCase, n: number, p: number): Cost {
  if (!('discount' in loss)) return costOf({ ...rest, loss }, n, p);
  const random = new Stream(seed).child('weights');
  return { Q: drawnWeights(n, random), R: drawnWeights(p, random), discount: loss.discount };
}

/** The batch of starts of a case, n × B: uniform on [−2, 2], or with repeated and zero entries. */
export function batchOf({ batch, seed }: ProblemCase, n: number): Matrix {
  const random = new Stream(seed).child('starts');
  return matrix(n, batch, () => (seed % 3 === 0 ? Math.round(random.uniform(-2, 2)) : random.uniform(-2, 2)));
}

/** A nonempty subset of the tensors, in their order. */
export function subset(tensors: readonly Tensor[]): fc.Arbitrary<Tensor[]> {
  return fc.subarray([...tensors], { minLength: 1 });
}
