/**
 * Derivation: the determinant lemma behind the spectrum.
 */
import { orderParametersOf } from '#src/agent/order-parameters.js';
import { characteristic, difference } from '#src/linalg/polynomial.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { bothSides, statement } from '#src/theory/loop/spectrum-of-coupled-is-effective.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { loopVariables, type Sizes, symbolicLoop } from '../symbols.js';

function determinants(sizes: Sizes): Identity {
  const surplus = sizes.N - 1 - sizes.r;
  return {
    name: `coefficients of det(λI − P) for ${sizes.n} states, ${sizes.N} units, rank ${sizes.r} (N − c − r = ${surplus})`,
    variables: loopVariables(sizes),
    vanish(R, x) {
      const { plant, agent } = symbolicLoop(R, x, sizes);
      const coupled = characteristic(R, coupledMatrix(R, plant, agent));
      const effective = characteristic(R, effectiveMatrix(R, plant, agent.leak, orderParametersOf(R, agent)));
      const { left, right } = bothSides(R, coupled, effective, agent.leak, surplus);
      return difference(R, left, right);
    },
  };
}

export const derivation: Derivation = {
  statement,
  steps: [
    'For any hidden state h, P (0, h) − (1−η) (0, h) lies in the plant’s states and the span of M and U: on the quotient by that invariant subspace P is (1−η) I, and on the subspace it is P_eff.',
    'Hence det(λI − P) = (λ−1+η)^(N−c−r) det(λI − P_eff), an identity of polynomials in all entries once negative powers are cleared.',
  ],
  identities: [
    determinants({ n: 1, N: 1, r: 0 }),
    determinants({ n: 1, N: 1, r: 1 }),
    determinants({ n: 1, N: 2, r: 0 }),
    determinants({ n: 1, N: 2, r: 1 }),
    determinants({ n: 2, N: 2, r: 1 }),
    determinants({ n: 1, N: 3, r: 1 }),
  ],
};
