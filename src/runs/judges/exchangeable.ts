/**
 * Wagers on what was recorded being one of several that were simulated.
 *
 * If a recorded value x₀ and simulated ones x₁ … x_m are exchangeable, then (m + 1)·f(x₀)/Σᵢ f(xᵢ) has expectation 1 for every f ≥ 0
 * that was chosen without them: over a random order of the m + 1 values it is the mean of what adds up to m + 1. No law is assumed, and
 * ties need no care. It is the wager on x₀'s rank that pays by f (conformal testing: Vovk, Nouretdinov, Gammerman 2003). Here
 * f = exp(a·w·x), the likelihood ratio of two normal laws whose means lie apart along w: were x normal, no wager would win more.
 */
import { triangularFactor } from '../../linalg/factor.js';
import { at, type Matrix, matrix } from '../../linalg/matrix.js';

/** Several statistics of one thing, in a fixed order. */
export type Statistics = Float64Array;

/** A direction of statistics in which they have about unit deviation, and how far a shift goes in units of it. */
export interface Direction {
  readonly weights: Float64Array;
  readonly size: number;
}

/** Shifts of one number that are wagered on, in its deviations. */
export const SHIFTS = [-2, -0.5, 0.5, 2] as const;
/** The largest wager, in deviations: a larger one wins no more, for one window among m + 1 pays m + 1 at most. */
const LARGEST_WAGER = 3;

/** w·x. */
export const along = ({ weights }: Pick<Direction, 'weights'>, x: Statistics): number =>
  weights.reduce((sum, w, k) => sum + w * x[k]!, 0);

/** Deviations count for this share at least apart from what others explain of them: a sample tells covariances no better. */
const OWN_SHARE = 0.05;

/** Means and covariances of statistics, estimated from a sample. */
export class Spread {
  readonly mean: Statistics;
  /** Standard deviations. */
  readonly deviations: Float64Array;
  /** F, upper triangular; the covariance is FᵀF. */
  readonly #factor: Matrix;

  /** @param least what a statistic's deviation counts as at least: how finely it is known */
  constructor(sample: readonly Statistics[], least: Float64Array) {
    const count = sample.length;
    const d = least.length;
    this.mean = Float64Array.from(least, (_, k) => sample.reduce((sum, x) => sum + x[k]!, 0) / count);
    const scale = 1 / Math.sqrt(count - 1);
    const centred = (i: number, k: number): number => scale * (sample[i]![k]! - this.mean[k]!);
    this.deviations = least.map((_, k) => Math.hypot(...sample.map((__, i) => centred(i, k))));
    const own = least.map((floor, k) => Math.max(floor, OWN_SHARE * this.deviations[k]!, Number.MIN_VALUE ** 0.25));
    this.#factor = triangularFactor(
      matrix(count + d, d, (i, k) => (i < count ? centred(i, k) : i - count === k ? own[k]! : 0)),
    );
  }

  /** The direction that tells a shift best: C⁻¹·shift, C the covariance. */
  towards(shift: Statistics): Direction {
    const F = this.#factor;
    const d = shift.length;
    const white = new Float64Array(d);
    for (let i = 0; i < d; i++) {
      let rest = shift[i]!;
      for (let j = 0; j < i; j++) rest -= at(F, j, i) * white[j]!;
      white[i] = rest / at(F, i, i);
    }
    const size = Math.hypot(...white);
    const weights = new Float64Array(d);
    for (let i = d - 1; i >= 0; i--) {
      let rest = size > 0 ? white[i]! / size : 0;
      for (let j = i + 1; j < d; j++) rest -= at(F, i, j) * weights[j]!;
      weights[i] = rest / at(F, i, i);
    }
    return { weights, size };
  }
}

/**
 * What a wager gains: log (m + 1)·f(x₀)/Σ f(xᵢ), f = exp(a·x).
 * @param size a; as if it were `LARGEST_WAGER` where it is larger
 * @param within how far the recorded value may be off: the wager takes the worst of what it may have been
 */
export function gainOf(size: number, recorded: number, within: number, simulated: readonly number[]): number {
  const a = Math.max(-LARGEST_WAGER, Math.min(LARGEST_WAGER, size));
  const own = a * recorded - Math.abs(a) * within;
  let top = own;
  for (const x of simulated) top = Math.max(top, a * x);
  let total = Math.exp(own - top);
  for (const x of simulated) total += Math.exp(a * x - top);
  return Math.log1p(simulated.length) + own - top - Math.log(total);
}
