/**
 * References as src/theory/README.md#tracking states them, against the basis signals that make them up.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { forAllWith } from '#spec/support/for-all.js';
import { at, times } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { UNIT_ROUNDOFF } from '#src/linalg/tolerance.js';
import { basisSignals, coefficientsOf, drawPhases } from '#src/plant/reference.js';

const spec = fc.record({
  amplitude: fc.double({ min: 0.5, max: 3, noNaN: true }),
  ramp: fc.double({ min: 0.05, max: 4, noNaN: true }),
  axes: fc.integer({ min: 1, max: 3 }),
  frequencies: fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
  dt: fc.constantFrom(0.05, 0.1, 0.5),
  seed: fc.integer(),
});

it('fade in over the ramp, then turn at full amplitude, each harmonic on its axis', () => {
  let [fading, full] = [0, 0];
  forAllWith({ numRuns: 100, seed: 3 }, spec, ({ amplitude, ramp, axes, frequencies, dt, seed }) => {
    const harmonics = frequencies.map((frequency, f) => ({ frequency, axis: f % axes }));
    const [steps, batch] = [20, 3];
    const phases = drawPhases(harmonics.length, batch, new Stream(seed));
    const signals = times(basisSignals({ amplitude, ramp, axes, harmonics }, dt, steps), coefficientsOf(phases));
    for (let step = 0; step < steps; step++) {
      const t = step * dt;
      const share = t < ramp ? t / ramp : 1;
      if (0 < t && t < ramp) fading++;
      else if (t > ramp) full++;
      for (let axis = 0; axis < axes; axis++)
        for (let b = 0; b < batch; b++) {
          let expected = 0;
          harmonics.forEach(({ frequency, axis: own }, f) => {
            if (own === axis) expected += amplitude * share * Math.cos(2 * Math.PI * frequency * t + at(phases, f, b));
          });
          // Angles of at most 2π·10 + π, rounded a few times on either way, then products and sums.
          const rounding = harmonics.length * amplitude * UNIT_ROUNDOFF * (8 * (20 * Math.PI + Math.PI) + 40);
          expect(Math.abs(at(signals, step * axes + axis, b) - expected)).toBeLessThanOrEqual(rounding);
        }
    }
  });
  expect(fading).toBeGreaterThan(300);
  expect(full).toBeGreaterThan(300);
});
