/**
 * Derivation: the Riccati fixed point.
 */

import { multiply, transpose } from '#src/linalg/matrix.js';
import { product } from '#src/linalg/ring.js';
import { riccatiResidual } from '#src/loop/riccati.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { scaledGains, scaledValue, statement } from '#src/theory/loop/golden-ratio-is-optimal.js';
import type { Derivation } from '../derivation.js';
import { evaluateText } from '../kernels/formula-text.js';
import { flat } from '../support/symbols.js';

export const derivation: Derivation = {
  statement,
  scope: 'every dt > 0; that the step is optimal, at dt = 1',
  steps: [
    'The value matrix V of Σ‖x_t‖² solves V = I + AᵀVA − AᵀVB (BᵀVB)⁻¹ BᵀVA.',
    'For V = [[1 + p/dt, p],[p, p²]] the residual, cleared of denominators, has one non-zero entry, the last: dt⁴ p² (1 + dt p − p²). It vanishes exactly if p² = dt p + 1. At dt = 1, p = φ.',
    'The gains (BᵀVB)⁻¹ BᵀVA are 1/(dt p) and 1/dt + 1/p.',
  ],
  identities: [
    {
      name: 'the Riccati residual is dt⁴ p² (1 + dt p − p²) in its last entry, zero elsewhere',
      variables: ['dt', 'p'],
      vanish(R, { dt, p }) {
        const residual = riccatiResidual(R, integratorChainOver(R, 2, dt!), scaledValue(R, dt!, p!), dt!);
        const last = evaluateText(R, 'dt^4*p^2*(1+dt*p-p^2)', { dt: dt!, p: p! });
        return flat(residual).map((entry, k) => (k === 3 ? R.sub(entry, last) : entry));
      },
    },
    {
      name: 'the gains: dt p · BᵀSA = BᵀSB · (1, p + dt)',
      variables: ['dt', 'p'],
      vanish(R, { dt, p }) {
        const { A, B } = integratorChainOver(R, 2, dt!);
        const S = scaledValue(R, dt!, p!);
        const gain = multiply(R, transpose(B), S, B).data[0]!;
        const pull = multiply(R, transpose(B), S, A);
        return scaledGains(R, dt!, p!).map((value, k) =>
          R.sub(product(R, [dt!, p!, pull.data[k]!]), R.mul(gain, value)),
        );
      },
    },
  ],
  decisions: [
    {
      name: 'p = (dt + √(dt² + 4))/2 is the only positive solution of p² = dt p + 1',
      variables: ['dt', 'p', 'o'],
      negation: '(and (> dt 0) (> p 0) (> o 0) (= (* p p) (+ (* dt p) 1)) (= (* o o) (+ (* dt o) 1)) (not (= p o)))',
      control: '(and (> dt 0) (> p 0) (= (* p p) (+ (* dt p) 1)) (= (* o o) (+ (* dt o) 1)) (not (= p o)))',
      rocq: {
        tactics:
          'intros dt p o (D & P & O & E & F & N); assert (p > dt) by nra; assert (Z : (p - o) * (p + o - dt) = 0) by lra; apply Rmult_integral in Z; destruct Z; lra',
      },
    },
    {
      name: 'the optimal step minimises the cost to come: any control costs at least as much as −K x (dt = 1)',
      variables: ['f', 'x', 'y', 'u'],
      // Next state (x + y, y + u), its value minus the minimum f·y-terms: (φ² − …) completes to a square.
      negation:
        '(and (> f 0) (= (* f f) (+ f 1)) (< (+ (* f f (+ x y) (+ x y)) (* 2 f (+ x y) (+ y u)) (* f f (+ y u) (+ y u))) (- (* f f (+ x y) (+ x y)) (* (+ x y) (+ x y)))))',
      control:
        '(and (> f 0) (< (+ (* f f (+ x y) (+ x y)) (* 2 f (+ x y) (+ y u)) (* f f (+ y u) (+ y u))) (- (* f f (+ x y) (+ x y)) (* (+ x y) (- x y)))))',
      rocq: {
        tactics: 'intros f x y u (F & E & H); assert (0 <= (x + y + f * (y + u)) ^ 2) by apply pow2_ge_0; nra',
      },
    },
  ],
};
