/**
 * Claim: the estimates of λ₃ and their order. The residual χ at the series of order n, divided by q^{n+1}, must settle to a
 * limit as q shrinks: measured exactly, in rationals.
 */
import fc from 'fast-check';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { evaluate } from '#src/linalg/polynomial.js';
import { divide, type Rational, rationals, toDouble } from '#src/linalg/rational.js';
import { characteristicPolynomial } from '#src/theory/loop/effective-characteristic-polynomial.js';
import {
  memorySlope,
  productOfPair,
  statement,
  thirdEigenvalueShift,
} from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import { logUniform, plain } from '../../generators/number.js';
import { exactlyEqual } from '../../support/measure.js';

const subject = { thirdEigenvalueShift, productOfPair };
type Subject = typeof subject;
const R = rationals;
const eighth = fc.integer({ min: -24, max: 24 }).map((k) => k / 8);

/** χ at σ_vu + shift. */
function residualAt(subject: Subject, zm: Rational, vu: Rational, q: Rational, order: number): Rational {
  const gains = { zm, vu, q };
  const p = divide(R.of(1), memorySlope(R, gains));
  const root = R.add(vu, subject.thirdEigenvalueShift(R, gains, p, order));
  return evaluate(R, characteristicPolynomial(R, 2, R.of(1), gains), root);
}

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      zm: logUniform(0.01, 2).map((value) => -value),
      vu: eighth,
      order: fc.integer({ min: 1, max: 3 }),
      /** A root κ for the deflation, and a second one. */
      root: eighth,
    }),
    runs: 300,
    block: 100,
  },
  subject,
  check(subject, { zm, vu, order, root }, evidence) {
    const [s, v] = [R.of(zm), R.of(vu)];
    // In units q = ε·D^{3/2} the residual of order n is D^{3/2}·ε^{n+1} times a polynomial in w/√D and √−σ_zm/√D, both at
    // most 1, with coefficients below 64; at ε = 2^-20 the terms beyond it are below 2^-10 of that.
    const unit = toDouble(memorySlope(R, { zm: s, vu: v })) ** 1.5;
    const epsilon = 2 ** -20;
    const sizeAt = (small: number): number =>
      Math.abs(toDouble(residualAt(subject, s, v, R.of(small * unit), order))) / (unit * small ** (order + 1));
    const [large, half] = [sizeAt(epsilon), sizeAt(epsilon / 2)];
    evidence.within(`residual of order ${order + 1}, in units of D^{3/2} ε^${order + 1}`, large, 64);
    // Measured slope: halving q divides the residual by 2^{order+1}, where its leading coefficient does not vanish.
    const visible = large > 2 ** -6;
    if (visible)
      evidence.within(`slope of the remainder against ${order + 1}`, Math.abs(Math.log2(large / half)), 2 ** -3);
    evidence.classify('leading coefficient visible', visible);

    // Deflation: for a polynomial with root κ the pair has the stated product. q is chosen to make κ a root.
    const k = R.of(root);
    const w = R.sub(k, R.of(1));
    const exactQ = R.mul(R.sub(k, v), R.sub(R.mul(w, w), s));
    const [constant, linear] = characteristicPolynomial(R, 2, R.of(1), { zm: s, vu: v, q: exactQ });
    const pair = subject.productOfPair(R, { zm: s, vu: v }, k);
    exactlyEqual(evidence, 'κ · (product of the pair) = −χ(0)', [R.mul(k, pair)], [R.sub(R.of(0), constant!)]);
    // χ'(0) = pair + κ·(sum of the pair), the sum being −(b + κ).
    const sumOfPair = R.sub(R.add(v, R.of(2)), k);
    exactlyEqual(evidence, 'χ′(0)', [R.add(pair, R.mul(k, sumOfPair))], [linear!]);
    evidence.classify('third order', order === 3);
  },
  floors: { 'leading coefficient visible': 0.8, 'third order': 0.2 },
  mutants: mutantsOf(subject, {
    'Newton’s step with the opposite sign': {
      thirdEigenvalueShift: (R, gains, p, order) => R.sub(R.of(0), thirdEigenvalueShift(R, gains, p, order)),
    },
    'one term short of the declared order': {
      thirdEigenvalueShift: (R, gains, p, order) => thirdEigenvalueShift(R, gains, p, order - 1),
    },
    '7w² + σ_zm taken as 7w² − σ_zm': {
      thirdEigenvalueShift: (R, gains, p, order) => {
        const shift = thirdEigenvalueShift(R, gains, p, order);
        if (order < 3) return shift;
        const p5 = R.mul(R.mul(R.mul(p, p), R.mul(p, p)), p);
        const q3 = R.mul(R.mul(gains.q, gains.q), gains.q);
        return R.sub(shift, R.mul(R.mul(R.of(2), gains.zm), R.mul(q3, p5)));
      },
    },
    'product of the pair without bλ₃': {
      productOfPair: (R, gains, root) => {
        const b = R.sub(R.of(-2), gains.vu);
        return R.sub(productOfPair(R, gains, root), R.mul(b, root));
      },
    },
  }),
});
