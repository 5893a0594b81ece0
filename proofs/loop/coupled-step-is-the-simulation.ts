/**
 * Derivation: the coupled matrix from the step equations.
 */

import { blocks, build, multiply, subtract } from '#src/linalg/matrix.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { rollout } from '#src/loop/rollout.js';
import { statement } from '#src/theory/loop/coupled-step-is-the-simulation.js';
import type { Derivation } from '../derivation.js';
import { evaluateText } from '../kernels/formula-text.js';
import type { Identity } from '../kernels/identity.js';
import { entries, flat, loopVariables, type Sizes, symbol, symbolicLoop } from '../support/symbols.js';

const STEPS = 3;

function simulation(sizes: Sizes): Identity {
  const { N, r, n } = sizes;
  return {
    name: `P s(t) = s(t+1) for ${n} states, ${N} units, rank ${r}, and a full-rank part`,
    variables: [...loopVariables(sizes, true), ...entries('x', n, 1)],
    vanish(R, x) {
      const { plant, agent } = symbolicLoop(R, x, sizes, true);
      const P = coupledMatrix(R, plant, agent);
      const seen = rollout(R, plant, agent, symbol(x, 'x', n, 1), STEPS);
      return Array.from({ length: STEPS - 1 }, (_, t) => {
        const stack = (step: number) => blocks([[seen.x[step]!], [seen.h[step]!]]);
        return flat(subtract(R, multiply(R, P, stack(t)), stack(t + 1)));
      }).flat();
    },
  };
}

export const derivation: Derivation = {
  statement,
  scope:
    'loops of 1 state, 1 unit and rank 1, and of 2 states and 1 unit, over 3 steps, with a full-rank part, entries and leak free; all sizes and every horizon by theorems (W is U Vᵀ of rank N)',
  steps: [
    'The plant steps to x′ = A x + B u with u = Z h, so x′ = A x + B Z h: the first row of blocks of P.',
    'The agent observes y′ = C x′ = C A x + C B Z h after the step.',
    'It updates h′ = (1−η) h + η (W h + M y′) = η M C A x + ((1−η) I + η W + η M C B Z) h: the second row of blocks.',
    'From h₀ = 0 and u₀ = 0 the simulation agrees with P s from the first step on.',
  ],
  identities: [
    simulation({ n: 1, N: 1, r: 1 }),
    simulation({ n: 2, N: 1, r: 0 }),
    {
      name: 'blocks of P for one state and one unit',
      variables: loopVariables({ n: 1, N: 1, r: 1 }, true),
      vanish(R, x) {
        const { plant, agent } = symbolicLoop(R, x, { n: 1, N: 1, r: 1 }, true);
        const written = [
          ['1', 'b11*z11'],
          ['eta*m11*c11', '1-eta+eta*(w11+u11*v11)+eta*m11*c11*b11*z11'],
        ];
        const expected = build(2, 2, (i, j) => evaluateText(R, written[i]![j]!, x));
        return flat(subtract(R, coupledMatrix(R, plant, agent), expected));
      },
    },
  ],
  theorems: [
    {
      name: 'coupled_is_simulated',
      says: 'the simulated states are products with P at every time, for all sizes, W = U Vᵀ',
      over: 'rings',
    },
  ],
};
