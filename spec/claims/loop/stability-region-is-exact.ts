/**
 * Claim: the region of stability. Decided exactly, against the Jury test and against roots of known moduli.
 */
import fc from 'fast-check';
import { type OrderParameters, scalarOrderParameters } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { fromRows } from '#src/linalg/matrix.js';
import { type Rational, rationals, toDouble } from '#src/linalg/rational.js';
import { sum } from '#src/linalg/ring.js';
import { isStable, isStableByIntervals, isStableExactly } from '#src/loop/stability.js';
import { integratorChain } from '#src/plant/integrator.js';
import type { LoopOrderParameters } from '#src/theory/loop/effective-characteristic-polynomial.js';
import {
  allPositive,
  memoryOnlyMargins,
  necessaryMargins,
  stabilityMargins,
  statement,
} from '#src/theory/loop/stability-region-is-exact.js';
import { plain } from '../../generators/number.js';
import { overlaps } from '../../generators/order-parameters.js';
import { timeStep } from '../../generators/plant.js';

/** Three roots of χ: one real, and a pair c ± d (real) or c ± i·d, in units of 1/64. */
interface Roots {
  readonly real: number;
  readonly centre: number;
  readonly half: number;
  readonly complex: boolean;
}

const subject = { stabilityMargins, memoryOnlyMargins, isStable };
const R = rationals;

/** Roots near the unit circle, and exactly on it: ±1, ±i, (3 ± 4i)/5 scaled to 48/80 … */
const sixtyFourths = fc.oneof(fc.integer({ min: -80, max: 80 }), fc.constantFrom(-64, 64, 0, 63, -63, 65));
const roots: fc.Arbitrary<Roots> = plain({
  real: sixtyFourths,
  centre: sixtyFourths,
  half: sixtyFourths,
  complex: fc.boolean(),
});

/** The gains whose χ has the given roots, and whether all lie inside the unit circle. */
function gainsOf({ real, centre, half, complex }: Roots): { gains: LoopOrderParameters<Rational>; inside: boolean } {
  const unit = (value: number): Rational => R.of(value / 64);
  const [r, c, d] = [unit(real), unit(centre), unit(half)];
  const square = R.mul(d, d);
  // (λ − r)(λ² − 2cλ + m): m = c² + d² or c² − d².
  const m = complex ? R.add(R.mul(c, c), square) : R.sub(R.mul(c, c), square);
  const trace = R.add(c, c);
  const e1 = R.add(r, trace);
  const e2 = R.add(R.mul(r, trace), m);
  const e3 = R.mul(r, m);
  // χ = λ³ − (σ_vu + 2)λ² + (2σ_vu − σ_zm + 1)λ + (σ_vu·σ_zm − σ_vu − q).
  const vu = R.sub(e1, R.of(2));
  const zm = R.sub(R.add(R.add(vu, vu), R.of(1)), e2);
  const q = sum(R, [R.mul(vu, zm), R.sub(R.of(0), vu), e3]);
  const inside = (size: number): boolean => size < 64;
  const pair = complex ? centre ** 2 + half ** 2 < 64 ** 2 : inside(Math.abs(centre) + Math.abs(half));
  return { gains: { zm, vu, q }, inside: inside(Math.abs(real)) && pair };
}

/** The same loop with one memory more, neither written nor read, which forgets half a step: rank 2 is decided in intervals. */
function withSpare({ zm, zu, vm, vu }: OrderParameters): OrderParameters {
  const beside = (row: ArrayLike<number>): number[] => [row[0]!, 0];
  return {
    zm,
    zu: fromRows([beside(zu.data)]),
    vm: fromRows([[vm.data[0]!], [0]]),
    vu: fromRows([beside(vu.data), [0, 0.5]]),
  };
}

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: plain({ roots, overlaps, dt: timeStep }), runs: 600, block: 150 },
  subject,
  check(subject, { roots, overlaps: { zm, zu, vm, vu }, dt }, evidence) {
    const known = gainsOf(roots);
    const region = allPositive(R, subject.stabilityMargins(R, known.gains));
    evidence.holds('region ⇔ roots of known moduli', region === known.inside);

    const square = R.mul(R.of(dt), R.of(dt));
    const gains = { zm: R.mul(square, R.of(zm)), vu: R.of(vu), q: R.mul(square, R.mul(R.of(vm), R.of(zu))) };
    const plant = integratorChain(2, dt);
    const order = scalarOrderParameters(zm, zu, vm, vu);
    const inRegion = allPositive(R, subject.stabilityMargins(R, gains));
    const stable = isStableExactly(plant, 1, order);
    evidence.holds('region ⇔ Jury test', inRegion === stable);
    evidence.holds('adaptive predicate ⇔ exact', subject.isStable(plant, 1, order) === stable);
    evidence.holds('adaptive predicate in intervals ⇔ exact', subject.isStable(plant, 1, withSpare(order)) === stable);
    evidence.holds('stable ⇒ necessary signs', !stable || allPositive(R, necessaryMargins(R, gains)));

    const memoryOnly = { ...gains, vu: R.of(0) };
    evidence.holds(
      'region at σ_vu = 0',
      allPositive(R, subject.memoryOnlyMargins(R, memoryOnly.zm, memoryOnly.q)) ===
        allPositive(R, stabilityMargins(R, memoryOnly)),
    );
    const closest = Math.min(...stabilityMargins(R, gains).map((margin) => Math.abs(toDouble(margin))));
    evidence.classify('stable', stable);
    evidence.classify('unstable', !stable);
    evidence.classify('known roots inside', known.inside);
    evidence.classify('within 2^-40 of an edge', closest <= 2 ** -40);
    evidence.classify('undecided by intervals', isStableByIntervals(plant, 1, order) === undefined);
  },
  floors: {
    stable: 0.2,
    unstable: 0.2,
    'known roots inside': 0.1,
    'within 2^-40 of an edge': 0.02,
    'undecided by intervals': 0.02,
  },
  mutants: mutantsOf(subject, {
    '(s − 2) taken as (s − 1)': {
      stabilityMargins: (R, gains) => {
        const margins = stabilityMargins(R, gains);
        margins[3] = R.sub(margins[3]!, margins[2]!);
        return margins;
      },
    },
    'one inequality dropped': { stabilityMargins: (R, gains) => stabilityMargins(R, gains).slice(0, -1) },
    'q² − 2q taken as q² − q': {
      memoryOnlyMargins: (R, zm, q) => memoryOnlyMargins(R, zm, q).with(2, R.sub(zm, R.mul(q, R.sub(q, R.of(1))))),
    },
    'σ_zm read with 20 bits': {
      isStable: (plant, leak, order) =>
        isStable(plant, leak, { ...order, zm: { ...order.zm, data: [order.zm.data[0]! * (1 + 2 ** -20)] } }),
    },
  }),
});
