/**
 * Derivation: the eigenvalues without memory, by σ_zm = s².
 */
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { characteristic, convolve, difference } from '#src/linalg/polynomial.js';
import { negate } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { statement } from '#src/theory/stage-one/stage-one-eigenvalues.js';
import type { Derivation } from '../derivation.js';

export const derivation: Derivation = {
  statement,
  steps: [
    'At q = 0 and σ_vu = 0, χ(λ) = λ ((λ−1)² − dt² σ_zm).',
    'With σ_zm = s² this is λ (λ − 1 − dt s)(λ − 1 + dt s): the roots are 1 ± dt √σ_zm, also for s = i t, σ_zm = −t².',
    'For σ_zm ≤ 0, |λ|² = 1 + dt² t² = 1 − dt² σ_zm ≥ 1; for σ_zm ≥ 0 the larger is 1 + dt s ≥ 1.',
  ],
  identities: [
    {
      name: 'det(λI − P_eff) = λ² (λ − 1 − dt s)(λ − 1 + dt s), σ_zm = s², σ_zu free, σ_vm = σ_vu = 0',
      variables: ['dt', 's', 'zu'],
      vanish(R, { dt, s, zu }) {
        const zero = R.of(0);
        const order = scalarOrderParameters(R.mul(s!, s!), zu!, zero, zero);
        const step = R.mul(dt!, s!);
        const factor = (shift: typeof step) => [negate(R, R.add(R.of(1), shift)), R.of(1)];
        const roots = convolve(R, factor(step), factor(negate(R, step)));
        const determinant = characteristic(R, effectiveMatrix(R, integratorChainOver(R, 2, dt!), R.of(1), order));
        return difference(R, determinant, convolve(R, [zero, zero, R.of(1)], roots));
      },
    },
    {
      name: '|1 + i dt t|² = 1 − dt² σ_zm for σ_zm = −t²',
      variables: ['dt', 't'],
      vanish(R, { dt, t }) {
        const im = R.mul(dt!, t!);
        const zm = negate(R, R.mul(t!, t!));
        return [R.sub(R.add(R.of(1), R.mul(im, im)), R.sub(R.of(1), R.mul(R.mul(dt!, dt!), zm)))];
      },
    },
  ],
  decisions: [
    {
      name: '|λ₁|² falls on σ_zm < 0 and rises on σ_zm > 0',
      variables: ['x', 'y', 's', 't'],
      negation:
        '(or (and (< x y) (<= y 0) (<= (- 1 x) (- 1 y))) (and (>= s 0) (< s t) (>= (* (+ 1 s) (+ 1 s)) (* (+ 1 t) (+ 1 t)))))',
      control: '(and (< s t) (>= (* (+ 1 s) (+ 1 s)) (* (+ 1 t) (+ 1 t))))',
    },
    {
      name: '|λ₁|² ≥ 1, with equality only at σ_zm = 0',
      variables: ['zm', 's'],
      negation:
        '(and (>= s 0) (or (and (< zm 0) (<= (- 1 zm) 1)) (and (> zm 0) (= (* s s) zm) (<= (* (+ 1 s) (+ 1 s)) 1))))',
      control: '(and (>= s 0) (<= (* (- 1 s) (- 1 s)) 1))',
    },
  ],
};
