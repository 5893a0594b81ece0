/**
 * Bounds and bands of stage 1 hold, and are not wider than they claim: a bound that is too wide would pass every claim.
 */

import { describe, expect, it } from 'vitest';
import { weighing } from '#spec/support/cost.js';
import { scalarMatrix } from '#src/linalg/matrix.js';
import { reals } from '#src/linalg/ring.js';
import { integratorChain } from '#src/plant/integrator.js';
import { paperEstimate, stageOneGrowth } from '#src/theory/stage-one/stage-one-loss-grows-geometrically.js';
import {
  averagedSetPoint,
  averagedSum,
  setPointExpansion,
  setPointScale,
  slopesAt,
} from '#src/theory/stage-one/stage-one-set-point-scales-with-horizon.js';
import { generalReducedLoss } from '#src/training/reduced.js';

/** 2T times the loss without memory, of starts of variance 1. */
function lossWithoutMemory(zm: number, dt: number, horizon: number): number {
  const cost = weighing([1, 1], 0);
  const lossOf = generalReducedLoss({ plant: integratorChain(2, dt), leak: 1, cost, horizon, rank: 1 });
  return lossOf(Float64Array.of(zm, 0, 0, 0), scalarMatrix(2, 1), new Float64Array(4));
}

/** Its average over phases. */
const averagedLoss = (zm: number, dt: number, horizon: number): number =>
  averagedSum(reals, -zm, dt, horizon) / (-2 * zm);

describe('the expansion of the set point', () => {
  const exact = (T: number, dt: number): number => -dt * dt * averagedSetPoint(T, dt) * T;

  it('is of a minimum of the averaged loss, above σ_zm = −1', () => {
    for (const [T, dt] of [
      [3, 1],
      [3, 0.1],
      [50, 1],
    ] as const) {
      const zm = averagedSetPoint(T, dt);
      const mean = (at: number): number => averagedLoss(at, dt, T);
      for (const factor of [0.99, 1.01]) expect(mean(factor * zm)).toBeGreaterThan(mean(zm));
    }
    // What it tends to for small steps and the shortest horizon.
    expect(averagedSetPoint(3, 1e-3)).toBeCloseTo(-1, 5);
    expect(averagedSetPoint(3, 1e-3)).toBeGreaterThan(-1);
  });

  it('has the coefficients that set points tend to', () => {
    const s = setPointScale();
    expect(s * Math.exp(s)).toBeCloseTo(2 * Math.expm1(s), 13);
    for (const dt of [1, 0.5]) {
      const { coefficients, value } = setPointExpansion(50, dt);
      const [limit, c] = coefficients;
      expect(limit).toBe(s);
      expect(value).toBe(limit + c / 50);
      // Richardson: what is left of T·(exact − s) at T and 2T cancels at first order.
      const first = (T: number): number => T * (exact(T, dt) - s);
      expect((2 * first(2e4) - first(1e4)) / c).toBeCloseTo(1, 5);
    }
  });

  it.each([
    [1, 0.24],
    [0.8, 0.25],
    [0.5, 0.46],
    [0.25, 0.5],
    [0.1, 0.55],
  ])('errs by its remainder at most, which is of second order, and is needed in part: dt = %d, %d', (dt, needed) => {
    for (let T = 3; T < 4000; T = Math.ceil(1.3 * T)) {
      const { value, remainder } = setPointExpansion(T, dt);
      // Bisection and division leave some units in the last place.
      expect(Math.abs(exact(T, dt) - value), `T = ${T}, dt = ${dt}`).toBeLessThanOrEqual(remainder + 2 ** -46);
    }
    const [far, further] = [setPointExpansion(1e5, dt), setPointExpansion(2e5, dt)];
    expect(further.remainder / far.remainder).toBeCloseTo(1 / 4, 3);
    const { value, remainder } = setPointExpansion(1e4, dt);
    expect(Math.abs(exact(1e4, dt) - value)).toBeGreaterThan(needed * remainder);
  });
});

