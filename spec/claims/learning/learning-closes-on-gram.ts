/**
 * Claim: learning closes on the Gram matrix: the Gram engine gives the full engine's learning curve.
 */

import { betaOf } from '#spec/support/cost.js';
import { columnCount, columnsOf, fromLowerTriangle } from '#src/agent/gram.js';
import { type LinearAgent, shapeOf } from '#src/agent/linear.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { largestEntry, map, matrix, multiply, subtract, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { adjointRoundings, gamma } from '#src/linalg/tolerance.js';
import { trainedTensors } from '#src/problem/agents.js';
import { costOf, plantOf } from '#src/problem/protocol.js';
import { rateAt } from '#src/problem/schema.js';
import { type DataSource, momentFactor } from '#src/problem/start.js';
import { gramAfter, statement, stepMatrix } from '#src/theory/learning/learning-closes-on-gram.js';
import { divergedAt, type LearningCurve, rowOf } from '#src/training/curve.js';
import type { Engine } from '#src/training/engine.js';
import { gramEngine } from '#src/training/gram.js';
import { gramLearner } from '#src/training/learner.js';
import { generalReducedLoss, type ReducedLoss, reducedLoss } from '#src/training/reduced.js';
import { train } from '#src/training/train.js';
import { affordable, agentOf, type Configuration, configuration, momentsOf } from '../../generators/configuration.js';
import { initialAgent, type LearningCase, learning, momentsFor } from '../../generators/learning.js';
import { weighted } from '../../generators/number.js';
import { regressions } from '../../regressions/learning-closes-on-gram.js';
import { reducedGradient, reducedMajorant, sizes } from '../../support/absolute.js';
import { SHARP, sameCurve } from '../../support/curves.js';
import {
  clipTimes,
  inputsTrained,
  misreading,
  oneStepMore,
  type Trainer,
  trainFull,
  trainGram,
} from '../../support/trainers.js';

const subject = { full: trainFull, gram: trainGram, stepMatrix };
type Subject = typeof subject;

/** A Gram engine whose loss of the order parameters is changed. */
const withReduced =
  (change: (lossOf: ReducedLoss, rows: number, cols: number) => ReducedLoss): Trainer =>
  (protocol, agent, moments) => {
    const plant = plantOf(protocol.plant);
    const { p, c, r } = shapeOf(agent);
    const cost = costOf(protocol, plant.A.rows, p);
    const { horizon } = protocol;
    const lossOf = reducedLoss({ plant, leak: agent.leak, cost, horizon, rank: r });
    const engine = gramEngine(plant, agent, cost, horizon, trainedTensors(protocol), change(lossOf, p + r, c + r));
    return train(engine, protocol, moments);
  };

/** A problem of an agent of any shape, or a configuration from the whole region that the theory of stages speaks of. */
type Case = LearningCase | Configuration;

const hasDrift = (instance: Case): instance is LearningCase => 'drift' in instance.weights;

/** Wide ranges want few epochs where units and steps are many. */
const wide = configuration({ epochs: affordable(100_000, 5, 60) });

