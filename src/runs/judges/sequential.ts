/**
 * A sequential test of a record against its predicted distribution, epoch by epoch.
 *
 * Under the null hypothesis a recorded number is the mean of B independent copies of y = xᵀQx with a known matrix Q and
 * known starts x. For each suspected fault a non-negative supermartingale bets on the shift that the fault predicts
 * (a matched filter). Their average exceeds 1/α anywhere with probability at most α (Ville 1939). So the test may stop, and
 * name the epoch, as soon as it crosses.
 */
import { eigenvalues } from '../../linalg/eigen.js';
import { meanLoss, varianceOfLoss } from '../../theory/records/recorded-losses-follow-overlaps.js';

/** The law of the starts' components: independent, of mean zero. */
export interface StartLaw {
  readonly kind: 'uniform' | 'normal';
  readonly variance: number;
}

/** One epoch of a record. */
export interface SequentialRow {
  readonly epoch: number;
  /** The recorded number. */
  readonly value: number;
  /** n × n, row-major. */
  readonly Q: Float64Array;
  /** How far rounding may have moved the recorded number. */
  readonly slack: number;
  /** The mean that each suspected fault predicts, in a fixed order. */
  readonly suspected: readonly number[];
}

/** What wagers came to. */
export interface Settled {
  /** Largest log of the evidence against the null; the test crosses at log(1/α). */
  readonly evidence: number;
  /** exp(−evidence), 1 at most: a p-value at any stopping time (Ville 1939), so above uniform under the null. */
  readonly p: number;
  /** Epoch of the first crossing. */
  readonly crossing?: number;
  readonly epochs: number;
}

/** The outcome of a sequential test. */
export interface SequentialResult extends Settled {
  /** Index of the fault that explains the record best: by normal likelihood, its spread in proportion to its mean. */
  readonly likeliest: number;
}

/** log(eᵃ + eᵇ). */
const logSum = (a: number, b: number): number => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));

/**
 * Several wagers against one null hypothesis. Each multiplies its wealth, epoch by epoch, by a factor of expectation 1 at most under
 * the null, given what was before; so does their average.
 *
 * A wager may enter in equal parts, one with each of the first epochs: then it has not lost what it needs where a fault begins late.
 */
export class Wagers {
  readonly #threshold: number;
  readonly #parts: number;
  /** Logs of what is at stake. */
  readonly #wealth: number[] = [];
  #evidence = 0;
  #crossing: number | undefined;
  #epochs = 0;

  /** @param alpha false-alarm rate @param parts that a wager enters in, at most as many as there are epochs */
  constructor(alpha: number, parts = 1) {
    this.#threshold = -Math.log(alpha);
    this.#parts = parts;
  }

