/**
 * Derivation: the eigenvalues without memory, by σ_zm = s².
 */

import { evaluate } from '#src/linalg/polynomial.js';
import { statement } from '#src/theory/stage-one/stage-one-eigenvalues.js';
import type { Derivation } from '../derivation.js';
import { equal, evaluateText } from '../kernels/formula-text.js';
import { loopPolynomial } from '../support/symbols.js';

export const derivation: Derivation = {
  statement,
  scope: 'every dt and every real σ_zm; the order of |λ₁|² at dt = 1',
  steps: [
    'At q = 0 and σ_vu = 0, χ(λ) = λ ((λ−1)² − dt² σ_zm).',
    'With σ_zm = s² this is λ (λ − 1 − dt s)(λ − 1 + dt s). The roots are 1 ± dt √σ_zm, also for s = i t, σ_zm = −t².',
    'For σ_zm ≤ 0, |λ|² = 1 + dt² t² = 1 − dt² σ_zm ≥ 1; for σ_zm ≥ 0 the larger is 1 + dt s ≥ 1.',
  ],
  identities: [
    {
      name: 'det(λI − P_eff) = λ² (λ − 1 − dt s)(λ − 1 + dt s), σ_zm = s², σ_zu free, σ_vm = σ_vu = 0',
      variables: ['l', 'dt', 's', 'zu'],
      vanish(R, x) {
        const [l, dt, s, zu] = [x['l']!, x['dt']!, x['s']!, x['zu']!];
        const determinant = loopPolynomial(R, 2, dt, R.of(1), [R.mul(s, s), zu, R.of(0), R.of(0)]);
        return [R.sub(evaluate(R, determinant, l), evaluateText(R, 'l^2*(l-1-dt*s)*(l-1+dt*s)', x))];
      },
    },
    {
      name: '|1 + i dt t|² = 1 − dt² σ_zm for σ_zm = −t²',
      variables: ['dt', 't'],
      vanish: equal('1+(dt*t)^2', '1-dt^2*(-t^2)'),
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
