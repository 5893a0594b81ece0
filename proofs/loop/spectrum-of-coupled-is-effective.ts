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
import { loopVariables, type Sizes, symbolicLoop } from '../support/symbols.js';

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
  scope:
    '1 to 3 units, 1 or 2 states, rank 0 or 1, with N − c − r from −1 to 1, entries and leak free; all sizes by theorems',
  steps: [
    'For any hidden state h, P (0, h) − (1−η) (0, h) lies in the plant’s states and the span of M and U. That subspace is invariant. On it P is P_eff; on the quotient by it P is (1−η) I.',
    'Hence det(λI − P) = (λ−1+η)^(N−c−r) det(λI − P_eff). Once negative powers are cleared, this is an identity of polynomials in all entries.',
  ],
  identities: [
    determinants({ n: 1, N: 1, r: 0 }),
    determinants({ n: 1, N: 1, r: 1 }),
    determinants({ n: 1, N: 2, r: 0 }),
    determinants({ n: 1, N: 2, r: 1 }),
    determinants({ n: 2, N: 2, r: 1 }),
    determinants({ n: 1, N: 3, r: 1 }),
  ],
  theorems: [
    {
      name: 'spectrum',
      says: 'det(X − P)(X − 1 + η)^(c+r) = (X − 1 + η)^N det(X − P_eff) as polynomials, for all sizes, also N < c + r',
      over: 'rings',
    },
    {
      name: 'spectrum_surplus',
      says: 'for N ≥ c + r the N − c − r further eigenvalues are 1 − η',
      over: 'rings',
    },
    {
      name: 'spectrum_at',
      says: 'the same at every number λ',
      over: 'rings',
    },
  ],
};
