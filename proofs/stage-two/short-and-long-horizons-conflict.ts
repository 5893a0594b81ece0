/**
 * Derivation: the surrogate losses and their gradients.
 */
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import { at, multiply } from '#src/linalg/matrix.js';
import { negate, type Ring, sum } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import {
  longGradient,
  longLoss,
  shortGradient,
  shortLoss,
  statement,
} from '#src/theory/stage-two/short-and-long-horizons-conflict.js';
import { memorySlope } from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import type { Derivation } from '../derivation.js';
import type { Identity, Values } from '../kernels/identity.js';

const GAINS = ['zm', 'vu', 'q'] as const;

/** The gains with one of them moving at unit speed. */
function moving<T>(R: Ring<T>, x: Values<T>, which: (typeof GAINS)[number]): Record<(typeof GAINS)[number], Dual<T>> {
  const dual = (name: (typeof GAINS)[number]): Dual<T> => ({ value: x[name]!, tangent: R.of(name === which ? 1 : 0) });
  return { zm: dual('zm'), vu: dual('vu'), q: dual('q') };
}

const long = (m: number): Identity => ({
  name: `∇(λ₁λ₂)^${m} by the chain rule`,
  // p stands for 1/D: along a change of D it changes by −p²·dD.
  variables: [...GAINS, 'p'],
  vanish(R, x) {
    const duals = dualsOver(R);
    const gradient = longGradient(R, { zm: x['zm']!, vu: x['vu']!, q: x['q']! }, x['p']!, m);
    return GAINS.map((name) => {
      const gains = moving(R, x, name);
      const slope = memorySlope(duals, gains).tangent;
      const p = { value: x['p']!, tangent: negate(R, R.mul(R.mul(x['p']!, x['p']!), slope)) };
      return R.sub(longLoss(duals, gains, p, m).tangent, gradient[name]);
    });
  },
});

export const derivation: Derivation = {
  statement,
  steps: [
    'P_eff³ maps the plant’s state three steps ahead; the squares of its plant block sum to L_short, in which σ_vu does not occur: three steps are too short for the memory to act on itself.',
    'Over long horizons the loss grows like |λ₁|^{2T}; λ₁λ₂ = c + bλ₃ + λ₃² with Newton’s λ₃ stands for |λ₁|².',
    'D′ = −1, 2(σ_vu − 1), 0 along σ_zm, σ_vu, q gives the partial derivatives of λ₃ = σ_vu + q/D, and the chain rule those of (λ₁λ₂)^m.',
  ],
  identities: [
    {
      name: 'L_short is the sum of squares of the plant block of P_eff³',
      variables: ['zm', 'zu', 'vm', 'vu'],
      vanish(R, { zm, zu, vm, vu }) {
        const P = effectiveMatrix(
          R,
          integratorChainOver(R, 2, R.of(1)),
          R.of(1),
          scalarOrderParameters(zm!, zu!, vm!, vu!),
        );
        const cube = multiply(R, P, P, P);
        const block = [at(cube, 0, 0), at(cube, 0, 1), at(cube, 1, 0), at(cube, 1, 1)];
        const direct = sum(
          R,
          block.map((entry) => R.mul(entry, entry)),
        );
        return [R.sub(direct, shortLoss(R, { zm: zm!, q: R.mul(vm!, zu!) }))];
      },
    },
    {
      name: '∇L_short',
      variables: GAINS,
      vanish(R, x) {
        const gradient = shortGradient(R, { zm: x['zm']!, q: x['q']! });
        return GAINS.map((name) => R.sub(shortLoss(dualsOver(R), moving(R, x, name)).tangent, gradient[name]));
      },
    },
    long(1),
    long(2),
    long(3),
  ],
};
