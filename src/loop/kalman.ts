/**
 * Kalman's filter of a linear plant without noise, x' = A·x + B·u, y = C·x, whose start alone is unknown:
 *
 *     Σ⁻ = A·Σ_{t−1|t−1}·Aᵀ,  L_t·(C·Σ⁻·Cᵀ) = Σ⁻·Cᵀ,  Σ_{t|t} = (I − L_t·C)·Σ⁻·(I − L_t·C)ᵀ,  Σ_{0|0} = Σ_0
 *
 * Of all estimates that are linear in y_1 … y_t, x̂_t has the least error covariance, Σ_{t|t} (Kalman 1960).
 */
import { type Field, rationalField, realField, solveSemidefinite } from '../linalg/field.js';
import { add, identity, type Mat, map, multiply, subtract, transpose, zeros } from '../linalg/matrix.js';
import { type Rational, toDouble } from '../linalg/rational.js';
import type { Ring } from '../linalg/ring.js';
import { type Plant, plantOver } from '../plant/plant.js';

/** One step of the filter of a plant without noise. */
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
export function kalman<T>(F: Field<T>, { A, C }: Plant<T>, Sigma0: Mat<T>, horizon: number): FilterStep<T>[] {
  const n = A.rows;
  const steps: FilterStep<T>[] = [{ L: zeros(F, n, C.rows), Sigma: Sigma0 }];
  for (let t = 1; t < horizon; t++) {
    const predicted = multiply(F, A, steps[t - 1]!.Sigma, transpose(A));
    const seen = multiply(F, C, predicted);
    const L = transpose(solveSemidefinite(F, multiply(F, seen, transpose(C)), seen));
    const left = subtract(F, identity(F, n), multiply(F, L, C));
    steps.push({ L, Sigma: multiply(F, left, predicted, transpose(left)) });
  }
  return steps;
}

/**
 * The filter in double precision. Whether an observation tells anything new is a matter of rank, which rounding cannot decide:
 * it is decided exactly. After n observations nothing new is ever seen (Cayley and Hamilton), and errors just propagate.
 */
export function filterOf(plant: Plant, Sigma0: Mat<number>, horizon: number): FilterStep<number>[] {
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
