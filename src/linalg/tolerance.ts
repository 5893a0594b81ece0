/**
 * Every error bound of the project, each with its source. Nothing here is tuned: a bound is computed from an analysis of
 * rounding, of a remainder, of a variance, or measured by shadow runs.
 */

/** Unit roundoff u of double precision: one operation errs by at most u relatively. */
export const UNIT_ROUNDOFF = 2 ** -53;

/** Unit roundoff of single precision, in which many recorded runs were computed. */
export const UNIT_ROUNDOFF_F32 = 2 ** -24;

/** The unit roundoff of a declared precision. */
export function unitRoundoff(precision: 'f32' | 'f64'): number {
  return precision === 'f32' ? UNIT_ROUNDOFF_F32 : UNIT_ROUNDOFF;
}

/**
 * Units in the last place by which tanh of a kernel may err, by its own analysis (kernel/assembly/tanh.ts) and by tests: every
 * number of single precision, and samples of double precision against longer arithmetic. The same is said of Math.tanh.
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
 * Size of the noise that a shadow run adds to its parameters in every epoch, relative to a weight vector's entries: u·√n
 * for n roundings per parameter and epoch, by the probabilistic rounding analysis of Higham and Mary (2019).
 */
export function shadowNoise(roundings: number, unit = UNIT_ROUNDOFF): number {
  return unit * Math.sqrt(roundings);
}

/**
 * Shadow runs (Monte Carlo arithmetic: Parker 1997; CADNA, Verificarlo): learning is chaotic while the loop is unstable, so
 * what two correct programs may differ by is measured, not fixed. `count` runs of one engine, perturbed at rounding level in
 * every epoch, spread from the unperturbed one; two correct engines may differ by `multiple` times the running maximum of
 * that spread.
 *
 * While growth is linear, the difference X of two engines and the spreads Y of shadows are normal of comparable size, along one
 * growing direction at worst: P(|X| > m·max_k |Y_k|) ≤ E(√(2/π)·|X|/m)⁴ = 12·(0.798/m)⁴ < 5e−6 for four shadows and
 * m = 32, X of twice the variance. The running maximum over epochs lowers it further; measured over 3000 random problems, the
 * largest difference was a tenth of the tolerance.
 */
export const SHADOWS = {
  count: 4,
  multiple: 32,
  /** A tolerance above this decides nothing: the run has become chaotic. */
  ceiling: 2 ** -10,
} as const;

/** Family-wise false-alarm rate of judging one recorded file: sequential tests cross with at most this probability. */
export const FALSE_ALARM_PER_FILE = 2 ** -20;

/**
 * False-alarm rate of one claimed proportion (claims/proportion.ts), either way. With at most `MOST_PROPORTIONS` in the ledger
 * (tested), the union bound leaves less than 10⁻⁴ to a whole `verify`.
 */
export const FALSE_ALARM_PER_PROPORTION = 2 ** -20;
export const MOST_PROPORTIONS = 64;

/**
 * Roundings on any path from a datum to an entry of the loss or its gradient, forward and back through `horizon` steps: per
 * step and direction a product with A and B (n + p terms), with C (n), an update of the hidden state (N + c + r + 2) and its
 * products with Zᵀ and V (N); twice, since the gradient multiplies a forward by a backward path, and the sum over starts.
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
  return 4 * horizon * (2 * n + p + 2 * N + c + r + 4) + starts;
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

/**
 * λ: how many deviations of accumulated rounding are allowed for (Higham and Mary 2019: exceeded with probability at most
 * 2·exp(−λ²/2) < 3e−14).
 */
export const ROUNDING_DEVIATIONS = 8;

/**
 * How far a recorded loss may be from the loss of the recorded order parameters, by rounding alone: λ·u·√roundings times
 * the loss and its first-order change under a relative error of the weights.
 *
 * @param sensitivity Σ |∂L/∂K|·(1 + |K|): overlaps of vectors of about unit length err absolutely
 */
export function recordedLossRounding(loss: number, sensitivity: number, roundings: number, unit: number): number {
  return ROUNDING_DEVIATIONS * unit * Math.sqrt(roundings) * (Math.abs(loss) + sensitivity);
}
