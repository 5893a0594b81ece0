/**
 * Stability for all order parameters within a radius: a certain answer holds at every point of the box.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearStableOverlaps, overlaps, type ScalarOverlaps } from '#spec/generators/overlaps.js';
import { integrator } from '#spec/generators/plant.js';
import { scalarOverlaps } from '#src/agent/overlaps.js';
import { isStableByIntervals, isStableExactly } from '#src/loop/stability.js';
import { plantOf } from '#src/training/protocol.js';

const order = ({ zm, zu, vm, vu }: ScalarOverlaps) => scalarOverlaps(zm, zu, vm, vu);

describe('stability within a radius', () => {
  it('is that of every corner of the box, where it is certain', () => {
    const certain = { true: 0, false: 0, undefined: 0 };
    fc.assert(
      fc.property(
        fc.oneof(nearStableOverlaps, overlaps),
        integrator(1, 3),
        fc.integer({ min: 0, max: 40 }).map((k) => 2 ** -k),
        (point, spec, radius) => {
          const plant = plantOf(spec);
          const answer = isStableByIntervals(plant, 1, order(point), radius);
          certain[`${answer}` as 'true']++;
          if (answer === undefined) return;
          for (let corner = 0; corner < 16; corner++) {
            const shift = (bit: number): number => ((corner >> bit) & 1 ? radius : -radius);
            const { zm, zu, vm, vu } = point;
            const moved = scalarOverlaps(zm + shift(0), zu + shift(1), vm + shift(2), vu + shift(3));
            expect(isStableExactly(plant, 1, moved)).toBe(answer);
          }
        },
      ),
      { numRuns: 1500, seed: 5 },
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
    expect(isStableByIntervals(plantOf(PAPER), 1, scalarOverlaps(Number.NaN, 1, 1, 0))).toBeUndefined();
  });
});

const PAPER = { kind: 'integrator', order: 2, dt: 1 } as const;
