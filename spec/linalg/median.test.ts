/**
 * The median by its definition: as many numbers lie below as above, and of two in the middle it is their mean.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forAll } from '#spec/support/for-all.js';
import { median } from '#src/linalg/median.js';

describe('median', () => {
  it('has half of the numbers on either side, whatever their order', () => {
    const numbers = fc.array(fc.integer({ min: -20, max: 120 }), { minLength: 1, maxLength: 12 });
    forAll(numbers, (values) => {
      const middle = median(values);
      const [below, above] = [values.filter((x) => x < middle).length, values.filter((x) => x > middle).length];
      expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      if (values.length % 2 === 1) expect(values).toContain(middle);
      // In the middle of the neighbours on either side.
      const under = Math.max(...values.filter((x) => x <= middle));
      const over = Math.min(...values.filter((x) => x >= middle));
      expect(middle - under).toBe(over - middle);
    });
  });

  it('is a number beside the largest one, and infinite among infinities', () => {
    expect(median([Number.MAX_VALUE, Number.MAX_VALUE])).toBe(Number.MAX_VALUE);
    expect(median([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });
});
