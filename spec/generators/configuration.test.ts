/**
 * Configurations: every regime is reached, order parameters are where they were placed, and failures shrink to readable ones.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentOf, type Configuration, configuration, momentsOf, REGIMES } from '#spec/generators/configuration.js';
import { logUniform } from '#spec/generators/number.js';
import { timeStep } from '#spec/generators/plant.js';
import { betaOf } from '#spec/support/cost.js';
import { forAllWith } from '#spec/support/for-all.js';
import { orderParameterMatrix, orderParametersIn, orderParametersOf } from '#src/agent/order-parameters.js';
import { fromRows, largestEntry, matrix, subtract } from '#src/linalg/matrix.js';
import { reals } from '#src/linalg/ring.js';
import { isStableExactly } from '#src/loop/stability.js';
import { integratorChain } from '#src/plant/integrator.js';
import { plantOf } from '#src/problem/protocol.js';
import { rateAt } from '#src/problem/schema.js';
import { orderParametersAt, spectrumOf } from '#src/training/curve.js';
import { gramLearner } from '#src/training/learner.js';
import { train } from '#src/training/train.js';

const drawn = fc.sample(configuration(), { seed: 4, numRuns: 1500 });

function share(condition: (configuration: Configuration) => boolean): number {
  return drawn.filter(condition).length / drawn.length;
}

describe('configurations', () => {
  it.each<[string, number, (configuration: Configuration) => boolean]>([
    ['one unit', 0.02, ({ protocol: { agent } }) => agent.kind === 'linear-low-rank' && agent.N === 1],
    ['more than 100 units', 0.1, ({ protocol: { agent } }) => agent.kind === 'linear-low-rank' && agent.N > 100],
    ['rank above 1', 0.2, ({ protocol: { agent } }) => agent.kind === 'linear-low-rank' && agent.rank > 1],
    ['horizon below 10', 0.1, ({ protocol }) => protocol.horizon < 10],
    ['horizon above 150', 0.1, ({ protocol }) => protocol.horizon > 150],
    ['rate below 3e-4', 0.1, ({ protocol }) => rateAt(protocol.optimizer, 0) < 3e-4],
    ['rate above 1e-2', 0.1, ({ protocol }) => rateAt(protocol.optimizer, 0) > 1e-2],
    ['no clipping', 0.1, ({ protocol }) => protocol.optimizer.clip === null],
    ['control penalty', 0.3, ({ protocol }) => betaOf(protocol) > 0],
    ['sampled batch', 0.3, ({ protocol }) => protocol.start.kind !== 'population'],
    ['three integrators', 0.15, ({ protocol: { plant } }) => plant.kind === 'integrator' && plant.order === 3],
    ['another dt', 0.3, ({ protocol: { plant } }) => plant.kind === 'integrator' && plant.dt !== 1],
    ['small weights', 0.2, ({ weights }) => weights.scale < 0.4],
    ['large weights', 0.1, ({ weights }) => weights.scale > 1.5],
    ['correlated weights', 0.3, ({ weights }) => weights.correlation !== 0],
    ...REGIMES.map((regime): [string, number, (configuration: Configuration) => boolean] => [
      `regime ${regime}`,
      0.07,
      ({ weights }) => weights.regime === regime,
    ]),
  ])('reach: %s', (_, floor, condition) => {
    expect(share(condition)).toBeGreaterThan(floor);
  });

  it('start where their regime says, by the spectrum of their own loop', () => {
    const seen = new Set<string>();
    const deeper = fc.sample(configuration({ rank: fc.constantFrom(1, 2, 3), order: fc.constantFrom(2, 3, 3) }), {
      seed: 4,
      numRuns: 1500,
    });
    for (const instance of [...drawn, ...deeper]) {
      const { protocol, weights } = instance;
      if (!weights.place || protocol.agent.kind !== 'linear-low-rank' || protocol.plant.kind !== 'integrator') continue;
      const K = orderParametersOf(reals, agentOf(instance));
      // Units hardly more than order parameters leave JᵀJ ill-conditioned.
      const size = Math.max(1, largestEntry(fromRows(weights.place)));
      expect(largestEntry(subtract(reals, orderParameterMatrix(K), fromRows(weights.place))) / size).toBeLessThan(
        1e-10,
      );
      const { eigenvalues, radius, stable } = spectrumOf(plantOf(protocol.plant), 1, K)!;
      const [first, second] = [eigenvalues[0]!, eigenvalues[1]!];
      const apart = Math.hypot(first.re - second.re, first.im - second.im);
      switch (weights.regime) {
        case 'positive':
          expect(first.im).toBe(0);
          expect(first.re).toBeGreaterThan(1.13);
          break;
        case 'valley':
          expect(stable).toBe(false);
          expect(first.im).not.toBe(0);
          expect(K.zm.data[0]).toBeLessThan(0);
          break;
        case 'unit circle':
          expect(first.im).not.toBe(0);
          expect(Math.abs(radius - 1)).toBeLessThan(0.0501);
          break;
        case 'double root':
          expect(apart).toBeLessThan(0.101);
          expect(Math.abs(radius - 1)).toBeLessThan(0.06);
          break;
        case 'stabilised':
          expect(stable).toBe(true);
          break;
        case 'drawn':
          expect.unreachable();
      }
      const kind = weights.regime === 'double root' ? (first.im === 0 ? 'parted' : 'met') : stable ? 'stable' : 'not';
      seen.add(`${weights.regime}, k = ${protocol.plant.order}, rank ${protocol.agent.rank}: ${kind}`);
    }
    for (const rank of [1, 2, 3]) {
      for (const kind of ['parted', 'met']) expect(seen).toContain(`double root, k = 2, rank ${rank}: ${kind}`);
      for (const order of [2, 3])
        if (rank >= order - 1) {
          expect(seen).toContain(`stabilised, k = ${order}, rank ${rank}: stable`);
          for (const kind of ['stable', 'not'])
            expect(seen).toContain(`unit circle, k = ${order}, rank ${rank}: ${kind}`);
        }
    }
  });

  it('need a memory of rank k − 1 to be stable, for k integrators', () => {
    // d·(λ − 1)^k − n with deg d = r, deg n ≤ r: in μ = λ − 1 the coefficients of μ^(r+1) … μ^(k−1) are 0, so that not all
    // roots have Re μ < 0, as those inside the unit circle do.
    const any = fc.tuple(logUniform(1e-3, 4), fc.boolean()).map(([size, minus]) => (minus ? -size : size));
    forAllWith(
      { seed: 8, numRuns: 500 },
      fc.constantFrom([3, 1], [4, 1], [4, 2]),
      timeStep,
      fc.array(any, { minLength: 9, maxLength: 9 }),
      ([order, rank], dt, entries) => {
        const K = matrix(rank! + 1, rank! + 1, (i, j) => entries[3 * i + j]!);
        expect(isStableExactly(integratorChain(order!, dt), 1, orderParametersIn(K, 1, 1))).toBe(false);
      },
    );
  });

  it('place no order parameters of units too few, nor a regime that there is not', () => {
    for (const { protocol, weights } of drawn) {
      const { agent, plant } = protocol;
      if (agent.kind !== 'linear-low-rank' || plant.kind !== 'integrator') expect.unreachable();
      else if (agent.N <= agent.rank) expect(weights.regime).toBe('drawn');
      else if (plant.order === 3)
        expect(agent.rank > 1 ? ['drawn', 'positive', 'unit circle', 'stabilised'] : ['drawn', 'positive']).toContain(
          weights.regime,
        );
      expect(weights.place === undefined).toBe(weights.regime === 'drawn');
    }
  });

  it('shrink to a readable configuration', () => {
    const { counterexample } = fc.check(
      fc.property(configuration(), ({ protocol }) => protocol.horizon < 40),
      { seed: 9, numRuns: 200 },
    );
    expect(counterexample![0]).toEqual({
      protocol: {
        mode: 'closed-loop',
        plant: { kind: 'integrator', order: 2, dt: 1 },
        agent: { kind: 'linear-low-rank', N: 1, rank: 1, leak: 1 },
        horizon: 40,
        start: { kind: 'population', variance: 0.1 },
        batch: 1,
        loss: { state: 'mean', beta: 0 },
        optimizer: { kind: 'sgd', lr: 1e-4, clip: 0.1 },
        trained: ['z', 'U', 'V'],
        epochs: 400,
      },
      weights: { seed: 0, scale: 0.1, correlation: 0, regime: 'drawn' },
    });
  });

  it('have moments that are drawn once, and train', () => {
    const instance = drawn.find(({ protocol }) => protocol.start.kind === 'uniform' && protocol.horizon < 20)!;
    const moments = momentsOf(instance);
    expect(moments(3)).toBe(moments(3));
    expect(moments(3)).not.toEqual(moments(4));
    const protocol = { ...instance.protocol, epochs: 5 };
    const curve = train(gramLearner(protocol, agentOf(instance)), protocol, moments);
    expect(orderParametersAt(curve, 4).zm.data[0]).not.toBe(orderParametersAt(curve, 0).zm.data[0]);
  });
});
