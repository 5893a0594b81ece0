/**
 * Stability for all order parameters within a radius: a certain answer holds at every point of the box.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearStableOrderParameters, overlaps, type ScalarOrderParameters } from '#spec/generators/order-parameters.js';
import { integrator, timeStep } from '#spec/generators/plant.js';
import { forAllWith } from '#spec/support/for-all.js';
import { type OrderParameters, scalarOrderParameters } from '#src/agent/order-parameters.js';
import { build, fromRows, type Mat } from '#src/linalg/matrix.js';
import type { Rational } from '#src/linalg/rational.js';
import {
  integerCharacteristic,
  isStable,
  isStableByInequalities,
  isStableByIntervals,
  isStableExactly,
} from '#src/loop/stability.js';
import { integratorChain } from '#src/plant/integrator.js';
import { type Plant, plant as plantFrom } from '#src/plant/plant.js';
import { plantOf } from '#src/problem/protocol.js';

interface Loop {
  readonly plant: Plant;
  readonly leak: number;
  readonly overlaps: OrderParameters;
}

/** What a loop has instead of the paper's. */
interface Change {
  readonly A?: number[][];
  readonly B?: number[][];
  readonly C?: number[][];
  readonly leak?: number;
  readonly overlaps?: Partial<OrderParameters>;
}

const order = ({ zm, zu, vm, vu }: ScalarOrderParameters) => scalarOrderParameters(zm, zu, vm, vu);

/** The double integrator with one memory, without a leak, but for what is changed. */
function loopLike(dt: number, point: ScalarOrderParameters, change: Change = {}): Loop {
  const {
    A = [
      [1, dt],
      [0, 1],
    ],
    B = [[0], [dt]],
    C = [[1, 0]],
    leak = 1,
    overlaps = {},
  } = change;
  return { plant: plantFrom(fromRows(A), fromRows(B), fromRows(C)), leak, overlaps: { ...order(point), ...overlaps } };
}

/** The order parameters at the corners of the box of a radius around some. */
const corners = ({ zm, zu, vm, vu }: ScalarOrderParameters, radius: number): OrderParameters[] =>
  Array.from({ length: 16 }, (_, corner) => {
    const shift = (bit: number): number => ((corner >> bit) & 1 ? radius : -radius);
    return scalarOrderParameters(zm + shift(0), zu + shift(1), vm + shift(2), vu + shift(3));
  });

describe('stability within a radius', () => {
  it('is that of every corner of the box, where it is certain', () => {
    const certain = { true: 0, false: 0, undefined: 0 };
    forAllWith(
      { numRuns: 1500, seed: 5 },
      fc.oneof(nearStableOrderParameters, overlaps),
      integrator(1, 3),
      fc.integer({ min: 0, max: 40 }).map((k) => 2 ** -k),
      (point, spec, radius) => {
        const plant = plantOf(spec);
        const answer = isStableByIntervals(plant, 1, order(point), radius);
        certain[`${answer}` as 'true']++;
        if (answer === undefined) return;
        for (const moved of corners(point, radius)) expect(isStableExactly(plant, 1, moved)).toBe(answer);
      },
    );
    expect(certain.true).toBeGreaterThan(100);
    expect(certain.false).toBeGreaterThan(300);
  });

  it('is certain for nearly every radius of rounding size, and never for NaN', () => {
    let open = 0;
    const points = fc.sample(overlaps, { seed: 6, numRuns: 300 });
    for (const point of points)
      if (isStableByIntervals(plantOf(PAPER), 1, order(point), 2 ** -50) === undefined) open++;
    expect(open / points.length).toBeLessThan(0.2);
    expect(isStableByIntervals(plantOf(PAPER), 1, scalarOrderParameters(Number.NaN, 1, 1, 0))).toBeUndefined();
  });
});

it('is decided by inequalities alone for nearly every loop of the paper, and for no other', () => {
  const points = fc.sample(overlaps, { seed: 9, numRuns: 500 });
  const decided = { true: 0, false: 0, undefined: 0 };
  for (const point of points) {
    decided[`${isStableByInequalities(plantOf(PAPER), 1, order(point))}`]++;
    expect(isStableByInequalities(plantOf({ ...PAPER, order: 3 }), 1, order(point))).toBeUndefined();
    expect(isStableByInequalities(plantOf(PAPER), 0.5, order(point))).toBeUndefined();
  }
  expect(decided.true).toBeGreaterThan(50);
  expect(decided.false).toBeGreaterThan(200);
  // The generator seeks the edges of the region.
  expect(decided.undefined / points.length).toBeLessThan(0.2);
});

