/**
 * Whether a closed loop is stable, decided exactly: an adaptive predicate.
 *
 * The numbers given are finite doubles, so the characteristic polynomial of P_eff has rational coefficients and the Schur–Cohn
 * test an exact answer: no tolerance is involved. Intervals answer first, since they suffice away from the boundary.
 */
import type { OrderParameters } from '../agent/order-parameters.js';
import { type Interval, intervals } from '../linalg/interval.js';
import { isSchur, isSchurExactly } from '../linalg/jury.js';
import { type Mat, map } from '../linalg/matrix.js';
import { characteristic } from '../linalg/polynomial.js';
import { type Rational, rationals } from '../linalg/rational.js';
import { integers, type Ring } from '../linalg/ring.js';
import { type Plant, plantOver } from '../plant/plant.js';
import { effectiveMatrix } from './effective.js';

function orderParametersOver<T>(R: Ring<T>, { zm, zu, vm, vu }: OrderParameters): OrderParameters<T> {
  return { zm: map(zm, R.of), zu: map(zu, R.of), vm: map(vm, R.of), vu: map(vu, R.of) };
}

/** The coefficients of det(λI − A), constant term first, times a common positive integer that makes them integers. */
export function integerCharacteristic(A: Mat<Rational>): bigint[] {
  let common = 1n;
  // Denominators of products of doubles are powers of two: the largest is their common multiple.
  for (let k = 0; k < A.data.length; k++) if (A.data[k]!.denominator > common) common = A.data[k]!.denominator;
  for (let k = 0; k < A.data.length; k++)
    if (common % A.data[k]!.denominator !== 0n) throw new RangeError('integerCharacteristic expects dyadic rationals');
  const scaled = map(A, ({ numerator, denominator }) => numerator * (common / denominator));
  // det(λI − A/s) = s^(−n)·det(sλI − A): coefficient k of the scaled matrix is worth s^(k−n) here; times s^n.
  return characteristic(integers, scaled).map((coefficient, k) => coefficient * common ** BigInt(k));
}

/**
 * Whether the spectral radius of P_eff is below one. With N > c + r units the coupled matrix P has the further eigenvalue
 * 1 − η, which lies inside the unit circle for every leak 0 < η ≤ 1: the answer is that of P too.
 *
 * @param plant finite entries
 * @param leak η, 0 < η ≤ 1
 * @param overlaps finite entries
 */
export function isStable(plant: Plant, leak: number, overlaps: OrderParameters): boolean {
  return isStableByIntervals(plant, leak, overlaps) ?? isStableExactly(plant, leak, overlaps);
}

/** All numbers within a radius of one. */
function around(value: number, radius: number): Interval {
  const exact = intervals.of(value);
  return radius === 0 ? exact : intervals.add(exact, { low: -radius, high: radius });
}

/**
 * The filter: an answer that is certain, or `undefined` near the boundary.
 * @param radius certain for all order parameters within this distance, entry by entry
 */
export function isStableByIntervals(
  plant: Plant,
  leak: number,
  overlaps: OrderParameters,
  radius = 0,
): boolean | undefined {
  const quick = isStableByInequalities(plant, leak, overlaps, radius);
  if (quick !== undefined) return quick;
  const R: Ring<Interval> = intervals;
  const numbers = { ...R, of: (value: number) => around(value, radius) };
  const P = effectiveMatrix(R, plantOver(R, plant), R.of(leak), orderParametersOver(numbers, overlaps));
  return isSchur(intervals, characteristic(R, P));
}

/**
 * The paper's own case, a double integrator with one memory and no leak, in a tenth of the time: its region in
 * intervals. `undefined` for other loops and near the boundary.
 *
 * With a = dt²·σ_zm, q = dt²·σ_zu·σ_vm, v = σ_vu, d = q − v·a and s = v + d, stable means |s| < 1, d > 0, (s − 2)·d < a, a < −d and
 * a < 4 + 3v + s.
 */
export function isStableByInequalities(
  { A, B, C }: Plant,
  leak: number,
  { zm, zu, vm, vu }: OrderParameters,
  radius = 0,
): boolean | undefined {
  if (A.rows !== 2 || B.cols !== 1 || C.rows !== 1 || vu.rows !== 1 || leak !== 1) return undefined;
  const chain = A.data[0] === 1 && A.data[2] === 0 && A.data[3] === 1 && B.data[0] === 0;
  if (!chain || C.data[0] !== 1 || C.data[1] !== 0) return undefined;
  const { of, add, sub, mul, sign } = intervals;
  const entry = ({ data }: Mat<number>): Interval => around(data[0]!, radius);
  const gain = mul(of(A.data[1]!), of(B.data[1]!));
  const v = entry(vu);
  const a = mul(gain, entry(zm));
  const q = mul(gain, mul(entry(zu), entry(vm)));
  const d = sub(q, mul(v, a));
  const s = add(v, d);
  const signs = [
    sub(of(1), s),
    add(of(1), s),
    d,
    sub(a, mul(sub(s, of(2)), d)),
    sub(of(0), add(a, d)),
    sub(add(add(of(4), mul(of(3), v)), s), a),
  ].map(sign);
  if (signs.includes(-1)) return false;
  return signs.every((known) => known === 1) ? true : undefined;
}

/** The exact answer, in rationals. */
export function isStableExactly(plant: Plant, leak: number, overlaps: OrderParameters): boolean {
  const R: Ring<Rational> = rationals;
  const P = effectiveMatrix(R, plantOver(R, plant), R.of(leak), orderParametersOver(R, overlaps));
  return isSchurExactly(integerCharacteristic(P));
}
