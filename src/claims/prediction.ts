/**
 * Predictions of a number that a run then measures: an epoch, a level, a duration.
 */

/** Predicted and measured. */
export type PredictionPair = readonly [predicted: number, measured: number];

/** Quantiles that a report gives of the errors. */
export const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] as const;

/** All predictions of one quantity. */
export interface PredictionSummary {
  readonly quantity: string;
  /** Number of pairs of finite numbers. */
  readonly count: number;
  /** Number of pairs that are not, since a run diverged: they enter no quantile. */
  readonly diverged: number;
  /** Quantiles of measured − predicted, one per entry of `QUANTILES`; NaN where there are no pairs. */
  readonly errors: readonly number[];
  readonly pairs: readonly PredictionPair[];
}

/** The quantile of sorted numbers, interpolated linearly. @param sorted at least one, ascending @param q in [0, 1] */
export function quantile(sorted: readonly number[], q: number): number {
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const [low, high] = [sorted[below]!, sorted[Math.ceil(position)]!];
  return low + (position - below) * (high - low);
}

/** The errors of a quantity's predictions. */
export function summarisePredictions(quantity: string, all: readonly PredictionPair[]): PredictionSummary {
  const pairs = all.filter((pair) => pair.every(Number.isFinite));
  const errors = pairs.map(([predicted, measured]) => measured - predicted).sort((a, b) => a - b);
  return {
    quantity,
    count: pairs.length,
    diverged: all.length - pairs.length,
    errors: QUANTILES.map((q) => (errors.length > 0 ? quantile(errors, q) : Number.NaN)),
    pairs,
  };
}
