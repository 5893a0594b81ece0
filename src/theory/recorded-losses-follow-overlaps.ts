/**
 * What a recorded loss must be, given the order parameters it was computed with: exactly where the starts are known, in
 * distribution where they are not.
 */
import type { Agent } from '../agent/agent.js';
import { at, identity, type Mat, matrix } from '../linalg/matrix.js';
import { reals } from '../linalg/ring.js';
import { rollout } from '../loop/rollout.js';
import type { Plant } from '../plant/plant.js';
import type { QuadraticCost } from '../training/protocol.js';
import type { Statement } from './_statement.js';

export const statement: Statement = {
  id: 'recorded-losses-follow-overlaps',
  kind: 'empirical',
  title: 'a recorded run’s losses are those of its order parameters',
  statement:
    'One trial’s loss is x₀ᵀ Q x₀ with Q known from the order parameters and the protocol. With the starts recorded, every loss is tr(Q Σ₀). With unknown batches of B, the loss has mean v tr Q and variance (2v²‖Q‖² − (6/5)v² Σ Q_ii²)/B for uniform starts, 2v²‖Q‖²/B for normal ones, independently from epoch to epoch.',
  formula: 'E L = v tr Q;  Var L = (2 v² ‖Q‖_F² − (6/5) v² Σ_i Q_ii² [uniform]) / B',
  assumptions: 'closed loop, linear agent of low rank (or its order parameters), rows before the update, fresh batches',
  validity: 'any protocol of that kind; runs that diverge are judged as far as they are finite',
  tolerance:
    'known starts: rounding at the declared precision. Unknown batches: sequential test by non-negative supermartingales (Bennett’s bound on uniform starts, the exact generating function on normal ones), false-alarm rate 2^-20 per file by Ville’s inequality',
  source: 'run-format.md; theory.md §2.5 (new)',
};

/**
 * The agent of c + r units that has the given order parameters: M and U unit vectors, Zᵀ and V the rows of K.
 * @param K (p+r) × (c+r)
 */
export function canonicalAgent(K: Mat<number>, leak: number, p: number, c: number): Agent {
  const N = K.cols;
  const r = N - c;
  return {
    leak,
    M: matrix(N, c, (i, j) => (i === j ? 1 : 0)),
    Z: matrix(p, N, (i, j) => at(K, i, j)),
    U: matrix(N, r, (i, j) => (i === c + j ? 1 : 0)),
    V: matrix(N, r, (i, j) => at(K, p + j, i)),
  };
}

/** Sums over time of products of basis trajectories: Q's ingredients, before weights are chosen. */
export interface TrajectoryProducts {
  /** Entry t: per state component i the n × n matrix x_t[i]ᵀ·x_t[i] of the n unit starts, summed over times below t+1. */
  readonly state: readonly (readonly Matrix2[])[];
  /** Entry t: the n × n matrix Σ u_τᵀ·u_τ, τ ≤ t. */
  readonly control: readonly Matrix2[];
}

type Matrix2 = Float64Array;

/** Products of the trajectories of the n unit starts, summed up to every time below `horizon`. */
export function trajectoryProducts(plant: Plant, agent: Agent, horizon: number): TrajectoryProducts {
  const n = plant.A.rows;
  const { x, u } = rollout(reals, plant, agent, identity(reals, n), horizon);
  const outer = (A: Mat<number>, row: number, sum: Float64Array): Float64Array =>
    sum.map((value, k) => value + at(A, row, Math.floor(k / n)) * at(A, row, k % n));
  let state = Array.from({ length: n }, () => new Float64Array(n * n));
  let control = new Float64Array(n * n) as Float64Array;
  const products: { state: Matrix2[][]; control: Matrix2[] } = { state: [], control: [] };
  x.forEach((xt, t) => {
    state = state.map((sum, i) => outer(xt, i, sum)) as typeof state;
    for (let i = 0; i < u[t]!.rows; i++) control = outer(u[t]!, i, control);
    products.state.push(state);
    products.control.push(control);
  });
  return products;
}

/** Q, n × n, with x₀ᵀ·Q·x₀ the loss of one trial over `horizon` steps. */
export function lossMatrix(products: TrajectoryProducts, cost: QuadraticCost, horizon: number): Float64Array {
  const [state, control] = [products.state[horizon - 1]!, products.control[horizon - 1]!];
  return control.map((value, k) => state.reduce((sum, S, i) => sum + cost.state[i]! * S[k]!, cost.control * value));
}

/** Mean of one trial's loss for independent starts of variance v. */
export function meanLoss(Q: Float64Array, v: number): number {
  const n = Math.sqrt(Q.length);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += Q[i * n + i]!;
  return v * trace;
}

/** Variance of one trial's loss for independent starts of variance v, uniform or normal. */
export function varianceOfLoss(Q: Float64Array, v: number, kind: 'uniform' | 'normal'): number {
  const n = Math.sqrt(Q.length);
  let squares = 0;
  let diagonal = 0;
  for (let k = 0; k < Q.length; k++) squares += Q[k]! ** 2;
  for (let i = 0; i < n; i++) diagonal += Q[i * n + i]! ** 2;
  return v * v * (2 * squares - (kind === 'uniform' ? 1.2 * diagonal : 0));
}
