/**
 * Derivation: the costate recursion is the derivative of a quadratic loss along a linear recursion.
 */

import { dualsOver } from '#src/linalg/dual.js';
import { build, map } from '#src/linalg/matrix.js';
import type { Ring } from '#src/linalg/ring.js';
import {
  adjointDerivative,
  quadraticAlong,
  statement,
} from '#src/theory/learning/adjoint-gradient-is-the-derivative.js';
import type { Derivation } from '../derivation.js';
import type { Identity, Values } from '../kernels/identity.js';
import { entries, symbol } from '../support/symbols.js';

const costates = (n: number, horizon: number): Identity => ({
  name: `Σ λ_{t+1}ᵀ dP s_t = dL for ${n} × ${n} loops over ${horizon} steps`,
  variables: [...entries('p', n, n), ...entries('d', n, n), ...entries('s', n, 1), ...entries('q', 1, n)],
  vanish<T>(R: Ring<T>, x: Values<T>) {
    const [P, D, s0] = [symbol(x, 'p', n, n), symbol(x, 'd', n, n), symbol(x, 's', n, 1)];
    const weights = Array.from({ length: n }, (_, i) => x[`q1${i + 1}`]!);
    const duals = dualsOver(R);
    const moving = build(n, n, (i, j) => ({ value: P.data[i * n + j]!, tangent: D.data[i * n + j]! }));
    const still = (value: T) => ({ value, tangent: R.of(0) });
    const along = quadraticAlong(duals, moving, map(s0, still), weights.map(still), horizon);
    return [R.sub(adjointDerivative(R, P, D, s0, weights, horizon), along.tangent)];
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    'recursions of 1 component over 5 steps and of 2 components over 3 steps; all sizes and every horizon by theorems',
  steps: [
    'The loop is a linear recursion s_{t+1} = P s_t with loss L = Σ_t s_tᵀ Q s_t; the weights enter through P.',
    'A change dP changes s_t by ds_{t+1} = P ds_t + dP s_t, ds_0 = 0, and the loss by dL = Σ_t 2 s_tᵀ Q ds_t.',
    'With costates λ_t = 2 Q s_t + Pᵀ λ_{t+1}, λ_T = 0, summation by parts gives dL = Σ_t λ_{t+1}ᵀ dP s_t: back-propagation.',
    'The engines apply it block by block. The claim compares their gradients with dual numbers through the loop’s definition.',
  ],
  identities: [costates(1, 5), costates(2, 3)],
  theorems: [
    {
      name: 'adjoint_is_derivative',
      says: 'summation by parts along any linear recursion, which may change from step to step: all sizes and every horizon',
      over: 'rings',
    },
  ],
};
