/**
 * The number systems: rationals, intervals, dual numbers, majorants.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forAll } from '#spec/support/for-all.js';
import { dualsOver } from '#src/linalg/dual.js';
import { type Interval, intervals } from '#src/linalg/interval.js';
import { majorants, roundingBound } from '#src/linalg/majorant.js';
import { divide, fromDouble, type Rational, rational, rationals, toDouble } from '#src/linalg/rational.js';
import { integers, type OrderedRing, power, product, reals, sum } from '#src/linalg/ring.js';
import { gamma, unitRoundoff } from '#src/linalg/tolerance.js';

const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const fraction = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.bigInt({ min: 1n, max: 10n ** 20n }))
  .map(([n, d]) => rational(n, d));
const equal = (a: Rational, b: Rational): boolean => rationals.sign(rationals.sub(a, b)) === 0;

describe('rationals', () => {
  it('hold every finite double exactly', () => {
    forAll(double, (x) => toDouble(fromDouble(x)) === x + 0);
    for (const x of [0, 5e-324, -5e-324, 2 ** -1022, Number.MAX_VALUE, 0.1, 1 / 3])
      expect(toDouble(fromDouble(x))).toBe(x);
    expect(fromDouble(0.1)).toEqual({ numerator: 3602879701896397n, denominator: 36028797018963968n });
  });

  it('refuse what is not finite, and denominators of zero', () => {
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => fromDouble(x)).toThrow(/finite/);
    expect(() => rational(1n, 0n)).toThrow(/denominator/);
    expect(() => divide(fromDouble(1), fromDouble(0))).toThrow(/denominator/);
  });

  it('are a field', () => {
    const { add, sub, mul } = rationals;
    forAll(fraction, fraction, fraction, (a, b, c) => {
      expect(equal(mul(a, add(b, c)), add(mul(a, b), mul(a, c)))).toBe(true);
      expect(equal(add(sub(a, b), b), a)).toBe(true);
      if (b.numerator !== 0n) expect(equal(mul(divide(a, b), b), a)).toBe(true);
    });
  });

  it('are kept in lowest terms with a positive denominator', () => {
    forAll(fraction, fraction, (a, b) => rationals.add(a, b).denominator > 0n);
    expect(rational(6n, -4n)).toEqual({ numerator: -3n, denominator: 2n });
    expect(rational(0n, 7n)).toEqual({ numerator: 0n, denominator: 1n });
  });

  it('turn into the nearest double within one unit in the last place', () => {
    forAll(fraction, (a) => {
      const x = toDouble(a);
      const error = rationals.sub(fromDouble(x), a);
      const bound = rationals.mul(
        fromDouble(2 ** -52),
        rational(a.numerator < 0n ? -a.numerator : a.numerator, a.denominator),
      );
      const size = rational(error.numerator < 0n ? -error.numerator : error.numerator, error.denominator);
      return rationals.sign(rationals.sub(bound, size)) !== -1;
    });
  });
});

describe('ordered rings', () => {
  it.each<[string, OrderedRing<unknown>]>([
    ['reals', reals as OrderedRing<unknown>],
    ['integers', integers as OrderedRing<unknown>],
    ['rationals', rationals as OrderedRing<unknown>],
    ['intervals', intervals as OrderedRing<unknown>],
  ])('%s know signs, sums, products and powers', (_, R) => {
    expect([-3, 0, 2].map((k) => R.sign(R.of(k)))).toEqual([-1, 0, 1]);
    expect(R.sign(R.sub(power(R, R.of(-2), 3), R.of(-7)))).toBe(-1);
    expect(R.sign(sum(R, []))).toBe(0);
    expect(R.sign(R.sub(product(R, []), sum(R, [R.of(2)])))).toBe(-1);
  });

  it('reals leave the sign of NaN undecided', () => {
    expect(reals.sign(Number.NaN)).toBeUndefined();
  });
});

function expectInside(exact: Rational, { low, high }: Interval): void {
  expect([low, high].every(Number.isFinite)).toBe(true);
  expect(rationals.sign(rationals.sub(exact, fromDouble(low)))).not.toBe(-1);
  expect(rationals.sign(rationals.sub(fromDouble(high), exact))).not.toBe(-1);
}

describe('intervals', () => {
  it('contain the exact result of any formula', () => {
    const moderate = fc.double({ min: -1e150, max: 1e150, noNaN: true });
    forAll(moderate, moderate, moderate, (a, b, c) => {
      const formula = <T>(R: OrderedRing<T>): T => R.sub(R.mul(R.add(R.of(a), R.of(b)), R.of(c)), R.of(b));
      expectInside(formula(rationals), formula(intervals));
    });
  });

  it('contain sums, differences and products of any of their members', () => {
    const moderate = fc.double({ min: -1e150, max: 1e150, noNaN: true });
    const interval = fc.tuple(moderate, moderate).map(([x, y]) => ({ low: Math.min(x, y), high: Math.max(x, y) }));
    forAll(interval, interval, (a, b) => {
      for (const operation of ['add', 'sub', 'mul'] as const)
        for (const x of [a.low, a.high])
          for (const y of [b.low, b.high])
            expectInside(rationals[operation](fromDouble(x), fromDouble(y)), intervals[operation](a, b));
    });
  });

  it('know a sign where zero lies outside, and zero itself', () => {
    const signs = [
      [1, 2, 1],
      [-2, -1, -1],
      [0, 0, 0],
      [0, 1, undefined],
      [-1, 0, undefined],
      [-1, 1, undefined],
    ] as const;
    for (const [low, high, sign] of signs) expect(intervals.sign({ low, high })).toBe(sign);
  });

  it('decide no sign across zero or after an overflow', () => {
    const third = intervals.sub(intervals.of(0.1), intervals.sub(intervals.of(0.3), intervals.of(0.2)));
    expect(intervals.sign(third)).toBeUndefined();
    const huge = intervals.mul(intervals.of(1e300), intervals.of(1e300));
    expect(intervals.sign(intervals.sub(huge, huge))).toBeUndefined();
  });
});

describe('dual numbers', () => {
  it('differentiate polynomials exactly', () => {
    const duals = dualsOver(integers);
    const x = { value: 3n, tangent: 1n };
    // d/dx (x⁴ − 5x² + x) = 4x³ − 10x + 1.
    const value = duals.sub(duals.add(power(duals, x, 4), x), duals.mul(duals.of(5), power(duals, x, 2)));
    expect(value).toEqual({ value: 39n, tangent: 79n });
  });
});

describe('majorants', () => {
  it('bound the rounding error of a formula, and not by much', () => {
    let tightest = 0;
    const moderate = fc.double({ min: -8, max: 8, noNaN: true });
    forAll(fc.array(moderate, { minLength: 1, maxLength: 8 }), (values) => {
      const formula = <T>(R: OrderedRing<T> | typeof majorants): T => {
        const ring = R as OrderedRing<T>;
        return values.reduce((total, value) => ring.add(ring.mul(total, ring.of(0.7)), ring.of(value)), ring.of(0.1));
      };
      const exact = formula(rationals);
      const error = Math.abs(toDouble(rationals.sub(fromDouble(formula(reals)), exact)));
      const bound = roundingBound(formula<never>(majorants) as never);
      tightest = Math.max(tightest, error / bound);
      expect(error).toBeLessThanOrEqual(bound);
    });
    expect(tightest).toBeGreaterThan(0.01);
  });

  it('bound the rounding error of products', () => {
    const moderate = fc.double({ min: 0.5, max: 4, noNaN: true });
    let tightest = 0;
    forAll(fc.array(moderate, { minLength: 2, maxLength: 8 }), (values) => {
      const error = rationals.sub(fromDouble(product(reals, values)), product(rationals, values.map(fromDouble)));
      const bound = roundingBound(product(majorants, values.map(majorants.of)));
      tightest = Math.max(tightest, Math.abs(toDouble(error)) / bound);
      expect(Math.abs(toDouble(error))).toBeLessThanOrEqual(bound);
    });
    expect(tightest).toBeGreaterThan(0.05);
    // Of subnormal numbers the last place is what may be lost.
    expect(roundingBound(product(majorants, [5e-324, 0.5].map(majorants.of)))).toBeGreaterThanOrEqual(5e-324);
  });

  it('use γ as defined, infinite where it stops making sense', () => {
    expect(gamma(1)).toBeCloseTo(2 ** -53, 25);
    for (const n of [2 ** 53, 2 ** 54]) expect(gamma(n)).toBe(Number.POSITIVE_INFINITY);
    expect(gamma(3, unitRoundoff('f32'))).toBeGreaterThan(3 * 2 ** -24);
  });
});
