/**
 * Peaks of a loss while it is learnt. A peak on the way down counts from the lowest loss before it: comparing with the start would
 * miss it where the start is high.
 */

/** The largest ratio of a loss to an earlier one. */
export interface PeakRatio {
  /** At least 1; 1 for losses that never rise. */
  readonly factor: number;
  /** Index of the later loss. */
  readonly epoch: number;
}

/** The peak of positive losses over their minimum before it, up to the first that is not a number. */
export function peakRatioOf(losses: ArrayLike<number>): PeakRatio {
  let lowest = Number.POSITIVE_INFINITY;
  let peak: PeakRatio = { factor: 1, epoch: 0 };
  for (let epoch = 0; epoch < losses.length; epoch++) {
    const loss = losses[epoch]!;
    if (Number.isNaN(loss)) break;
    if (loss / lowest > peak.factor) peak = { factor: loss / lowest, epoch };
    lowest = Math.min(lowest, loss);
  }
  return peak;
}

/** The largest of a series of losses and its epoch; epochs that were left out are NaN. `undefined` if all are. */
export function peakOf(losses: ArrayLike<number>): { readonly loss: number; readonly epoch: number } | undefined {
  let peak: { loss: number; epoch: number } | undefined;
  for (let epoch = 0; epoch < losses.length; epoch++)
    if (losses[epoch]! > (peak?.loss ?? Number.NEGATIVE_INFINITY)) peak = { loss: losses[epoch]!, epoch };
  return peak;
}
