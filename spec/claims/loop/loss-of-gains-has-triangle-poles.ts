/**
 * Claim: stability and total loss in the plane of effective gains. Exact, in rationals.
 */

import fc from 'fast-check';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { isSchurExactly } from '#src/linalg/jury.js';
import { identity, map, multiply, subtract, transpose } from '#src/linalg/matrix.js';
import { divide, rationals } from '#src/linalg/rational.js';
import { product } from '#src/linalg/ring.js';
import { integerCharacteristic } from '#src/loop/stability.js';
import {
  gainMargins,
  gainMatrix,
  statement,
  totalMomentsNumerator,
} from '#src/theory/loop/loss-of-gains-has-triangle-poles.js';
import { plain, real } from '../../generators/number.js';
import { exactlyEqual, withinRounding } from '../../support/measure.js';

interface Case {
  readonly k1: number;
  readonly k2: number;
}

const subject = { gainMargins, totalMomentsNumerator };
const R = rationals;

/** Points inside and on the triangle: k₁ in [−4, 0], k₂ between its bounds. */
const inTriangle: fc.Arbitrary<Case> = fc
  .tuple(fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 32 }))
  .map(([a, b]) => {
    const k1 = -a / 8;
    const [low, high] = [(k1 - 4) / 2, k1];
    return { k1, k2: low + ((high - low) * b) / 32 };
  });

export const claim = defineClaim<Case, typeof subject>({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: fc.oneof(plain<Case>({ k1: real, k2: real }), inTriangle),
    runs: 400,
    block: 100,
  },
  subject,
  check(subject, { k1, k2 }, evidence) {
    const [a, b] = [R.of(k1), R.of(k2)];
    const M = gainMatrix(R, a, b);
    const margins = subject.gainMargins(R, a, b);
    const inside = margins.every((margin) => R.sign(margin) === 1);
    evidence.holds('triangle ⇔ Schur–Cohn', inside === isSchurExactly(integerCharacteristic(M)));

    const pole = product(R, margins);
    evidence.classify('inside', inside);
    evidence.classify('on an edge', R.sign(pole) === 0);
    if (R.sign(pole) !== 0) {
      const X = map(subject.totalMomentsNumerator(R, a, b), (entry) => divide(entry, pole));
      const defect = subtract(R, X, multiply(R, M, X, transpose(M)));
      exactlyEqual(evidence, 'X − M X Mᵀ = I', defect, identity(R, 2));
      const determinant = R.sub(R.mul(X.data[0]!, X.data[3]!), R.mul(X.data[1]!, X.data[2]!));
      const positive = R.sign(X.data[0]!) === 1 && R.sign(determinant) === 1;
      evidence.holds('X positive definite ⇔ inside', positive === inside);
    }
    withinRounding(evidence, 'numerators', (ring) => subject.totalMomentsNumerator(ring, ring.of(k1), ring.of(k2)));
  },
  floors: { inside: 0.25, 'on an edge': 0.03 },
  mutants: mutantsOf(subject, {
    'edge 4 + 2k₂ − k₁ taken as 2 + 2k₂ − k₁': {
      gainMargins: (R, k1, k2) => {
        const [a, b, c] = gainMargins(R, k1, k2);
        return [a, b, R.sub(c, R.of(2))];
      },
    },
    'u = −Kx for u = +Kx': { gainMargins: (R, k1, k2) => gainMargins(R, R.sub(R.of(0), k1), R.sub(R.of(0), k2)) },
    'moments transposed: position and velocity swapped': {
      totalMomentsNumerator: (R, k1, k2) => {
        const N = totalMomentsNumerator(R, k1, k2);
        return { ...N, data: [N.data[3]!, N.data[1]!, N.data[2]!, N.data[0]!] };
      },
    },
  }),
});
