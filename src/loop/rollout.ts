/**
 * The loop step by step, over any ring: the definition that every shortcut is held against (theory.md §1).
 *
 * Order within a step: observe y_t, update h_t, act u_t, score (x_t, u_t), step the plant. At t = 0 the agent has seen
 * nothing: h₀ = 0 and u₀ = 0; the first observation that enters h is y₁.
 */
import type { LinearAgent } from '../agent/linear.js';
import { add, type Mat, map, multiply, scale, zeros } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';
import type { Plant } from '../plant/plant.js';
import { recurrenceOf } from './coupled.js';

/** What a loop did: entry t of each list belongs to time t. */
export interface Rollout<T> {
  /** States, each n × K, one column per start. */
  readonly x: readonly Mat<T>[];
  /** Hidden states, each N × K. */
  readonly h: readonly Mat<T>[];
  /** Controls, each p × K. */
  readonly u: readonly Mat<T>[];
}

/**
 * Runs the loop for `horizon` steps from K starts at once.
 * @param x0 n × K, one column per start
 * @param horizon number of scored states, x_0 … x_{horizon−1}
 * @param activate φ, of a nonlinear agent
 */
export function rollout<T>(
  R: Ring<T>,
  plant: Plant<T>,
  agent: LinearAgent<T>,
  x0: Mat<T>,
  horizon: number,
  activate?: (value: T) => T,
): Rollout<T> {
  const { leak, M, Z } = agent;
  const W = recurrenceOf(R, agent);
  const keep = R.sub(R.of(1), leak);
  let x = x0;
  let h = zeros(R, M.rows, x0.cols);
  let u = zeros(R, Z.rows, x0.cols);
  const seen = { x: [x], h: [h], u: [u] };
  for (let t = 1; t < horizon; t++) {
    x = add(R, multiply(R, plant.A, x), multiply(R, plant.B, u));
    const y = multiply(R, plant.C, x);
    const drive = add(R, multiply(R, W, h), multiply(R, M, y));
    h = add(R, scale(R, keep, h), scale(R, leak, activate ? map(drive, activate) : drive));
    u = multiply(R, Z, h);
    seen.x.push(x);
    seen.h.push(h);
    seen.u.push(u);
  }
  return seen;
}
