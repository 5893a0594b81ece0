/**
 * Claim: how fast stage 1 grows, with what is seen several steps late. Each bound of ln ρ is a circle, and whether all eigenvalues of the
 * loop lie inside is decided in rationals.
 */
import fc from 'fast-check';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { scalar, zeros } from '#src/linalg/matrix.js';
import { characteristic } from '#src/linalg/polynomial.js';
import { divide, type Rational, rational, rationals, toDouble } from '#src/linalg/rational.js';
import { negate, product } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import {
  convergesUpTo,
  growthTerms,
  lateDoubleIntegrator,
  latePolynomial,
  statement,
} from '#src/theory/stage-one/small-steps-slow-stage-one.js';
import { logUniform, plain } from '../../generators/number.js';
import { timeStep } from '../../generators/plant.js';
import { insideCircle } from '../../support/circle.js';
import { exactlyEqual } from '../../support/measure.js';

const subject = { growthTerms, latePolynomial };
const R = rationals;

/** A rational below e^x, or above it, for 0 ≤ x ≤ 1: the series of e^x with its remainder, rounded outwards to 64 binary places. */
function exponential(x: Rational, above: boolean): Rational {
  let [term, total] = [R.of(1), R.of(1)];
  for (let k = 1; k <= 12; k++) {
    term = divide(R.mul(term, x), R.of(k));
    total = R.add(total, term);
  }
  // What is left is at most the last term.
  const { numerator, denominator } = above ? R.add(total, term) : total;
  return rational((numerator << 64n) / denominator + (above ? 1n : 0n), 1n << 64n);
}

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      /** Steps that the position is seen late. */
      d: fc.integer({ min: 0, max: 5 }),
      dt: timeStep,
      /** w² in units of the largest. */
      share: logUniform(1e-3, 0.999),
    }),
    runs: 100,
    block: 50,
  },
  subject,
  check(subject, { d, dt, share }, evidence) {
    const zm = R.of((-share * convergesUpTo(d)) / dt ** 2);
    const gain = product(R, [R.of(dt), R.of(dt), zm]);
    const none = { zu: zeros(R, 1, 0), vm: zeros(R, 0, 1), vu: zeros(R, 0, 0) };
    const P = effectiveMatrix(R, lateDoubleIntegrator(R, R.of(dt), d), R.of(1), { zm: scalar(zm), ...none });
    // Without leak the sensor adds a factor λ.
    const expected = [R.of(0), ...subject.latePolynomial(R, d, gain)];
    const polynomial = characteristic(R, P);
    exactlyEqual(evidence, 'det(λI − P_eff)', polynomial, expected);

    const [first, second] = subject.growthTerms(R, R.of(d), negate(R, gain)).map((term) => divide(term, R.of(12))) as [
      Rational,
      Rational,
    ];
    const inside = (radius: Rational): boolean => insideCircle(polynomial, radius);
    evidence.holds('ln ρ is at most its first term', inside(exponential(first, true)));
    evidence.holds('ln ρ is at least its first two terms', !inside(exponential(R.sub(first, second), false)));
    evidence.classify('no further delay', d === 0);
    evidence.classify('three steps late and more', d >= 3);
    evidence.classify('known to 5 %', toDouble(second) < 0.05 * toDouble(first));
    evidence.classify('above half of the largest', share > 0.5);
    evidence.classify('another dt', dt !== 1);
  },
  floors: {
    'no further delay': 0.05,
    'three steps late and more': 0.2,
    'known to 5 %': 0.3,
    'above half of the largest': 0.03,
    'another dt': 0.3,
  },
  mutants: mutantsOf(subject, {
    'the loop itself does not delay': {
      growthTerms: (ring, d, w2) => growthTerms(ring, ring.sub(d, ring.of(1)), w2),
    },
    'a delay of one step more': {
      growthTerms: (ring, d, w2) => growthTerms(ring, ring.add(d, ring.of(1)), w2),
    },
    'the delay is left out': { growthTerms: (ring, _, w2) => growthTerms(ring, ring.of(0), w2) },
    'ln ρ² for ln ρ': {
      growthTerms: (ring, d, w2) => {
        const [first, second] = growthTerms(ring, d, w2);
        return [ring.add(first, first), second];
      },
    },
    'the second term is that without delay': {
      growthTerms: (ring, d, w2) => [growthTerms(ring, d, w2)[0], growthTerms(ring, ring.of(0), w2)[1]],
    },
    'the series ends with its first term': {
      growthTerms: (ring, d, w2) => [growthTerms(ring, d, w2)[0], ring.of(0)],
    },
    'the control pushes the other way': {
      latePolynomial: (ring, d, gain) => latePolynomial(ring, d, negate(ring, gain)),
    },
  }),
});
