/**
 * No memory, no stability: from two integrators on a world model is necessary.
 */
import { power, type Ring } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'memoryless-loop-is-unstable',
  kind: 'universal',
  title: 'two or more integrators cannot be stabilised without memory',
  statement:
    'For k ≥ 2 integrators, σ_zu = 0 or σ_vm = 0 implies ρ(P) ≥ 1, for all values of the other order parameters and for every rank, dt and leak. One integrator can be stabilised: σ_zm = −1, dt = 1 is stable.',
  formula: 'q = 0 ⇒ some root of (λ − 1)^k (λ − 1 + η) − η dt^k σ_zm λ has |λ| ≥ 1',
  latex: String.raw`q = 0 \Rightarrow\text{ some root of }(\lambda - 1)^k (\lambda - 1 + \eta) - \eta \mathit{dt}^k \sigma_{zm} \lambda\text{ has }{\lvert\lambda\rvert} \ge 1`,
  assumptions: 'chain of k ≥ 2 integrators, one observation, one control, 0 < η ≤ 1',
  validity:
    'k ≥ 2. For k ≥ 3, and for k = 2 at η = 1, a derivative of the polynomial vanishes at 1, and its roots lie in the convex hull of the polynomial’s roots (Gauss–Lucas). For k = 2 with leak the Jury conditions decide. k = 1 is the counterexample',
  tolerance: 'none: stability is decided exactly, in rationals',
  source: { theory: '#stability', status: 'new' },
};

/**
 * The polynomial in λ that decides a loop without memory: (λ − 1)^k·(λ − 1 + η) − η·dt^k·σ_zm·λ, the first factor the
 * chain's, the second the leaky sensor's. Its value at a point.
 */
export function memorylessPolynomialAt<T>(R: Ring<T>, point: T, k: number, dt: T, leak: T, zm: T): T {
  const shifted = R.sub(point, R.of(1));
  const chain = R.mul(power(R, shifted, k), R.add(shifted, leak));
  return R.sub(chain, R.mul(R.mul(leak, power(R, dt, k)), R.mul(zm, point)));
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'the memoryless polynomial for three integrators',
    variables: ['l', 'dt', 'eta', 'zm'],
    texts: ['(l-1)^3*(l-1+eta)-eta*dt^3*zm*l'],
    values: (R, { l, dt, eta, zm }) => [memorylessPolynomialAt(R, l!, 3, dt!, eta!, zm!)],
  },
];