describe('slopes of the loss without memory', () => {
  it.each([1, 0.5])('are its derivatives by ln|σ_zm|, averaged and in one phase, dt = %d', (dt) => {
    for (const horizon of [8, 30])
      for (const zm of [-0.2, -0.05, -0.01]) {
        const { averaged, reach, phase, unit } = slopesAt(zm, dt, horizon);
        const slope = (of: typeof lossWithoutMemory): number => {
          const h = 1e-5;
          return (of(zm * Math.exp(h), dt, horizon) - of(zm * Math.exp(-h), dt, horizon)) / (2 * h);
        };
        expect(slope(averagedLoss) / unit).toBeCloseTo(averaged, 6);
        expect(slope(lossWithoutMemory) / unit).toBeCloseTo(averaged + reach * Math.cos(phase), 6);
      }
  });

  it('reach half of the averaged one’s unit, up to terms in 1/(N dt √g) that their bound has too', () => {
    for (const dt of [1, 0.3])
      for (const horizon of [200, 2000, 20_000, 200_000])
        for (const turns of [0.6, 1, 2, 4]) {
          const N = horizon - 1;
          const g = Math.expm1(turns / N) / (dt * dt);
          const { reach, order } = slopesAt(-g, dt, horizon);
          expect(reach).toBeLessThanOrEqual(order);
          expect(order - 0.5).toBeLessThan(4 / (N * dt * Math.sqrt(g)));
        }
  });
});

describe('bands around geometric growth', () => {
  it.each([1, 0.3])('are of the order that is declared, and the order is what they come to, dt = %d', (dt) => {
    for (const horizon of [5, 20, 80, 300])
      for (const size of [0.003, 0.01, 0.03, 0.1, 0.3])
        for (const zm of [-size, size]) {
          const { leading, band, order } = stageOneGrowth(zm, dt, horizon);
          expect(band / leading, `σ_zm = ${zm}, T = ${horizon}`).toBeLessThanOrEqual(order);
        }
    for (const g of [0.03, 0.01, 0.003]) {
      const { leading, band, order } = stageOneGrowth(-g, dt, 20_000);
      expect((order * leading) / band).toBeLessThan(1 + 8 * g);
    }
    const { leading, band, order } = stageOneGrowth(0.003, dt, 20);
    expect((order * leading) / band).toBeLessThan(4);
  });

  it.each([
    [-1, 1, 0.99],
    [-1, 0.3, 0.99],
    [1, 1, 0.9],
    [1, 0.3, 0.84],
  ] as const)('hold the loss, and are nearly reached, sign %d, dt = %d', (sign, dt, reached) => {
    let nearest = 0;
    for (const horizon of [3, 8, 20, 60])
      for (let k = 0; k <= 60; k++) {
        const zm = sign * Math.exp(-7 + k / 10);
        // Beyond, growth leaves nothing of the band in a double.
        if (sign > 0 && dt * Math.sqrt(zm) * horizon > 15) continue;
        const loss = lossWithoutMemory(zm, dt, horizon);
        const { leading, band } = stageOneGrowth(zm, dt, horizon);
        const share = Math.abs(loss - leading) / band;
        expect(share, `σ_zm = ${zm}, T = ${horizon}`).toBeLessThanOrEqual(1 + 1e-9);
        nearest = Math.max(nearest, share);
      }
    expect(nearest).toBeGreaterThan(reached);
  });

  it.each([
    [-1, 0.95],
    [1, 0.75],
  ] as const)(
    'around the paper’s estimate hold the sum that it is of, and are nearly reached, sign %d',
    (sign, reached) => {
      let nearest = 0;
      for (const horizon of [2, 5, 20, 60])
        for (let k = 0; k <= 100; k++) {
          const zm = sign * Math.exp(-7 + k / 25);
          let [position, velocity, control, total] = [1, -1, 0, 0];
          for (let t = 0; t < horizon; t++) {
            total += position ** 2 + velocity ** 2;
            [position, velocity] = [position + velocity, velocity + control];
            control = zm * position;
          }
          const { leading, band } = paperEstimate(zm, horizon);
          const share = Math.abs(total - leading) / band;
          expect(share, `σ_zm = ${zm}, T = ${horizon}`).toBeLessThanOrEqual(1 + 1e-9);
          nearest = Math.max(nearest, share);
        }
      expect(nearest).toBeGreaterThan(reached);
    },
  );
});
