/**
 * Claim: the surrogate losses and their gradients, against P_eff³ and dual numbers. Exact, in rationals.
 */
import fc from 'fast-check';
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { dualsOver } from '#src/linalg/dual.js';
import { at, multiply } from '#src/linalg/matrix.js';
import { divide, rationals } from '#src/linalg/rational.js';
import { sum } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import {
  longGradient,
  longLoss,
  shortGradient,
  shortLoss,
  statement,
} from '#src/theory/stage-two/short-and-long-horizons-conflict.js';
import { memorySlope } from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import { dyadic, plain } from '../../generators/number.js';
import { exactlyEqual } from '../../support/measure.js';

const subject = { shortLoss, shortGradient, longGradient };
const R = rationals;
const GAINS = ['zm', 'vu', 'q'] as const;

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      zm: dyadic,
      zu: dyadic,
      vm: dyadic,
      vu: dyadic,
      exponent: fc.constantFrom(1, 2, 3, 6),
    }),
    runs: 200,
    block: 50,
  },
  subject,
  check(subject, { zm, zu, vm, vu, exponent }, evidence) {
    const order = scalarOrderParameters(R.of(zm), R.of(zu), R.of(vm), R.of(vu));
    const gains = { zm: R.of(zm), vu: R.of(vu), q: R.mul(R.of(vm), R.of(zu)) };
    const P = effectiveMatrix(R, integratorChainOver(R, 2, R.of(1)), R.of(1), order);
    const cube = multiply(R, P, P, P);
    const block = [at(cube, 0, 0), at(cube, 0, 1), at(cube, 1, 0), at(cube, 1, 1)];
    const direct = sum(
      R,
      block.map((entry) => R.mul(entry, entry)),
    );
    exactlyEqual(evidence, 'L_short', [subject.shortLoss(R, gains)], [direct]);

    const slope = memorySlope(R, gains);
    evidence.requires('D other than 0', R.sign(slope) !== 0);
    const p = divide(R.of(1), slope);
    const duals = dualsOver(R);
    const short = subject.shortGradient(R, gains);
    const long = subject.longGradient(R, gains, p, exponent);
    for (const name of GAINS) {
      const moving = {
        zm: { value: gains.zm, tangent: R.of(name === 'zm' ? 1 : 0) },
        vu: { value: gains.vu, tangent: R.of(name === 'vu' ? 1 : 0) },
        q: { value: gains.q, tangent: R.of(name === 'q' ? 1 : 0) },
      };
      const change = memorySlope(duals, moving).tangent;
      const inverse = { value: p, tangent: R.sub(R.of(0), R.mul(R.mul(p, p), change)) };
      exactlyEqual(evidence, `∂L_short/∂${name}`, [short[name]], [shortLoss(duals, moving).tangent]);
      exactlyEqual(evidence, `∂L_long/∂${name}`, [long[name]], [longLoss(duals, moving, inverse, exponent).tangent]);
    }
    evidence.classify('long exponent', exponent >= 3);
    evidence.classify('memory', R.sign(gains.q) !== 0);
  },
  floors: { 'long exponent': 0.3, memory: 0.6 },
  mutants: mutantsOf(subject, {
    'σ + 3 taken as σ + 2': {
      shortLoss: (R, gains) => {
        const [three, two] = [R.add(gains.zm, R.of(3)), R.add(gains.zm, R.of(2))];
        return R.add(R.sub(shortLoss(R, gains), R.mul(three, three)), R.mul(two, two));
      },
    },
    '∂L_short/∂q less ∂L_short/∂σ_zm': {
      shortGradient: (R, gains) => {
        const gradient = shortGradient(R, gains);
        return { ...gradient, q: R.sub(gradient.q, gradient.zm) };
      },
    },
    'exponent off by one': { longGradient: (R, gains, p, m) => longGradient(R, gains, p, m + 1) },
    '∂λ₃/∂σ_zm left out': {
      longGradient: (R, gains, p, m) => {
        const gradient = longGradient(R, gains, p, m);
        return { ...gradient, zm: longGradient(R, { ...gains, q: R.of(0) }, p, m).zm };
      },
    },
  }),
});
