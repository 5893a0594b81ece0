/**
 * Derivation: the closed form of the loss without memory.
 */

import { canonicalAgentOver } from '#src/agent/canonical.js';
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { identity, sumOfSquares } from '#src/linalg/matrix.js';
import { power } from '#src/linalg/ring.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { binomialHalves, geometric, stageOneSum, statement } from '#src/theory/stage-one/stage-one-loss-is-exact.js';
import type { Derivation } from '../derivation.js';
import { equal } from '../kernels/formula-text.js';
import type { Identity } from '../kernels/identity.js';

const closedForm = (horizon: number): Identity => ({
  name: `Σ_t E‖x_t‖² equals the rollout’s for T = ${horizon}`,
  variables: ['zm', 'dt'],
  vanish(R, { zm, dt }) {
    const zero = R.of(0);
    const agent = canonicalAgentOver(R, scalarOrderParameters(zm!, zero, zero, zero));
    const { x } = rollout(R, integratorChainOver(R, 2, dt!), agent, identity(R, 2), horizon);
    return [R.sub(sumOfSquares(R, ...x), stageOneSum(R, zm!, dt!, horizon))];
  },
});

const halves = (n: number): Identity => ({
  name: `(1 ± θ)^${n} = c ± θ e with θ² = g`,
  variables: ['theta'],
  vanish(R, { theta }) {
    const { c, e } = binomialHalves(R, R.mul(theta!, theta!), n);
    const odd = R.mul(theta!, e);
    return [
      R.sub(power(R, R.add(R.of(1), theta!), n), R.add(c, odd)),
      R.sub(power(R, R.sub(R.of(1), theta!), n), R.sub(c, odd)),
    ];
  },
});

const series = (horizon: number): Identity => ({
  name: `(1 − r) Σ r^k = 1 − r^(T+1) for T = ${horizon}`,
  variables: ['r'],
  vanish(R, { r }) {
    const left = R.mul(R.sub(R.of(1), r!), geometric(R, r!, horizon + 1));
    return [R.sub(left, R.sub(R.of(1), power(R, r!, horizon + 1)))];
  },
});

export const derivation: Derivation = {
  statement,
  scope: 'horizons of 1 to 6, any σ_zm and dt; powers n = 0, 1, 4 and 7; every horizon by theorems',
  steps: [
    'Without memory the loop after the first step is x_{t+1} = M x_t with M = [[1, dt], [dt σ_zm, 1]], from x_1 = (a + dt b, b) for x_0 = (a, b).',
    'M has the eigenvalues 1 ± θ, θ² = dt² σ_zm. So M^n = [[c, dt e], [dt σ_zm e, c]] with (1 ± θ)^n = c ± θ e.',
    'For independent a, b of variance v, E‖x_t‖² is v times the squares of the four coefficients of a and b in M^n x_1.',
  ],
  identities: [
    ...[1, 2, 3, 4, 5, 6].map(closedForm),
    ...[0, 1, 4, 7].map(halves),
    ...[10, 20].map(series),
    {
      name: '|1 + i t|² = 1 + t²: the geometric ratio for σ_zm = −t²',
      variables: ['t'],
      vanish: equal('1+t^2', '1-(-t^2)'),
    },
  ],
  theorems: [
    {
      name: 'loss_is_exact',
      says: 'the loss without memory is the closed form for every horizon, σ_zm and dt',
      over: 'rings',
    },
    {
      name: 'state_in_halves',
      says: 'the states from any start through c and e, for every n',
      over: 'rings',
    },
    {
      name: 'halves_are_binomial',
      says: '(1 ± θ)^n = c ± θ e with θ² = g, for every n',
      over: 'rings',
    },
  ],
};
