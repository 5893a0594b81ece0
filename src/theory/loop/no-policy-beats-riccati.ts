/**
 * Lower bounds of every policy's loss, by completion of squares.
 */
import { realField } from '../../linalg/field.js';
import {
  add,
  at,
  identity,
  type Mat,
  map,
  multiply,
  scalar,
  scale,
  subtract,
  trace,
  transpose,
} from '../../linalg/matrix.js';
import { type Ring, sum } from '../../linalg/ring.js';
import { filterOf, silent } from '../../loop/kalman.js';
import { controlWeights, type RiccatiStep, riccati, valueUnder, type Weights } from '../../loop/riccati.js';
import type { Plant } from '../../plant/plant.js';
import type { Cost } from '../../problem/protocol.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'no-policy-beats-riccati',
  kind: 'identity',
  title: 'the loss is the Riccati optimum plus a sum of squares, so every policy obeys a lower bound',
  statement:
    'Let P_t = Q + AᵀP_{t+1}A − K_tᵀS_tK_t, P_T = 0, with S_t = R + BᵀP_{t+1}B and S_tK_t = BᵀP_{t+1}A. Let J = tr(P_0Σ_0) + Σ_{t≥1} tr(P_t W), with W the variance of the noise that enters x_t. Every policy has the loss L = J + Σ_t E (u_t + K_t x_t)ᵀ S_t (u_t + K_t x_t). Since u_0 = 0, a policy with full information has L ≥ J + tr(K_0ᵀS_0K_0Σ_0); u_t = −K_t x_t for t ≥ 1 attains it. A policy that sees y_1 … y_t only, with noise or without, has L ≥ J + Σ_t tr(K_tᵀS_tK_t Σ_{t|t}); u_t = −K_t x̂_t attains it. Here x̂ is the Kalman filter and Σ_{t|t} its error covariance, Σ_{0|0} = Σ_0.',
  formula: 'L = tr(P_0Σ_0) + Σ_{t≥1} tr(P_t W) + Σ_t E (u_t + K_t x_t)ᵀS_t(u_t + K_t x_t)',
  latex: String.raw`L = \operatorname{tr}(P_0\Sigma_0) + \sum_{t\ge 1} \operatorname{tr}(P_t W) + \sum_t E (u_t + K_t x_t)^\top S_t(u_t + K_t x_t)`,
  assumptions:
    'linear plant; loss Σ_t E (xᵀQx + uᵀRu) over T steps, Q and R positive semidefinite; the agent acts from t = 1 on; noise of mean 0, independent from step to step, of the start and of each other',
  validity:
    'every plant, horizon and cost; S_t and the innovations’ covariance may be singular. The bound from observations holds for policies linear in the observations, and for all policies if x_0 and noise are normal. Proved for all sizes without noise and filter, with the filter for 1 or 2 states and 1 observation, argued and tried beyond',
  tolerance:
    'none: exact, in rationals. In double precision, the sum of the roundings of the single steps: the identity holds for any P and K in it, up to one step’s defect',
  source: { theory: '#lower-bounds', status: 'new' },
};

/** A cost's weights in a number system. */
export function weightsOver<T>(R: Ring<T>, cost: Cost): Weights<T> {
  return { state: map(cost.Q, R.of), control: map(cost.R, R.of) };
}

