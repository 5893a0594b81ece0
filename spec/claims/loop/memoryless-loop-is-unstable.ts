/**
 * Claim: a loop without memory is never stable from two integrators on; one integrator marks the boundary. Exact.
 */
import fc from 'fast-check';
import type { OrderParameters } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { build, fromRows, map, matrix } from '#src/linalg/matrix.js';
import { characteristic, evaluate } from '#src/linalg/polynomial.js';
import { Stream } from '#src/linalg/random.js';
import { rationals } from '#src/linalg/rational.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { isStable, isStableByIntervals, isStableExactly } from '#src/loop/stability.js';
import { integratorChain, integratorChainOver } from '#src/plant/integrator.js';
import { memorylessPolynomialAt, statement } from '#src/theory/loop/memoryless-loop-is-unstable.js';
import { leak, plain, real, seed } from '../../generators/number.js';
import { timeStep } from '../../generators/plant.js';
import { exactlyEqual } from '../../support/measure.js';

interface Case {
  readonly k: number;
  readonly dt: number;
  readonly leak: number;
  readonly zm: number;
  readonly rank: number;
  /** Which of σ_zu, σ_vm is 0. */
  readonly blind: 'zu' | 'vm';
  readonly seed: number;
}

const subject = { isStable, isStableExactly, memorylessPolynomialAt };

function orderParametersOf({ zm, rank, blind, seed }: Case): OrderParameters {
  const random = new Stream(seed);
  const entry = (): number => Math.round(random.uniform(-8, 8)) / 8;
  return {
    zm: fromRows([[zm]]),
    zu: matrix(1, rank, blind === 'zu' ? undefined : entry),
    vm: matrix(rank, 1, blind === 'vm' ? undefined : entry),
    vu: matrix(rank, rank, entry),
  };
}

/** The boundary: one integrator is stabilised by σ_zm = −1 alone. */
const one = integratorChain(1, 1);
const direct: OrderParameters = { zm: fromRows([[-1]]), zu: matrix(1, 0), vm: matrix(0, 1), vu: matrix(0, 0) };

export const claim = defineClaim<Case, typeof subject>({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      k: fc.integer({ min: 2, max: 4 }),
      dt: timeStep,
      leak,
      zm: real,
      rank: fc.integer({ min: 0, max: 2 }),
      blind: fc.constantFrom('zu' as const, 'vm' as const),
      seed,
    }),
    runs: 400,
    block: 100,
  },
  subject,
  check(subject, instance, evidence) {
    const { k, dt, leak, zm, rank } = instance;
    const plant = integratorChain(k, dt);
    const overlaps = orderParametersOf(instance);
    evidence.holds('unstable, exactly', !subject.isStableExactly(plant, leak, overlaps));
    evidence.holds('unstable, adaptively', !subject.isStable(plant, leak, overlaps));
    evidence.holds('one integrator is stabilised', subject.isStable(one, 1, direct));

    // The polynomial that the statement is proved from, against P_eff without memory, at as many points as its degree asks.
    const R = rationals;
    const none = {
      zm: map(overlaps.zm, R.of),
      zu: build(1, 0, () => R.of(0)),
      vm: build(0, 1, () => R.of(0)),
      vu: build(0, 0, () => R.of(0)),
    };
    const determinant = characteristic(R, effectiveMatrix(R, integratorChainOver(R, k, R.of(dt)), R.of(leak), none));
    const points = Array.from({ length: k + 2 }, (_, index) => R.of(index - 1));
    exactlyEqual(
      evidence,
      'det(λI − P_eff) without memory',
      points.map((point) => evaluate(R, determinant, point)),
      points.map((point) => subject.memorylessPolynomialAt(R, point, k, R.of(dt), R.of(leak), R.of(zm))),
    );
    evidence.classify('leaky', leak !== 1);
    evidence.classify('rank above 0', rank > 0);
    evidence.classify('double integrator', k === 2);
    evidence.classify('undecided by intervals', isStableByIntervals(plant, leak, overlaps) === undefined);
  },
  floors: { leaky: 0.3, 'rank above 0': 0.4, 'double integrator': 0.2, 'undecided by intervals': 0.02 },
  mutants: mutantsOf(subject, {
    'stability without the margin of the first Jury step (always stable)': { isStableExactly: () => true },
    'a chain one integrator shorter': {
      isStable: (plant, leak, overlaps) =>
        plant.A.rows > 1 ? isStable(integratorChain(plant.A.rows - 1, plant.A.data[1]!), leak, overlaps) : true,
    },
    'leak missing in the sensor’s factor': {
      memorylessPolynomialAt: (R, point, k, dt, _, zm) => memorylessPolynomialAt(R, point, k, dt, R.of(1), zm),
    },
  }),
});
