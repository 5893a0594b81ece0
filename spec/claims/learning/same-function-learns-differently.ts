/**
 * Claim: agents of equal order parameters act alike; their unseen overlaps decide what they learn next; agents of equal Gram
 * matrix learn alike.
 */

import fc from 'fast-check';
import { columnsOf, inputColumns, outputColumns } from '#src/agent/gram.js';
import { lowRankInitial } from '#src/agent/initial.js';
import { type AgentShape, agentOver, type LinearAgent, shapeOf } from '#src/agent/linear.js';
import { orderParameterMatrix } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { add, build, largestEntry, type Mat, map, multiply, scale, subtract, transpose } from '#src/linalg/matrix.js';
import { characteristic, convolve } from '#src/linalg/polynomial.js';
import { Stream } from '#src/linalg/random.js';
import { type Rational, rationals } from '#src/linalg/rational.js';
import { power, type Ring, reals } from '#src/linalg/ring.js';
import { gamma, SHADOWS, shadowNoise } from '#src/linalg/tolerance.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { rollout } from '#src/loop/rollout.js';
import { plantOver } from '#src/plant/plant.js';
import { trainedTensors } from '#src/problem/agents.js';
import { costOf, type Protocol, plantOf } from '#src/problem/protocol.js';
import { rateAt } from '#src/problem/schema.js';
import { type DataSource, momentFactor } from '#src/problem/start.js';
import { gramAfter, stepMatrix } from '#src/theory/learning/learning-closes-on-gram.js';
import {
  changedBasis,
  nextOrderParameters,
  type Step,
  statement,
} from '#src/theory/learning/same-function-learns-differently.js';
import { orderParametersAt } from '#src/training/curve.js';
import { fullLearner, gramLearner } from '#src/training/learner.js';
import { generalReducedLoss } from '#src/training/reduced.js';
import { CHANNELS, shadowTolerances } from '#src/training/shadow.js';
import { train } from '#src/training/train.js';
import { type Basis, mixing, stretching } from '../../generators/basis.js';
import { initialAgent, type LearningCase, learning, momentsFor } from '../../generators/learning.js';
import { reducedGradient } from '../../support/absolute.js';
import { sameCurve } from '../../support/curves.js';
import { exactlyEqual } from '../../support/measure.js';
import { trainGram } from '../../support/trainers.js';

const subject = {
  changedBasis,
  nextOrderParameters,
  stretching,
  mixing,
  /** Predicts a curve from the agent's Gram matrix. */
  predict: trainGram,
};
type Subject = typeof subject;

interface Case {
  readonly learning: LearningCase;
  /** Units of the agent of equal Gram matrix, beyond the first's (and at least 4). */
  readonly more: number;
}

/** Epochs that curves are followed for. */
const EPOCHS = 50;

/** Problems of up to 40 units. */
const cases: fc.Arbitrary<Case> = fc
  .tuple(learning, fc.integer({ min: 0, max: 9 }))
  .map(([{ protocol, weights }, more]) => {
    const { agent, horizon } = protocol;
    if (agent.kind !== 'linear-low-rank') throw new RangeError('a low-rank agent is expected');
    const small = {
      agent: { ...agent, N: 2 + (agent.N % 39) },
      horizon: 3 + (horizon % 38),
      epochs: EPOCHS,
    };
    return { learning: { protocol: { ...protocol, ...small }, weights }, more };
  });

/** G of an agent, its blocks and K. */
function blocksOf<T>(R: Ring<T>, agent: LinearAgent<T>) {
  const [H, J] = [stacked(transpose(agent.Z), agent.V), stacked(agent.M, agent.U)];
  const gram = (left: Mat<T>, right: Mat<T>): Mat<T> => multiply(R, transpose(left), right);
  return { A: gram(J, J), B: gram(H, H), K: gram(H, J) };
}

const stacked = <T>(left: Mat<T>, right: Mat<T>): Mat<T> =>
  build(left.rows, left.cols + right.cols, (i, j) =>
    j < left.cols ? left.data[i * left.cols + j]! : right.data[i * right.cols + j - left.cols]!,
  );

const lifted = <T>(R: Ring<T>, { T, S }: Basis): { T: Mat<T>; S: Mat<T> } => ({ T: map(T, R.of), S: map(S, R.of) });

