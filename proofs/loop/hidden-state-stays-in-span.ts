/**
 * Derivation: confinement, P S = S P_eff.
 */
import { orderParametersOf } from '#src/agent/order-parameters.js';
import { multiply, subtract } from '#src/linalg/matrix.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { embedding, statement } from '#src/theory/loop/hidden-state-stays-in-span.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { flat, loopVariables, type Sizes, symbolicLoop } from '../support/symbols.js';

function intertwining(sizes: Sizes): Identity {
  return {
    name: `P S = S P_eff for ${sizes.N} units, rank ${sizes.r}`,
    variables: loopVariables(sizes),
    vanish(R, x) {
      const { plant, agent } = symbolicLoop(R, x, sizes);
      const P = coupledMatrix(R, plant, agent);
      const S = embedding(R, agent, sizes.n);
      const Peff = effectiveMatrix(R, plant, agent.leak, orderParametersOf(R, agent));
      return flat(subtract(R, multiply(R, P, S), multiply(R, S, Peff)));
    },
  };
}

export const derivation: Derivation = {
  statement,
  scope:
    '2 to 4 units, with 2 states at rank 1 and with 1 state at rank 2, entries and leak free; all sizes by theorems',
  steps: [
    'Write h = M a + U b. Then W h = U Vᵀ (M a + U b) = U (σ_vm a + σ_vu b) and Z h = σ_zm a + σ_zu b.',
    'So h′ = (1−η) h + η (U (σ_vm a + σ_vu b) + M y′) has the same form, with a′ = (1−η) a + η y′ and b′ = (1−η) b + η (σ_vm a + σ_vu b).',
    'With y′ = C A x + C B (σ_zm a + σ_zu b) the map of (x, a, b) is P_eff; as matrices, P S = S P_eff.',
    'From h₀ = 0 = M·0 + U·0 the hidden state never leaves the span.',
  ],
  identities: [
    intertwining({ n: 2, N: 2, r: 1 }),
    intertwining({ n: 2, N: 3, r: 1 }),
    intertwining({ n: 2, N: 4, r: 1 }),
    intertwining({ n: 1, N: 2, r: 2 }),
    intertwining({ n: 1, N: 3, r: 2 }),
    intertwining({ n: 1, N: 4, r: 2 }),
  ],
  theorems: [
    {
      name: 'confinement',
      says: 'P S = S P_eff, for every number of units, states, controls and observations, every rank and leak',
      over: 'rings',
    },
    {
      name: 'stays_in_span',
      says: 'a state of the span stays in it at every time, and its coordinates move by P_eff',
      over: 'rings',
    },
  ],
};
