/**
 * Statistics of a campaign's conditions.
 */
import type { Stream } from '../linalg/random.js';

/** The mean of at least one number. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Resamples of one interval: fewer for so many values that they would take minutes, but never too few for its ends. */
const resamplesOf = (values: number): number => Math.round(Math.min(2000, Math.max(200, 4e5 / values)));

/**
 * The percentile interval of a statistic by the bootstrap.
 * @param level of confidence
 */
export function bootstrapInterval(
  values: readonly number[],
  statistic: (sample: readonly number[]) => number,
  level: number,
  random: Stream,
): [number, number] {
  const resamples = resamplesOf(values.length);
  const estimates = Array.from({ length: resamples }, () =>
    statistic(values.map(() => values[Math.floor(random.uniform(0, values.length))]!)),
  ).sort((a, b) => a - b);
  const tail = (1 - level) / 2;
  return [estimates[Math.floor(tail * resamples)]!, estimates[Math.ceil((1 - tail) * resamples) - 1]!];
}

/**
 * The rank test: whether one number comes from where others do. Were all of them exchangeable, its rank among them would be
 * uniform; ties count for it.
 * @returns two-sided, at least 2/(n + 1)
 */
export function rankTest(value: number, others: readonly number[]): number {
  const below = others.filter((other) => other <= value).length;
  const above = others.filter((other) => other >= value).length;
  return Math.min(1, (2 * (Math.min(below, above) + 1)) / (others.length + 1));
}

function logBinomial(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
  return sum;
}

/** Relative excess of a probability that counts as a tie. */
const TIE = 1e-9;

/**
 * Fisher's exact test: the probability, were both proportions the same, of a split as unlikely as this one or more so.
 * @param a successes of `n` @param b successes of `m`
 */
export function fisherExact(a: number, n: number, b: number, m: number): number {
  const total = a + b;
  const probability = (k: number): number =>
    Math.exp(logBinomial(n, k) + logBinomial(m, total - k) - logBinomial(n + m, total));
  const seen = probability(a);
  let sum = 0;
  for (let k = Math.max(0, total - m); k <= Math.min(n, total); k++) {
    const p = probability(k);
    if (p <= seen * (1 + TIE)) sum += p;
  }
  return Math.min(1, sum);
}
