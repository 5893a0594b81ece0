/**
 * Derivation: the surrogate losses and their gradients.
 */

import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { at, build, multiply, sumOfSquares } from '#src/linalg/matrix.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import {
  longGradient,
  longLoss,
  shortGradient,
  shortLoss,
  statement,
} from '#src/theory/stage-two/short-and-long-horizons-conflict.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import {
  alongParameters,
  derivatives,
  gradientDifference,
  PARAMETERS,
  PARAMETERS_AND_P,
  parametersOf,
} from '../support/derivatives.js';

const long = (m: number): Identity => ({
  name: `∇(λ₁λ₂)^${m} by the chain rule`,
  variables: PARAMETERS_AND_P,
  vanish: (R, x) =>
    gradientDifference(
      R,
      alongParameters(R, x, (S, y) => longLoss(S, parametersOf(y), y['p']!, m)),
      longGradient(R, parametersOf(x), x['p']!, m),
    ),
});

export const derivation: Derivation = {
  statement,
  scope: 'all real order parameters; exponents m = 1, 2 and 3 of the long-horizon loss',
  steps: [
    'P_eff³ maps the plant’s state three steps ahead. The squares of its plant block sum to L_short. σ_vu does not occur in it, since three steps are too short for the memory to act on itself.',
    'Over long horizons the loss grows like |λ₁|^{2T}. For |λ₁|² the surrogate takes λ₁λ₂ = c + bλ₃ + λ₃² at Newton’s λ₃.',
    'D′ = −1, 2(σ_vu − 1), 0 along σ_zm, σ_vu, q gives the partial derivatives of λ₃ = σ_vu + q/D. The chain rule gives those of (λ₁λ₂)^m.',
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
        const direct = sumOfSquares(
          R,
          build(2, 2, (i, j) => at(cube, i, j)),
        );
        return [R.sub(direct, shortLoss(R, { zm: zm!, q: R.mul(vm!, zu!) }))];
      },
    },
    {
      name: '∇L_short',
      variables: PARAMETERS,
      vanish: (R, x) =>
        gradientDifference(
          R,
          derivatives(R, x, PARAMETERS, (S, y) => shortLoss(S, parametersOf(y))),
          shortGradient(R, parametersOf(x)),
        ),
    },
    long(1),
    long(2),
    long(3),
  ],
};
