/**
 * A proportion of cases, decided sequentially: "at least 95 % of runs settle there" holds, is refuted, or wants more cases.
 *
 * The likelihood ratio of two proportions is a martingale under either, and stays a supermartingale under every proportion
 * beyond its own; it exceeds 1/α anywhere with probability at most α (Wald 1945; Ville 1939). So the test may stop as soon as
 * it crosses, and a true claim stops early.
 */
import type { Proportion } from '../theory/odds.js';

/** Share of a claim's draws that must be inside its regime: a generator that misses it more often than not proves little. */
export const REGIME_SHARE = 0.5;

/** The result of a sequence of trials. */
export interface ProportionResult extends Proportion {
  readonly status: 'holds' | 'refuted' | 'undecided';
  readonly trials: number;
  readonly successes: number;
  /**
   * The least 1/likelihood ratio along the way to the decision, 1 at most: a p-value of the claim at whatever trial one stops
   * (Ville 1939), so above uniform under it.
   */
  readonly p: number;
  /** Where the rate of success lies, by `confidenceSequence` at 95 %. */
  readonly rate: readonly [low: number, high: number];
  /** Number of trials after which it was decided. */
  readonly decidedAfter?: number;
}

/** log of the likelihood ratio of `atLeast` to `refutedBelow` that one trial adds. */
export function evidenceOf({ atLeast, refutedBelow }: Proportion, success: boolean): number {
  return success ? Math.log(atLeast / refutedBelow) : Math.log((1 - atLeast) / (1 - refutedBelow));
}

/** Probability with which a reported confidence sequence misses the rate, at whatever trial one stops. */
export const RATE_ALPHA = 0.05;

/** ln n! */
function logFactorial(n: number): number {
  let sum = 0;
  for (let k = 2; k <= n; k++) sum += Math.log(k);
  return sum;
}

/**
 * A confidence sequence for a rate of success: it holds the rate after every trial at once but for a probability α, so that one may
 * stop at any. The likelihood averaged over all rates, over that of the true one, is a martingale and exceeds 1/α with probability
 * at most α (Robbins 1970; Ville 1939). The average is s! f!/(n + 1)!.
 */
export function confidenceSequence(successes: number, trials: number, alpha = RATE_ALPHA): readonly [number, number] {
  const failures = trials - successes;
  const least = logFactorial(successes) + logFactorial(failures) - logFactorial(trials + 1) + Math.log(alpha);
  const term = (count: number, rate: number): number => (count === 0 ? 0 : count * Math.log(rate));
  const believed = (rate: number): boolean => term(successes, rate) + term(failures, 1 - rate) >= least;
  /** The end of the believed rates between one of them and a limit, to the last bit but a few. */
  const endTowards = (limit: 0 | 1): number => {
    if (believed(limit)) return limit;
    let [inside, outside] = [trials === 0 ? 0.5 : successes / trials, limit as number];
    for (let k = 0; k < 50; k++) {
      const middle = (inside + outside) / 2;
      if (believed(middle)) inside = middle;
      else outside = middle;
    }
    return outside;
  };
  return [endTowards(0), endTowards(1)];
}

/**
 * Runs the test over trials in their order. Trials after the decision are counted and change nothing.
 * @param alpha bound on the probability of a wrong refutation, and on that of wrongly holding
 */
export function decideProportion(proportion: Proportion, trials: readonly boolean[], alpha: number): ProportionResult {
  const threshold = -Math.log(alpha);
  let [evidence, least] = [0, 0];
  let status: ProportionResult['status'] = 'undecided';
  let decidedAfter: number | undefined;
  let successes = 0;
  trials.forEach((success, index) => {
    if (success) successes++;
    if (status !== 'undecided') return;
    evidence += evidenceOf(proportion, success);
    least = Math.min(least, evidence);
    if (evidence >= threshold) status = 'holds';
    if (evidence <= -threshold) status = 'refuted';
    if (status !== 'undecided') decidedAfter = index + 1;
  });
  return {
    ...proportion,
    status,
    trials: trials.length,
    successes,
    p: Math.exp(least),
    rate: confidenceSequence(successes, trials.length),
    ...(decidedAfter !== undefined && { decidedAfter }),
  };
}

/** A proportion for people. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
