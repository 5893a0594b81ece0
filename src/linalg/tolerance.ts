/**
 * What error bounds are made of, each with its source: unit roundoffs, accumulated rounding, backward errors of algorithms, tails of
 * statistics, shadow runs. Nothing here is tuned. Remainders of approximations stand with their formula in theory/; how many
 * roundings a computation has is counted where it is computed or tested.
 */

/** Unit roundoff u of double precision: one operation errs by at most u relatively. */
export const UNIT_ROUNDOFF = 2 ** -53;

/** Unit roundoff of single precision, in which many recorded runs were computed. */
export const UNIT_ROUNDOFF_F32 = 2 ** -24;

/** Unit roundoffs below single precision that products may be computed in: of TF32 and half precision, and of bfloat16. */
export const UNIT_ROUNDOFFS_BELOW = { 'TF32 or half precision': 2 ** -11, bfloat16: 2 ** -8 } as const;

/**
 * Root mean square of the relative error of one rounding, in units of u: absolute errors are uniform within u times a power of two, and
 * leading digits m logarithmic (Benford), so that its square is ∫₁² 1/(3·m²) dm/(m·ln 2) = 1/(8·ln 2).
 */
export const ROUNDING_RMS = 1 / Math.sqrt(8 * Math.LN2);

/** The unit roundoff of a declared precision. */
export function unitRoundoff(precision: 'f32' | 'f64'): number {
  return precision === 'f32' ? UNIT_ROUNDOFF_F32 : UNIT_ROUNDOFF;
}

/**
 * Units in the last place by which tanh of a kernel may err, by tests: on every number of single precision against Math.tanh
 * in double, and on samples of double precision against arithmetic of 160 bits. In double precision the same is said of Math.tanh.
 */
export const TANH_ULPS = { f32: 2, f64: 3 } as const;

/** Largest finite number of a declared precision. */
export function largestNumber(precision: 'f32' | 'f64'): number {
  return precision === 'f32' ? (2 - 2 ** -23) * 2 ** 127 : Number.MAX_VALUE;
}

/**
 * γₙ = n·u / (1 − n·u): relative error of n rounded operations in a row (Higham, Accuracy and Stability, Lemma 3.1).
 *
 * Any way of evaluating a polynomial in the data by sums and products errs by at most γₙ times the same expression with all
 * data and coefficients replaced by absolute values, n the greatest number of roundings on a path from datum to result.
 */
export function gamma(n: number, unit = UNIT_ROUNDOFF): number {
  const error = n * unit;
  return error < 1 ? error / (1 - error) : Number.POSITIVE_INFINITY;
}

/**
 * Size of the noise that a shadow run adds to its parameters and starts in every epoch, relative to their entries: u·√n
 * for n roundings per parameter and epoch, by the probabilistic rounding analysis of Higham and Mary (2019).
 */
export function shadowNoise(roundings: number, unit = UNIT_ROUNDOFF): number {
  return unit * Math.sqrt(roundings);
}

/** Roundings behind an order parameter of a run: a product of `units` terms, and those of a rollout, seen as errors of its product. */
export function overlapRoundings(units: number, horizon: number): number {
  return units + 2 * horizon + 16;
}

/**
 * Roundings behind the loss of a batch that is rolled out, and its gradients: those of a rollout, and a sum over the trials. Seen as
 * errors of the weights that a program evaluates, which the weights that it keeps do not have: these are rounded once per update.
 */
export function batchRoundings(units: number, horizon: number, batch: number): number {
  return overlapRoundings(units, horizon) + batch;
}

/**
 * E max |Z|^power over `count` standard normals of any dependence, at most, for an even power 2k: integrating
 * P(max |Z| > t) ≤ min(1, count·exp(−t²/2)) gives 2ᵏ·k!·Σ_{j≤k} (ln count)ʲ/j!.
 */
export function largestNormalMoment(power: number, count: number): number {
  let [term, sum] = [1, 1];
  for (let j = 1; j <= power / 2; j++) {
    term *= Math.log(count) / j;
    sum += term;
  }
  for (let j = 1; j <= power / 2; j++) sum *= 2 * j;
  return sum;
}

/** How two engines are held against each other by shadow runs. */
export interface ShadowPlan {
  /** Number of shadow runs, even. */
  readonly count: number;
  /** Tolerance in units of the largest spread of a shadow so far. */
  readonly multiple: number;
}

/** What one comparison under shadow runs looks at. */
export interface Compared {
  /** Entries of a channel times epochs. */
  readonly numbers: number;
  readonly channels: number;
  /** By how much errors can grow, from rounding on. */
  readonly growth: number;
}

/**
 * The most that a comparison looks at: Gram matrices of up to ten columns over 1024 epochs; loss, gradient norm, order parameters,
 * Gram matrix, final weights (the clip factor follows from the gradient norm); errors that grow from rounding to size 1.
 */
const EVERYTHING: Compared = { numbers: 2 ** 16, channels: 5, growth: 1 / UNIT_ROUNDOFF };

