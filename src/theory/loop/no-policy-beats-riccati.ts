/**
 * What no policy can do better than: the loss by completion of squares, and the lower bounds that follow from it.
 */

import { type Field, rationalField, realField, solveSemidefinite } from '../../linalg/field.js';
import {
  add,
  at,
  build,
  identity,
  type Mat,
  map,
  multiply,
  subtract,
  trace,
  transpose,
  zeros,
} from '../../linalg/matrix.js';
import { type Rational, toDouble } from '../../linalg/rational.js';
import { type Ring, sum } from '../../linalg/ring.js';
import { type Plant, plantOver } from '../../plant/plant.js';
import type { QuadraticCost } from '../../problem/protocol.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'no-policy-beats-riccati',
  kind: 'identity',
  title: 'the loss is the Riccati optimum plus squares of what a policy does otherwise, and so is bounded below',
  statement:
    'Let P_t = Q + AᵀP_{t+1}A − K_tᵀS_tK_t, P_T = 0, with S_t = R + BᵀP_{t+1}B and S_tK_t = BᵀP_{t+1}A. The loss of every policy is L = tr(P_0Σ_0) + Σ_t E (u_t + K_t x_t)ᵀ S_t (u_t + K_t x_t). Since u_0 = 0, with full information L ≥ tr(P_0Σ_0) + tr(K_0ᵀS_0K_0Σ_0), attained by u_t = −K_t x_t for t ≥ 1; a policy that sees y_1 … y_t only has L ≥ tr(P_0Σ_0) + Σ_t tr(K_tᵀS_tK_t Σ_{t|t}), attained by u_t = −K_t x̂_t, Σ_{t|t} the error covariance of the Kalman filter x̂ with Σ_{0|0} = Σ_0.',
  formula: 'L = tr(P_0Σ_0) + Σ_t E (u_t + K_t x_t)ᵀS_t(u_t + K_t x_t)',
  assumptions:
    'linear plant; loss Σ_t E (xᵀQx + uᵀRu) over T steps, Q and R positive semidefinite; the agent acts from t = 1 on',
  validity:
    'every plant, horizon and cost, S_t and the innovations’ covariance singular or not; the bound on what is seen holds for policies linear in the observations, and for all policies if x_0 is normal',
  tolerance:
    'none: exact, in rationals. In double precision by the sum of the roundings of each single step: the identity holds for any P and K that stand in it, up to one step’s defect',
  source: 'theory.md §3 (new); completion of squares: Kalman 1960',
};

/** The weights of a quadratic cost as matrices. */
export interface Weights<T> {
  /** Q, n × n. */
  readonly state: Mat<T>;
  /** R, p × p. */
  readonly control: Mat<T>;
}

/** A quadratic cost's weights in a number system. @param p controls */
export function weightsOver<T>(R: Ring<T>, { state, control }: QuadraticCost, p: number): Weights<T> {
  return {
    state: build(state.length, state.length, (i, j) => R.of(i === j ? state[i]! : 0)),
    control: build(p, p, (i, j) => R.of(i === j ? control : 0)),
  };
}

/** One step of the Riccati recursion. */
export interface RiccatiStep<T> {
  /** P_t, n × n: xᵀ·P_t·x is the least cost from x_t = x on. */
  readonly P: Mat<T>;
  /** S_t, p × p: what it costs to deviate from the best control. */
  readonly S: Mat<T>;
  /** K_t, p × n: the best control is −K_t·x. */
  readonly K: Mat<T>;
}

/** S = R + BᵀPB and BᵀPA, for the value matrix P of the next step. */
export function controlWeights<T>(R: Ring<T>, { A, B }: Plant<T>, { control }: Weights<T>, P: Mat<T>) {
  const pull = multiply(R, transpose(B), P);
  return { S: add(R, control, multiply(R, pull, B)), pull: multiply(R, pull, A) };
}

/** Q + KᵀRK + (A−BK)ᵀP(A−BK): the value matrix of the control −K·x, followed by P. */
export function valueUnder<T>(R: Ring<T>, { A, B }: Plant<T>, weights: Weights<T>, P: Mat<T>, K: Mat<T>): Mat<T> {
  const closed = subtract(R, A, multiply(R, B, K));
  const effort = multiply(R, transpose(K), weights.control, K);
  return add(R, add(R, weights.state, effort), multiply(R, transpose(closed), P, closed));
}

/** The Riccati recursion from P_T = 0 down: entry t belongs to time t = 0 … T−1. */
export function riccati<T>(F: Field<T>, plant: Plant<T>, weights: Weights<T>, horizon: number): RiccatiStep<T>[] {
  const steps: RiccatiStep<T>[] = [];
  let P = zeros(F, plant.A.rows, plant.A.rows);
  for (let t = horizon - 1; t >= 0; t--) {
    const { S, pull } = controlWeights(F, plant, weights, P);
    const K = solveSemidefinite(F, S, pull);
    // For these gains the value is the Riccati recursion’s; in this form rounding of K changes it at second order only.
    P = symmetric(valueUnder(F, plant, weights, P, K));
    steps.push({ P, S, K });
  }
  return steps.reverse();
}

