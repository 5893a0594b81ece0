/**
 * tanh of the SIMD modules, to the unit in the last place.
 */
import { describe, expect, it } from 'vitest';
import { simdOver } from '#src/kernel/simd.js';
import { Stream } from '#src/linalg/random.js';
import { TANH_ULPS } from '#src/linalg/tolerance.js';

const COUNT = 2 ** 16;

/** x ↦ tanh x of a module, on COUNT numbers at a time. */
function tanhOf(precision: 'f32' | 'f64') {
  const { simd, at, numbers } = simdOver(precision, { numbers: { x: COUNT }, doubles: {} });
  return (x: ArrayLike<number>): ArrayLike<number> => {
    numbers.x.set(x);
    simd.hyperbolicTangent(at.x, COUNT);
    return numbers.x;
  };
}

/** The unit in the last place of a number with so many bits after the first. */
const ulp = (value: number, bits: number, least: number): number =>
  2 ** (Math.max(Math.floor(Math.log2(Math.abs(value))), least) - bits);

it.each(['f32', 'f64'] as const)('%s: limits, signs, the smallest numbers, and NaN', (precision) => {
  const tanh = tanhOf(precision);
  const tiny = precision === 'f32' ? 2 ** -149 : Number.MIN_VALUE;
  const x = new Float64Array(COUNT);
  x.set([0, -0, tiny, -tiny, 9.5, -20, 1e30, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  const y = Array.from(tanh(x)).slice(0, 10);
  const near = precision === 'f32' ? 1 : Math.tanh(9.5);
  expect(y).toEqual([0, -0, tiny, -tiny, near, -1, 1, 1, -1, Number.NaN]);
});

describe('f32', () => {
  const tanh = tanhOf('f32');
  const [x, bits] = (() => {
    const values = new Float32Array(COUNT);
    return [values, new Int32Array(values.buffer)];
  })();

  const y = new Float32Array(COUNT);
  const results = new Int32Array(y.buffer);
  const patternOf = (value: number): number => new Int32Array(Float32Array.of(value).buffer)[0]!;
  const [normal, tiny, small, large, larger, infinity] = [2 ** -126, 2 ** -26, 2 ** -13, 9.5, 16, Infinity].map(
    patternOf,
  ) as [number, number, number, number, number, number];
  /** 1/ulp by the exponent's bits. */
  const perUlp = Float64Array.from({ length: 256 }, (_, e) => 2 ** (150 - Math.max(e, 1)));

  /**
   * The largest of something over all numbers from one bit pattern to another, or over every so many of them and the last, evaluated
   * COUNT at a time.
   */
  function most(from: number, to: number, error: (k: number) => number, every = 1): number {
    let largest = 0;
    for (let start = from; start <= to; start += every * COUNT) {
      for (let k = 0; k < COUNT; k++) bits[k] = Math.min(to, start + every * k);
      y.set(tanh(x));
      for (let k = 0; k < COUNT; k++) {
        const found = error(k);
        // NaN must not pass for small.
        if (!(found <= largest)) largest = found;
      }
    }
    return largest;
  }

  const rounded = new Float32Array(1);
  const exponent = new Int32Array(rounded.buffer);
  it('errs by at most the stated ulps on every number from 2⁻¹³ to 9.5', { timeout: 300_000 }, () => {
    const error = (k: number): number => {
      const exact = Math.tanh(x[k]!);
      rounded[0] = exact;
      return Math.abs(y[k]! - exact) * perUlp[exponent[0]! >> 23]!;
    };
    expect(most(small, large, error)).toBeLessThanOrEqual(TANH_ULPS.f32);
  });

  it('is within one number of x on every smaller one: tanh x is within half an ulp of it', { timeout: 300_000 }, () => {
    const away = (k: number): number => Math.abs(bits[k]! - results[k]!);
    expect(most(tiny, small, away)).toBeLessThanOrEqual(1);
    // x² is lost in x + x² below 2⁻²⁶: what is left of the computation is alike in all binades, but where numbers are denormal.
    expect(most(normal, tiny, away, 97)).toBeLessThanOrEqual(1);
    expect(most(0, normal, away)).toBeLessThanOrEqual(1);
    // x − tanh x < x³/3, and an ulp of x is at least 2⁻²⁴·x.
    expect(2 ** -26 / 3).toBeLessThan(2 ** -25);
  });

  it('is 1 on every larger one', { timeout: 300_000 }, () => {
    const away = (k: number): number => Math.abs(y[k]! - 1);
    expect(most(large, larger, away)).toBe(0);
    // The least of x and 9.5 is all that the computation sees.
    expect(most(larger, infinity, away, 997)).toBe(0);
    // 1 − tanh x < 2·exp(−2x), below half an ulp of what lies under 1.
    expect(2 * Math.exp(-2 * 9.5)).toBeLessThan(2 ** -25);
  });

  it('is odd, bit by bit', () => {
    for (let start = 0; start < infinity; start += 997 * COUNT) {
      for (let k = 0; k < COUNT; k++) bits[k] = Math.min(infinity, start + 997 * k);
      y.set(tanh(x));
      const positive = results.slice();
      for (let k = 0; k < COUNT; k++) bits[k]! |= 1 << 31;
      y.set(tanh(x));
      expect(results.every((pattern, k) => pattern === (positive[k]! | (1 << 31)))).toBe(true);
    }
  });
});

describe('f64', () => {
  const POINT = 160n;
  const ONE = 1n << POINT;
  /** A double as an integer multiple of 2^−160, exactly if it is above 2^−100. */
  function fixed(value: number): bigint {
    let [scaled, exponent] = [value, 0n];
    for (; !Number.isInteger(scaled); exponent++) scaled *= 2;
    return (BigInt(scaled) << POINT) >> exponent;
  }
  /** tanh in fixed point, from the series of exp(2x/2¹⁰) squared ten times. */
  function exactly(x: number): bigint {
    const r = fixed(x) >> 9n;
    let [term, e] = [ONE, ONE];
    for (let k = 1n; term > 0n; k++) {
      term = ((term * r) >> POINT) / k;
      e += term;
    }
    for (let k = 0; k < 10; k++) e = (e * e) >> POINT;
    return ((e - ONE) << POINT) / (e + ONE);
  }

  it('errs by at most the stated ulps against arithmetic of 160 bits', () => {
    const random = new Stream(1);
    const x = Float64Array.from({ length: COUNT }, () => 2 ** random.uniform(-20, 4.3));
    const y = tanhOf('f64')(x);
    let most = 0;
    for (let k = 0; k < 8000; k++) {
      const exact = exactly(x[k]!);
      const error = Number(fixed(y[k]!) - exact) / Number(ONE);
      most = Math.max(most, Math.abs(error) / ulp(y[k]!, 52, -1022));
    }
    expect(most).toBeLessThanOrEqual(TANH_ULPS.f64);
  });
});
