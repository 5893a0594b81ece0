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

  /** The worst error over every `stride`-th number between two bit patterns, of either sign in turn. */
  function worst(from: number, to: number, stride: number): number {
    let most = 0;
    for (let start = from; start < to; start += COUNT * stride) {
      for (let k = 0; k < COUNT; k++) bits[k] = Math.min(to, start + k * stride) | ((k & 1) << 31);
      const y = tanh(x);
      for (let k = 0; k < COUNT; k++) {
        const exact = Math.tanh(x[k]!);
        most = Math.max(most, Math.abs(y[k]! - exact) / ulp(exact, 23, -126));
      }
    }
    return most;
  }

  it('errs by at most 2 ulp, densely sampled where it is not x or ±1', () => {
    const [small, large] = [2 ** -13, 9.5].map((value) => new Int32Array(Float32Array.of(value).buffer)[0]!);
    expect(worst(small!, large!, 13)).toBeLessThanOrEqual(TANH_ULPS.f32);
    expect(worst(1, small!, 997)).toBeLessThanOrEqual(TANH_ULPS.f32);
    expect(worst(large!, 0x7f800000, 9973)).toBeLessThanOrEqual(TANH_ULPS.f32);
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
