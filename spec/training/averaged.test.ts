/**
 * Averaged learning: it has the limit of small steps in common with learning, and says what it cannot do.
 */
import { describe, expect, it } from 'vitest';
import { trainGram } from '#spec/trainers.js';
import { lowRankInitial } from '#src/agent/initial.js';
import { Stream } from '#src/linalg/random.js';
import { trainAveraged } from '#src/training/averaged.js';
import { rowOf } from '#src/training/curve.js';
import { PROTOCOLS, type Protocol } from '#src/training/protocol.js';

const agent = lowRankInitial({ N: 30, c: 1, p: 1, r: 1 }, 1, new Stream(4));
const moments = { rows: 2, cols: 2, data: [4 / 3, 0, 0, 4 / 3] };

function protocolWith(lr: number): Protocol {
  return {
    ...PROTOCOLS['artifact-lowrank'],
    start: { kind: 'population', variance: 4 / 3 },
    epochs: 6,
    optimizer: { kind: 'sgd', lr, clip: 1 },
  };
}

/** Largest difference of an order parameter at the end. */
function difference(lr: number): number {
  const protocol = protocolWith(lr);
  const [averaged, learnt] = [trainAveraged(protocol, agent), trainGram(protocol, agent, () => moments)];
  const last = protocol.epochs - 1;
  const [a, b] = [averaged, learnt].map((curve) => rowOf(curve.overlaps, curve.epochs, last));
  return Math.max(...a!.map((value, k) => Math.abs(value - b![k]!)));
}

describe('averaged learning', () => {
  it('differs from learning at third order in the rate: the mean of two ends errs at second order in the hop', () => {
    const [large, small] = [difference(1e-3), difference(5e-4)];
    expect(small).toBeGreaterThan(1e-12);
    expect(Math.log2(large / small)).toBeCloseTo(3, 0);
  });

  it('refuses what it does not describe', () => {
    const { optimizer, ...rest } = protocolWith(0.01);
    expect(() => trainAveraged({ ...rest, optimizer: { ...optimizer, clip: null } }, agent)).toThrow('clipped');
    expect(() => trainAveraged({ ...rest, optimizer, trained: ['m', 'z', 'U', 'V'] }, agent)).toThrow('of Z, U and V');
    const heavy = { ...optimizer, momentum: 0.5 } as Protocol['optimizer'];
    expect(() => trainAveraged({ ...rest, optimizer: heavy }, agent)).toThrow('clipped');
    expect(() => trainAveraged({ ...rest, optimizer, start: { kind: 'fixed', x0: [[1], [1]] } }, agent)).toThrow(
      'known variance',
    );
  });
});