/** The plant of the states γ^(t/2)·x_t and controls γ^(t/2)·u_t: a loss discounted by γ is its loss without a discount. */
export function discountedPlant({ A, B, C }: Plant, discount: number): Plant {
  const shrunk = (M: Mat<number>): Mat<number> => map(M, (entry) => Math.sqrt(discount) * entry);
  return { A: shrunk(A), B: shrunk(B), C };
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

/** tr(KᵀSKΣ): the cost of controlling by an estimate whose error has the covariance Σ. */
export function costOfIgnorance<T>(R: Ring<T>, { S, K }: RiccatiStep<T>, Sigma: Mat<T>): T {
  return trace(R, multiply(R, transpose(K), S, K, Sigma));
}

/** Second moments of what enters the state at t = 0 … T−1: the start, then noise of the plant. */
export function entering<T>(R: Ring<T>, Sigma0: Mat<T>, horizon: number, { state } = silent(R)): Mat<T>[] {
  const noise = scale(R, state, identity(R, Sigma0.rows));
  return Array.from({ length: horizon }, (_, t) => (t === 0 ? Sigma0 : noise));
}

/** Σ_t tr(P_t·E_t): what enters the state costs this under the best controls. @param entered E_t for t = 0 … T−1 */
function unavoidable<T>(R: Ring<T>, steps: readonly RiccatiStep<T>[], entered: readonly Mat<T>[]): T {
  return sum(
    R,
    steps.map(({ P }, t) => trace(R, multiply(R, P, entered[t]!))),
  );
}

/** The least loss with full information and u_0 = 0. @param entered what enters the state at t = 0 … T−1 */
export function leastWithFullInformation<T>(
  R: Ring<T>,
  steps: readonly RiccatiStep<T>[],
  entered: readonly Mat<T>[],
): T {
  return R.add(unavoidable(R, steps, entered), costOfIgnorance(R, steps[0]!, entered[0]!));
}

/**
 * The least loss of a policy that sees y_1 … y_t and has u_0 = 0.
 * @param entered what enters the state at t = 0 … T−1
 * @param errors Σ_{t|t} for t = 0 … T−1
 */
export function leastFromObservations<T>(
  R: Ring<T>,
  steps: readonly RiccatiStep<T>[],
  entered: readonly Mat<T>[],
  errors: readonly Mat<T>[],
): T {
  return R.add(
    unavoidable(R, steps, entered),
    sum(
      R,
      steps.map((step, t) => costOfIgnorance(R, step, errors[t]!)),
    ),
  );
}

function riccatiOf(plant: Plant, cost: Cost, horizon: number): RiccatiStep<number>[] {
  return riccati(realField, discountedPlant(plant, cost.discount), weightsOver(realField, cost), horizon);
}

/** Moments at t = 0, 1, … of the states γ^(t/2)·x_t. */
function discounted(moments: readonly Mat<number>[], discount: number): Mat<number>[] {
  return moments.map((M, t) => scale(realField, discount ** t, M));
}

/**
 * A lower bound of the loss of every policy that acts from t = 1 on, with full information.
 * @param horizon T ≥ 1
 * @param Sigma0 second moments of x₀, n × n
 */
export function fullInformationBound(
  plant: Plant,
  cost: Cost,
  horizon: number,
  Sigma0: Mat<number>,
  noise = silent(realField),
): number {
  const entered = discounted(entering(realField, Sigma0, horizon, noise), cost.discount);
  return leastWithFullInformation(realField, riccatiOf(plant, cost, horizon), entered);
}

/**
 * A lower bound of the loss of every linear policy that sees the observations from y_1 on.
 * @param horizon T ≥ 1
 * @param Sigma0 second moments of x₀, n × n
 */
export function observationBound(
  plant: Plant,
  cost: Cost,
  horizon: number,
  Sigma0: Mat<number>,
  noise = silent(realField),
): number {
  const entered = discounted(entering(realField, Sigma0, horizon, noise), cost.discount);
  const errors = filterOf(plant, Sigma0, horizon, noise).map(({ Sigma }) => Sigma);
  return leastFromObservations(realField, riccatiOf(plant, cost, horizon), entered, discounted(errors, cost.discount));
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'S, BᵀPA, the value under K and the deviation, one state and one control',
    variables: ['a', 'b', 'q', 'r', 'p', 'k', 'x', 'u'],
    texts: ['r+b^2*p', 'b*p*a', 'q+k^2*r+(a-b*k)^2*p', '(r+b^2*p)*(u+k*x)^2'],
    values: (R, { a, b, q, r, p, k, x, u }) => {
      const plant = { A: scalar(a!), B: scalar(b!), C: scalar(a!) };
      const weights = { state: scalar(q!), control: scalar(r!) };
      const { S, pull } = controlWeights(R, plant, weights, scalar(p!));
      const value = valueUnder(R, plant, weights, scalar(p!), scalar(k!));
      return [at(S, 0, 0), at(pull, 0, 0), at(value, 0, 0), deviation(R, { S, K: scalar(k!) }, scalar(x!), scalar(u!))];
    },
  },
];
