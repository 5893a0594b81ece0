/**
 * Effective gains against a regression over rolled-out trials, and the triangle against the eigenvalues of feedback.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawnPlant } from '#spec/generators/drawn-plant.js';
import { gainsByQr } from '#spec/stages/regression.js';
import { forAllWith } from '#spec/support/for-all.js';
import { lowRankInitial } from '#src/agent/initial.js';
import { orderParameterMatrix, orderParametersOf } from '#src/agent/order-parameters.js';
import { spectralRadius } from '#src/linalg/eigen.js';
import { at, fromRows, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChain } from '#src/plant/integrator.js';
import { batchFactor, drawBatch } from '#src/problem/start.js';
import { deployedGains, effectiveGains, inTriangle } from '#src/stages/gains.js';

describe('effective gains', () => {
  it('are the least-squares fit of u on x over N units’ trials, t = 0 left out', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = new Stream(seed);
      const plant = integratorChain(2, seed === 3 ? 0.5 : 1);
      const agent = lowRankInitial({ N: 20, c: 1, p: 1, r: 1 }, 1, random);
      const batch = drawBatch({ kind: 'uniform', low: -2, high: 2 }, 2, 7, random)!;
      const horizon = 12;
      const { x, u } = rollout(reals, plant, agent, batch, horizon);
      const fitted = gainsByQr({ x, u }).to1DArray();
      const gains = effectiveGains(
        plant,
        1,
        orderParameterMatrix(orderParametersOf(reals, agent)),
        horizon,
        batchFactor(batch),
      );
      expect(at(gains, 0, 0)).toBeCloseTo(fitted[0]!, 10);
      expect(at(gains, 0, 1)).toBeCloseTo(fitted[1]!, 10);
    }
  });

  it('are that fit for several controls and observations, of deployed trials too, whatever their size', () => {
    const random = new Stream(6);
    const wide = drawnPlant(random);
    const agent = lowRankInitial({ N: 9, c: 2, p: 2, r: 1 }, 0.7, random);
    const [horizon, batch] = [10, 6];
    for (const size of [1, 1e100, 1e-100]) {
      const starts = matrix(3, batch, () => size * random.normal());
      const { x, u } = rollout(reals, wide, agent, starts, horizon);
      const fitted = gainsByQr({ x, u }, size);
      // As a deployment keeps them, in rows longer than the batch.
      const length = 8;
      const states = new Float64Array(horizon * 3 * length);
      const acts = new Float64Array((horizon - 1) * 2 * length);
      for (let t = 0; t < horizon; t++)
        for (let b = 0; b < batch; b++) {
          for (let i = 0; i < 3; i++) states[(t * 3 + i) * length + b] = at(x[t]!, i, b);
          if (t > 0) for (let k = 0; k < 2; k++) acts[((t - 1) * 2 + k) * length + b] = at(u[t]!, k, b);
        }
      for (const gains of [
        effectiveGains(wide, 0.7, orderParameterMatrix(orderParametersOf(reals, agent)), horizon, batchFactor(starts)),
        deployedGains({ x: states, u: acts, rows: length }, 3, 2),
      ]) {
        expect([gains.rows, gains.cols]).toEqual([2, 3]);
        for (let k = 0; k < 2; k++)
          for (let i = 0; i < 3; i++) expect(at(gains, k, i)).toBeCloseTo(fitted.get(i, k), 8);
      }
    }
    // Nothing moved: nothing is explained by anything.
    const still = deployedGains({ x: new Float64Array(40), u: new Float64Array(18), rows: 2 }, 2, 1);
    expect([at(still, 0, 0), at(still, 0, 1)]).toEqual([0, 0]);
  });

  it('lie in the triangle where state feedback is stable', () => {
    forAllWith(
      { seed: 2, numRuns: 300 },
      fc.integer({ min: -60, max: 20 }),
      fc.integer({ min: -60, max: 20 }),
      (a, b) => {
        const [k1, k2] = [a / 16 + 1 / 64, b / 16 + 1 / 128];
        const closed = fromRows([
          [1, 1],
          [k1, 1 + k2],
        ]);
        expect(inTriangle([k1, k2])).toBe(spectralRadius(closed) < 1);
      },
    );
  });
});
