/**
 * Conditioning of a learning run, measured by shadow runs (tolerance.ts, theory.md §8): how far two correct programs that
 * round differently may be apart, epoch by epoch.
 */
import type { Stream } from '../linalg/random.js';
import { SHADOWS } from '../linalg/tolerance.js';
import { type LearningCurve, rowOf } from './curve.js';
import type { Engine } from './engine.js';
import type { MomentSource } from './start.js';
import { type Schedule, train } from './train.js';

/** The recorded quantities that are compared, each with its distance between two curves at an epoch. */
export const CHANNELS = {
  /** Relative difference of the loss. */
  loss: (a: LearningCurve, b: LearningCurve, e: number) => relative(a.loss[e]!, b.loss[e]!),
  /** Relative difference of the gradient norm. */
  gradNorm: (a: LearningCurve, b: LearningCurve, e: number) => relative(a.gradNorm[e]!, b.gradNorm[e]!),
  /** Largest difference of an order parameter, relative to the largest of them or 1. */
  overlaps: (a: LearningCurve, b: LearningCurve, e: number) =>
    largestDifference(rowOf(a.overlaps, a.epochs, e), rowOf(b.overlaps, b.epochs, e)),
} as const;

export type Channel = keyof typeof CHANNELS;

function relative(a: number, b: number): number {
  if (a === b) return 0;
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  let difference = 0;
  let size = 1;
  for (let k = 0; k < a.length; k++) {
    // NaN must not be lost in Math.max's favour of numbers.
    difference = Number.isNaN(difference) ? difference : Math.max(difference, Math.abs(a[k]! - b[k]!));
    size = Math.max(size, Math.abs(a[k]!), Math.abs(b[k]!));
  }
  return difference / size;
}

/** Tolerances of a run: per channel, one number per epoch, never falling. */
export type Tolerances = Readonly<Record<Channel, Float64Array>>;

/**
 * Runs shadows of a learner and turns their spread into tolerances.
 *
 * @param learner makes a fresh engine at the initial parameters
 * @param reference the unperturbed curve of such an engine
 * @param noise relative size of the perturbation before every epoch (`shadowNoise`)
 */
export function shadowTolerances(
  learner: () => Engine,
  schedule: Schedule,
  moments: MomentSource,
  reference: LearningCurve,
  noise: number,
  random: Stream,
): Tolerances {
  const { epochs } = schedule;
  const runs = Array.from({ length: SHADOWS.count }, (_, k) => {
    const engine = learner();
    const stream = random.child(`shadow ${k}`);
    return train(engine, schedule, moments, { beforeEpoch: () => engine.perturb(stream, noise) });
  });
  const toleranceOf = (channel: Channel): Float64Array => {
    // The perturbation itself is the least that a difference can be blamed on.
    let running = noise;
    return Float64Array.from({ length: epochs }, (_, e) => {
      for (const curve of runs) {
        const distance = CHANNELS[channel](reference, curve, e);
        // A shadow that left the finite numbers where the reference did not leaves nothing to compare with.
        running = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(running, distance);
      }
      return SHADOWS.multiple * running;
    });
  };
  return { loss: toleranceOf('loss'), gradNorm: toleranceOf('gradNorm'), overlaps: toleranceOf('overlaps') };
}

/** The comparison of two curves under given tolerances. */
export interface Comparison {
  /** The place where the difference is largest in units of its tolerance; `undefined` if nothing could be compared. */
  readonly worst?: {
    readonly channel: Channel;
    readonly epoch: number;
    readonly difference: number;
    readonly tolerance: number;
  };
  /** The first place where a difference exceeds its tolerance. */
  readonly firstBreak?: { readonly channel: Channel; readonly epoch: number };
  /** Epochs compared before the run ended, diverged, or a tolerance passed the ceiling. */
  readonly compared: number;
  /** The loss tolerance of the last compared epoch. */
  readonly lastTolerance: number;
}

/** Compares two curves epoch by epoch, as far as the tolerances decide anything. */
export function compareCurves(
  reference: LearningCurve,
  other: LearningCurve,
  tolerances: Tolerances,
  channels: readonly Channel[] = Object.keys(CHANNELS) as Channel[],
): Comparison {
  let worst: Comparison['worst'];
  let firstBreak: Comparison['firstBreak'];
  let epoch = 0;
  for (; epoch < reference.epochs; epoch++) {
    const e = epoch;
    if (channels.some((channel) => tolerances[channel][e]! > SHADOWS.ceiling)) break;
    if (!Number.isFinite(reference.loss[e]) && !Number.isFinite(other.loss[e])) break;
    for (const channel of channels) {
      const difference = CHANNELS[channel](reference, other, e);
      const tolerance = tolerances[channel][e]!;
      if (!(difference <= tolerance)) firstBreak ??= { channel, epoch: e };
      const ratio = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / tolerance;
      if (!worst || ratio > worst.difference / worst.tolerance)
        worst = {
          channel,
          epoch: e,
          difference: Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference,
          tolerance,
        };
    }
  }
  return {
    ...(worst && { worst }),
    ...(firstBreak && { firstBreak }),
    compared: epoch,
    lastTolerance: epoch > 0 ? tolerances.loss[epoch - 1]! : Number.POSITIVE_INFINITY,
  };
}
