/**
 * Claim: the pair of a loop without memory that sees late, by its angle. For half angles of rational tangent the pair is a Gaussian
 * rational: its factor divides the polynomial of the loop, and whether the other eigenvalues lie inside a circle is decided in rationals.
 */
import fc from 'fast-check';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { scalar, zeros } from '#src/linalg/matrix.js';
import { characteristic, type Polynomial } from '#src/linalg/polynomial.js';
import { divide, type Rational, rationals, toDouble } from '#src/linalg/rational.js';
import { negate, power, product } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { latePair, nextLeaveAt, statement } from '#src/theory/stage-one/late-pair-follows-its-phase.js';
import { convergesUpTo, lateDoubleIntegrator } from '#src/theory/stage-one/small-steps-slow-stage-one.js';
import { plain } from '../../generators/number.js';
import { timeStep } from '../../generators/plant.js';
import { insideCircle } from '../../support/circle.js';
import { exactlyEqual } from '../../support/measure.js';

const subject = { latePair, nextLeaveAt };
const R = rationals;
/** Tangents are multiples of 1/FINE. */
const FINE = 1024;
/** Relative distance from a threshold at which a double tells the side of a rational. */
const SIDE = 2 ** -48;

/** Quotient and remainder of a division by λ² + linear·λ + constant. */
function dividedBy(p: Polynomial<Rational>, linear: Rational, constant: Rational) {
  const rest = [...p];
  for (let k = p.length - 1; k >= 2; k--) {
    rest[k - 1] = R.sub(rest[k - 1]!, R.mul(rest[k]!, linear));
    rest[k - 2] = R.sub(rest[k - 2]!, R.mul(rest[k]!, constant));
  }
  return { remainder: rest.slice(0, 2), quotient: rest.slice(2) };
}

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      /** Steps that the position is seen late. */
      d: fc.integer({ min: 0, max: 5 }),
      dt: timeStep,
      /** θ in units of the largest angle, in 1/64. */
      angle: fc.integer({ min: 1, max: 63 }),
    }),
    runs: 150,
    block: 50,
  },
  subject,
  check(subject, { d, dt, angle }, evidence) {
    const tangent = Math.round(FINE * Math.tan((angle / 64) * (Math.PI / (2 * (d + 2)))));
    const { re, im, radius, strength, over } = subject.latePair(R, d, R.of(FINE), R.of(tangent));
    const [real, imaginary, rho] = [re, im, radius].map((part) => divide(part, over)) as [Rational, Rational, Rational];
    const w2 = divide(strength, power(R, over, d + 2));
    const step = R.of(dt);
    const zm = negate(R, divide(w2, R.mul(step, step)));
    const none = { zu: zeros(R, 1, 0), vm: zeros(R, 0, 1), vu: zeros(R, 0, 0) };
    const P = effectiveMatrix(R, lateDoubleIntegrator(R, step, d), R.of(1), { zm: scalar(zm), ...none });
    const size = R.mul(rho, rho);
    exactlyEqual(evidence, '|λ| = ρ', [R.add(R.mul(real, real), R.mul(imaginary, imaginary))], [size]);
    const { remainder, quotient } = dividedBy(characteristic(R, P), product(R, [R.of(-2), real]), size);
    exactlyEqual(evidence, 'det(λI − P_eff) at the pair', remainder, [R.of(0), R.of(0)]);
    evidence.holds('no other eigenvalue is as large', insideCircle(quotient, rho));
    const share = toDouble(w2) / subject.nextLeaveAt(d);
    if (Math.abs(share - 1) > SIDE)
      evidence.holds(
        'the others are inside the unit circle before, and not after',
        insideCircle(quotient, R.of(1)) === share < 1,
      );
    evidence.classify('no further delay', d === 0);
    evidence.classify('three steps late and more', d >= 3);
    evidence.classify('beyond the series in w²', toDouble(w2) > convergesUpTo(d));
    evidence.classify('others outside the unit circle', share > 1);
    evidence.classify('others nearly outside', share > 0.5 && share < 1);
    evidence.classify('small angle', angle < 8);
    evidence.classify('another dt', dt !== 1);
  },
  floors: {
    'no further delay': 0.05,
    'three steps late and more': 0.3,
    'beyond the series in w²': 0.3,
    'others outside the unit circle': 0.15,
    'others nearly outside': 0.03,
    'small angle': 0.05,
    'another dt': 0.3,
  },
  mutants: mutantsOf(subject, {
    'a step of delay less': { latePair: (ring, d, re, im) => latePair(ring, Math.max(0, d - 1), re, im) },
    'the angle for half of it': {
      latePair: (ring, d, re, im) => {
        const { re: x, im: y } = latePair(ring, 0, re, im);
        return latePair(ring, d, x, y);
      },
    },
    'w² of a pair on the unit circle': {
      latePair: (ring, d, re, im) => {
        const pair = latePair(ring, d, re, im);
        const { im: y, radius: size } = latePair(ring, 0, re, im);
        return { ...pair, strength: product(ring, [y, y, power(ring, size, d), power(ring, pair.over, d)]) };
      },
    },
    'w for w²': {
      latePair: (ring, d, re, im) => {
        const pair = latePair(ring, d, re, im);
        return { ...pair, strength: ring.mul(pair.strength, pair.strength) };
      },
    },
    'the pair and its mirror image': {
      latePair: (ring, d, re, im) => {
        const pair = latePair(ring, d, re, im);
        return { ...pair, re: negate(ring, pair.re) };
      },
    },
    'the next leave as with one more step of delay': { nextLeaveAt: (d) => nextLeaveAt(d + 1) },
    'the next leave at the chord, not at its square': { nextLeaveAt: (d) => Math.sqrt(nextLeaveAt(d)) },
  }),
});
