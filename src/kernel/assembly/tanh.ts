/**
 * tanh x = e/(e + 2) with e = exp(2|x|) − 1, the sign put back.
 *
 * 2|x| = n·ln 2 + r with n an integer, |r| ≤ ln 2/2, ln 2 in two parts of which the first has trailing zeros enough for n·ln 2
 * to be exact. e = 2ⁿ·(r + r²·s(r)) + (2ⁿ − 1), s the polynomial closest to (exp r − 1 − r)/r² in the maximum norm (Remez). For
 * small x r is exact and n is 0, so that e keeps its relative precision. Constants lie in memory: in registers they would spill.
 */
import { mad, SIZE, splat, VECTOR } from './memory';

/** Largest argument, log₂ e, 1.5·2^(bits of mantissa), ln 2 in two parts, then the coefficients of s from the highest on. */
const SINGLE = memory.data<f32>([
  9.5, 1.4426950216293335, 12582912.0, 0.693359375, -0.00021219444170128554,
  0.00019907584646716714, 0.0013933649752289057, 0.00833328627049923, 0.04166646674275398, 0.1666666716337204, 0.5,
], 16);
const DOUBLE = memory.data<f64>([
  19.5, 1.4426950408889634, 6755399441055744.0, 0.6931471803691238, 1.9082149292705877e-10,
  2.0921587799906647e-9, 2.5105215113191102e-8, 2.755725291706972e-7, 0.000002755725540455901, 0.00002480158734733477,
  0.0001984126987481739, 0.00138888888888744, 0.008333333333326136, 0.041666666666666685, 0.1666666666666667, 0.5,
], 16);

// @ts-ignore: decorator
@inline function constant(k: usize): v128 {
  return splat((SIZE == 4 ? SINGLE : DOUBLE) + k * SIZE);
}

/** r·s + the k-th constant. */
// @ts-ignore: decorator
@inline function horner(s: v128, r: v128, k: usize): v128 {
  return mad(s, r, constant(k));
}

/** tanh, a vector at a time. */
// @ts-ignore: decorator
@inline export function tanh(x: v128): v128 {
  const sign = v128.and(x, v128.splat<Real>(-0.0));
  // The least of both, NaN if x is.
  const a = v128.pmin<Real>(v128.xor(x, sign), constant(0));
  const twice = v128.add<Real>(a, a);
  const shifted = mad(twice, constant(1), constant(2));
  const n = v128.sub<Real>(shifted, constant(2));
  const r = v128.sub<Real>(v128.sub<Real>(twice, v128.mul<Real>(n, constant(3))), v128.mul<Real>(n, constant(4)));
  let s = horner(constant(5), r, 6);
  s = horner(s, r, 7);
  s = horner(s, r, 8);
  s = horner(s, r, 9);
  s = horner(s, r, 10);
  if (SIZE == 8) {
    s = horner(s, r, 11);
    s = horner(s, r, 12);
    s = horner(s, r, 13);
    s = horner(s, r, 14);
    s = horner(s, r, 15);
  }
  const one = v128.splat<Real>(1);
  // 2ⁿ: the integer is in the low bits of what was shifted.
  const power = SIZE == 4 ? i32x4.add(i32x4.shl(shifted, 23), one) : i64x2.add(i64x2.shl(shifted, 52), one);
  const small = mad(v128.mul<Real>(r, r), s, r);
  const e = mad(power, small, v128.sub<Real>(power, one));
  const two = v128.splat<Real>(2);
  const sum = v128.add<Real>(e, two);
  const q = v128.div<Real>(e, sum);
  // What rounding took from the sum is exact (Dekker); it moves q by −q/sum of it, and 1/sum is (1 − q)/2.
  const lost = v128.sub<Real>(v128.pmin<Real>(e, two), v128.sub<Real>(sum, v128.pmax<Real>(e, two)));
  const half = v128.mul<Real>(v128.mul<Real>(q, lost), v128.sub<Real>(q, one));
  return v128.or(mad(half, v128.splat<Real>(0.5), q), sign);
}

/** x ← tanh x, n a multiple of four vectors' lanes: four at once keep the processor busy. */
export function hyperbolicTangent(x: usize, n: i32): void {
  const end = x + <usize>n * SIZE;
  for (; x < end; x += 4 * VECTOR) {
    const x0 = tanh(v128.load(x));
    const x1 = tanh(v128.load(x, VECTOR));
    const x2 = tanh(v128.load(x, 2 * VECTOR));
    const x3 = tanh(v128.load(x, 3 * VECTOR));
    v128.store(x, x0);
    v128.store(x, x1, VECTOR);
    v128.store(x, x2, 2 * VECTOR);
    v128.store(x, x3, 3 * VECTOR);
  }
}
