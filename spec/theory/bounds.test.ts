/**
 * Lower bounds of the loss: the figures of the theory, and what they are called with elsewhere.
 */

import { describe, expect, it } from 'vitest';
import { canonicalAgent } from '#src/agent/canonical.js';
import { realField } from '#src/linalg/field.js';
import {
  add,
  at,
  build,
  type Mat,
  matrix,
  multiply,
  scalarMatrix,
  scale,
  sumOfSquares,
  times,
  trace,
  transpose,
} from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { type Rational, rational, rationals } from '#src/linalg/rational.js';
import { reals } from '#src/linalg/ring.js';
import { estimate, filterOf } from '#src/loop/kalman.js';
import { riccati } from '#src/loop/riccati.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChain } from '#src/plant/integrator.js';
import { costOf, PROTOCOLS } from '#src/problem/protocol.js';
import { lossThroughMoments } from '#src/theory/learning/batches-collapse-to-moments.js';
import {
  discountedPlant,
  fullInformationBound,
  observationBound,
  squareResidual,
  weightsOver,
} from '#src/theory/loop/no-policy-beats-riccati.js';
import {
  lossMatrix,
  meanLoss,
  unitTrajectories,
  varianceOfLoss,
} from '#src/theory/records/recorded-losses-follow-overlaps.js';
import { lossOf } from '#src/training/loss.js';
import { drawnWeights } from '../support/cost.js';
import { sourcesOf } from '../support/sources.js';

const plant = integratorChain(2, 1);
const cost = costOf(PROTOCOLS['artifact-lowrank'], 2, 1);
const Sigma0 = scalarMatrix(2, 4 / 3);
const T = 50;

describe('the least loss of the paper’s loop', () => {
  it('is .0698 where u_0 is free, as on an infinite horizon', () => {
    const { P } = riccati(realField, plant, weightsOver(reals, cost), T)[0]!;
    const free = trace(reals, multiply(reals, P, Sigma0));
    expect(free).toBeCloseTo(0.0698, 4);
    // The value matrix [[φ²,φ],[φ,φ²]] of golden-ratio-is-optimal: the end of the horizon is not felt.
    expect(free).toBeCloseTo(((4 / 3) * (3 + Math.sqrt(5))) / (2 * T), 14);
  });

  it('is .1745 with u_0 = 0, .2202 if only the position is seen', () => {
    expect(fullInformationBound(plant, cost, T, Sigma0)).toBeCloseTo(0.1745, 4);
    expect(observationBound(plant, cost, T, Sigma0)).toBeCloseTo(0.2202, 4);
  });

  it('is that of full information if the whole state is seen, but for t = 0, or if the start is known to be zero', () => {
    const sighted = { ...plant, C: scalarMatrix(2, 1) };
    expect(observationBound(sighted, cost, T, Sigma0)).toBeCloseTo(fullInformationBound(plant, cost, T, Sigma0), 14);
    expect(observationBound(plant, cost, T, matrix(2, 2))).toBe(0);
  });

  it('is the start’s own cost for one step', () => {
    expect(observationBound(plant, cost, 1, Sigma0)).toBeCloseTo(4 / 3 / T, 15);
  });
});

describe('the least loss of a discounted loss that weighs pairs of components', () => {
  const random = new Stream(5);
  const general = { Q: drawnWeights(2, random), R: drawnWeights(1, random), discount: 0.75 };
  const steps = riccati(realField, discountedPlant(plant, general.discount), weightsOver(reals, general), 9);
  /** The loss of the best gains, each off by a factor. */
  const lossOfGains = (factor: number): number => {
    let x: Mat<number> = scalarMatrix(2, 1);
    let u: Mat<number> = matrix(1, 2);
    const run: { x: Mat<number>[]; u: Mat<number>[]; h: Mat<number>[] } = { x: [x], u: [u], h: [] };
    for (const { K } of steps.slice(1)) {
      x = add(reals, multiply(reals, plant.A, x), multiply(reals, plant.B, u));
      u = multiply(reals, scalarMatrix(1, -factor), K, x);
      run.x.push(x);
      run.u.push(u);
    }
    return lossOf(reals, general, run);
  };

  it('is what the gains of the discounted plant attain, and no other gains', () => {
    const least = fullInformationBound(plant, general, 9, scalarMatrix(2, 1));
    expect(lossOfGains(1) / least).toBeCloseTo(1, 12);
    for (const factor of [0.9, 0.99, 1.01, 1.1]) expect(lossOfGains(factor)).toBeGreaterThan(least * (1 + 1e-6));
    expect(observationBound(plant, general, 9, scalarMatrix(2, 1))).toBeGreaterThan(least);
    expect(observationBound({ ...plant, C: scalarMatrix(2, 1) }, general, 9, scalarMatrix(2, 1))).toBeCloseTo(
      least,
      12,
    );
  });
});

