/**
 * tanh x = e/(e + 1) with e = (exp(2|x|) − 1)/2, the sign put back.
 *
 * 2|x| = n·ln 2 + r with n an integer, |r| ≤ ln 2/2, ln 2 in two parts of which the first has trailing zeros enough for n·ln 2
 * to be exact. e = 2ⁿ⁻¹·(r + r²·s(r)) + (2ⁿ⁻¹ − ½), s the polynomial closest to (exp r − 1 − r)/r² in the maximum norm (Remez). For
 * small x r is exact and n is 0, so that e keeps its relative precision. Constants lie in memory: in registers they would spill.
 */
import { mad, SIZE, splat, VECTOR } from './memory';

/** Largest argument, 2·log₂ e, 1.5·2^(bits of mantissa), ln 2 in two parts, then the coefficients of s from the highest on. */
const SINGLE = memory.data<f32>([
  9.5, 2.885390043258667, 12582912.0, 0.693359375, -0.00021219444170128554,
  0.00019907584646716714, 0.0013933649752289057, 0.00833328627049923, 0.04166646674275398, 0.1666666716337204, 0.5,
], 16);
const DOUBLE = memory.data<f64>([
  19.5, 2.8853900817779268, 6755399441055744.0, 0.6931471803691238, 1.9082149292705877e-10,
  2.0921587799906647e-9, 2.5105215113191102e-8, 2.755725291706972e-7, 0.000002755725540455901, 0.00002480158734733477,
  0.0001984126987481739, 0.00138888888888744, 0.008333333333326136, 0.041666666666666685, 0.1666666666666667, 0.5,
], 16);

// @ts-ignore: decorator
@inline function constant(k: usize): v128 {
  return splat((SIZE == 4 ? SINGLE : DOUBLE) + k * SIZE);
}

/** The k-th constant times r, and the next one. */
// @ts-ignore: decorator
@inline function linear(k: usize, r: v128): v128 {
  return mad(constant(k), r, constant(k + 1));
}

/** tanh, a vector at a time. */
// @ts-ignore: decorator
@inline export function tanh(x: v128): v128 {
  const sign = v128.and(x, v128.splat<Real>(-0.0));
  // The least of both, NaN if x is.
  const a = v128.pmin<Real>(v128.xor(x, sign), constant(0));
  const shifted = mad(a, constant(1), constant(2));
  const n = v128.sub<Real>(shifted, constant(2));
  const twice = v128.add<Real>(a, a);
  const r = v128.sub<Real>(v128.sub<Real>(twice, v128.mul<Real>(n, constant(3))), v128.mul<Real>(n, constant(4)));
  // In pairs of coefficients (Estrin): what the processor waits for is the chain of products, and half of it is gone.
  const r2 = v128.mul<Real>(r, r);
  let s = mad(mad(linear(5, r), r2, linear(7, r)), r2, linear(9, r));
  if (SIZE == 8) {
    s = mad(mad(s, r2, linear(11, r)), r2, linear(13, r));
    s = mad(s, r, constant(15));
  }
  const one = v128.splat<Real>(1);
  const half = v128.splat<Real>(0.5);
  // 2ⁿ⁻¹: the integer is in the low bits of what was shifted.
  const power = SIZE == 4 ? i32x4.add(i32x4.shl(shifted, 23), half) : i64x2.add(i64x2.shl(shifted, 52), half);
  const e = mad(power, mad(r2, s, r), v128.sub<Real>(power, half));
  const sum = v128.add<Real>(e, one);
  const q = v128.div<Real>(e, sum);
  // What rounding took from the sum moves q by −q/sum of it, and 1/sum is 1 − q. It is exact while e has a bit for 1 (Dekker, Sterbenz);
  // beyond that q is 1, or two units in the last place below and moved to two above, where the least of it and 1 is the nearer.
  const lost = v128.sub<Real>(e, v128.sub<Real>(sum, one));
  const moved = mad(v128.mul<Real>(q, lost), v128.sub<Real>(q, one), q);
  return v128.or(v128.pmin<Real>(moved, one), sign);
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
