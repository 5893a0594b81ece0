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
  for (let k = 0; k < A.data.length; k++) {
    const { denominator } = A.data[k]!;
    // Denominators of products of doubles are powers of two: the largest is their common multiple.
    common = denominator > common ? denominator : common;
    if (common % denominator !== 0n) throw new RangeError('integerCharacteristic expects dyadic rationals');
  }
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

/** The filter: an answer that is certain, or `undefined` near the boundary. */
export function isStableByIntervals(plant: Plant, leak: number, overlaps: Overlaps): boolean | undefined {
  const R: Ring<Interval> = intervals;
  const P = effectiveMatrix(R, plantOver(R, plant), R.of(leak), overlapsOver(R, overlaps));
  return isSchur(intervals, characteristic(R, P));
}

/** The exact answer, in rationals. */
export function isStableExactly(plant: Plant, leak: number, overlaps: Overlaps): boolean {
  const R: Ring<Rational> = rationals;
  const P = effectiveMatrix(R, plantOver(R, plant), R.of(leak), overlapsOver(R, overlaps));
  return isSchurExactly(integerCharacteristic(P));
}
