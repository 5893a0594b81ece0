/**
 * The loss by its definition, over any ring: what the engines' rollouts are held against.
 */

import { at, type Mat } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';
import type { Rollout } from '../loop/rollout.js';
import type { QuadraticCost } from '../problem/protocol.js';

/**
 * Σ over columns and t of (Σ_i state[i]·x_i² + control·‖u‖²), for starts given as a factor of their moments (start.ts).
 */
export function lossOf<T>(R: Ring<T>, { state, control }: QuadraticCost, { x, u }: Rollout<T>): T {
  let total = R.of(0);
  const square = (weight: number, value: T): void => {
    total = R.add(total, R.mul(R.of(weight), R.mul(value, value)));
  };
  const each = (A: Mat<T>, weight: (row: number) => number): void => {
    for (let i = 0; i < A.rows; i++) for (let k = 0; k < A.cols; k++) square(weight(i), at(A, i, k));
  };
  x.forEach((states, t) => {
    each(states, (i) => state[i]!);
    each(u[t]!, () => control);
  });
  return total;
}
