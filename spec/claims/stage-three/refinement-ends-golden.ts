/**
 * Claim: the golden end of stage 3, exactly, and the rate at which training comes to it.
 */
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import { dualFieldOver, type Field, solveSemidefinite } from '#src/linalg/field.js';
import { build } from '#src/linalg/matrix.js';
import { sum } from '#src/linalg/ring.js';
import { startVariance } from '#src/problem/start.js';
import {
  convergenceRate,
  END,
  type Golden,
  golden,
  goldenField,
  goldenLoss,
  HESSIAN,
  LEAST,
  odds,
  statement,
} from '#src/theory/stage-three/refinement-ends-golden.js';
import { rowOf } from '#src/training/curve.js';
import { agentOf, configuration, momentsOf, PAPER, population } from '../../generators/configuration.js';
import { logInteger, logUniform } from '../../generators/number.js';
import { staysFinite } from '../../support/curves.js';
import { misreading, rateTimes, trainGram } from '../../support/trainers.js';

const subject = {
  learn: trainGram,
  rate: convergenceRate,
  least: goldenLoss,
  end: END,
  leastExact: LEAST,
  hessian: (i: number, j: number): Golden => HESSIAN[i]![j]!,
};

/** The epochs between which the rate is measured. */
const [FROM, TO] = [3000, 3999];

/** An excess from which on the loss is as good as quadratic. */
const SMALL = 0.003;

const RATE = 'rate at which the excess falls, per epoch';

/** Entries of the sums of moments of (x, v, w); in this order elimination meets no pivot of zero. */
const MOMENTS = [
  [2, 2],
  [2, 1],
  [2, 0],
  [1, 0],
  [1, 1],
  [0, 0],
] as const;

/**
 * The loss of (σ_zm, q, σ_vu), summed over all time, of starts of variance 1, in units of v/2T: with σ_zu = 1 and σ_vm = q. The plant moves
 * alone first. From then on x' = x + v, v' = v + σ_zm x + w, w' = q x + σ_vu w; the sums X of moments solve X = X₁ + P X Pᵀ.
 */
function totalLoss<T>(F: Field<T>, [zm, q, vu]: readonly T[]): T {
  const [one, none] = [F.of(1), F.of(0)];
  const P = [
    [one, one, none],
    [zm!, one, one],
    [q!, none, vu!],
  ];
  // Moments of x₁ = x₀ + v₀, v₁ = v₀, w₁ = 0.
  const first = [none, none, none, one, one, F.of(2)];
  const entry = (i: number, j: number, k: number, l: number): T => F.mul(P[i]![k]!, P[j]![l]!);
  const system = build(MOMENTS.length, MOMENTS.length, (row, col) => {
    const [[i, j], [k, l]] = [MOMENTS[row]!, MOMENTS[col]!];
    const both = k === l ? entry(i, j, k, l) : F.add(entry(i, j, k, l), entry(i, j, l, k));
    return F.sub(F.of(row === col ? 1 : 0), both);
  });
  const { data } = solveSemidefinite(
    F,
    system,
    build(MOMENTS.length, 1, (i) => first[i]!),
  );
  // x₀ and v₀ are scored as well.
  return sum(F, [F.of(2), data[4]!, data[5]!]);
}

/** Whether two numbers a + b·φ are the same. */
const equal = (x: Golden, y: Golden): boolean => goldenField.isZeroPivot(goldenField.sub(x, y), x, 1);

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: configuration({
      ...PAPER,
      N: logInteger(30, 300),
      horizon: logInteger(20, 30),
      start: logUniform(1, 3).map(population),
      lr: logUniform(1e-2, 1.5e-2),
      clip: logUniform(0.7, 1.5),
      scale: logUniform(0.8, 1.25),
      epochs: TO + 1,
    }),
    runs: 600,
    block: 40,
    least: 120,
  },
  subject,
  check(subject, instance, evidence) {
    const { protocol, weights } = instance;
    // One pair of directions a case: value, both slopes and the curvature at the end, exactly.
    const [i, j] = [weights.seed % 3, Math.floor(weights.seed / 3) % 3];
    const inner = dualsOver(goldenField);
    const point = subject.end.map(
      (value, k): Dual<Dual<Golden>> => ({
        value: { value, tangent: golden(k === i ? 1 : 0, 0) },
        tangent: inner.of(k === j ? 1 : 0),
      }),
    );
    const loss = totalLoss(dualFieldOver(dualFieldOver(goldenField)), point);
    evidence.holds('the loss at the golden end is 6 + 7φ', equal(loss.value.value, subject.leastExact));
    evidence.holds(
      'its slopes vanish',
      [loss.value.tangent, loss.tangent.value].every((slope) => equal(slope, golden(0, 0))),
    );
    evidence.holds('its curvature is as stated', equal(loss.tangent.tangent, subject.hessian(i, j)));

    const variance = startVariance(protocol.start)!;
    const curve = subject.learn(protocol, agentOf(instance), momentsOf(instance));
    if (!staysFinite(evidence, curve)) return;
    const least = subject.least(variance, protocol.horizon);
    const excess = (epoch: number, above = least): number => curve.loss[epoch]! / above - 1;
    const settled = excess(FROM, goldenLoss(variance, protocol.horizon)) <= SMALL;
    evidence.requires(`an excess below ${SMALL} at epoch ${FROM}`, settled);
    const measured = Math.log(excess(FROM) / excess(TO)) / (TO - FROM);
    const lr = protocol.optimizer.lr as number;
    evidence.predicts(
      RATE,
      subject.rate(rowOf(curve.gram, curve.epochs, FROM), lr, variance, protocol.horizon),
      measured,
    );
    evidence.classify('horizon above 25', protocol.horizon > 25);
    evidence.classify('mixed curvature', i !== j);
  },
  proportions: Object.values(odds),
  predictions: [
    {
      quantity: RATE,
      near: (predicted, measured) => Math.abs(predicted / measured - 1) <= 0.02,
      proportion: odds.rate,
    },
  ],
  floors: { 'horizon above 25': 0.3, 'mixed curvature': 0.4 },
  mutants: mutantsOf(subject, {
    'σ_zm = −1/φ': { end: [golden(1, -1), ...END.slice(1)] },
    'q = φ': { end: [END[0]!, golden(0, 1), END[2]!] },
    'the loss with full information, 5 + 5φ': { leastExact: golden(5, 5) },
    'curvature without the cross terms': { hessian: (i, j) => (i === j ? HESSIAN[i]![i]! : golden(0, 0)) },
    'curvature a millionth larger': {
      hessian: (i, j) => goldenField.mul(HESSIAN[i]![j]!, golden(1_000_001, 0, 1_000_000)),
    },
    'rate of the square root of the excess': { rate: (...problem) => convergenceRate(...problem) / 2 },
    'metric of the weights as they are drawn': {
      rate: (_gram, ...problem) => convergenceRate([1 / 3, 0, 1 / 3, 0, 0.5, 1, 0.5, 0, 0, 1], ...problem),
    },
    'rate 5 % higher': { rate: (...problem) => 1.05 * convergenceRate(...problem) },
    'least loss with full information': {
      least: (...problem) => (goldenLoss(...problem) * (5 + 5 * 1.618)) / (6 + 7 * 1.618),
    },
    'learning at half the rate': { learn: misreading(rateTimes(1 / 2), trainGram) },
  }),
});
