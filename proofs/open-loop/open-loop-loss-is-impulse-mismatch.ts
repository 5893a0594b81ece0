/**
 * Derivation: impulse responses and the weights of the open-loop loss.
 */

import { orderParameterMatrix, orderParametersOf } from '#src/agent/order-parameters.js';
import { scalar } from '#src/linalg/matrix.js';
import { product, sum } from '#src/linalg/ring.js';
import { drivenBy } from '#src/loop/rollout.js';
import {
  impulseMismatch,
  impulseResponse,
  statement,
} from '#src/theory/open-loop/open-loop-loss-is-impulse-mismatch.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { flat, sequence, symbolicAgent, valuesOf, weightVariables } from '../support/symbols.js';

const markov = (count: number): Identity => ({
  name: `an impulse gives g_0 … g_${count - 1}, two units, rank 1`,
  variables: weightVariables(2),
  vanish(R, x) {
    const agent = symbolicAgent(x, R.of(1), { N: 2, r: 1 });
    const impulse = Array.from({ length: count }, (_, t) => scalar(R.of(t === 0 ? 1 : 0)));
    const [zm, zu, vm, vu] = flat(orderParameterMatrix(orderParametersOf(R, agent)));
    const predicted = impulseResponse(R, { zm: zm!, zu: zu!, vm: vm!, vu: vu! }, count);
    return drivenBy(R, agent, impulse).map((u, k) => R.sub(u.data[0]!, predicted[k]!));
  },
});

const weights = (horizon: number): Identity => ({
  name: `steps 1 … T−1 with inputs from 2 on give the weights T − 2 − k, T = ${horizon}`,
  variables: [...sequence('g', horizon - 2), ...sequence('h', horizon - 2)],
  vanish(R, x) {
    const student = valuesOf(x, sequence('g', horizon - 2));
    const teacher = valuesOf(x, sequence('h', horizon - 2));
    const direct = [];
    for (let n = 1; n < horizon; n++)
      for (let input = 2; input <= n; input++) {
        const d = R.sub(student[n - input]!, teacher[n - input]!);
        direct.push(product(R, [d, d]));
      }
    return [R.sub(sum(R, direct), impulseMismatch(R, student, teacher, horizon))];
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    '2 units of rank 1, responses of 4 and 5 steps; the weights for T = 3, 5 and 6; all sizes and every horizon by theorems',
  steps: [
    'Driven by observations, u_n = Z Σ_k W^k M y_{n−k} = Σ_k g_k y_{n−k} with g_k = Z W^k M; for W = U Vᵀ this is σ_zm, then σ_zu σ_vu^{k−1} σ_vm.',
    'For white y of variance s the cross terms vanish in expectation: E (û_n − u_n)² = s Σ_k (g_k − g*_k)².',
    'Summed over n = 1 … T−1, lag k occurs T − 2 − k times, since inputs enter from n = 2 on.',
  ],
  identities: [markov(4), markov(5), weights(3), weights(5), weights(6)],
  theorems: [
    {
      name: 'driven_by_observations',
      says: 'u_n = Σ g_k y_{n−k} with g_0 = σ_zm, g_k = σ_zu σ_vu^(k−1) σ_vm, for every n, every number of units and every rank, η = 1',
      over: 'rings',
    },
    {
      name: 'white_mismatch',
      says: 'on white inputs of variance s the cross terms vanish, for every n',
      over: 'rings',
    },
    {
      name: 'weights_of_lags',
      says: 'summed over steps 1 … T − 1 lag k occurs T − 2 − k times, for every T',
      over: 'rings',
    },
  ],
};
