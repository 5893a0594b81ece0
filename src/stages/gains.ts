/**
 * Effective gains: the state feedback that explains an agent's controls best.
 */

import { canonicalAgent } from '../agent/canonical.js';
import { realField, solveSemidefinite } from '../linalg/field.js';
import { type Mat, type Matrix, matrix, scale } from '../linalg/matrix.js';
import { reals } from '../linalg/ring.js';
import { dot } from '../linalg/vector.js';
import { coupledMatrix } from '../loop/coupled.js';
import type { Plant } from '../plant/plant.js';
import { gainMargins } from '../theory/loop/loss-of-gains-has-triangle-poles.js';
import type { Deployment } from '../training/rnn.js';

/**
 * Regression of u on x without intercept over t = 1 … T−1 and all starts: t = 0 is left out, where u is always 0.
 *
 * @param K K = [[σ_zm, σ_zu], [σ_vm, σ_vu]], (p+r) × (c+r)
 * @param starts n × any, a factor of the moments of x₀
 * @returns p × n, so that u ≈ gains·x
 */
export function effectiveGains(
  plant: Plant,
  leak: number,
  K: Mat<number>,
  horizon: number,
  starts: Mat<number>,
): Matrix {
  const [n, p, c] = [plant.A.rows, plant.B.cols, plant.C.rows];
  const agent = canonicalAgent(K, leak, p, c);
  const { data: P, rows: size } = coupledMatrix(reals, plant, agent);
  const states = matrix(n, n);
  const controls = matrix(n, p);
  const u = new Float64Array(p);
  for (let column = 0; column < starts.cols; column++) {
    let s = new Float64Array(size);
    let next = new Float64Array(size);
    for (let i = 0; i < n; i++) s[i] = starts.data[i * starts.cols + column]!;
    for (let t = 1; t < horizon; t++) {
      for (let i = 0; i < size; i++) next[i] = rowTimes(P, i, s, 0, size);
      [s, next] = [next, s];
      for (let k = 0; k < p; k++) u[k] = rowTimes(agent.Z.data, k, s, n, size - n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) states.data[i * n + j]! += s[i]! * s[j]!;
        for (let k = 0; k < p; k++) controls.data[i * p + k]! += s[i]! * u[k]!;
      }
    }
  }
  return gainsOf(states, controls);
}

/** Row i of a matrix times the `length` entries of a vector from `offset` on. */
function rowTimes(data: ArrayLike<number>, i: number, s: Float64Array, offset: number, length: number): number {
  let value = 0;
  for (let j = 0; j < length; j++) value += data[i * length + j]! * s[offset + j]!;
  return value;
}

/** The regression from its sums. @param states Σ x·xᵀ, n × n @param controls Σ x·uᵀ, n × p @returns p × n */
function gainsOf(states: Mat<number>, controls: Mat<number>): Matrix {
  // A common factor keeps diverging loops, whose sums are huge, within the range of squares.
  const size = states.data[0]! === 0 ? 1 : 1 / Math.abs(states.data[0]!);
  const gains = solveSemidefinite(realField, scale(reals, size, states), scale(reals, size, controls));
  return matrix(controls.cols, states.rows, (i, j) => gains.data[j * controls.cols + i]!);
}

/**
 * The same regression over the trials of an agent's last deployment.
 * @param n state components
 * @param p controls
 * @returns p × n, so that u ≈ gains·x
 */
export function deployedGains({ x, u, rows }: Pick<Deployment, 'x' | 'u' | 'rows'>, n: number, p: number): Matrix {
  const steps = x.length / (n * rows);
  const states = matrix(n, n);
  const controls = matrix(n, p);
  for (let t = 1; t < steps; t++)
    for (let i = 0; i < n; i++) {
      const at = (t * n + i) * rows;
      for (let j = 0; j < n; j++) states.data[i * n + j]! += dot(x, at, x, (t * n + j) * rows, rows);
      for (let k = 0; k < p; k++) controls.data[i * p + k]! += dot(x, at, u, ((t - 1) * p + k) * rows, rows);
    }
  return gainsOf(states, controls);
}

/** Whether gains (k₁, k₂) of a double integrator, dt = 1, lie in the triangle of stability. */
export function inTriangle([k1, k2]: readonly [number, number]): boolean {
  return gainMargins(reals, k1, k2).every((margin) => margin > 0);
}