/** One triangle of a symmetric matrix for both: rounding need not be symmetric. */
function symmetric<T>(P: Mat<T>): Mat<T> {
  return build(P.rows, P.cols, (i, j) => at(P, Math.max(i, j), Math.min(i, j)));
}

/** tr(XᵀSX): the sum of a quadratic form over the columns of X. */
export function squared<T>(R: Ring<T>, S: Mat<T>, X: Mat<T>): T {
  return trace(R, multiply(R, transpose(X), S, X));
}

/** (u + Kx)ᵀS(u + Kx), summed over columns: what a control costs beyond the best. */
export function deviation<T>(R: Ring<T>, { S, K }: Omit<RiccatiStep<T>, 'P'>, x: Mat<T>, u: Mat<T>): T {
  return squared(R, S, add(R, u, multiply(R, K, x)));
}

/**
 * The completed square of one step: cost and value of the next state, less xᵀ·valueUnder(P, K)·x, the deviation, and twice
 * (u + Kx)ᵀ(BᵀPA − SK)x, summed over columns. Zero for all K and symmetric P, whether K solves S·K = BᵀPA or not.
 */
export function squareResidual<T>(
  R: Ring<T>,
  plant: Plant<T>,
  weights: Weights<T>,
  P: Mat<T>,
  K: Mat<T>,
  x: Mat<T>,
  u: Mat<T>,
): T {
  const next = add(R, multiply(R, plant.A, x), multiply(R, plant.B, u));
  const spent = sum(R, [squared(R, weights.state, x), squared(R, weights.control, u), squared(R, P, next)]);
  const { S, pull } = controlWeights(R, plant, weights, P);
  const defect = multiply(R, subtract(R, pull, multiply(R, S, K)), x);
  const mixed = trace(R, multiply(R, transpose(add(R, u, multiply(R, K, x))), defect));
  const value = squared(R, valueUnder(R, plant, weights, P, K), x);
  return R.sub(spent, sum(R, [value, deviation(R, { S, K }, x, u), mixed, mixed]));
}

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

/** tr(KᵀSKΣ): the cost of controlling by an estimate whose error has the covariance Σ. */
export function costOfIgnorance<T>(R: Ring<T>, { S, K }: RiccatiStep<T>, Sigma: Mat<T>): T {
  return trace(R, multiply(R, transpose(K), S, K, Sigma));
}

/** The least loss with full information and u_0 = 0. */
export function leastWithFullInformation<T>(R: Ring<T>, steps: readonly RiccatiStep<T>[], Sigma0: Mat<T>): T {
  return R.add(trace(R, multiply(R, steps[0]!.P, Sigma0)), costOfIgnorance(R, steps[0]!, Sigma0));
}

/** The least loss of a policy that sees y_1 … y_t and has u_0 = 0. @param errors Σ_{t|t} for t = 0 … T−1 */
export function leastFromObservations<T>(R: Ring<T>, steps: readonly RiccatiStep<T>[], errors: readonly Mat<T>[]): T {
  const value = trace(R, multiply(R, steps[0]!.P, errors[0]!));
  return R.add(
    value,
    sum(
      R,
      steps.map((step, t) => costOfIgnorance(R, step, errors[t]!)),
    ),
  );
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

function riccatiOf(plant: Plant, cost: QuadraticCost, horizon: number): RiccatiStep<number>[] {
  return riccati(realField, plant, weightsOver(realField, cost, plant.B.cols), horizon);
}

/**
 * The loss that no policy can beat which acts from t = 1 on, whatever it knows.
 * @param horizon T ≥ 1
 * @param Sigma0 second moments of x₀, n × n
 */
export function fullInformationBound(plant: Plant, cost: QuadraticCost, horizon: number, Sigma0: Mat<number>): number {
  return leastWithFullInformation(realField, riccatiOf(plant, cost, horizon), Sigma0);
}

/**
 * The loss that no linear policy can beat which sees the observations from y_1 on.
 * @param horizon T ≥ 1
 * @param Sigma0 second moments of x₀, n × n
 */
export function observationBound(plant: Plant, cost: QuadraticCost, horizon: number, Sigma0: Mat<number>): number {
  const errors = filterOf(plant, Sigma0, horizon).map(({ Sigma }) => Sigma);
  return leastFromObservations(realField, riccatiOf(plant, cost, horizon), errors);
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'S, BᵀPA, the value under K and the deviation, one state and one control',
    variables: ['a', 'b', 'q', 'r', 'p', 'k', 'x', 'u'],
    texts: ['r+b^2*p', 'b*p*a', 'q+k^2*r+(a-b*k)^2*p', '(r+b^2*p)*(u+k*x)^2'],
    values: (R, { a, b, q, r, p, k, x, u }) => {
      const one = (value: typeof a) => build(1, 1, () => value!);
      const plant = { A: one(a), B: one(b), C: one(a) };
      const weights = { state: one(q), control: one(r) };
      const { S, pull } = controlWeights(R, plant, weights, one(p));
      const value = valueUnder(R, plant, weights, one(p), one(k));
      return [at(S, 0, 0), at(pull, 0, 0), at(value, 0, 0), deviation(R, { S, K: one(k) }, one(x), one(u))];
    },
  },
];