/**
 * Probability that a comparison under shadow runs sets two correct engines apart, at most.
 *
 * While errors grow linearly, the difference X of two engines and the deviation Y of a shadow are sums of roundings carried on by
 * the same Jacobians: normal in every entry, X of twice the variance of Y at most, since two programs round. Let s be the largest
 * standard deviation of Y among the entries of a channel, over the epochs so far. On its way from rounding to size 1 it passes
 * `count`·ln(growth) + 1 stages, in each of which it grows by a factor e^(1/count). An alarm in a stage needs the largest of its |X|,
 * each normal of a standard deviation of at most √2·e^(1/count)·s, to exceed `multiple` times the |Y| of every shadow where s was
 * attained. Since P(|Y| < y) ≤ √(2/π)·y/s, independently of X, that has probability
 * E (√(2/π)·√2·e^(1/count)·max |Z| / multiple)^count at most. Add up the stages and the channels.
 */
export function shadowFalseAlarm({ count, multiple }: ShadowPlan, { numbers, channels, growth }: Compared): number {
  const stages = count * Math.log(growth) + 1;
  const stage = Math.E * (2 / Math.sqrt(Math.PI) / multiple) ** count * largestNormalMoment(count, numbers);
  return channels * stages * stage;
}

/**
 * Probability that one comparison under shadow runs sets two correct programs apart, at most, where it is held against the shadows
 * of its own epoch: one stage of the above. For so many entries of a channel, the largest of their |X| exceeds `multiple` times the
 * |Y| of every shadow, in the entry of the largest standard deviation s, with a probability of
 * E (√(2/π)·√2·max |Z| / multiple)^count.
 */
export function shadowComparisonFalseAlarm({ count, multiple }: ShadowPlan, entries: number): number {
  return (2 / Math.sqrt(Math.PI) / multiple) ** count * largestNormalMoment(count, entries);
}

const plan = (count: number, multiple: number) => ({
  count,
  multiple,
  falseAlarm: shadowFalseAlarm({ count, multiple }, EVERYTHING),
});

/**
 * Shadow runs (Monte Carlo arithmetic: Parker 1997; CADNA, Verificarlo): learning is chaotic while the loop is unstable, so
 * what two correct programs may differ by is measured, not fixed. `count` runs of one engine, parameters and starts perturbed at
 * rounding level in every epoch, spread from the unperturbed one; two correct engines may differ by `multiple` times the running
 * maximum of that spread, but for a probability of `falseAlarm`.
 *
 * The plans: cases of claims are many and short, in double precision, so that few shadows and a large multiple do; a run that is
 * recorded or forecast is one, long or in single precision, where a large multiple would reach the ceiling early.
 */
export const SHADOWS = {
  cases: plan(4, 2 ** 12),
  run: plan(12, 2 ** 6),
  /** Of a run that is refuted already: faults are told apart, where a sharp comparison matters more than a rare false alarm. */
  suspects: plan(4, 2 ** 5),
  /** A tolerance above this decides nothing: the run has become chaotic. */
  ceiling: 2 ** -10,
  /**
   * Of a record that is followed from state to recorded state: an agreement within this tells something, and a state beyond it
   * is lost. Under 2^6 times the spread, errors of this size come from a spread of 2^-10; what they add by growing other than
   * linearly, its square, is a thousandth of it.
   */
  telling: 2 ** -4,
  /** A difference beyond a tolerance of at most this still refutes: the spread is 2^-7, and errors grow linearly but for 2^-7 of it. */
  linear: 2 ** -1,
} as const;

/** Family-wise false-alarm rate of judging one recorded file: sequential tests cross with at most this probability. */
export const FALSE_ALARM_PER_FILE = 2 ** -20;

/** Probability that one claimed proportion (claims/proportion.ts) is wrongly refuted, and that it wrongly holds. */
export const FALSE_ALARM_PER_PROPORTION = 2 ** -21;

/**
 * Probability that a generator which meets its regime as often as it must is taken for one that does not (claims/judge.ts), each
 * time that it is asked: after any of a claim's blocks.
 */
export const FALSE_ALARM_PER_GENERATOR = 2 ** -30;

/** Probability that a generator which reaches the floor of a class is doubted: the claim is then undecided (claims/coverage.ts). */
export const DOUBT_PER_FLOOR = 2 ** -10;

/**
 * Probability that `trials` independent trials, each successful with a probability of `share` at least, give `successes` or fewer,
 * at most: exp(−trials·KL(successes/trials ‖ share)), Chernoff's bound in Hoeffding's form (1963, Theorem 1). 1 where they give
 * `share` or more.
 * @param share in (0, 1)
 */
export function binomialShortfall(successes: number, trials: number, share: number): number {
  const rate = trials > 0 ? successes / trials : 1;
  if (rate >= share) return 1;
  const up = rate > 0 ? rate * Math.log(rate / share) : 0;
  return Math.exp(-trials * (up + (1 - rate) * Math.log((1 - rate) / (1 - share))));
}

/**
 * Probability that chance alone refutes anything in a default `verify`, at most: the union bound over proportions, shadow
 * comparisons, statistical measurements and generators is added up by the judge and held below this by a test of the ledger.
 */
export const FALSE_ALARM_PER_VERIFY = 1e-4;

