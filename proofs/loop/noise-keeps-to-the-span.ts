/**
 * Derivation: the expected loss with noise is a function of the order parameters.
 */
import { orderParametersOf } from '#src/agent/order-parameters.js';
import { build, multiply, scalar, sumOfSquares, transpose } from '#src/linalg/matrix.js';
import { power, sum } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { rollout } from '#src/loop/rollout.js';
import {
  expectedLoss,
  momentsWithNoise,
  noiseEntry,
  noiseMoments,
  noiseVariances,
  statement,
} from '#src/theory/loop/noise-keeps-to-the-span.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { entries, loopVariables, type Sizes, symbol, symbolicLoop } from '../support/symbols.js';

/** One observation, one control; the step of time is s², for noise of the plant grows with its root. */
const expectation = (sizes: Sizes, horizon: number): Identity => ({
  name: `the sum over sources is E L: N = ${sizes.N}, n = ${sizes.n}, rank ${sizes.r}, T = ${horizon}`,
  variables: [...loopVariables(sizes), ...entries('x', sizes.n, 1), 'process', 'observation', 's', 'q', 'k', 'g'],
  vanish(R, x) {
    const { process, observation, s, q, k, g } = x as Record<string, NonNullable<(typeof x)[string]>>;
    const { plant, agent } = symbolicLoop(R, x, sizes);
    const { n, r } = sizes;
    const start = symbol(x, 'x', n, 1);
    const drawn = (horizon - 1) * (n + 1);
    const deviation = (i: number) => (i % (n + 1) < n ? R.mul(process!, s!) : observation!);
    const sources = build(n + drawn, 1 + drawn, (i, j) => {
      if (i < n) return j === 0 ? start.data[i]! : R.of(0);
      return i - n === j - 1 ? deviation(i - n) : R.of(0);
    });
    const ran = rollout(R, plant, agent, sources, horizon);
    const direct = sum(
      R,
      ran.x.map((states, t) => {
        const cost = R.add(R.mul(q!, sumOfSquares(R, states)), R.mul(k!, sumOfSquares(R, ran.u[t]!)));
        return R.mul(power(R, g!, t), cost);
      }),
    );
    const overlaps = orderParametersOf(R, agent);
    const variances = noiseVariances(R, process!, observation!, R.mul(s!, s!));
    const moments = momentsWithNoise(
      R,
      effectiveMatrix(R, plant, agent.leak, overlaps),
      noiseMoments(R, noiseEntry(R, plant, agent.leak, r), n, variances),
      multiply(R, start, transpose(start)),
      horizon,
    );
    const state = build(n, n, (i, j) => (i === j ? q! : R.of(0)));
    return [R.sub(direct, expectedLoss(R, { state, control: scalar(k!) }, g!, overlaps, moments))];
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    '1 or 2 units, 1 or 2 states, one observation and one control, rank 0 and 1, over 2 or 3 steps; input and output of the plant, weights, leak, noise, cost and discount free',
  steps: [
    'Noise w enters x′ and so y′ = C x′ + v: h′ = (1−η) h + η (W h + M y′) has η (C w + v) more on M, and nothing more on U. So (x, a, b)′ = P_eff (x, a, b) + G (w, v).',
    'w and v have mean 0 and are independent of (x, a, b): second moments add, X_{t+1} = P_eff X_t P_effᵀ + GΣGᵀ.',
    'u = σ_zm a + σ_zu b = k (x, a, b), so E (xᵀQx + uᵀRu) = tr((Q + kᵀRk) X_t).',
    'The other way: states and controls are linear in independent sources of mean 0, so the mean of a quadratic loss is the sum over sources of variance times the loss of a run that a unit of this source alone drives.',
    'E L is a function of K = HᵀJ only, with H = [Zᵀ V] and J = [M U]. So ∂E L/∂H = J Eᵀ and ∂E L/∂J = H E, as without noise: each gradient is a combination of columns.',
  ],
  identities: [
    expectation({ N: 1, n: 1, r: 0 }, 2),
    expectation({ N: 1, n: 1, r: 1 }, 2),
    expectation({ N: 2, n: 1, r: 1 }, 2),
    expectation({ N: 2, n: 2, r: 1 }, 2),
    expectation({ N: 1, n: 1, r: 1 }, 3),
  ],
};
