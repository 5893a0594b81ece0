/**
 * Exact rational numbers over BigInt.
 *
 * Every finite double is one: `rationals.of(0.1)` is 3602879701896397 / 36028797018963968, not 1/10.
 */
import type { OrderedRing } from './ring.js';

/** numerator / denominator in lowest terms, denominator > 0. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = a < 0n ? [-a, b] : [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/**
 * The rational numerator / denominator in lowest terms.
 * @throws RangeError if the denominator is zero.
 */
export function rational(numerator: bigint, denominator = 1n): Rational {
  if (denominator === 0n) throw new RangeError('a rational number needs a denominator other than 0');
  if (denominator === 1n) return { numerator, denominator };
  const divisor = denominator < 0n ? -gcd(numerator, -denominator) : gcd(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

const bits = new DataView(new ArrayBuffer(8));

/**
 * The exact value of a finite double, read from its bits: sign, 11 bits of exponent, 52 of fraction.
 * @throws RangeError on NaN and infinities.
 */
export function fromDouble(value: number): Rational {
  if (!Number.isFinite(value)) throw new RangeError(`only finite numbers are rational, received ${value}`);
  if (Number.isInteger(value)) return { numerator: BigInt(value), denominator: 1n };
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const biased = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  // A non-integer double is mantissa · 2^exponent with a negative exponent.
  const exponent = Math.max(biased, 1) - 1075;
  return rational(value < 0 ? -mantissa : mantissa, 1n << BigInt(-exponent));
}

/**
 * The double nearest to a rational, within one unit in the last place.
 * The quotient is taken to 64 significant bits first, so that large numerators and denominators do not overflow.
 */
export function toDouble({ numerator, denominator }: Rational): number {
  if (numerator === 0n) return 0;
  const magnitude = numerator < 0n ? -numerator : numerator;
  const shift = BigInt(64 + denominator.toString(2).length - magnitude.toString(2).length);
  const quotient = shift >= 0n ? (magnitude << shift) / denominator : magnitude / (denominator << -shift);
  // Two halves, so that a result in the subnormal range is scaled without an underflow on the way.
  const half = Number(shift) >> 1;
  const value = Number(quotient) * 2 ** -half * 2 ** (half - Number(shift));
  return numerator < 0n ? -value : value;
}

/** a / b. @throws RangeError if b is zero. */
export function divide(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** The ordered field of rationals. */
export const rationals: OrderedRing<Rational> = {
  of: fromDouble,
  add: (a, b) => rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator),
  sub: (a, b) => rational(a.numerator * b.denominator - b.numerator * a.denominator, a.denominator * b.denominator),
  mul: (a, b) => rational(a.numerator * b.numerator, a.denominator * b.denominator),
  sign: (a) => (a.numerator > 0n ? 1 : a.numerator < 0n ? -1 : 0),
};
