/**
 * Averaged learning: it has the limit of small steps in common with learning, and says what it cannot do.
 */

import { describe, expect, it } from 'vitest';
import { trainGram } from '#spec/support/trainers.js';
import { lowRankInitial } from '#src/agent/initial.js';
import { orderParameterMatrix, orderParametersOf } from '#src/agent/order-parameters.js';
import { at, type Mat, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { PROTOCOLS, type Protocol } from '#src/problem/protocol.js';
import { trainAveraged } from '#src/training/averaged.js';
import { rowOf } from '#src/training/curve.js';
import { fullLearner } from '#src/training/learner.js';
import { train } from '#src/training/train.js';

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

  it.each([
    [0.02, 1],
    [0.05, 0.25],
    // Gradients are not clipped.
    [0.02, 1e6],
  ])('is the mean of two epochs, half a hop of size %d·%d above and below along M', (lr, clip) => {
    const protocol: Protocol = { ...protocolWith(lr), optimizer: { kind: 'sgd', lr, clip }, epochs: 2, horizon: 12 };
    const averaged = trainAveraged(protocol, agent);
    const inputNorm = Math.hypot(...Array.from(agent.M.data));
    const ends = [0.5, -0.5].map((sign) => {
      const shift = (sign * lr * clip) / inputNorm;
      const Z = matrix(1, 30, (_, j) => at(agent.Z, 0, j) + shift * at(agent.M, j, 0));
      const engine = fullLearner(protocol, { ...agent, Z });
      const curve = train(engine, { ...protocol, epochs: 1 }, () => moments);
      const after = engine.agent();
      return { curve, after: { ...after, Z: matrix(1, 30, (_, j) => at(after.Z, 0, j) - shift * at(agent.M, j, 0)) } };
    });
    for (const channel of ['loss', 'gradNorm', 'clipFactor'] as const)
      expect(averaged[channel][0]! / ((ends[0]!.curve[channel][0]! + ends[1]!.curve[channel][0]!) / 2)).toBeCloseTo(
        1,
        10,
      );
    const [a, b] = ends.map(({ after }) => after);
    const middle = (x: Mat<number>, y: Mat<number>): Mat<number> =>
      matrix(x.rows, x.cols, (i, j) => (at(x, i, j) + at(y, i, j)) / 2);
    const next = { ...agent, Z: middle(a!.Z, b!.Z), U: middle(a!.U, b!.U), V: middle(a!.V, b!.V) };
    const K = orderParameterMatrix(orderParametersOf(reals, next));
    rowOf(averaged.overlaps, 2, 1).forEach((value, k) => {
      expect(value / K.data[k]!).toBeCloseTo(1, 9);
    });
  });

  it('refuses what it does not describe', () => {
    const { optimizer, ...rest } = protocolWith(0.01);
    for (const trained of [
      ['z', 'U'],
      ['m', 'z', 'U'],
    ] as const)
      expect(() => trainAveraged({ ...rest, optimizer, trained }, agent)).toThrow('of Z, U and V');
    const [deaf, mute] = [
      lowRankInitial({ N: 30, c: 2, p: 1, r: 1 }, 1, new Stream(4)),
      lowRankInitial({ N: 30, c: 1, p: 2, r: 1 }, 1, new Stream(4)),
    ];
    for (const other of [deaf, mute])
      expect(() => trainAveraged({ ...rest, optimizer }, other)).toThrow('one observation');
    expect(() => trainAveraged({ ...rest, optimizer: { ...optimizer, clip: null } }, agent)).toThrow('clipped');
    expect(() => trainAveraged({ ...rest, optimizer, trained: ['m', 'z', 'U', 'V'] }, agent)).toThrow('of Z, U and V');
    const heavy = { ...optimizer, momentum: 0.5 } as Protocol['optimizer'];
    expect(() => trainAveraged({ ...rest, optimizer: heavy }, agent)).toThrow('clipped');
    expect(() => trainAveraged({ ...rest, optimizer, start: { kind: 'fixed', x0: [[1], [1]] } }, agent)).toThrow(
      'known variance',
    );
  });
});
