/**
 * Whether a closed loop is stable, decided exactly: an adaptive predicate.
 *
 * The numbers given are finite doubles, so the characteristic polynomial of P_eff has rational coefficients and the Schur–Cohn
 * test an exact answer: no tolerance is involved. Intervals answer first, since they suffice away from the boundary.
 */
import type { Overlaps } from '../agent/overlaps.js';
import { type Interval, intervals } from '../linalg/interval.js';
import { isSchur, isSchurExactly } from '../linalg/jury.js';
import { type Mat, map } from '../linalg/matrix.js';
import { characteristic } from '../linalg/polynomial.js';
import { type Rational, rationals } from '../linalg/rational.js';
import { integers, type Ring } from '../linalg/ring.js';
import { type Plant, plantOver } from '../plant/plant.js';
import { effectiveMatrix } from './effective.js';

function overlapsOver<T>(R: Ring<T>, { zm, zu, vm, vu }: Overlaps): Overlaps<T> {
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
 * 1 − η (theory.md §2.2), which lies inside the unit circle for every leak 0 < η ≤ 1: the answer is that of P too.
 *
 * @param plant finite entries
 * @param leak η, 0 < η ≤ 1
 * @param overlaps finite entries
 */
export function isStable(plant: Plant, leak: number, overlaps: Overlaps): boolean {
  return isStableByIntervals(plant, leak, overlaps) ?? isStableExactly(plant, leak, overlaps);
}

/**
 * The filter: an answer that is certain, or `undefined` near the boundary.
 * @param radius certain for all order parameters within this distance, entry by entry
 */
export function isStableByIntervals(plant: Plant, leak: number, overlaps: Overlaps, radius = 0): boolean | undefined {
  const quick = isStableByInequalities(plant, leak, overlaps, radius);
  if (quick !== undefined) return quick;
  const R: Ring<Interval> = intervals;
  const around = radius === 0 ? R : { ...R, of: (value: number) => R.add(R.of(value), { low: -radius, high: radius }) };
  const P = effectiveMatrix(R, plantOver(R, plant), R.of(leak), overlapsOver(around, overlaps));
  return isSchur(intervals, characteristic(R, P));
}

/** Relative size of a few roundings in a row, with room for the bound's own. */
const FEW_ROUNDINGS = 2 ** -49;

/**
 * The paper's own case, a double integrator with one memory and no leak: five inequalities (theory.md §3) in plain numbers,
 * each with a bound on what rounding and the radius can move it by. `undefined` for other loops and near the boundary.
 *
 * With a = dt²·σ_zm, q = dt²·σ_zu·σ_vm, v = σ_vu and s = v(1 − a) + q, stable means |s| < 1, v < s, (s − 2)(s − v) < a,
 * a < v − s and a < 4 + 3v + s.
 */
function isStableByInequalities(
  { A, B, C }: Plant,
  leak: number,
  { zm, zu, vm, vu }: Overlaps,
  radius: number,
): boolean | undefined {
  if (A.rows !== 2 || B.cols !== 1 || C.rows !== 1 || vu.rows !== 1 || leak !== 1) return undefined;
  const chain = A.data[0] === 1 && A.data[2] === 0 && A.data[3] === 1 && B.data[0] === 0;
  if (!chain || C.data[0] !== 1 || C.data[1] !== 0) return undefined;
  const gain = A.data[1]! * B.data[1]!;
  const [position, reading, writing, v] = [zm.data[0]!, zu.data[0]!, vm.data[0]!, vu.data[0]!];
  const a = gain * position;
  const q = gain * reading * writing;
  const s = v * (1 - a) + q;
  // Bounds on the errors of a, q, s and of what the inequalities compare.
  const [sizeA, sizeQ, sizeV] = [Math.abs(a), Math.abs(q), Math.abs(v)];
  const scale = Math.abs(gain);
  const errorA = scale * radius + FEW_ROUNDINGS * sizeA;
  const errorQ = scale * radius * (Math.abs(reading) + Math.abs(writing) + radius) + FEW_ROUNDINGS * sizeQ;
  const rounding = FEW_ROUNDINGS * (sizeV * (1 + sizeA) + sizeQ + 4);
  const errorS = radius * (1 + sizeA) + (sizeV + radius) * errorA + errorQ + rounding;
  const [left, right] = [s - 2, s - v];
  const errorRight = errorS + radius;
  const errorProduct =
    Math.abs(left) * errorRight +
    Math.abs(right) * errorS +
    errorS * errorRight +
    FEW_ROUNDINGS * Math.abs(left * right);
  const slack = errorA + errorRight + rounding;
  let certain = true;
  // Margins that must be positive, each with its error.
  for (const [margin, error] of [
    [1 - s, errorS],
    [1 + s, errorS],
    [right, errorRight + rounding],
    [a - left * right, errorA + errorProduct + rounding],
    [v - s - a, slack],
    [4 + 3 * v + s - a, slack + 3 * radius],
  ] as const) {
    if (margin < -2 * error) return false;
    // The negation catches NaN, which numbers beyond the range of doubles lead to.
    if (!(margin > 2 * error)) certain = false;
  }
  return certain ? true : undefined;
}

/** The exact answer, in rationals. */
export function isStableExactly(plant: Plant, leak: number, overlaps: Overlaps): boolean {
  const R: Ring<Rational> = rationals;
  const P = effectiveMatrix(R, plantOver(R, plant), R.of(leak), overlapsOver(R, overlaps));
  return isSchurExactly(integerCharacteristic(P));
}
