/**
 * Derivation: the coupled matrix from the step equations.
 */
import { blocks, build, multiply, subtract } from '#src/linalg/matrix.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { rollout } from '#src/loop/rollout.js';
import { statement } from '#src/theory/loop/coupled-step-is-the-simulation.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { entries, flat, loopVariables, type Sizes, symbol, symbolicLoop } from '../symbols.js';

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
        const { b11, c11, m11, z11, u11, v11, w11, eta } = x as Record<string, NonNullable<(typeof x)[string]>>;
        const W = R.add(w11!, R.mul(u11!, v11!));
        const input = R.mul(eta!, m11!);
        const written = [
          [R.of(1), R.mul(b11!, z11!)],
          [
            R.mul(input, c11!),
            R.add(R.add(R.sub(R.of(1), eta!), R.mul(eta!, W)), R.mul(input, R.mul(c11!, R.mul(b11!, z11!)))),
          ],
        ];
        return flat(
          subtract(
            R,
            coupledMatrix(R, plant, agent),
            build(2, 2, (i, j) => written[i]![j]!),
          ),
        );
      },
    },
  ],
};
