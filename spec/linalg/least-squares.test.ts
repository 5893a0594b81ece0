/**
 * Nonlinear least squares: known minima, narrow valleys, unknowns that nothing determines.
 */
import { describe, expect, it } from 'vitest';
import { leastSquares } from '#src/linalg/least-squares.js';

const ones = (n: number): Float64Array => new Float64Array(n).fill(1);

describe('leastSquares', () => {
  it('finds the bottom of a curved valley (Rosenbrock 1960)', () => {
    const fit = leastSquares(
      ([x, y]) => Float64Array.of(10 * (y! - x! * x!), 1 - x!),
      Float64Array.of(-1.2, 1),
      ones(2),
    );
    expect(fit.x[0]).toBeCloseTo(1, 9);
    expect(fit.x[1]).toBeCloseTo(1, 9);
  });

  it('gives the standard errors of a line', () => {
    const t = [0, 1, 2, 3];
    const fit = leastSquares(
      ([a, b]) => Float64Array.from(t, (s) => a! + b! * s - (2 + 3 * s)),
      new Float64Array(2),
      ones(2),
    );
    // (XᵀX)⁻¹ of the intercept and slope at 0, 1, 2, 3: 14/20 and 4/20.
    const [a, b] = fit.errors();
    expect(a).toBeCloseTo(Math.sqrt(0.7), 9);
    expect(b).toBeCloseTo(Math.sqrt(0.2), 9);
  });

  it('leaves an unknown alone that nothing depends on', () => {
    const fit = leastSquares(([x]) => Float64Array.of(x! - 5, 0), Float64Array.of(0, 7), ones(2));
    expect(fit.x[0]).toBeCloseTo(5, 9);
    expect(fit.x[1]).toBe(7);
    expect(fit.errors()[1]).toBe(Number.POSITIVE_INFINITY);
  });

  it('stays where residuals are finite', () => {
    const fit = leastSquares(([x]) => Float64Array.of(x! > 0 ? Math.log(x!) : Number.NaN), Float64Array.of(3), ones(1));
    expect(fit.x[0]).toBeCloseTo(1, 9);
  });
});
