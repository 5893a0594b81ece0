/**
 * Random learning problems: a protocol with initial weights.
 */

import fc from 'fast-check';
import { lowRankInitial } from '#src/agent/initial.js';
import type { LinearAgent } from '#src/agent/linear.js';
import { at, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { type Protocol, plantOf } from '#src/problem/protocol.js';
import type { TensorName } from '#src/problem/schema.js';
import { type DataSource, momentSource, remembered } from '#src/problem/start.js';
import { type Drawn, leak, logInteger, logUniform, plain, seed, weighted } from './number.js';
import { general, timeStep } from './plant.js';
import { loss } from './problem.js';

const trained: fc.Arbitrary<TensorName[]> = weighted(
  [4, fc.constant<TensorName[]>(['z', 'U', 'V'])],
  [2, fc.subarray<TensorName>(['m', 'z', 'U', 'V'], { minLength: 2 })],
  [1, fc.subarray<TensorName>(['m', 'z', 'U', 'V'], { minLength: 1 })],
);

/** An optimiser that moves something in some tens of epochs: large steps with clipping, smaller ones without. */
const optimizer: fc.Arbitrary<Protocol['optimizer']> = weighted(
  [9, fc.tuple(logUniform(1.5e-2, 5e-2), logUniform(1, 10)).map(([lr, clip]) => ({ kind: 'sgd' as const, lr, clip }))],
  [1, logUniform(1e-3, 1e-2).map((lr) => ({ kind: 'sgd' as const, lr, clip: null }))],
);

const plant = weighted(
  [
    8,
    plain<Extract<Protocol['plant'], { kind: 'integrator' }>>({
      kind: fc.constant('integrator'),
      order: fc.constantFrom(1, 2, 2, 2, 2, 2, 3, 4),
      dt: timeStep,
    }),
  ],
  [1, general(1)],
);

/** A low-rank agent of 1 to 80 units. */
const agent: fc.Arbitrary<Protocol['agent']> = fc
  .tuple(logInteger(1, 80), fc.constantFrom(0, 1, 1, 1, 1, 2, 3, 4), leak)
  .map(([N, rank, leak]) => ({ kind: 'linear-low-rank' as const, N, rank, leak }));

/** Starts: a population, or a fresh batch every epoch. */
const start: fc.Arbitrary<Protocol['start']> = fc.oneof(
  logUniform(0.1, 4).map((variance) => ({ kind: 'population' as const, variance })),
  fc.constant({ kind: 'uniform' as const, low: -2, high: 2 }),
  fc.constant({ kind: 'normal' as const, sd: 1 }),
);

const horizon = weighted([1, fc.integer({ min: 1, max: 4 })], [24, logInteger(8, 80)]);

/** Batches: mostly large enough that learning shows above their noise. */
const batch = weighted([1, fc.integer({ min: 1, max: 8 })], [4, logInteger(8, 100)]);

/** Without clipping, a long horizon makes nearly every start diverge: those that stay are of short ones. */
function tamed<P extends Omit<Protocol, 'firstUpdate' | 'precision' | 'rows'>>(protocol: P): P {
  return protocol.optimizer.clip === null ? { ...protocol, horizon: 4 + (protocol.horizon % 12) } : protocol;
}

/** Learning of low-rank agents in all shapes, of 50 to 100 epochs. */
export const learning = plain({
  protocol: plain<Omit<Protocol, 'firstUpdate' | 'precision' | 'rows'>>({
    mode: fc.constant('closed-loop'),
    plant,
    agent,
    horizon,
    start,
    batch,
    loss,
    optimizer,
    trained,
    epochs: fc.integer({ min: 50, max: 100 }),
  }).map(tamed),
  weights: plain({
    seed,
    scale: logUniform(0.7, 2),
    drift: fc.integer({ min: -2, max: 24 }).map((k) => k / 16),
  }),
});

/** A learning problem, as plain data. */
export type LearningCase = Drawn<typeof learning>;

/** The initial agent of a case. @throws RangeError unless the agent is of low rank. */
export function initialAgent({ protocol, weights }: LearningCase): LinearAgent {
  const spec = protocol.agent;
  if (spec.kind !== 'linear-low-rank') throw new RangeError(`a low-rank agent is expected, received ${spec.kind}`);
  const { B, C } = plantOf(protocol.plant);
  const shape = { N: spec.N, r: spec.rank, p: B.cols, c: C.rows };
  const agent = lowRankInitial(shape, spec.leak, new Stream(weights.seed), weights.scale);
  const { M, Z } = agent;
  const lean = (i: number, j: number): number => at(Z, i, j) + weights.drift * at(M, j, i % M.cols);
  return { ...agent, Z: matrix(Z.rows, Z.cols, lean) };
}

/** The moments of x₀ of a case, epoch by epoch. */
export function momentsFor({ protocol, weights }: LearningCase): DataSource {
  const n = plantOf(protocol.plant).A.rows;
  return remembered(momentSource(protocol.start, n, protocol.batch, new Stream(weights.seed).child('starts')));
}
