/**
 * Whether drawn numbers are of the law that they are said to be of: mean and mean square within six standard errors, which a right
 * generator misses once in 10⁹.
 */
import { expect } from 'vitest';

const ERRORS = 6;

const meanOf = (values: readonly number[], power: 1 | 2): number =>
  values.reduce((sum, value) => sum + value ** power, 0) / values.length;

/** Independent normal numbers of mean zero. */
export function expectNormal(values: readonly number[], variance: number): void {
  expect(Math.abs(meanOf(values, 1))).toBeLessThan(ERRORS * Math.sqrt(variance / values.length));
  expect(Math.abs(meanOf(values, 2) / variance - 1)).toBeLessThan(ERRORS * Math.sqrt(2 / values.length));
}

/** Independent numbers, uniform within ± a width. */
export function expectUniform(values: readonly number[], width: number): void {
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(width);
  expect(Math.abs(meanOf(values, 1))).toBeLessThan((ERRORS * width) / Math.sqrt(3 * values.length));
  // Squares have the variance 4/45 of the width's fourth power.
  expect(Math.abs(meanOf(values, 2) - width ** 2 / 3)).toBeLessThan(
    ERRORS * width ** 2 * Math.sqrt(4 / 45 / values.length),
  );
}