/** Which columns of J and H a protocol trains. */
function moving(protocol: Protocol, { c, p, r }: Omit<AgentShape, 'N'>): Pick<Step<never>, 'inputs' | 'outputs'> {
  const trained = trainedTensors(protocol);
  const columns = (first: number, own: boolean, memory: boolean): boolean[] =>
    Array.from({ length: first + r }, (_, k) => (k < first ? own : memory));
  return {
    inputs: columns(c, trained.includes('M'), trained.includes('U')),
    outputs: columns(p, trained.includes('Z'), trained.includes('V')),
  };
}

/** On a small copy of the problem, in multiples of 1/8: everything that can be said in rationals. */
function exactly(subject: Subject, { learning, more }: Case, random: Stream, evidence: Evidence): void {
  const R = rationals;
  const coarse = { ...R, of: (value: number) => R.of(Math.round(8 * value) / 8) };
  const { protocol } = learning;
  const plant = plantOver(coarse, plantOf(protocol.plant));
  const spec = initialAgent(learning);
  const { c, p, r } = shapeOf(spec);
  const N = 2 + (more % 2);
  const first = agentOver(
    coarse,
    lowRankInitial({ N, c, p, r: Math.min(r, 2) }, Math.max(1 / 8, spec.leak), random.child('weights'), 3),
  );
  const { T, S } = lifted(R, subject.stretching(N, random.child('basis')));
  const second = subject.changedBasis(R, first, T, S);
  const mix = map(subject.mixing(N, 4, random.child('mixing')), R.of);
  const third = subject.changedBasis(R, first, mix, mix);

  const n = plant.A.rows;
  const starts = build(n, n, (i, j) => R.of(i === j ? 1 : 0));
  const path = (agent: LinearAgent<Rational>): Rational[] => {
    const { x, u } = rollout(R, plant, agent, starts, 4);
    return [...x, ...u].flatMap((A) => Array.from({ length: A.rows * A.cols }, (_, k) => A.data[k]!));
  };
  const spectrum = (agent: LinearAgent<Rational>): Rational[] => characteristic(R, coupledMatrix(R, plant, agent));
  const [one, two, three] = [first, second, third].map((agent) => blocksOf(R, agent));
  exactlyEqual(evidence, 'states and controls', path(second), path(first));
  exactlyEqual(evidence, 'K', two!.K, one!.K);
  exactlyEqual(evidence, 'characteristic polynomial of P', spectrum(second), spectrum(first));
  exactlyEqual(evidence, 'states and controls at an equal Gram matrix', path(third), path(first));
  for (const block of ['A', 'B', 'K'] as const)
    exactlyEqual(evidence, `block ${block} of an equal Gram matrix`, three![block], one![block]);
  // Each unit more has the eigenvalue 1 − η.
  const extra = power({ ...polynomialsOver(R) }, [R.sub(first.leak, R.of(1)), R.of(1)], 4 - N);
  exactlyEqual(evidence, 'its characteristic polynomial', spectrum(third), convolve(R, extra, spectrum(first)));

  // One step along any E: K of RᵀGR.
  const E = build(p + first.V.cols, c + first.U.cols, () => coarse.of(random.uniform(-1, 1)));
  const s = R.of(1 / 8);
  const shape = { c, p, r: first.U.cols };
  for (const agent of [first, second]) {
    const { A, B, K } = blocksOf(R, agent);
    const Q = stacked(stacked(agent.M, transpose(agent.Z)), stacked(agent.U, agent.V));
    const G = gramAfter(R, multiply(R, transpose(Q), Q), stepMatrix(R, shape, E, s, trainedTensors(protocol)));
    const [outs, ins] = [outputColumns(shape), inputColumns(shape)];
    const after = build(outs.length, ins.length, (i, j) => G.data[outs[i]! * G.cols + ins[j]!]!);
    exactlyEqual(evidence, 'K′', subject.nextOrderParameters(R, K, A, B, { E, s, ...moving(protocol, shape) }), after);
  }
}

/** Multiplication of polynomials, for powers. */
const polynomialsOver = (R: Ring<Rational>): Ring<Rational[]> => ({
  of: (value) => [R.of(value)],
  add: () => [],
  sub: () => [],
  mul: (a, b) => convolve(R, a, b),
});

