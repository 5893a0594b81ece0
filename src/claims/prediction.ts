/**
 * Predictions of a number that a run then measures: an epoch, a level, a duration.
 *
 * A prediction shows something only where others fail. So every verdict tries null predictors on the same pairs: the best constant,
 * and the prediction 0.7 and 1.3 times as large, as a rate that is off by so much makes it. Each must be refuted as the prediction
 * itself would be.
 */
import type { Proportion } from '../theory/odds.js';
import { decideProportion, type ProportionResult } from './proportion.js';

/** Predicted and measured, and the unit of accuracy. */
export type PredictionPair = readonly [predicted: number, measured: number, unit: number];

/** A prediction that a claim makes. */
export interface Prediction {
  readonly quantity: string;
  /** Whether a measured number is as predicted. @param unit what the check gave with the pair, 1 by default */
  readonly near: (predicted: number, measured: number, unit: number) => boolean;
  /** The proportion of runs that come near; absent where every case has a bound of its own. */
  readonly proportion?: Proportion;
}

/** Near within a factor, either way. */
export function withinFactor(factor: number): Prediction['near'] {
  return (predicted, measured) => Math.max(predicted / measured, measured / predicted) <= factor;
}

/** Whether a pair came near; one that is not of finite numbers did not. */
export function isNear({ near }: Prediction, [predicted, measured, unit]: PredictionPair): boolean {
  return Number.isFinite(predicted) && Number.isFinite(measured) && near(predicted, measured, unit);
}

/** What null predictors must fail in where a prediction has no proportion: nineteen cases of twenty. */
const EVERY_CASE = { name: 'as predicted', atLeast: 0.95, refutedBelow: 0.85 };

/** Constants that are tried, quantiles of what was measured. */
const CONSTANTS = 64;

/** How a null predictor did. */
export type NullResult = Pick<ProportionResult, 'name' | 'status' | 'successes' | 'trials'>;

/**
 * The null predictors of a prediction. The best constant is chosen after the fact, of so many, and the bound on its holding wrongly is
 * divided among them.
 * @param alpha bound on the probability of a wrong decision about each
 */
export function nullResults(prediction: Prediction, pairs: readonly PredictionPair[], alpha: number): NullResult[] {
  const { proportion = EVERY_CASE } = prediction;
  const decide = (name: string, of: (predicted: number) => number, share = 1): NullResult => {
    const outcomes = pairs.map(([predicted, ...rest]) => isNear(prediction, [of(predicted), ...rest]));
    const { status, successes, trials } = decideProportion({ ...proportion, name }, outcomes, alpha / share);
    return { name, status, successes, trials };
  };
  const measured = pairs.flatMap(([, value]) => (Number.isFinite(value) ? [value] : [])).sort((a, b) => a - b);
  const constants =
    measured.length === 0 ? [] : Array.from({ length: CONSTANTS }, (_, k) => quantile(measured, k / (CONSTANTS - 1)));
  const score = (constant: number): number =>
    pairs.reduce((sum, [, ...rest]) => sum + Number(isNear(prediction, [constant, ...rest])), 0);
  const best = constants.reduce((a, b) => (score(b) > score(a) ? b : a), 0);
  return [
    decide(`the constant ${Number(best.toPrecision(3))}`, () => best, CONSTANTS),
    ...[0.7, 1.3].map((factor) => decide(`${factor} times the prediction`, (predicted) => factor * predicted)),
  ];
}

/** Quantiles that a report gives of the errors. */
export const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] as const;

/** All predictions of one quantity. */
export interface PredictionSummary {
  readonly quantity: string;
  /** Number of pairs of finite numbers. */
  readonly count: number;
  /** Number of pairs that are not, since a run diverged or did not come so far: they enter no quantile. */
  readonly missing: number;
  /** Quantiles of measured − predicted, one per entry of `QUANTILES`; NaN where there are no pairs. */
  readonly errors: readonly number[];
  readonly pairs: readonly PredictionPair[];
  /** Null predictors on the same pairs. */
  readonly nulls: readonly NullResult[];
}

/** The quantile of sorted numbers, interpolated linearly. @param sorted at least one, ascending @param q in [0, 1] */
export function quantile(sorted: readonly number[], q: number): number {
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const [low, high] = [sorted[below]!, sorted[Math.ceil(position)]!];
  return low + (position - below) * (high - low);
}

/** The errors of a prediction, and of its null predictors. */
export function summarisePredictions(
  prediction: Prediction,
  all: readonly PredictionPair[],
  alpha: number,
): PredictionSummary {
  const pairs = all.filter((pair) => pair.every(Number.isFinite));
  const errors = pairs.map(([predicted, measured]) => measured - predicted).sort((a, b) => a - b);
  return {
    quantity: prediction.quantity,
    count: pairs.length,
    missing: all.length - pairs.length,
    errors: QUANTILES.map((q) => (errors.length > 0 ? quantile(errors, q) : Number.NaN)),
    pairs,
    nulls: nullResults(prediction, all, alpha),
  };
}
