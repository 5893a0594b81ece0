/**
 * Claim: k integrators need rank k − 1. What is missing in the loop's polynomial is exact, and so is the agent of rank k − 1 that stops it.
 */
import fc from 'fast-check';
import type { OrderParameters } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { map, matrix } from '#src/linalg/matrix.js';
import { characteristic, convolve, shift } from '#src/linalg/polynomial.js';
import { Stream } from '#src/linalg/random.js';
import { divide, type Rational, rationals, toDouble } from '#src/linalg/rational.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { isStable, isStableExactly } from '#src/loop/stability.js';
import { integratorChain, integratorChainOver } from '#src/plant/integrator.js';
import { deadbeat, halves, missingPowers, ratiosRise, statement } from '#src/theory/loop/stable-chains-need-rank.js';
import { leak, plain, seed } from '../../generators/number.js';
import { timeStep } from '../../generators/plant.js';
import { exactlyEqual, upTo } from '../../support/measure.js';

interface Case {
  readonly size: readonly [k: number, rank: number];
  readonly dt: number;
  readonly leak: number;
  readonly seed: number;
}

const subject = { isStable, isStableExactly, missingPowers, halves, ratiosRise, deadbeat };
const R = rationals;

/** Memory that would stop a chain of rank + 1 integrators, changed a little: near stability as far as the rank goes. */
function orderParametersOf({ size: [, rank], dt, seed }: Case): OrderParameters {
  const random = new Stream(seed);
  const near = deadbeat(R, rank + 1, divide(R.of(1), R.of(dt)));
  const entry = (value: Rational): number => toDouble(value) + Math.round(random.uniform(-8, 8)) / 16;
  const of = (part: typeof near.zm) => matrix(part.rows, part.cols, (i, j) => entry(part.data[i * part.cols + j]!));
  return { zm: of(near.zm), zu: of(near.zu), vm: of(near.vm), vu: of(near.vu) };
}

/** det(λI − P_eff) in powers of λ, in rationals. */
function polynomialOf(k: number, dt: number, eta: number, overlaps: OrderParameters<ReturnType<typeof R.of>>) {
  return characteristic(R, effectiveMatrix(R, integratorChainOver(R, k, R.of(dt)), R.of(eta), overlaps));
}

/** A polynomial with all roots left of 0: factors μ + a and μ² + bμ + c of positive a, b, c, some of them small. */
function leftOfZero(random: Stream, degree: number): Rational[] {
  const positive = () => R.of(2 ** Math.round(random.uniform(-6.5, 2.5)) * Math.ceil(random.uniform(0, 3)));
  const factors = upTo(Math.floor(degree / 2)).map(() => [positive(), positive(), R.of(1)]);
  return factors.reduce((p, factor) => convolve(R, p, factor), degree % 2 === 0 ? [R.of(1)] : [positive(), R.of(1)]);
}

export const claim = defineClaim<Case, typeof subject>({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      size: fc.constantFrom([2, 0], [3, 1], [4, 1], [4, 2], [5, 1], [5, 2], [5, 3]) as fc.Arbitrary<Case['size']>,
      dt: timeStep,
      leak,
      seed,
    }),
    runs: 200,
    block: 50,
  },
  subject,
  check(subject, instance, evidence) {
    const { size, dt } = instance;
    const [k, rank] = size;
    const eta = instance.leak;
    const overlaps = orderParametersOf(instance);
    evidence.holds('unstable, exactly', !subject.isStableExactly(integratorChain(k, dt), eta, overlaps));
    evidence.holds('unstable, adaptively', !subject.isStable(integratorChain(k, dt), eta, overlaps));

    const { zm, zu, vm, vu } = overlaps;
    const exact = { zm: map(zm, R.of), zu: map(zu, R.of), vm: map(vm, R.of), vu: map(vu, R.of) };
    const whole = polynomialOf(k, dt, eta, exact);
    const inShift = shift(R, whole, R.of(1));
    exactlyEqual(evidence, 'low and high powers at their points', subject.halves(R, k, inShift, R.of(eta)), [
      R.of(0),
      R.of(0),
    ]);
    evidence.holds('ratios of neighbours do not rise', !subject.ratiosRise(R, inShift));
    const left = leftOfZero(new Stream(instance.seed).child('left'), 2 * k - 1);
    evidence.holds('they rise if all roots are left of 0', subject.ratiosRise(R, left));

    // Without leak a factor λ of the sensor is divided out. With leak and rank k − 2 no power is missing.
    const { first, last } = subject.missingPowers(k, rank, eta !== 1);
    const reduced = eta === 1 ? shift(R, whole.slice(1), R.of(1)) : inShift;
    const missing = reduced.slice(first, last + 1);
    evidence.holds('powers are missing', missing.length > 0 === (eta === 1 || rank < k - 2));
    exactlyEqual(
      evidence,
      'coefficients of the missing powers',
      missing,
      missing.map(() => R.of(0)),
    );
    evidence.holds('the power before is not missing', reduced[first - 1]!.numerator !== 0n);

    const perStep = divide(R.of(1), R.of(dt));
    const stopped = polynomialOf(k, dt, 1, subject.deadbeat(R, k, perStep));
    exactlyEqual(
      evidence,
      'rank k − 1 places all eigenvalues at 0',
      stopped,
      upTo(2 * k + 1).map((j) => R.of(j === 2 * k ? 1 : 0)),
    );
    evidence.classify('leaky', eta !== 1);
    evidence.classify('rank k − 2', rank === k - 2);
    evidence.classify('leaky, of rank k − 2', eta !== 1 && rank === k - 2);
    evidence.classify('five integrators', k === 5);
  },
  floors: { leaky: 0.4, 'rank k − 2': 0.3, 'leaky, of rank k − 2': 0.2, 'five integrators': 0.3 },
  mutants: mutantsOf(subject, {
    'every loop is stable': { isStableExactly: () => true },
    'a chain one integrator shorter for each unit of memory': {
      isStable: (plant, eta, overlaps) =>
        isStable(integratorChain(Math.min(plant.A.rows, overlaps.vu.rows + 1), plant.A.data[1]!), eta, overlaps),
    },
    'one missing power more': {
      missingPowers: (k, rank, leaky) => ({ ...missingPowers(k, rank, leaky), first: rank + (leaky ? 1 : 0) }),
    },
    'the leak adds no power': { missingPowers: (k, rank) => missingPowers(k, rank, false) },
    'halves of the powers, split one later': {
      halves: (R, k, p, eta) => halves(R, k + 1, p, eta),
    },
    'the leak left out of the high powers': { halves: (R, k, p) => halves(R, k, p, R.of(1)) },
    'positive coefficients are enough': { ratiosRise: (R, c) => c.every((value) => R.sign(value) === 1) },
    'falling ratios are taken for rising ones': {
      ratiosRise: (R, c) => ratiosRise(R, [...c].reverse()) && !ratiosRise(R, c),
    },
    'a memory of the shorter chain': { deadbeat: (R, k, perStep) => deadbeat(R, k - 1, perStep) },
    'step of time left out': { deadbeat: (R, k) => deadbeat(R, k, R.of(1)) },
  }),
});