  /** Settles an epoch. @param gains log of each wager's factor, always in the same order; one that is not finite is none */
  settle(epoch: number, gains: readonly number[]): void {
    const part = this.#epochs < this.#parts ? -Math.log(this.#parts) : Number.NEGATIVE_INFINITY;
    this.#epochs++;
    gains.forEach((gain, k) => {
      const before = this.#wealth[k];
      const staked = before === undefined ? part : logSum(before, part);
      this.#wealth[k] = staked + (Number.isFinite(gain) ? gain : 0);
    });
    const kept = Math.max(0, 1 - this.#epochs / this.#parts);
    const top = Math.max(0, ...this.#wealth);
    const all = this.#wealth.reduce((sum, w) => sum + Math.exp(w - top), 0) / this.#wealth.length;
    const average = top + Math.log(all + kept * Math.exp(-top));
    this.#evidence = Math.max(this.#evidence, average);
    if (average >= this.#threshold) this.#crossing ??= epoch;
  }

  /** Index of the wager that has won most. */
  get richest(): number {
    return this.#wealth.indexOf(Math.max(...this.#wealth));
  }

  get settled(): Settled {
    const [evidence, crossing] = [this.#evidence, this.#crossing];
    return { evidence, p: Math.exp(-evidence), epochs: this.#epochs, ...(crossing !== undefined && { crossing }) };
  }
}

/** log E exp(λ(y − E y)), or a bound on it: of one trial. Infinite where it does not exist. */
export type LogGenerating = (lambda: number) => number;

/** States whose corners are tried one by one; beyond, the sum of absolute entries bounds them. */
const MOST_CORNERS = 10;

/** eˣ − 1 − x; by its series where the difference would cancel (remainder x⁴/24, below rounding of x²/2 there). */
const excess = (x: number): number => (Math.abs(x) < 2 ** -26 ? (x * x) / 2 + (x * x * x) / 6 : Math.expm1(x) - x);

/**
 * Bennett's bound for uniform starts: y lies between 0 and its largest value at a corner (Q is positive semidefinite).
 */
export function uniformGenerating(Q: Float64Array, variance: number): LogGenerating {
  const n = Math.sqrt(Q.length);
  const mean = meanLoss(Q, variance);
  const spread = varianceOfLoss(Q, variance, 'uniform');
  // Corners are ±a in each component, a² = 3v; the sign of the first is free.
  let corner = 0;
  if (n > MOST_CORNERS) for (let k = 0; k < Q.length; k++) corner += Math.abs(Q[k]!);
  else
    for (let signs = 0; signs < 2 ** (n - 1); signs++) {
      let value = 0;
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) value += ((signs >> i) & 1) === ((signs >> j) & 1) ? Q[i * n + j]! : -Q[i * n + j]!;
      corner = Math.max(corner, value);
    }
  const above = 3 * variance * corner - mean;
  return (lambda) => {
    const range = lambda > 0 ? above : mean;
    return range > 0 ? (spread / range ** 2) * excess(Math.abs(lambda) * range) : 0;
  };
}

/** The exact generating function for normal starts: −½ Σ log(1 − 2λv·qᵢ) − λv·Σ qᵢ over the eigenvalues of Q. */
export function normalGenerating(Q: Float64Array, variance: number): LogGenerating {
  const n = Math.sqrt(Q.length);
  const spectrum = eigenvalues({ rows: n, cols: n, data: Q }).map(({ re }) => variance * re);
  return (lambda) => {
    let total = 0;
    for (const q of spectrum) {
      if (2 * lambda * q >= 1) return Number.POSITIVE_INFINITY;
      total -= 0.5 * Math.log1p(-2 * lambda * q) + lambda * q;
    }
    return total;
  };
}

/** The largest bet, in units of the inverse spread of one trial: keeps Bennett's bound close to the normal one. */
const LARGEST_BET = 0.5;

/**
 * Runs the test over rows in order.
 * @param batch B, number of trials behind each recorded number
 * @param alpha false-alarm rate
 */
export function sequentialTest(
  rows: Iterable<SequentialRow>,
  law: StartLaw,
  batch: number,
  alpha: number,
): SequentialResult {
  const wagers = new Wagers(alpha);
  let misfit: number[] = [];
  for (const { epoch, value, Q, slack, suspected } of rows) {
    const mean = meanLoss(Q, law.variance);
    const spread = varianceOfLoss(Q, law.variance, law.kind);
    // A loss that does not depend on the starts, or overflows in its variance, tells nothing of them.
    if (!(spread > 0 && Number.isFinite(spread))) continue;
    const generating = (law.kind === 'uniform' ? uniformGenerating : normalGenerating)(Q, law.variance);
    const gains = suspected.map((predicted) => {
      // The best bet for a small normal shift, per trial.
      const cap = LARGEST_BET / Math.sqrt(spread);
      const lambda = Math.max(-cap, Math.min(cap, (predicted - mean) / spread));
      return batch * (lambda * (value - mean) - Math.abs(lambda) * slack - generating(lambda));
    });
    wagers.settle(epoch, gains);
    misfit = suspected.map((predicted, k) => {
      const scale = predicted / mean;
      const deviation = (batch * (value - predicted) ** 2) / (spread * scale * scale);
      return (misfit[k] ?? 0) + deviation / 2 + Math.log(scale);
    });
  }
  return { ...wagers.settled, likeliest: misfit.indexOf(Math.min(...misfit)) };
}