describe('the least loss with noise', () => {
  const noise = { state: 0.04, observation: 0.25 };

  it('is attained by the filter’s estimates under a discount, and by no other gains of the filter', () => {
    const discount = 0.75;
    const general = { Q: scalarMatrix(2, 0.5), R: scalarMatrix(1, 0.1), discount };
    const horizon = 12;
    const gains = riccati(realField, discountedPlant(plant, discount), weightsOver(reals, general), horizon);
    const filter = filterOf(plant, Sigma0, horizon, noise);
    const levels = { state: Math.sqrt(noise.state), observation: Math.sqrt(noise.observation) };
    const sources = sourcesOf(scalarMatrix(2, Math.sqrt(4 / 3)), 1, horizon, levels);
    /** The loss of the best gains on estimates whose corrections are off by a factor. */
    const lossWith = (factor: number): number => {
      const row = (from: number, count: number) => build(count, sources.cols, (i, j) => at(sources, from + i, j));
      let [x, h, u] = [row(0, 2), matrix(2, sources.cols), matrix(1, sources.cols)] as Mat<number>[];
      let total = 0.5 * sumOfSquares(reals, x!);
      for (let t = 1; t < horizon; t++) {
        x = add(reals, add(reals, times(plant.A, x!), times(plant.B, u!)), row(2 + 3 * (t - 1), 2));
        const y = add(reals, times(plant.C, x), row(4 + 3 * (t - 1), 1));
        h = estimate(reals, plant, scale(reals, factor, filter[t]!.L), h!, u!, y);
        u = scale(reals, -1, times(gains[t]!.K, h));
        total += discount ** t * (0.5 * sumOfSquares(reals, x) + 0.1 * sumOfSquares(reals, u));
      }
      return total;
    };
    const least = observationBound(plant, general, horizon, Sigma0, noise);
    expect(lossWith(1) / least).toBeCloseTo(1, 12);
    for (const factor of [0.9, 0.99, 1.01, 1.1]) expect(lossWith(factor)).toBeGreaterThan(least * (1 + 1e-7));
  });

  it('is more than without noise, and more from observations than with full information', () => {
    const full = fullInformationBound(plant, cost, T, Sigma0, noise);
    expect(full).toBeGreaterThan(fullInformationBound(plant, cost, T, Sigma0));
    expect(observationBound(plant, cost, T, Sigma0, noise)).toBeGreaterThan(full);
  });

  it('grows per step by tr(P W) for each number of the state: the golden value matrix, far from the end', () => {
    const bound = (horizon: number): number =>
      fullInformationBound(plant, { Q: scalarMatrix(2, 1), R: scalarMatrix(1, 0), discount: 1 }, horizon, Sigma0, {
        state: 0.04,
        observation: 0,
      });
    expect(bound(61) - bound(60)).toBeCloseTo(0.04 * (3 + Math.sqrt(5)), 12);
  });
});

describe('the completed square of a step', () => {
  it('vanishes for any gains and any symmetric value matrix, exactly', () => {
    const random = new Stream(3);
    const drawn = (rows: number, cols: number): Mat<Rational> =>
      build(rows, cols, () => rational(BigInt(Math.floor(random.uniform(-9, 10))), 4n));
    const symmetric = (n: number): Mat<Rational> => {
      const half = drawn(n, n);
      return add(rationals, half, transpose(half));
    };
    for (let round = 0; round < 5; round++) {
      const chain = { A: drawn(3, 3), B: drawn(3, 2), C: drawn(1, 3) };
      const weights = { state: symmetric(3), control: symmetric(2) };
      const [P, K, x, u] = [symmetric(3), drawn(2, 3), drawn(3, 2), drawn(2, 2)];
      const residual = squareResidual(rationals, chain, weights, P, K, x, u);
      expect(rationals.sign(residual)).toBe(0);
    }
  });
});

describe('the law of a trial’s loss', () => {
  /** Three-point laws whose first five moments are those of the uniform and of the normal law of variance 1. */
  const laws = {
    uniform: [
      [-3 / Math.sqrt(5), 5 / 18],
      [0, 8 / 18],
      [3 / Math.sqrt(5), 5 / 18],
    ],
    normal: [
      [-Math.sqrt(3), 1 / 6],
      [0, 2 / 3],
      [Math.sqrt(3), 1 / 6],
    ],
  } as const;

  it.each(['uniform', 'normal'] as const)('has the mean and the variance of %s starts, by quadrature', (kind) => {
    const [n, v] = [3, 0.7];
    const half = matrix(n, n, (i, j) => Math.sin(1 + i + 3 * j));
    const Q = Float64Array.from({ length: n * n }, (_, k) => {
      const [i, j] = [Math.floor(k / n), k % n];
      return half.data[i * n + j]! + half.data[j * n + i]!;
    });
    let [mean, square] = [0, 0];
    for (const [a, p] of laws[kind])
      for (const [b, q] of laws[kind])
        for (const [c, r] of laws[kind]) {
          const x = [a, b, c].map((value) => Math.sqrt(v) * value);
          const loss = Q.reduce((sum, entry, k) => sum + entry * x[Math.floor(k / n)]! * x[k % n]!, 0);
          mean += p * q * r * loss;
          square += p * q * r * loss * loss;
        }
    expect(meanLoss(Q, v)).toBeCloseTo(mean, 12);
    expect(varianceOfLoss(Q, v, kind)).toBeCloseTo(square - mean ** 2, 11);
  });

  it('is the loss by its definition, and that of a shorter horizon on the same trajectories', () => {
    const random = new Stream(12);
    const agent = canonicalAgent(
      matrix(2, 2, (i, j) => [0.3, -0.2, 0.5, 0.1][2 * i + j]!),
      0.8,
      1,
      1,
    );
    const cost = { Q: drawnWeights(2, random), R: drawnWeights(1, random), discount: 0.75 };
    const units = unitTrajectories(plant, agent, 7);
    for (const horizon of [1, 3, 7]) {
      const Q = lossMatrix(cost, horizon)(units);
      const start = matrix(2, 1, () => random.normal());
      const predicted = lossThroughMoments(reals, Q, multiply(reals, start, transpose(start)).data);
      const measured = lossOf(reals, cost, rollout(reals, plant, agent, start, horizon));
      expect(predicted / measured).toBeCloseTo(1, 12);
    }
  });
});
