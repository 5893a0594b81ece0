/**
 * Random tracking tasks, small enough to be rolled out trial by trial.
 */

import fc from 'fast-check';
import type { Rnn } from '#src/agent/rnn.js';
import { type Matrix, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { cursor } from '#src/plant/cursor.js';
import { balancedPhases, drawPhases, type Harmonic } from '#src/plant/reference.js';
import { PROTOCOLS, type TrackingProtocol } from '#src/problem/protocol.js';
import type { TrackingTask } from '#src/training/tracking.js';
import { type Drawn, leak, logUniform, plain, seed } from './number.js';

/** Tasks whose states are far from their limits, near them, and at them. */
export const trackingCase = plain({
  axes: fc.integer({ min: 1, max: 2 }),
  /** Frequencies in Hz. */
  frequencies: fc.array(logUniform(0.05, 2), { minLength: 1, maxLength: 4 }),
  dt: fc.oneof(fc.constantFrom(0.125, 0.5, 1), logUniform(0.05, 1)),
  steps: fc.integer({ min: 1, max: 12 }),
  limit: fc.oneof(fc.constant(10), logUniform(1e-2, 10)),
  N: fc.integer({ min: 1, max: 8 }),
  leak,
  batch: fc.integer({ min: 1, max: 12 }),
  balanced: fc.boolean(),
  seed,
});

/** A task with an agent and a batch, as plain data. */
export type TrackingCase = Drawn<typeof trackingCase>;

/** The task, the agent and the phases that a case stands for. */
export function realiseTracking(instance: TrackingCase): {
  readonly task: TrackingTask;
  readonly initial: Rnn;
  readonly phases: Matrix;
} {
  const { axes, frequencies, dt, steps, limit, N, batch, balanced } = instance;
  const random = new Stream(instance.seed);
  const harmonics = frequencies.map(
    (frequency): Harmonic => ({ frequency, axis: Math.floor(random.uniform(0, axes)) }),
  );
  const spread = 1 / Math.sqrt(N);
  const entry = (): number => random.uniform(-spread, spread);
  return {
    task: {
      plant: cursor(dt, axes),
      reference: { amplitude: 2, ramp: 3 * dt, axes, harmonics },
      dt,
      steps,
      limit,
      weight: random.uniform(0.1, 2),
    },
    initial: {
      activation: 'linear',
      leak: instance.leak,
      M: matrix(N, 2 * axes, entry),
      W: matrix(N, N, entry),
      Z: matrix(axes, N, entry),
    },
    phases:
      balanced && batch > 2 * harmonics.length
        ? balancedPhases(harmonics.length, batch)
        : drawPhases(harmonics.length, batch, random.child('phases')),
  };
}

/** A tracking task that is learnt, with two harmonics. */
export interface TrackerCase {
  readonly N: number;
  /** Hz, low before high. */
  readonly frequencies: readonly [number, number];
  /** Whether both are on one axis, or each on its own. */
  readonly shared: boolean;
  /** Learning rate times N on axes of their own. */
  readonly rate: number;
  readonly seed: number;
}

/** About the paper's lower two frequencies, over its 30 s. */
export const tracker: fc.Arbitrary<TrackerCase> = plain({
  N: fc.integer({ min: 20, max: 28 }),
  low: logUniform(0.08, 0.12),
  ratio: logUniform(1.8, 2.4),
  shared: fc.boolean(),
  rate: logUniform(0.42, 0.5),
  seed,
}).map(({ low, ratio, ...rest }) => ({ ...rest, frequencies: [low, low * ratio] as const }));

/** On one axis learning is slower: the rate is so many times as large. */
const FASTER = 1.4;

/** The protocol that a case stands for: the paper's, with steps of 0.2 s and a rate for fewer units. */
export function trackerProtocol({ N, frequencies, shared, rate }: TrackerCase): TrackingProtocol {
  return {
    ...PROTOCOLS.tracking,
    tracking: {
      ...PROTOCOLS.tracking.tracking,
      harmonics: frequencies.map((frequency, k) => ({ frequency, axis: shared ? 0 : k })),
    },
    plant: { ...PROTOCOLS.tracking.plant, dt: 0.2 },
    agent: { kind: 'linear', N, leak: 0.2 },
    horizon: 150,
    batch: 20,
    optimizer: { kind: 'adam', lr: ((shared ? FASTER : 1) * rate) / N, clip: null },
    epochs: 700,
  };
}
