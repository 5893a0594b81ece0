/**
 * Configurations: every regime is reached, order parameters are where they were placed, and failures shrink to readable ones.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentOf, type Configuration, configuration, momentsOf, REGIMES } from '#spec/generators/configuration.js';
import { overlapsOf } from '#src/agent/overlaps.js';
import { reals } from '#src/linalg/ring.js';
import { isStable } from '#src/loop/stability.js';
import { overlapsAt, spectrumOf } from '#src/training/curve.js';
import { gramLearner } from '#src/training/learner.js';
import { plantOf } from '#src/training/protocol.js';
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
    ['rate below 3e-4', 0.1, ({ protocol }) => protocol.optimizer.lr < 3e-4],
    ['rate above 1e-2', 0.1, ({ protocol }) => protocol.optimizer.lr > 1e-2],
    ['no clipping', 0.1, ({ protocol }) => protocol.optimizer.clip === null],
    ['control penalty', 0.3, ({ protocol }) => protocol.loss.beta > 0],
    ['sampled batch', 0.3, ({ protocol }) => protocol.start.kind !== 'population'],
    ['three integrators', 0.15, ({ protocol: { plant } }) => plant.kind === 'integrator' && plant.order === 3],
    ['another dt', 0.3, ({ protocol: { plant } }) => plant.kind === 'integrator' && plant.dt !== 1],
    ['small weights', 0.2, ({ weights }) => weights.scale < 0.4],
    ['large weights', 0.1, ({ weights }) => weights.scale > 1.5],
    ['correlated weights', 0.3, ({ weights }) => weights.correlation !== 0],
    ...REGIMES.map((regime): [string, number, (configuration: Configuration) => boolean] => [
      `regime ${regime}`,
      0.1,
      ({ weights }) => weights.regime === regime,
    ]),
  ])('reach: %s', (_, floor, condition) => {
    expect(share(condition)).toBeGreaterThan(floor);
  });

  it('start where their regime says', () => {
    const placed = drawn.filter(
      ({ protocol: { agent }, weights }) => weights.place && agent.kind === 'linear-low-rank' && agent.N >= 20,
    );
    const radii: Record<string, number[]> = {};
    for (const instance of placed.slice(0, 400)) {
      const { place, regime } = instance.weights;
      const K = overlapsOf(reals, agentOf(instance));
      for (const name of ['zm', 'zu', 'vm', 'vu'] as const) expect(K[name].data[0]).toBeCloseTo(place![name], 9);
      const { agent } = instance.protocol;
      if (agent.kind !== 'linear-low-rank' || agent.rank > 1) continue;
      const paper = plantOf({ kind: 'integrator', order: 2, dt: 1 });
      radii[regime] ??= [];
      radii[regime].push(spectrumOf(paper, 1, K)!.radius);
      if (regime === 'valley' || regime === 'positive') expect(isStable(paper, 1, K)).toBe(false);
    }
    const near = (regime: string): number => Math.max(...radii[regime]!.map((radius) => Math.abs(radius - 1)));
    expect(near('unit circle')).toBeLessThan(0.05);
    expect(near('double root')).toBeLessThan(0.06);
    // On the edge of the region of stability or inside, up to rounding.
    expect(Math.max(...radii['stabilised']!)).toBeLessThan(1 + 1e-6);
    expect(Math.min(...radii['positive']!)).toBeGreaterThan(1.05);
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
    expect(overlapsAt(curve, 4).zm.data[0]).not.toBe(overlapsAt(curve, 0).zm.data[0]);
  });
});
