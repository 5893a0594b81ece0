/**
 * Kalman's filter of a linear plant, x' = A·x + B·u + w, y = C·x + v, with noise w of variance W, v of variance V, or without:
 *
 *     Σ⁻ = A·Σ_{t−1|t−1}·Aᵀ + W,  L_t·(C·Σ⁻·Cᵀ + V) = Σ⁻·Cᵀ,  Σ_{t|t} = (I − L_t·C)·Σ⁻·(I − L_t·C)ᵀ + L_t·V·L_tᵀ,  Σ_{0|0} = Σ_0
 *
 * Of all estimates that are linear in y_1 … y_t, x̂_t has the least error covariance, Σ_{t|t} (Kalman 1960).
 */
import { type Field, rationalField, realField, solveSemidefinite } from '../linalg/field.js';
import { add, identity, type Mat, map, multiply, scale, subtract, transpose, zeros } from '../linalg/matrix.js';
import { type Rational, toDouble } from '../linalg/rational.js';
import type { Ring } from '../linalg/ring.js';
import { type Plant, plantOver } from '../plant/plant.js';

/** Variances of what a step adds to each number of the state, and to each observation. */
export interface NoiseVariances<T> {
  readonly state: T;
  readonly observation: T;
}

/** No noise. */
export function silent<T>(R: Ring<T>): NoiseVariances<T> {
  return { state: R.of(0), observation: R.of(0) };
}

/** One step of the filter. */
export interface FilterStep<T> {
  /** L_t, n × c: x̂_t = x⁻ + L_t·(y_t − C·x⁻), x⁻ = A·x̂_{t−1} + B·u_{t−1} the prediction. */
  readonly L: Mat<T>;
  /** Σ_{t|t}, n × n: covariance of x_t − x̂_t. */
  readonly Sigma: Mat<T>;
}

/** x̂_t from x̂_{t−1}, u_{t−1} and y_t. */
export function estimate<T>(R: Ring<T>, { A, B, C }: Plant<T>, L: Mat<T>, last: Mat<T>, u: Mat<T>, y: Mat<T>): Mat<T> {
  const predicted = add(R, multiply(R, A, last), multiply(R, B, u));
  return add(R, predicted, multiply(R, L, subtract(R, y, multiply(R, C, predicted))));
}

/** The filter for t = 0 … T−1; at t = 0 nothing is seen. @param Sigma0 second moments of x₀, n × n */
export function kalman<T>(
  F: Field<T>,
  { A, C }: Plant<T>,
  Sigma0: Mat<T>,
  horizon: number,
  noise: NoiseVariances<T> = silent(F),
): FilterStep<T>[] {
  const n = A.rows;
  const [W, V] = [scale(F, noise.state, identity(F, n)), scale(F, noise.observation, identity(F, C.rows))];
  const steps: FilterStep<T>[] = [{ L: zeros(F, n, C.rows), Sigma: Sigma0 }];
  for (let t = 1; t < horizon; t++) {
    const predicted = add(F, multiply(F, A, steps[t - 1]!.Sigma, transpose(A)), W);
    const seen = multiply(F, C, predicted);
    const L = transpose(solveSemidefinite(F, add(F, multiply(F, seen, transpose(C)), V), seen));
    const left = subtract(F, identity(F, n), multiply(F, L, C));
    const known = multiply(F, left, predicted, transpose(left));
    steps.push({ L, Sigma: add(F, known, multiply(F, L, V, transpose(L))) });
  }
  return steps;
}

/**
 * The filter in double precision. Without noise, whether an observation tells anything new is a matter of rank, which rounding cannot
 * decide: it is decided exactly. After n observations nothing new is ever seen (Cayley and Hamilton), and errors just propagate.
 */
export function filterOf(
  plant: Plant,
  Sigma0: Mat<number>,
  horizon: number,
  noise = silent(realField),
): FilterStep<number>[] {
  if (noise.state > 0 || noise.observation > 0) return kalman(realField, plant, Sigma0, horizon, noise);
  const { A, C } = plant;
  const F = rationalField;
  const learning = Math.min(horizon, A.rows + 1);
  const toDoubles = (M: Mat<Rational>): Mat<number> => map(M, toDouble);
  const steps = kalman(F, plantOver(F, plant), map(Sigma0, F.of), learning).map(({ L, Sigma }) => ({
    L: toDoubles(L),
    Sigma: toDoubles(Sigma),
  }));
  const blind = zeros(realField, A.rows, C.rows);
  while (steps.length < horizon)
    steps.push({ L: blind, Sigma: multiply(realField, A, steps[steps.length - 1]!.Sigma, transpose(A)) });
  return steps;
}