/** The Gram matrix after the first update is Rᵀ·G·R. */
function oneStep(
  subject: Subject,
  { protocol }: Case,
  agent: LinearAgent,
  curve: LearningCurve,
  moments: DataSource,
  evidence: Evidence,
): void {
  const shape = shapeOf(agent);
  const plant = plantOf(protocol.plant);
  const cost = costOf(protocol, plant.A.rows, shape.p);
  const starts = momentFactor(moments(0));
  const { E } = reducedGradient(generalReducedLoss, plant, agent, cost, protocol.horizon, starts);
  const Q = columnsOf(agent);
  const G = multiply(reals, transpose(Q), Q);
  const step = rateAt(protocol.optimizer, 0) * curve.clipFactor[0]!;
  const R = subject.stepMatrix(reals, shape, E, step, trainedTensors(protocol));
  const after = gramAfter(reals, G, R);
  const recorded = fromLowerTriangle(rowOf(curve.gram, curve.epochs, 1), columnCount(shape));
  const difference = largestEntry(subtract(reals, recorded, after));
  // G is a product of N terms and RᵀGR of d terms twice; both gradients, that of the units and E, err by γ of their majorant,
  // and each enters R twice.
  const majorant = reducedMajorant(plant, agent, cost, protocol.horizon, starts);
  const sized = gramAfter(
    sizes,
    map(G, Math.abs),
    subject.stepMatrix(sizes, shape, majorant.E, step, trainedTensors(protocol)),
  );
  const { N, c, p, r } = shape;
  const gradients = 4 * gamma(adjointRoundings({ n: plant.A.rows, N, c, p, r }, protocol.horizon, starts.cols));
  const rounding = gradients + 2 * gamma(N + 4 * columnCount(shape));
  const bound = rounding * largestEntry(sized);
  // Sizes of a long unstable loop leave the range of doubles.
  if (Number.isFinite(bound)) evidence.within('G′ = Rᵀ G R at the first update', difference, bound);
}

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: weighted([6, learning], [1, wide]),
    runs: 400,
    block: 50,
    regressions,
  },
  subject,
  check(subject, instance, evidence) {
    const { protocol } = instance;
    const [agent, moments] = hasDrift(instance)
      ? [initialAgent(instance), momentsFor(instance)]
      : [agentOf(instance), momentsOf(instance)];
    const shape = shapeOf(agent);
    const full = subject.full(protocol, agent, moments);
    const gram = subject.gram(protocol, agent, moments);
    const random = new Stream(instance.weights.seed).child('shadows');
    // Products of N and sums over T enter each parameter's change once an epoch.
    const roundings = shape.N + 2 * protocol.horizon + 16;
    const learner = (): Engine => gramLearner(protocol, agent);
    const { compared, end, lastTolerance } = sameCurve(
      evidence,
      { curve: full, predicted: gram },
      { learner, schedule: protocol, moments, roundings, random },
    );
    const ended = divergedAt(full);
    if (compared > 1) oneStep(subject, instance, agent, full, moments, evidence);

    const last = full.loss[protocol.epochs - 1]!;
    const learnt = Number.isFinite(last) && last <= 0.9 * full.loss[0]!;
    evidence.classify('learns and stays finite', learnt);
    evidence.classify('tolerance below 1e-8 at the end', end === 'complete' && lastTolerance < SHARP);
    evidence.classify('becomes chaotic', end === 'chaotic');
    evidence.classify('diverges', ended !== undefined);
    evidence.classify(
      'clipped at some epoch',
      full.clipFactor.some((factor) => factor < 1),
    );
    evidence.classify('without clipping', protocol.optimizer.clip === null);
    evidence.classify('leaky', agent.leak !== 1);
    evidence.classify('rank 0', shape.r === 0);
    evidence.classify('rank above 1', shape.r > 1);
    evidence.classify('fewer units than columns', shape.N < columnCount(shape));
    evidence.classify('M trained', protocol.trained.includes('m'));
    evidence.classify('control penalty', betaOf(protocol) > 0);
    evidence.classify('the whole region', !hasDrift(instance));
    evidence.classify('N above 100', shape.N > 100);
    evidence.classify('T above 100', protocol.horizon > 100);
    evidence.classify('batch above 100', protocol.batch > 100);
    evidence.classify('rate below 1e-3', rateAt(protocol.optimizer, 0) < 1e-3);
    evidence.classify('three or four integrators', protocol.plant.kind === 'integrator' && protocol.plant.order > 2);
  },
  floors: {
    'learns and stays finite': 0.7,
    'tolerance below 1e-8 at the end': 0.6,
    'clipped at some epoch': 0.5,
    'without clipping': 0.07,
    leaky: 0.3,
    'rank 0': 0.05,
    'rank above 1': 0.2,
    'fewer units than columns': 0.1,
    'M trained': 0.2,
    'control penalty': 0.3,
    'three or four integrators': 0.1,
    'the whole region': 0.1,
    'N above 100': 0.005,
    'T above 100': 0.01,
    'batch above 100': 0.005,
    'rate below 1e-3': 0.04,
  },
  mutants: mutantsOf(subject, {
    'horizon off by one': { gram: misreading(oneStepMore, trainGram) },
    'clip norm larger by one part in a million': { gram: misreading(clipTimes(1 + 2 ** -20), trainGram) },
    'gradient with respect to K transposed': {
      gram: withReduced((lossOf, rows, cols) => (K, starts, E) => {
        const loss = lossOf(K, starts, E);
        if (rows === cols) E.set(transpose(matrix(rows, cols, (i, j) => E[i * cols + j]!)).data as ArrayLike<number>);
        return loss;
      }),
    },
    'memory gradient dropped': {
      gram: withReduced((lossOf, rows, cols) => (K, starts, E) => {
        const loss = lossOf(K, starts, E);
        if (rows > 1 && cols > 1) E[rows * cols - 1] = 0;
        return loss;
      }),
    },
    'the full engine trains one tensor more': { full: misreading(inputsTrained, trainFull) },
    'R with the opposite sign of its step': {
      stepMatrix: (R, shape, E, s, trained) => stepMatrix(R, shape, E, R.sub(R.of(0), s), trained),
    },
  }),
});
