/**
 * Random plants.
 */

import fc from 'fast-check';
import type { PlantSpec } from '#src/problem/schema.js';
import { dyadic, logUniform, plain, weighted } from './number.js';

/** A time step, often the paper's 1. */
export const timeStep: fc.Arbitrary<number> = fc.oneof(fc.constant(1), fc.constantFrom(0.5, 0.25), logUniform(0.1, 1));

/** A chain of `min` to `max` integrators. */
export function integrator(min = 1, max = 4): fc.Arbitrary<PlantSpec> {
  return plain({ kind: fc.constant('integrator' as const), order: fc.integer({ min, max }), dt: timeStep });
}

function rows(count: number, length: number, entry: fc.Arbitrary<number>): fc.Arbitrary<number[][]> {
  const exactly = (n: number) => ({ minLength: n, maxLength: n });
  return fc.array(fc.array(entry, exactly(length)), exactly(count));
}

/** Any plant of up to 3 states, 2 controls and 2 observations, with C·B ≠ 0 allowed. @param size bound on A's entries */
export function general(size = 2): fc.Arbitrary<PlantSpec> {
  const sizes = fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 2 }),
  );
  return sizes.chain(([n, p, c]) =>
    plain({
      kind: fc.constant('linear' as const),
      A: rows(
        n,
        n,
        dyadic.map((value) => (size * value) / 2),
      ),
      B: rows(n, p, dyadic),
      C: rows(c, n, dyadic),
    }),
  );
}

/** Chains and general plants. */
export const plant: fc.Arbitrary<PlantSpec> = weighted([3, integrator()], [2, general()]);
