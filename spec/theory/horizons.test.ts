/**
 * Horizons and surrogates: cosines and heights by their definitions, descents that descend, the balance that balances.
 */

import { describe, expect, it } from 'vitest';
import { weighing } from '#spec/support/cost.js';
import { trainGram } from '#spec/support/trainers.js';
import { lowRankInitial } from '#src/agent/initial.js';
import { orderParametersOf, scalarOrderParameters } from '#src/agent/order-parameters.js';
import { scalarMatrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { integratorChain } from '#src/plant/integrator.js';
import { PROTOCOLS, type Protocol } from '#src/problem/protocol.js';
import { teachers } from '#src/theory/open-loop/open-loop-training-peaks.js';
import { firstMove, horizonCosine, pairHeight } from '#src/theory/stage-two/longer-horizons-lower-the-pair.js';
import { longLoss, shortLoss } from '#src/theory/stage-two/short-and-long-horizons-conflict.js';
import { descendSurrogate, surrogateBalance } from '#src/theory/stage-two/surrogate-descent-moves-the-pair.js';
import { squaredSplit } from '#src/theory/stage-two/surrogate-weight-moves-the-pair.js';
import { memorySlope } from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import { orderParametersAt, spectrumOf } from '#src/training/curve.js';
import { clipFactor } from '#src/training/descent.js';
import { fullLearner } from '#src/training/learner.js';
import { generalReducedLoss } from '#src/training/reduced.js';

const plant = integratorChain(2, 1);

describe('the cosine of two horizons’ gradients', () => {
  it('is that of the gradients, whatever their sizes', () => {
    const K = Float64Array.of(-0.04, 0.2, 0.3, 0.1);
    const gradient = (horizon: number): number[] => {
      const E = new Float64Array(4);
      // Any weight and any variance: the cosine knows directions only.
      const cost = weighing([3, 3], 0);
      generalReducedLoss({ plant, leak: 1, cost, horizon, rank: 1 })(K, scalarMatrix(2, 5), E);
      return [...E];
    };
    for (const [short, long] of [
      [3, 40],
      [5, 12],
      [8, 8],
    ] as const) {
      const [a, b] = [gradient(short), gradient(long)];
      const inner = a.reduce((sum, value, k) => sum + value * b[k]!, 0);
      expect(horizonCosine(plant, K, short, long)).toBeCloseTo(inner / (Math.hypot(...a) * Math.hypot(...b)), 12);
    }
    expect(horizonCosine(plant, K, 8, 8)).toBeCloseTo(1, 12);
  });
});

describe('the height of the pair', () => {
  const protocol: Protocol = {
    ...PROTOCOLS['artifact-lowrank'],
    epochs: 30,
    start: { kind: 'population', variance: 4 / 3 },
  };
  const agent = lowRankInitial({ N: 25, c: 1, p: 1, r: 1 }, 1, new Stream(2));
  const height = (epoch: number): number =>
    Math.max(...spectrumOf(plant, 1, orderParametersAt(curve, epoch))!.eigenvalues.map(({ im }) => im));
  const curve = trainGram(protocol, agent, () => scalarMatrix(2, 4 / 3));

  it('is a mean over epochs', () => {
    for (const from of [0, 20, 29]) {
      const heights = Array.from({ length: 30 - from }, (_, k) => height(from + k));
      expect(pairHeight(plant, curve, from)).toBeCloseTo(heights.reduce((a, b) => a + b, 0) / heights.length, 12);
    }
    expect(height(29)).toBeGreaterThan(0);
  });

  it('moves with the first gradient as a small step does', () => {
    const engine = fullLearner(protocol, agent);
    const { gradNorm } = engine.evaluate(scalarMatrix(2, Math.sqrt(4 / 3)));
    const tall = (): number =>
      Math.max(...spectrumOf(plant, 1, orderParametersOf(reals, engine.agent()))!.eigenvalues.map(({ im }) => im));
    const h = 1e-6;
    engine.descend(h / gradNorm);
    const after = tall();
    engine.descend((-2 * h) / gradNorm);
    // One-sided against central differences: they differ by half the step times a curvature.
    expect(firstMove(protocol, agent) / ((after - tall()) / (2 * h))).toBeCloseTo(1, 2);
    expect(() => firstMove({ ...protocol, start: { kind: 'fixed', x0: [[1], [2]] } }, agent)).toThrow(
      'one known variance',
    );
  });
});

describe('surrogates', () => {
  const start = { zm: -0.04, zu: 0.09, vm: 0.05, vu: 0.06 };
  const gainsOf = ({ zm, zu, vm, vu }: typeof start) => ({ zm, vu, q: zu * vm });
  const split = (gains: { readonly zm: number; readonly vu: number; readonly q: number }): number =>
    squaredSplit(reals, gains, 1 / memorySlope(reals, gains));
  const long = (gains: ReturnType<typeof gainsOf>, m: number): number =>
    longLoss(reals, gains, 1 / memorySlope(reals, gains), m);

  it('fall where they are descended, by lr·‖∇‖² to first order, in all four order parameters', () => {
    for (const m of [2, 10])
      for (const weight of [0, 0.5, 1]) {
        const value = (at: typeof start): number =>
          weight * long(gainsOf(at), m) + (1 - weight) * shortLoss(reals, gainsOf(at));
        const names = ['zm', 'zu', 'vm', 'vu'] as const;
        const gradient = names.map((name) => {
          const h = 1e-6;
          return (
            (value({ ...start, [name]: start[name] + h }) - value({ ...start, [name]: start[name] - h })) / (2 * h)
          );
        });
        const rate = 0.001 * clipFactor(Math.hypot(...gradient), 1);
        const next = Object.fromEntries(
          names.map((name, k) => [name, start[name] - rate * gradient[k]!]),
        ) as typeof start;
        const stepped = descendSurrogate(start, weight, m, 1);
        for (const [name, expected] of Object.entries(gainsOf(next)))
          expect(stepped[name as 'zm'] - expected, `${name}, α = ${weight}, m = ${m}`).toBeCloseTo(0, 10);
        expect(descendSurrogate(start, weight, m, 0)).toEqual(gainsOf(start));
      }
  });

  it('leave the pair where it is at the balance, lower it above and raise it below', () => {
    for (const from of [start, { ...start, zu: 0.03, vm: 0.11 }, { zm: -0.3, zu: 0.5, vm: 0.3, vu: 0.3 }])
      for (const m of [2, 10]) {
        const balance = surrogateBalance(from, m);
        const moved = (weight: number): number => split(descendSurrogate(from, weight, m, 1)) - split(gainsOf(from));
        const [below, at, above] = [balance - 0.02, balance, balance + 0.02].map(moved) as [number, number, number];
        expect(below * above).toBeLessThan(0);
        // Second order in a step of a thousandth.
        expect(Math.abs(at)).toBeLessThan(0.05 * Math.min(Math.abs(below), Math.abs(above)));
      }
  });
});

describe('teachers', () => {
  it('are doubted where they are unstable, or have less memory than is reached', () => {
    /** All three eigenvalues of the loop at (2 + σ_vu)/3. */
    const withMemory = (vu: number) => {
      const pole = (2 + vu) / 3;
      const zm = 1 + 2 * vu - 3 * pole ** 2;
      return scalarOrderParameters(zm, 1, pole ** 3 - vu + vu * zm, vu);
    };
    for (const vu of [-0.65, 0, 0.5]) expect(teachers.doubts({ plant, teacher: withMemory(vu) })).toEqual([]);
    expect(teachers.doubts({ plant, teacher: withMemory(-0.75) })).toEqual([
      'needs a teacher with σ_vu above −0.7, found -0.750',
    ]);
    const unstable = ['needs a stable teacher'];
    expect(teachers.doubts({ plant, teacher: scalarOrderParameters(0.1, 1, 1.1, -0.4) })).toEqual(unstable);
    expect(teachers.doubts({ plant, teacher: scalarOrderParameters(-0.9, 1, 0.66, Number.NaN) })).toEqual(unstable);
  });
});
