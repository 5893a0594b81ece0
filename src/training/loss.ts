/**
 * The loss by its definition, over any ring: what the engines' rollouts are held against.
 */

import { type Entries, entriesOf } from '../linalg/entries.js';
import { at, type Mat } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';
import type { Rollout } from '../loop/rollout.js';
import type { Cost } from '../problem/protocol.js';

/** Σ over columns and t of γ^t (xᵀ·Q·x + uᵀ·R·u), for starts given as a factor of their moments (start.ts). */
export function lossOf<T>(R: Ring<T>, cost: Cost, { x, u }: Rollout<T>): T {
  const [ofState, ofControl] = [entriesOf(cost.Q), entriesOf(cost.R)];
  let total = R.of(0);
  const add = ({ i, j, value }: Entries, share: number, A: Mat<T>): void => {
    value.forEach((weight, k) => {
      for (let column = 0; column < A.cols; column++) {
        const product = R.mul(at(A, i[k]!, column), at(A, j[k]!, column));
        total = R.add(total, R.mul(R.of(share * weight), product));
      }
    });
  };
  x.forEach((states, t) => {
    const share = cost.discount ** t;
    add(ofState, share, states);
    add(ofControl, share, u[t]!);
  });
  return total;
}