/** One update of an agent through its N units, and what the Gram matrix says of it beforehand. */
function firstUpdate(
  subject: Subject,
  protocol: Protocol,
  agent: LinearAgent,
  moments: DataSource,
  roundings: number,
  random: Stream,
) {
  const schedule = { ...protocol, epochs: 2 };
  const curve = train(fullLearner(protocol, agent), schedule, moments);
  const learner = () => gramLearner(protocol, agent);
  const reference = train(learner(), schedule, moments);
  const tolerances = shadowTolerances(learner, schedule, moments, reference, shadowNoise(roundings), random);
  const plant = plantOf(protocol.plant);
  const shape = shapeOf(agent);
  const cost = costOf(protocol, plant.A.rows, shape.p);
  const { E } = reducedGradient(generalReducedLoss, plant, agent, cost, protocol.horizon, momentFactor(moments(0)));
  const { A, B, K } = blocksOf(reals, agent);
  const s = rateAt(protocol.optimizer, 0) * curve.clipFactor[0]!;
  const predicted = subject.nextOrderParameters(reals, K, A, B, { E, s, ...moving(protocol, shape) });
  const measured = orderParameterMatrix(orderParametersAt(curve, 1));
  // Forming G takes N products, the prediction some more.
  const forming = 4 * gamma(shape.N + 4 * columnsOf(agent).cols);
  const size = Math.max(1, largestEntry(measured), largestEntry(K), largestEntry(A), largestEntry(B));
  return { curve, tolerances, E, K, s, predicted, measured, tolerance: (tolerances.overlaps[1]! + forming) * size };
}

type Update = ReturnType<typeof firstUpdate>;

/** ⟨E, K′₂ − K′₁⟩ = −s (‖∇L₂‖² − ‖∇L₁‖²): what was measured of both sides, so that K′ differs where the gradients do. */
function alongGradient(one: Update, two: Update, change: Mat<number>, tolerance: number, evidence: Evidence): void {
  let [along, size] = [0, 0];
  for (let k = 0; k < change.data.length; k++) {
    along += one.E.data[k]! * change.data[k]!;
    size += Math.abs(one.E.data[k]!);
  }
  const square = ({ curve }: Update): number => curve.gradNorm[0]! ** 2;
  // Relative to each square: its own tolerance twice, and the rounding of E beside it.
  const spread = (update: Update): number => 3 * update.tolerances.gradNorm[0]! * square(update);
  evidence.within(
    'difference of K′ along ∂L/∂K',
    Math.abs(along + one.s * (square(two) - square(one))),
    size * tolerance + one.s * (spread(one) + spread(two)),
  );
}

/**
 * Both curves of agents that act alike, through their units and from their Gram matrices; whether the predicted ones part by more
 * than both tolerances.
 */
function part(
  subject: Subject,
  { learning: { protocol } }: Case,
  agents: readonly LinearAgent[],
  { moments, roundings }: { readonly moments: DataSource; readonly roundings: number },
  random: Stream,
  evidence: Evidence,
): { readonly whole: boolean; readonly apart: boolean } {
  const runs = agents.map((agent, k) => {
    const learner = () => gramLearner(protocol, agent);
    const predicted = subject.predict(protocol, agent, moments);
    const curve = train(fullLearner(protocol, agent), protocol, moments);
    const shadowed = { learner, schedule: protocol, moments, roundings, random: random.child(`shadows ${k}`) };
    return { predicted, ...sameCurve(evidence, { curve, predicted }, shadowed) };
  });
  const [one, two] = [runs[0]!, runs[1]!];
  let apart = false;
  for (let e = 0; e < Math.min(one.compared, two.compared); e++) {
    const tolerance = one.tolerances.overlaps[e]! + two.tolerances.overlaps[e]!;
    if (CHANNELS.overlaps(one.predicted, two.predicted, e) > tolerance) apart = true;
  }
  return { whole: runs.every(({ compared }) => compared === protocol.epochs), apart };
}

