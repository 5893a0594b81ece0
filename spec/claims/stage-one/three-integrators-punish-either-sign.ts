/**
 * Claim: the spectral radius without memory, for one to five integrators. Exact, by the Jury test.
 */
import fc from 'fast-check';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { rationals } from '#src/linalg/rational.js';
import { power } from '#src/linalg/ring.js';
import { characteristicPolynomial } from '#src/theory/loop/effective-characteristic-polynomial.js';
import {
  departureCosine,
  memorylessSquaredRadius,
  statement,
} from '#src/theory/stage-one/three-integrators-punish-either-sign.js';
import { plain } from '../../generators/number.js';
import { insideCircle } from '../../support/circle.js';

const subject = { squaredRadius: memorylessSquaredRadius, cosine: departureCosine };
const R = rationals;
/** Relative distance at which the radius is bracketed: far above rounding, far below what a wrong formula is off by. */
const BRACKET = 2 ** -20;
/** Radii are multiples of this, so that exact arithmetic on their powers stays short. */
const GRID = 2 ** -26;

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      order: fc.integer({ min: 1, max: 5 }),
      /** s in 1/64. */
      steps: fc.integer({ min: 1, max: 128 }),
      positive: fc.boolean(),
    }),
    runs: 200,
    block: 50,
  },
  subject,
  check(subject, { order, steps, positive }, evidence) {
    const s = steps / 64;
    const size = power(R, R.of(s), order);
    const zm = positive ? size : R.sub(R.of(0), size);
    // λ·((λ − 1)^k − σ_zm): one root at 0 besides.
    const polynomial = characteristicPolynomial(R, order, R.of(1), { zm, vu: R.of(0), q: R.of(0) });
    const radius = Math.sqrt(subject.squaredRadius(order, s, positive));
    const above = GRID * Math.ceil((radius * (1 + BRACKET)) / GRID + 1);
    const below = GRID * Math.floor((radius * (1 - BRACKET)) / GRID);
    evidence.holds('no eigenvalue outside ρ(1 + 2^-20)', insideCircle(polynomial, R.of(above)));
    if (below > 0) evidence.holds('one outside ρ(1 − 2^-20)', !insideCircle(polynomial, R.of(below)));
    // What the radius costs at first order: nothing for a negative policy of two integrators, and for no other.
    const cost = subject.cosine(order, positive);
    evidence.holds('free at first order only for two integrators', (cost === 0) === (order === 2 && !positive));
    evidence.holds('gains only with one integrator', cost < 0 === (order === 1 && !positive));
    evidence.classify('negative, three integrators or more', !positive && order >= 3);
    evidence.classify('two integrators', order === 2);
  },
  floors: { 'negative, three integrators or more': 0.15, 'two integrators': 0.08 },
  mutants: mutantsOf(subject, {
    'ρ² of two integrators for any number': {
      squaredRadius: (_, s, positive) => memorylessSquaredRadius(2, s, positive),
    },
    'cos(2π/k)': {
      squaredRadius: (k, s, positive) => (positive ? (1 + s) ** 2 : 1 + 2 * s * Math.cos((2 * Math.PI) / k) + s * s),
    },
    'the sign of σ_zm taken for its opposite': { cosine: (k, positive) => departureCosine(k, !positive) },
  }),
});