describe('loops that look like the paper’s, for which its inequalities do not hold', () => {
  /** Each differs from the double integrator with one memory in a single thing, beside what that makes necessary. */
  const IMITATIONS: Readonly<Record<string, (by: number, dt: number, point: ScalarOrderParameters) => Change>> = {
    'the first entry of A': (by, dt) => ({
      A: [
        [1 + by, dt],
        [0, 1],
      ],
    }),
    'the third entry of A': (by, dt) => ({
      A: [
        [1, dt],
        [by, 1],
      ],
    }),
    'the last entry of A': (by, dt) => ({
      A: [
        [1, dt],
        [0, 1 + by],
      ],
    }),
    'B acts on the position': (by, dt) => ({ B: [[by], [dt]] }),
    'C scales the position': (by) => ({ C: [[1 + by, 0]] }),
    'C sees the velocity': (by) => ({ C: [[1, by]] }),
    'a leak': (by) => ({ leak: 1 - Math.abs(by) }),
    'a third state': (by, dt) => ({
      A: [
        [1, dt, 0],
        [1, 1 + by, 0],
        [0, 0, by],
      ],
      B: [[0], [dt], [0]],
      C: [[1, 0, 0]],
    }),
    'a second control': (by, dt, { zm, zu }) => ({
      B: [
        [0, dt],
        [dt, by],
      ],
      overlaps: { zm: fromRows([[zm], [by]]), zu: fromRows([[zu], [by]]) },
    }),
    'a second observation': (by, _, { zm, vm }) => ({
      C: [
        [1, 0],
        [by, 1],
      ],
      overlaps: { zm: fromRows([[zm, by]]), vm: fromRows([[vm, by]]) },
    }),
    'a second memory': (by, _, { zu, vm, vu }) => ({
      overlaps: {
        zu: fromRows([[zu, by]]),
        vm: fromRows([[vm], [by]]),
        vu: fromRows([
          [vu, by],
          [by, by],
        ]),
      },
    }),
  };

  it.each(Object.entries(IMITATIONS))('%s: decided as exactly', (_, imitation) => {
    const decided = { true: 0, false: 0 };
    let unlike = 0;
    forAllWith(
      { numRuns: 300, seed: 7 },
      nearStableOrderParameters,
      fc.constantFrom(-0.5, -0.25, -0.125, 0.125, 0.25, 0.5),
      fc.constantFrom(1, 0.5, 0.25),
      (point, by, dt) => {
        const { plant, leak, overlaps: K } = loopLike(dt, point, imitation(by, dt, point));
        const exact = isStableExactly(plant, leak, K);
        decided[`${exact}`]++;
        const like = loopLike(dt, point);
        if (exact !== isStableExactly(like.plant, like.leak, like.overlaps)) unlike++;
        expect(isStable(plant, leak, K)).toBe(exact);
        expect([exact, undefined]).toContain(isStableByIntervals(plant, leak, K));
      },
    );
    expect(decided.false).toBeGreaterThan(20);
    // The inequalities would answer otherwise.
    expect(unlike).toBeGreaterThan(10);
  });
});

it('is not certain at a radius within which a corner is of the other kind, however short', () => {
  let found = 0;
  forAllWith(
    { numRuns: 400, seed: 8 },
    fc.oneof(nearStableOrderParameters, overlaps),
    fc.boolean(),
    timeStep,
    (point, leaks, dt) => {
      const [plant, leak] = [integratorChain(2, dt), leaks ? 0.5 : 1];
      const answer = isStableExactly(plant, leak, order(point));
      const crosses = (radius: number): boolean =>
        corners(point, radius).some((moved) => isStableExactly(plant, leak, moved) !== answer);
      let [low, high] = [0, 2];
      if (!crosses(high)) return;
      for (let k = 0; k < 10; k++) {
        const middle = (low + high) / 2;
        if (crosses(middle)) high = middle;
        else low = middle;
      }
      found++;
      expect(isStableByIntervals(plant, leak, order(point), high)).toBeUndefined();
    },
  );
  expect(found).toBeGreaterThan(100);
});

it('refuses a characteristic polynomial without a common power of two', () => {
  const rational = (...denominators: readonly [bigint, bigint]): Mat<Rational> =>
    build(2, 2, (i) => ({ numerator: 1n, denominator: denominators[i]! }));
  expect(() => integerCharacteristic(rational(2n, 3n))).toThrow('dyadic');
  // λ² − λ, times 4.
  expect(integerCharacteristic(rational(2n, 2n))).toEqual([0n, -4n, 4n]);
});

const PAPER = { kind: 'integrator', order: 2, dt: 1 } as const;
