/**
 * Nonlinear least squares: known minima, narrow valleys, unknowns that nothing determines.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forAll } from '#spec/support/for-all.js';
import { leastSquares, linearFit, type Residuals, THOROUGH } from '#src/linalg/least-squares.js';
import { Stream } from '#src/linalg/random.js';
import { gamma } from '#src/linalg/tolerance.js';
import { dot } from '#src/linalg/vector.js';

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

  it('takes unknowns of any scale', () => {
    const scale = Float64Array.of(1e6, 1e-6);
    const fit = leastSquares(
      ([x, y]) => Float64Array.of((x! - 2e7) / 1e6, (y! + 4e-6) / 1e-6, (x! * y! + 80) / 10),
      new Float64Array(2),
      scale,
    );
    expect(fit.x[0]! / 2e7).toBeCloseTo(1, 9);
    expect(fit.x[1]! / -4e-6).toBeCloseTo(1, 9);
  });

  it('has finite errors where there are as many residuals as unknowns, and infinite ones where there are fewer', () => {
    const square = leastSquares(([x, y]) => Float64Array.of(2 * x! - 1, 4 * y! - 1), new Float64Array(2), ones(2));
    expect([...square.errors()]).toEqual([expect.closeTo(1 / 2, 9), expect.closeTo(1 / 4, 9)]);
    const short = leastSquares(([x, y]) => Float64Array.of(x! + y! - 1), new Float64Array(2), ones(2));
    expect(short.squares).toBeLessThan(1e-18);
    expect([...short.errors()]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  it('stays at a guess that makes no sense, and at one with no sense beside it', () => {
    const nowhere = leastSquares(() => Float64Array.of(Number.NaN), Float64Array.of(3), ones(1));
    expect([nowhere.x[0], nowhere.squares, nowhere.complete]).toEqual([3, Number.POSITIVE_INFINITY, true]);
    const edge = leastSquares(([x]) => Float64Array.of(x! >= 3 ? x! : Number.NaN, 1), Float64Array.of(3), ones(1));
    expect([edge.x[0], edge.squares]).toEqual([3, 10]);
  });

  it('takes no step of more than three scales, whose way it would not know', () => {
    const seen: number[] = [];
    const wave: Residuals = ([x]) => {
      seen.push(x!);
      // Slopes of a far minimum, and a deep hole beyond it.
      return Float64Array.of(0.01 * (x! - 1000), x! > 500 ? 1e-3 : 1);
    };
    leastSquares(wave, new Float64Array(1), ones(1), 0, { iterations: 1, gain: 0 });
    expect(Math.max(...seen)).toBeLessThanOrEqual(3 * 4 + 1);
  });

  describe('within a budget', () => {
    /** Σ (x − t)² over t, whose slopes are 1, and y besides. */
    const m = 50;
    const line: Residuals = ([x, y]) => Float64Array.from({ length: m }, (_, t) => x! - t / m + (y! - 1) * (t % 2));
    const PER_CALL = 1e6;
    function fitWithin(products: number, patience = THOROUGH, enough = 0) {
      let [left, calls] = [products, 0];
      const counted: Residuals = (x) => {
        calls++;
        return line(x);
      };
      const spend = (wanted: number): boolean => {
        const given = wanted <= left;
        if (given) left -= wanted;
        return given;
      };
      const work = { meter: { spend }, perCall: PER_CALL };
      const fit = leastSquares(counted, new Float64Array(2), ones(2), enough, patience, work);
      return { fit, calls, spent: products - left };
    }

    it('asks for what it takes: all calls but the first, and the factors', () => {
      const { fit, calls, spent } = fitWithin(1e12);
      expect(fit.complete).toBe(true);
      expect(calls).toBeGreaterThan(8);
      // 2·m·n² for a factor of the Jacobian, which takes 4 calls an unknown; no call is free.
      expect(spent).toBeGreaterThanOrEqual((calls - 1) * PER_CALL + Math.floor((calls - 1) / 21) * 2 * m * 4);
      // Dampings whose step is too long are asked for and not tried.
      expect(spent).toBeLessThan(1.5 * calls * PER_CALL);
    });

    it('ends where it is used up, with the best so far', () => {
      const none = fitWithin(10);
      expect([none.fit.complete, none.calls, none.spent]).toEqual([false, 1, 0]);
      expect([...none.fit.x]).toEqual([0, 0]);
      for (let calls = 20; calls < 60; calls++) {
        const some = fitWithin(calls * PER_CALL, { iterations: 30, gain: -1 });
        expect(some.calls - 1).toBeLessThanOrEqual(calls);
        expect(some.fit.complete).toBe(false);
      }
    });

    it('takes no iterations beyond those it is given, and none where little enough is left', () => {
      // 4 differences an unknown and 12 dampings; and 3 bold steps of the differences and a call.
      const [looked, bold] = [8 + 12, 3 * (8 + 1)];
      const one = fitWithin(1e12, { iterations: 1, gain: 0 });
      expect(one.calls).toBeGreaterThan(9);
      expect(one.calls).toBeLessThanOrEqual(1 + looked + bold);
      expect(fitWithin(1e12, { iterations: 0, gain: 0 }).calls).toBe(1);
      const start = line(new Float64Array(2)).reduce((total, r) => total + r * r, 0);
      expect(fitWithin(1e12, THOROUGH, start).calls).toBe(1);
      expect(fitWithin(1e12, THOROUGH, start * (1 - 1e-9)).calls).toBeGreaterThan(1);
    });
  });
});

describe('linearFit', () => {
  it('leaves a rest that is orthogonal to every column', () => {
    forAll(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 6 }), fc.integer(), (n, more, seed) => {
      const random = new Stream(seed);
      const m = n + more;
      const column = (): Float64Array => Float64Array.from({ length: m }, () => random.normal());
      const J = Array.from({ length: n }, (_, j) => column().map((value) => 10 ** (3 * j) * value));
      const y = column();
      const x = linearFit(J, y);
      const rest = y.map((value, i) => value - J.reduce((sum, each, j) => sum + each[i]! * x[j]!, 0));
      const size = (v: Float64Array): number => Math.sqrt(dot(v, 0, v, 0, v.length));
      for (const each of J) {
        // Backward stable in every column (Higham, Theorem 20.3): the rest errs by some roundings of what was added up.
        const added = size(y) + J.reduce((sum, other, j) => sum + size(other) * Math.abs(x[j]!), 0);
        expect(Math.abs(dot(each, 0, rest, 0, m))).toBeLessThanOrEqual(gamma(32 * m * n) * size(each) * added);
      }
    });
  });

  it('gives 0 to an unknown whose column is zero', () => {
    const x = linearFit([Float64Array.of(0, 0, 0), Float64Array.of(1, 2, 2)], Float64Array.of(2, 4, 4));
    expect([...x]).toEqual([0, expect.closeTo(2, 12)]);
  });
});
