/**
 * Two learning curves of one problem, held against each other under the tolerances of shadow runs.
 */

import type { Evidence } from '#src/claims/evidence.js';
import type { Stream } from '#src/linalg/random.js';
import { SHADOWS, shadowNoise } from '#src/linalg/tolerance.js';
import type { DataSource } from '#src/problem/start.js';
import { divergedAt, type LearningCurve } from '#src/training/curve.js';
import type { Engine } from '#src/training/engine.js';
import { type CurveComparison, compareCurves, shadowTolerances, type Tolerances } from '#src/training/shadow.js';
import { type Schedule, train } from '#src/training/train.js';

/** Whether a run stayed finite; one that did not is put into its class, with the epoch. */
export function staysFinite(evidence: Evidence, curve: LearningCurve, what = 'the run'): boolean {
  const epoch = divergedAt(curve);
  if (epoch !== undefined) evidence.diverges(what, epoch);
  return epoch === undefined;
}

/** What counts as a sharp comparison: a tolerance of the loss that leaves eight digits. */
export const SHARP = 10 ** -8;

/** What tolerances are measured on. */
export interface Shadowed {
  /** Makes a fresh engine at the initial parameters; never a mutant. */
  readonly learner: () => Engine;
  /** Likewise, with whatever else enters (a teacher) perturbed at rounding level by every call; `learner` by default. */
  readonly disturbed?: () => Engine;
  readonly schedule: Schedule;
  readonly moments: DataSource;
  /** Roundings per parameter and epoch. */
  readonly roundings: number;
  readonly random: Stream;
}

/** The rows of a curve from an epoch on, to before another. */
export function rowsBetween(curve: LearningCurve, from: number, to = curve.epochs): LearningCurve {
  const part = (column: Float64Array): Float64Array => {
    const size = column.length / curve.epochs;
    return column.subarray(size * from, size * to);
  };
  return {
    shape: curve.shape,
    epochs: to - from,
    loss: part(curve.loss),
    gradNorm: part(curve.gradNorm),
    clipFactor: part(curve.clipFactor),
    overlaps: part(curve.overlaps),
    gram: part(curve.gram),
    moments: part(curve.moments),
  };
}

/**
 * Measures the decisive difference of two curves, epoch by epoch on every channel.
 * @param since what the epochs are counted from, where it is not the start
 */
export function sameCurve(
  evidence: Evidence,
  {
    curve,
    predicted,
    since = '',
  }: { readonly curve: LearningCurve; readonly predicted: LearningCurve; readonly since?: string },
  { learner, disturbed = learner, schedule, moments, roundings, random }: Shadowed,
): CurveComparison & { readonly tolerances: Tolerances } {
  const reference = train(learner(), schedule, moments);
  const tolerances = shadowTolerances(disturbed, schedule, moments, reference, shadowNoise(roundings), random);
  evidence.risks(SHADOWS.cases.falseAlarm);
  const comparison = compareCurves(curve, predicted, tolerances, 'f64');
  const { decisive, end } = comparison;
  if (decisive)
    evidence.within(`${decisive.channel} at epoch ${decisive.epoch}${since}`, decisive.difference, decisive.tolerance);
  else evidence.decidesNothing(`${end} from the first epoch on`);
  return { ...comparison, tolerances };
}
