/**
 * Why stage 1 is about two integrators: with more, a position policy of either sign destabilises at first order.
 */
import { type Ring, sum } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'three-integrators-punish-either-sign',
  kind: 'identity',
  title: 'without memory ρ² = 1 + 2s cos(π/k) + s² for σ_zm < 0: only two integrators make that sign cheap',
  statement:
    'Without memory a chain of k integrators has the eigenvalues 1 + s e^{iφ} with s = dt |σ_zm|^{1/k}; e^{iφ} runs over the k-th roots of the sign of σ_zm. So ρ² = (1 + s)² for σ_zm > 0 and, for k ≥ 2, ρ² = 1 + 2s cos(π/k) + s² for σ_zm < 0. With one integrator a negative policy stabilises as long as s < 2. With two it costs at second order in s, which makes stage 1 possible. With three or more it costs at first order, as a positive one does.',
  formula: '(λ − 1)^k = dt^k σ_zm;  ρ² = 1 + 2 s cos(π/k) + s² (σ_zm < 0, k ≥ 2), (1 + s)² (σ_zm > 0)',
  latex: String.raw`(\lambda - 1)^k = \mathit{dt}^k \sigma_{zm} \newline \rho^2 = 1 + 2 s \cos(\pi/k) + s^2 (\sigma_{zm} < 0, k \ge 2),\; (1 + s)^2 (\sigma_{zm} > 0)`,
  assumptions: 'chain of k integrators, η = 1, q = 0, σ_vu = 0',
  validity:
    'every k, s and sign; proved for k = 2 and 3, argued and tried beyond. It marks the limit of the statements on stage 1, which are claimed for two integrators only',
  tolerance:
    'none: by the Jury test in rationals, all roots lie inside the circle of radius ρ(1 + 2^-20) and not all inside that of ρ(1 − 2^-20)',
  source: { theory: '#stage-1', status: 'new' },
};

/** cos of the angle at which the dominant eigenvalue leaves 1. @param k integrators @param positive sign of σ_zm */
export function departureCosine(k: number, positive: boolean): number {
  if (positive) return 1;
  // Exact where it is rational.
  return [-1, 0, 0.5][k - 1] ?? Math.cos(Math.PI / k);
}

/** ρ² of the loop without memory. @param s dt·|σ_zm|^{1/k} */
export function memorylessSquaredRadius(k: number, s: number, positive: boolean): number {
  return 1 + 2 * s * departureCosine(k, positive) + s * s;
}

/**
 * The factors of μ^k ± s^k, μ = λ − 1, for k = 2 and 3: what the eigenvalues are read off. Constant term first.
 * @param positive sign of σ_zm
 */
export function factorsOf<T>(R: Ring<T>, k: 2 | 3, s: T, positive: boolean): T[][] {
  const [zero, one] = [R.of(0), R.of(1)];
  const minus = R.sub(zero, s);
  const square = R.mul(s, s);
  if (k === 2)
    return positive
      ? [
          [minus, one],
          [s, one],
        ]
      : [[square, zero, one]];
  return positive
    ? [
        [minus, one],
        [square, s, one],
      ]
    : [
        [s, one],
        [square, minus, one],
      ];
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: '|1 + s e^{iπ/3}|², its factor of μ³ + s³ at μ = l − 1',
    variables: ['s', 'l'],
    texts: ['s^2-s*(l-1)+(l-1)^2'],
    values: (R, { s, l }) => {
      const mu = R.sub(l!, R.of(1));
      const [constant, linear] = factorsOf(R, 3, s!, false)[1]!;
      return [sum(R, [constant!, R.mul(linear!, mu), R.mul(mu, mu)])];
    },
  },
];
