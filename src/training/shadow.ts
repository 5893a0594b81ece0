/**
 * Conditioning of a learning run, measured by shadow runs (tolerance.ts): how far two correct programs that
 * round differently may be apart, epoch by epoch.
 */

import type { Precision } from '../kernel/numbers.js';
import { map } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { largestNumber, SHADOWS, type ShadowPlan } from '../linalg/tolerance.js';
import type { DataSource } from '../problem/start.js';
import { type ComparedCurve, type Curve, type LearningCurve, rowOf } from './curve.js';
import type { Engine, Perturbable } from './engine.js';
import { type Schedule, train } from './train.js';

/** The recorded quantities that are compared, each with its distance between two curves at an epoch. */
export const CHANNELS = {
  /** Relative difference of the loss. */
  loss: (a: ComparedCurve, b: ComparedCurve, e: number) => relative(a.loss[e]!, b.loss[e]!),
  /** Relative difference of the gradient norm. */
  gradNorm: (a: ComparedCurve, b: ComparedCurve, e: number) => relative(a.gradNorm[e]!, b.gradNorm[e]!),
  /** Largest difference of an order parameter, relative to the largest of them or 1. */
  overlaps: (a: ComparedCurve, b: ComparedCurve, e: number) =>
    largestDifference(rowOf(a.overlaps, a.epochs, e), rowOf(b.overlaps, b.epochs, e)),
  /** Likewise of an entry of the Gram matrix. */
  gram: (a: ComparedCurve, b: ComparedCurve, e: number) =>
    largestDifference(rowOf(a.gram, a.epochs, e), rowOf(b.gram, b.epochs, e)),
  /** Difference of the clip factor, which is at most 1. */
  clipFactor: (a: ComparedCurve, b: ComparedCurve, e: number) => Math.abs(a.clipFactor[e]! - b.clipFactor[e]!),
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

/** What differences of a channel are relative to, for its numbers at an epoch. */
export function sizeOf(channel: Channel, row: Float64Array): number {
  if (channel === 'loss' || channel === 'gradNorm') return Math.abs(row[0]!);
  return row.reduce((size, value) => Math.max(size, Math.abs(value)), 1);
}

/** By how much two curves differ at an epoch: infinitely, where a number is none. */
export function differenceAt(channel: Channel, a: ComparedCurve, b: ComparedCurve, epoch: number): number {
  const distance = CHANNELS[channel](a, b, epoch);
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
}

/** How an engine errs: relative sizes of noise. */
export interface Noise {
  /** On starts, and the least that numbers of the curves err by. */
  readonly numbers: number;
  /** On parameters: what rounding within an epoch amounts to. */
  readonly entries: number;
  /** What of that stays in the parameters, as rounding them after an update does; all of it by default. */
  readonly stays?: number;
}

/** An engine that errs as rounding does. */
export interface Shadow<E extends Perturbable> {
  readonly engine: E;
  /** Perturbs its parameters: before each epoch. */
  readonly shake: () => void;
}

/** A shadow of an engine, which it takes over. */
export function shadowOf<E extends Perturbable>(
  engine: E,
  { numbers, entries, stays }: Noise,
  stream: Stream,
): Shadow<E> {
  // Starts too: a gradient that a batch cancels but for a small rest errs by the rounding of what cancels, which weights,
  // where they hardly matter, do not show.
  const entry = (value: number): number => value * (1 + numbers * stream.normal());
  return {
    engine: {
      ...engine,
      evaluate(starts) {
        const back = stays === undefined ? undefined : engine.perturb(stream, entries);
        const evaluation = engine.evaluate(map(starts, entry));
        back?.();
        return evaluation;
      },
    },
    shake: () => void engine.perturb(stream, stays ?? entries),
  };
}

/** Tolerances of a run: per channel, one number per epoch, never falling. */
export type Tolerances = Readonly<Record<Channel, Float64Array>>;

/**
 * Runs shadows of a learner and turns their spread into tolerances. A comparison under them errs with a probability of
 * the plan's `falseAlarm` (tolerance.ts).
 *
 * @param learner makes a fresh engine at the initial parameters
 * @param reference the unperturbed curve of such an engine
 * @param noise relative size of the perturbation of parameters and starts in every epoch (`shadowNoise`)
 * @param plan number of shadows, and the multiple of their spread
 */
export function shadowTolerances(
  learner: () => Engine,
  schedule: Schedule,
  moments: DataSource,
  reference: LearningCurve,
  noise: number,
  random: Stream,
  plan: ShadowPlan = SHADOWS.cases,
): Tolerances {
  const { epochs } = schedule;
  const { count, multiple } = plan;
  const runs = Array.from({ length: count }, (_, k) => {
    const { engine, shake } = shadowOf(learner(), { numbers: noise, entries: noise }, random.child(`shadow ${k}`));
    return train(engine, schedule, moments, { beforeEpoch: shake });
  });
  const toleranceOf = (channel: Channel): Float64Array => {
    // The perturbation itself is the least that a difference can be blamed on.
    let running = noise;
    return Float64Array.from({ length: epochs }, (_, e) => {
      // A shadow that left the finite numbers where the reference did not leaves nothing to compare with.
      for (const curve of runs) running = Math.max(running, differenceAt(channel, reference, curve, e));
      return multiple * running;
    });
  };
  const gradNorm = toleranceOf('gradNorm');
  return {
    loss: toleranceOf('loss'),
    gradNorm,
    overlaps: toleranceOf('overlaps'),
    gram: toleranceOf('gram'),
    // min(1, c/‖g‖) differs by at most the relative difference of ‖g‖; its own spread vanishes where all shadows saturate.
    clipFactor: gradNorm,
  };
}

/** A difference of two curves, with what was allowed. */
export interface Difference {
  readonly channel: Channel;
  readonly epoch: number;
  readonly difference: number;
  readonly tolerance: number;
}

/** The comparison of two curves under given tolerances. */
export interface CurveComparison {
  /**
   * The first difference beyond its tolerance, or, if there is none, the one nearest to it; `undefined` if nothing could
   * be compared.
   */
  readonly decisive?: Difference;
  /** Epochs compared on one channel at least. */
  readonly compared: number;
  /** Why the comparison ended: all epochs, tolerances above the ceiling, or numbers beyond the precision's range. */
  readonly end: 'complete' | 'chaotic' | 'out of range';
  /** The loss tolerance of the last compared epoch. */
  readonly lastTolerance: number;
}

/** Whether an epoch's numbers, or their squares, leave the range of a precision. */
export function outOfRange({ loss, gradNorm }: Curve, epoch: number, precision: Precision): boolean {
  const largest = Math.max(Math.abs(loss[epoch]!), Math.abs(gradNorm[epoch]!));
  return !(largest * largest <= largestNumber(precision));
}

/**
 * Compares a curve with a predicted one, epoch by epoch, each channel as far as its tolerance decides anything.
 * @param precision that the curve was computed in: where the prediction overflows it, nothing can be compared
 */
export function compareCurves(
  curve: LearningCurve,
  predicted: LearningCurve,
  tolerances: Tolerances,
  precision: Precision,
  channels: readonly Channel[] = Object.keys(CHANNELS) as Channel[],
): CurveComparison {
  let decisive: Difference | undefined;
  let end: CurveComparison['end'] = 'complete';
  let epoch = 0;
  const ratio = ({ difference, tolerance }: Difference): number => difference / tolerance;
  const epochs = Math.min(curve.epochs, predicted.epochs);
  for (; epoch < epochs; epoch++) {
    const below = (channel: Channel): boolean => tolerances[channel][epoch]! <= SHADOWS.ceiling;
    const decided = channels.filter(below);
    if (outOfRange(predicted, epoch, precision)) end = 'out of range';
    // All else follows from the order parameters: once they are chaotic, a channel that still agrees does so by saturation.
    else if (decided.length === 0 || !below('overlaps')) end = 'chaotic';
    if (end !== 'complete') break;
    for (const channel of decided) {
      const difference = differenceAt(channel, curve, predicted, epoch);
      const found = { channel, epoch, difference, tolerance: tolerances[channel][epoch]! };
      if (!decisive || ratio(found) > ratio(decisive)) decisive = found;
    }
    if (decisive && ratio(decisive) > 1)
      return { decisive, compared: epoch + 1, end, lastTolerance: decisive.tolerance };
  }
  const lastTolerance = epoch > 0 ? tolerances.loss[epoch - 1]! : Number.POSITIVE_INFINITY;
  return { ...(decisive && { decisive }), compared: epoch, end, lastTolerance };
}
