/**
 * Where σ_zm turns: the end of its way to the set point of stage 1.
 */
import { type LearningCurve, rowOf } from '../training/curve.js';

/** σ_zm of an epoch, the first of its order parameters. */
export function positionOverlap({ overlaps, epochs }: LearningCurve, epoch: number): number {
  return rowOf(overlaps, epochs, epoch)[0]!;
}

/**
 * First epoch whose update does not move σ_zm in a direction, down by default; the number of epochs if there is none, NaN where
 * σ_zm leaves the finite numbers before it turns.
 */
export function measuredTurn(curve: LearningCurve, direction: 1 | -1 = -1): number {
  const last = curve.epochs - 1;
  const moves = (epoch: number): boolean =>
    (positionOverlap(curve, epoch + 1) - positionOverlap(curve, epoch)) * direction > 0;
  let epoch = 0;
  while (epoch < last && moves(epoch)) epoch++;
  if (epoch === last) return curve.epochs;
  return Number.isFinite(positionOverlap(curve, epoch + 1)) ? epoch : Number.NaN;
}
