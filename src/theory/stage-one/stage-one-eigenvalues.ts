/**
 * Stage 1: the eigenvalues of a loop without memory.
 */
import type { Complex } from '../../linalg/eigen.js';
import { type Ring, reals } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'stage-one-eigenvalues',
  kind: 'identity',
  title: 'without memory the double integrator’s loop has eigenvalues 1 ± dt √σ_zm',
  statement:
    'At q = 0 and σ_vu = 0 the eigenvalues of P_eff are 1 ± dt √σ_zm and twice 0. They are real for σ_zm > 0 and a pair on the line Re λ = 1 for σ_zm < 0. |λ₁|² is 1 − dt² σ_zm for σ_zm ≤ 0 and (1 + dt √σ_zm)² for σ_zm ≥ 0: steep on the positive side, and 1 only at σ_zm = 0.',
  formula: 'λ = 1 ± dt √σ_zm;  ρ² = 1 − dt² σ_zm (σ_zm ≤ 0), (1 + dt √σ_zm)² (σ_zm ≥ 0)',
  latex: String.raw`\lambda = 1 \pm \mathit{dt}\,\sqrt{\sigma_{zm}} \newline \rho^2 = 1 - \mathit{dt}^2 \sigma_{zm} (\sigma_{zm} \le 0), (1 + \mathit{dt}\,\sqrt{\sigma_{zm}})^2 (\sigma_{zm} \ge 0)`,
  assumptions: 'double integrator, rank 1, η = 1, q = σ_vm σ_zu = 0, σ_vu = 0',
  validity: 'every σ_zm and dt > 0',
  tolerance:
    'the backward error of the QR algorithm, carried through the characteristic polynomial; rounding of the formula',
  source: { paper: 'Fig. 3c', theory: '#stage-1', status: 'paper' },
};

/** The dominant pair 1 ± dt·√σ_zm, the larger modulus (or the upper one) first. */
export function stageOneEigenvalues(zm: number, dt: number): readonly [Complex, Complex] {
  const root = dt * Math.sqrt(Math.abs(zm));
  return zm < 0
    ? [
        { re: 1, im: root },
        { re: 1, im: -root },
      ]
    : [
        { re: 1 + root, im: 0 },
        { re: 1 - root, im: 0 },
      ];
}

/** λ₁λ₂ = 1 − dt²·σ_zm: |λ₁|² where the two are a pair. */
export function stageOneProduct<T>(R: Ring<T>, zm: T, dt: T): T {
  return R.sub(R.of(1), R.mul(R.mul(dt, dt), zm));
}

/** ρ² of the loop without memory. */
export function stageOneSquaredRadius(zm: number, dt: number): number {
  return zm < 0 ? stageOneProduct(reals, zm, dt) : (1 + dt * Math.sqrt(zm)) ** 2;
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'λ₁λ₂',
    variables: ['zm', 'dt'],
    texts: ['1-dt^2*zm'],
    values: (R, { zm, dt }) => [stageOneProduct(R, zm!, dt!)],
  },
];