/**
 * Roundings on any path from a datum to an entry of the loss or its gradient, forward and back through `horizon` steps: per
 * step and direction a product with A and B (n + p terms), with C (n), an update of the hidden state (N + c + r + 2) and its
 * products with Zᵀ and V (N); twice, since the gradient multiplies a forward by a backward path; the terms of the loss in a step
 * (n² + p²), and the sum over starts.
 */
export function adjointRoundings(
  {
    n,
    N,
    c,
    p,
    r,
  }: { readonly n: number; readonly N: number; readonly c: number; readonly p: number; readonly r: number },
  horizon: number,
  starts: number,
): number {
  return horizon * (4 * (2 * n + p + 2 * N + c + r + 4) + n * n + p * p) + starts;
}

/**
 * Roundings on any path from a datum to an entry of the open-loop loss or its gradient, as `adjointRoundings`: per lag and
 * direction a product with K or its transpose (c + r and p + r terms) and the update of the memory, and the teacher's part.
 */
export function openLoopRoundings(
  { c, p, r }: { readonly c: number; readonly p: number; readonly r: number },
  steps: number,
  starts: number,
): number {
  return 2 * steps * (2 * c + p + 2 * r + 6) + starts;
}

/** A standard normal number is larger in size with probability 4e−7. */
export const NORMAL_TAIL = 5.07;

/** False-alarm rate of a statistical measurement on one case. */
export const FALSE_ALARM_PER_CASE = 2 ** -40;

/**
 * How far the mean of `trials` independent copies of yᵀQy, y standard normal, Q positive semidefinite, may be from its
 * expectation tr Q, but for a probability of FALSE_ALARM_PER_CASE: Laurent and Massart (2000), Lemma 1, both tails.
 * @param frobenius ‖Q‖_F, which bounds the largest eigenvalue too; the variance of yᵀQy is 2·‖Q‖_F²
 */
export function normalQuadraticTail(frobenius: number, trials: number): number {
  const x = Math.log(2 / FALSE_ALARM_PER_CASE) / trials;
  return 2 * frobenius * (Math.sqrt(x) + x);
}

/**
 * Backward error of solving S·x = m by symmetric elimination, S n × n and positive definite: the computed x solves
 * (S + E)·x = m with |E_ij| at most this times √(S_ii S_jj) (Higham, Theorem 10.4 with (10.6): γ_{3n+1}/(1 − γ_{n+1})).
 */
export function eliminationBackwardError(n: number): number {
  return gamma(3 * n + 1) / (1 - gamma(n + 1));
}

/**
 * Backward error of the QR algorithm: the computed eigenvalues are those of A + E with ‖E‖_F at most this times ‖A‖_F
 * (Wilkinson 1965; Golub and Van Loan §7.5.6: a modest polynomial in n times u; here 16·n²).
 */
export function eigenvalueBackwardError(n: number): number {
  return 16 * n * n * UNIT_ROUNDOFF;
}

/**
 * How far det(A + E) can be from det(A): n·‖E‖·(‖A‖ + ‖E‖)^(n−1) (Bhatia and Friedland 1981), ‖·‖ any norm
 * that bounds the spectral one.
 */
export function determinantPerturbation(n: number, size: number, error: number): number {
  return n * error * (size + error) ** (n - 1);
}

/**
 * Pivots at or below this, relative to the largest variance, are rounding of moments that were summed and recorded at a
 * precision: n³-fold unit roundoff covers forming n × n moments of few starts, which alone can be singular.
 */
export function pivotRounding(n: number, unit = UNIT_ROUNDOFF): number {
  return 4 * n ** 3 * unit;
}

/**
 * Backward error of `semidefiniteFactor`, entry by entry, relative to the largest diagonal entry: Higham §10.3.2, Theorem
 * 10.14, with the worst case ‖W‖ ≤ 2ⁿ/√3 of complete pivoting, and the pivots left out.
 */
export function semidefiniteFactorError(n: number): number {
  return 2 * n * n * gamma(n + 1) * (1 + 2 ** n / Math.sqrt(3)) ** 2 + 2 * pivotRounding(n);
}

/** Standard deviations that a probabilistic bound on rounding allows, λ. */
export const ROUNDING_DEVIATIONS = 8;

/** Probability that rounding alone exceeds λ deviations in one number: 2·exp(−λ²/2) (Higham and Mary 2019). */
export const FALSE_ALARM_PER_ROUNDING = 2 * Math.exp(-(ROUNDING_DEVIATIONS ** 2) / 2);

/**
 * How far a recorded loss may be from the loss of the recorded order parameters, by rounding alone: λ·u·√roundings times
 * the loss and its first-order change under a relative error of the weights (Higham and Mary 2019), but for a probability of
 * FALSE_ALARM_PER_ROUNDING.
 *
 * @param sensitivity Σ |∂L/∂K|·(1 + |K|): overlaps of vectors of about unit length err absolutely
 */
export function recordedLossRounding(loss: number, sensitivity: number, roundings: number, unit: number): number {
  return ROUNDING_DEVIATIONS * unit * Math.sqrt(roundings) * (Math.abs(loss) + sensitivity);
}