const identityTimes = (N: number, factor: number): Mat<number> => build(N, N, (i, j) => (i === j ? factor : 0));

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: cases, runs: 40, block: 10 },
  subject,
  check(subject, instance, evidence) {
    const { learning, more } = instance;
    const { protocol } = learning;
    const random = new Stream(learning.weights.seed).child('basis');
    const agent = initialAgent(learning);
    const shape = shapeOf(agent);
    const moments = momentsFor(learning);
    const roundings = shape.N + more + 2 * protocol.horizon + 16;
    exactly(subject, instance, random.child('exact'), evidence);

    // Equal Gram matrix, other weights, other number of units.
    const mix = subject.mixing(shape.N, Math.max(4, shape.N + more), random.child('mixing'));
    const twin = subject.changedBasis(reals, agent, mix, mix);
    const [curve, predicted] = [agent, twin].map((each) => train(fullLearner(protocol, each), protocol, moments));
    const learner = () => gramLearner(protocol, agent);
    const { compared } = sameCurve(
      evidence,
      { curve: curve!, predicted: predicted! },
      { learner, schedule: protocol, moments, roundings, random: random.child('shadows') },
    );

    // Equal K, another Gram matrix.
    const { T, S } = subject.stretching(shape.N, random.child('stretching'));
    const other = subject.changedBasis(reals, agent, T, S);
    const parted = part(subject, instance, [agent, other], { moments, roundings }, random.child('curves'), evidence);
    const [one, two] = [agent, other].map((each, k) =>
      firstUpdate(subject, protocol, each, moments, roundings, random.child(`update ${k}`)),
    );
    const decided = [one!, two!].every(({ tolerances }) => tolerances.overlaps[1]! <= SHADOWS.ceiling);
    if (!decided) return evidence.decidesNothing('the first update is chaotic');
    evidence.risks(2 * SHADOWS.cases.falseAlarm);
    const both = (channel: keyof typeof CHANNELS): number =>
      one!.tolerances[channel][0]! + two!.tolerances[channel][0]!;
    for (const channel of ['loss', 'overlaps'] as const)
      evidence.within(`${channel} at first`, CHANNELS[channel](one!.curve, two!.curve, 0), both(channel));
    for (const { measured, predicted, tolerance } of [one!, two!])
      evidence.within('K′', largestEntry(subtract(reals, measured, predicted)), tolerance);
    const change = (which: 'measured' | 'predicted'): Mat<number> => subtract(reals, two![which], one![which]);
    const tolerance = one!.tolerance + two!.tolerance;
    evidence.within(
      'difference of K′',
      largestEntry(subtract(reals, change('measured'), change('predicted'))),
      tolerance,
    );
    if (one!.s === two!.s) alongGradient(one!, two!, change('measured'), tolerance, evidence);
    const differs = largestEntry(change('predicted')) > 2 * tolerance;

    evidence.classify('K′ differs beyond tolerance', differs);
    evidence.classify('curves agree to the end', compared === protocol.epochs);
    evidence.classify('both curves predicted to the end', parted.whole);
    evidence.classify('curves part beyond tolerance', parted.apart);
    evidence.classify('leaky', agent.leak !== 1);
    evidence.classify('rank above 1', shape.r > 1);
    evidence.classify('M trained', protocol.trained.includes('m'));
    evidence.classify('clipped alike', one!.s === two!.s);
    evidence.classify('several inputs or outputs', shape.c > 1 || shape.p > 1);
  },
  floors: {
    'K′ differs beyond tolerance': 0.9,
    'curves agree to the end': 0.7,
    'both curves predicted to the end': 0.7,
    'curves part beyond tolerance': 0.9,
    leaky: 0.3,
    'rank above 1': 0.15,
    'M trained': 0.15,
    'several inputs or outputs': 0.05,
  },
  mutants: mutantsOf(subject, {
    'a change of basis that is not undone for the readers': {
      changedBasis: (R, agent, T) => changedBasis(R, agent, T, T),
    },
    'a stretching whose readers are not stretched back': {
      stretching: (N, random) => {
        const { T, S } = stretching(N, random);
        return { T, S: map(S, (entry) => 2 * entry) };
      },
    },
    'curves of agents whose units are scaled to unit ‖M‖': {
      predict: (protocol, agent, moments) => {
        const size = Math.hypot(...Array.from({ length: agent.M.rows * agent.M.cols }, (_, k) => agent.M.data[k]!));
        const scaled = identityTimes(agent.M.rows, 1 / size);
        return trainGram(protocol, changedBasis(reals, agent, scaled, identityTimes(agent.M.rows, size)), moments);
      },
    },
    'mixing that stretches one unit by one part in a million': {
      mixing: (...sizes) => {
        const T = mixing(...sizes);
        return build(T.rows, T.cols, (i, j) => (j === 0 ? 1 + 2 ** -20 : 1) * T.data[i * T.cols + j]!);
      },
    },
    'unseen overlaps of the inputs taken as orthonormal': {
      nextOrderParameters: (R, K, A, B, step) =>
        nextOrderParameters(
          R,
          K,
          build(A.rows, A.cols, (i, j) => R.of(i === j ? 1 : 0)),
          B,
          step,
        ),
    },
    'second-order term dropped': {
      nextOrderParameters: (R, K, A, B, step) => add(R, K, nextOrderParameters(R, scale(R, R.of(0), K), A, B, step)),
    },
  }),
});
