/**
 * What a recorded loss must be, given the order parameters it was computed with: exactly where the starts are known, in
 * distribution where they are not.
 */
import type { Agent } from '../agent/agent.js';
import { at, type Mat, matrix } from '../linalg/matrix.js';
import { reals } from '../linalg/ring.js';
import { coupledMatrix } from '../loop/coupled.js';
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
  /** Per state component i the n × n matrix Σ_t x_t[i]ᵀ·x_t[i] of the n unit starts, row-major. */
  readonly state: readonly Float64Array[];
  /** The n × n matrix Σ_t u_tᵀ·u_t. */
  readonly control: Float64Array;
}

/**
 * Products of the trajectories of the n unit starts, summed over t = 0 … T−1, for several horizons T at once.
 * @param horizons increasing
 */
export function trajectoryProducts(
  plant: Plant,
  agent: Agent,
  horizons: readonly number[],
): Map<number, TrajectoryProducts> {
  const n = plant.A.rows;
  const P = coupledMatrix(reals, plant, agent);
  const size = P.rows;
  const p = agent.Z.rows;
  // The coupled state of all unit starts, size × n, and the next one.
  let s = new Float64Array(size * n);
  let next = new Float64Array(size * n);
  for (let i = 0; i < n; i++) s[i * n + i] = 1;
  const state = Array.from({ length: n }, () => new Float64Array(n * n));
  const control = new Float64Array(n * n);
  const u = new Float64Array(n);
  const addOuter = (into: Float64Array, row: Float64Array, offset: number): void => {
    for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) into[a * n + b]! += row[offset + a]! * row[offset + b]!;
  };
  const products = new Map<number, TrajectoryProducts>();
  const last = horizons[horizons.length - 1] ?? 0;
  for (let t = 0; t < last; t++) {
    for (let i = 0; i < n; i++) addOuter(state[i]!, s, i * n);
    for (let i = 0; i < p; i++) {
      u.fill(0);
      for (let k = n; k < size; k++) for (let a = 0; a < n; a++) u[a]! += at(agent.Z, i, k - n) * s[k * n + a]!;
      addOuter(control, u, 0);
    }
    if (horizons.includes(t + 1)) products.set(t + 1, { state: state.map((S) => S.slice()), control: control.slice() });
    next.fill(0);
    for (let i = 0; i < size; i++)
      for (let k = 0; k < size; k++) {
        const factor = at(P, i, k);
        if (factor !== 0) for (let a = 0; a < n; a++) next[i * n + a]! += factor * s[k * n + a]!;
      }
    [s, next] = [next, s];
  }
  return products;
}

/** Q, n × n, with x₀ᵀ·Q·x₀ the loss of one trial. */
export function lossMatrix({ state, control }: TrajectoryProducts, cost: QuadraticCost): Float64Array {
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
