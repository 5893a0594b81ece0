/**
 * Fitting the parameter of a fault: from far guesses, within its bounds, and where nothing makes sense.
 */
import { describe, expect, it } from 'vitest';
import { fitParameter, untested } from '#src/runs/diagnosis/suspect.js';
import { faultsOf, WIDER_STARTS } from '#src/runs/faults.js';
import { DECLARED } from '../support/faulty.js';

const decay = faultsOf(DECLARED).find(({ id }) => id === 'decay')!;

describe('fitParameter', () => {
  it('finds the value that explains residuals, from whatever guess is nearest', () => {
    for (const truth of [0.08, 0.6, 1.02, 3, 12]) {
      // Of an unknown that acts by its square.
      const residuals = (value: number): Float64Array =>
        Float64Array.from([1, 2, 3], (t) => 1e3 * t * (value ** 2 - truth ** 2));
      const { value, error } = fitParameter(WIDER_STARTS, residuals);
      expect(value).toBeCloseTo(truth, 6);
      // One over the length of the slopes: 2·truth·1000·√14.
      expect(error! * 2 * truth * 1e3 * Math.sqrt(14)).toBeCloseTo(1, 3);
    }
  });

  it('takes the better of two minima', () => {
    // A shallow one at 0.5, the true one at 2.
    const residuals = (value: number): Float64Array =>
      Float64Array.of(10 * Math.min(Math.abs(value - 2), Math.abs(value - 0.5) + 0.2), 0);
    expect(fitParameter(WIDER_STARTS, residuals).value).toBeCloseTo(2, 3);
  });

  it('looks at values above the bound only', () => {
    const seen: number[] = [];
    fitParameter(decay, (value) => {
      seen.push(value);
      return Float64Array.of(value + 5, value + 6);
    });
    expect(Math.min(...seen)).toBeGreaterThan(-1);
    expect(seen.length).toBeGreaterThan(5);
  });

  it('is not certain where residuals are no numbers, or say nothing', () => {
    const lost = fitParameter(WIDER_STARTS, () => Float64Array.of(Number.NaN, 1));
    expect(lost.error).toBeUndefined();
    expect(fitParameter(WIDER_STARTS, () => Float64Array.of(1, 2)).error).toBeUndefined();
    // Guesses that make no sense do not hide one that does.
    const partly = fitParameter(WIDER_STARTS, (value) =>
      value < 1 ? Float64Array.of(Number.NaN, 1) : Float64Array.of(value - 1.5, 0),
    );
    expect(partly.value).toBeCloseTo(1.5, 6);
  });
});

describe('untested', () => {
  it('explains nothing', () => {
    expect(untested(decay)).toMatchObject({
      fault: decay,
      epochs: 0,
      follows: false,
      misfit: Number.POSITIVE_INFINITY,
    });
  });
});
