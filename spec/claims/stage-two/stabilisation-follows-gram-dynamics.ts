/**
 * Claim: N units stabilise the loop at the epoch that the Gram dynamics predict, or within what rounding leaves open; and from
 * there on they learn as the Gram dynamics started there, to rounding.
 */

import fc from 'fast-check';
import { betaOf } from '#spec/support/cost.js';
import { type LinearAgent, shapeOf } from '#src/agent/linear.js';
import { orderParametersOf } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { withinFactor } from '#src/claims/prediction.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { SHADOWS, shadowNoise } from '#src/linalg/tolerance.js';
import { isStableExactly } from '#src/loop/stability.js';
import { type Protocol, plantOf } from '#src/problem/protocol.js';
import { rateAt } from '#src/problem/schema.js';
import type { DataSource } from '#src/problem/start.js';
import { stabilisationOf } from '#src/stages/spectral.js';
import { statement } from '#src/theory/stage-two/stabilisation-follows-gram-dynamics.js';
import { divergedAt, type LearningCurve, orderParametersAt } from '#src/training/curve.js';
import { type FullEngine, fullEngine } from '#src/training/full.js';
import { gramEngine } from '#src/training/gram.js';
import { effectiveLearner, fullLearner, gramLearner } from '#src/training/learner.js';
import { shadowTolerances } from '#src/training/shadow.js';
import { train } from '#src/training/train.js';
import {
  affordable,
  agentOf,
  type Configuration,
  type ConfigurationRanges,
  configuration,
  LEARNING,
  momentsOf,
  REGIMES,
} from '../../generators/configuration.js';
import { logInteger, logUniform, weighted } from '../../generators/number.js';
import { rowsBetween, sameCurve } from '../../support/curves.js';
import {
  actingAtOnce,
  clipTimes,
  inputsTrained,
  misreading,
  oneStepMore,
  sumOverTime,
  trainGram,
} from '../../support/trainers.js';

/** A run of N units, with their weights before every epoch. */
interface UnitsRun {
  readonly curve: LearningCurve;
  readonly weights: readonly LinearAgent[];
}

const unitsRun =
  (learner: (protocol: Protocol, agent: LinearAgent) => FullEngine) =>
  (protocol: Protocol, agent: LinearAgent, moments: DataSource): UnitsRun => {
    const engine = learner(protocol, agent);
    const weights: LinearAgent[] = [];
    const curve = train(engine, protocol, moments, { beforeEpoch: () => weights.push(engine.agent()) });
    return { curve, weights };
  };

const trainUnits = unitsRun(fullLearner);

const subject = {
  /** From the Gram matrix of the initial weights. */
  predicted: trainGram,
  measured: trainUnits,
  /** From the Gram matrix of the weights at stabilisation, the epochs counted from there. */
  restarted: trainGram,
};
type Subject = typeof subject;

/** Epochs looked at beyond the predicted stabilisation: what comes later changes nothing of it. */
const BEYOND = 30;

/** The curve of N units from stabilisation on, against the Gram dynamics from their Gram matrix there. */
function fromThereOn(
  subject: Subject,
  protocol: Protocol,
  { curve, weights }: UnitsRun,
  epoch: number,
  moments: DataSource,
  roundings: number,
  random: Stream,
  evidence: Evidence,
): void {
  const rest = { ...protocol, epochs: protocol.epochs - epoch };
  const later: DataSource = (e) => moments(epoch + e);
  const agent = weights[epoch]!;
  const predicted = subject.restarted(rest, agent, later);
  const learner = (): ReturnType<typeof gramLearner> => gramLearner(rest, agent);
  sameCurve(
    evidence,
    { curve: rowsBetween(curve, epoch), predicted, since: ' after stabilisation' },
    { learner, schedule: rest, moments: later, roundings, random: random.child('from stabilisation on') },
  );
}

/** The whole region that the theory speaks of, in short runs. */
const everywhere = configuration({ epochs: affordable(150_000, 10, 100) });

/**
 * Next to the edge of stability, mostly outside, so that few epochs lead across it: all ranges of the region but the shortest
 * horizons, whose loss asks for no stability.
 */
const crossing = (ranges: Partial<ConfigurationRanges>): fc.Arbitrary<Configuration> =>
  configuration({
    N: logInteger(4, 300),
    horizon: logInteger(15, 300),
    regime: fc.constant('unit circle'),
    epochs: affordable(250_000, 12, 80),
    ...ranges,
  });

const clipped = { clip: logUniform(0.1, 10) };

/** Without clipping, steps stay small enough for the neighbourhood of the edge; of three integrators, at no rate of the region. */
const unclipped = { clip: fc.constant(null), lr: logUniform(1e-4, 1e-3), horizon: logInteger(15, 70) };

/** Where the loop mostly becomes stable after a plateau. */
const learning = configuration({ ...LEARNING, N: logInteger(2, 25), batch: logInteger(20, 60), epochs: 220 });

const EPOCH = 'epoch of stabilisation, N units from their Gram matrix';

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: weighted(
      [3, everywhere],
      [4, crossing({ ...clipped, order: fc.constant(2) })],
      [2, crossing({ ...unclipped, order: fc.constant(2) })],
      [3, crossing({ ...clipped, order: fc.constant(3), rank: fc.constantFrom(2, 3) })],
      [20, learning],
    ),
    runs: 450,
    block: 50,
  },
  subject,
  predictions: [{ quantity: EPOCH, near: withinFactor(1.1) }],
  check(subject, instance, evidence) {
    const { weights } = instance;
    const agent = agentOf(instance);
    const moments = momentsOf(instance);
    const random = new Stream(weights.seed).child('shadows');
    const whole = subject.predicted(instance.protocol, agent, moments);
    const predicted = stabilisationOf(instance.protocol, whole).latest;
    const epochs = Math.min(whole.epochs, (predicted ?? whole.epochs) + BEYOND);
    const protocol = { ...instance.protocol, epochs };
    const roundings = shapeOf(agent).N + 2 * protocol.horizon + 16;

    const learner = (): ReturnType<typeof gramLearner> => gramLearner(protocol, agent);
    const reference = trainGram(protocol, agent, moments);
    evidence.risks(SHADOWS.cases.falseAlarm);
    const { overlaps } = shadowTolerances(learner, protocol, moments, reference, shadowNoise(roundings), random);
    // Beyond the ceiling nothing is known of a trajectory.
    const tolerance = overlaps.map((value) => (value <= SHADOWS.ceiling ? value : Number.POSITIVE_INFINITY));
    const { earliest, latest } = stabilisationOf(protocol, rowsBetween(whole, 0, epochs), tolerance);
    const units = subject.measured(protocol, agent, moments);
    const measured = stabilisationOf(protocol, units.curve).latest;
    const epoch = measured ?? epochs;
    if (earliest !== undefined && latest === undefined) evidence.decidesNothing('chaotic before the loop is stable');
    else {
      evidence.within('epochs before the earliest possible', Math.max(0, (earliest ?? epochs) - epoch), 0);
      evidence.within('epochs after the latest possible', Math.max(0, epoch - (latest ?? epochs)), 0);
    }
    if (measured !== undefined) {
      const stable = (at: number): boolean =>
        isStableExactly(plantOf(protocol.plant), protocol.agent.leak, orderParametersAt(units.curve, at));
      evidence.holds('stable at the epoch of stabilisation, exactly', stable(measured));
      evidence.holds('unstable the epoch before, exactly', measured === 0 || !stable(measured - 1));
      fromThereOn(subject, protocol, units, measured, moments, roundings, random, evidence);
    }
    const becomes = measured !== undefined && measured > 0;
    if (becomes && predicted !== undefined) evidence.predicts(EPOCH, predicted, measured);

    evidence.classify('becomes stable', becomes);
    evidence.classify('stays unstable', measured === undefined);
    evidence.classify('the epoch is certain', earliest === latest);
    evidence.classify('diverges', divergedAt(units.curve) !== undefined);
    for (const regime of REGIMES) evidence.classify(`starts ${regime}`, weights.regime === regime);
    const { plant, horizon, start, batch, optimizer } = protocol;
    const { N, r } = shapeOf(agent);
    for (const [name, met] of [
      ['three integrators', plant.kind === 'integrator' && plant.order === 3],
      ['another dt', plant.kind === 'integrator' && plant.dt !== 1],
      ['rank above 1', r > 1],
      ['N above 30', N > 30],
      ['N above 100', N > 100],
      ['T above 60', horizon > 60],
      ['T above 100', horizon > 100],
      ['sampled batches', start.kind !== 'population'],
      ['batch above 100', batch > 100],
      ['without clipping', optimizer.clip === null],
      ['rate below 1e-3', rateAt(optimizer, 0) < 1e-3],
      ['control penalty', betaOf(protocol) > 0],
      ['correlated weights', weights.correlation !== 0],
      ['weights below .4 of the paper’s', weights.scale < 0.4],
      ['weights above 1.5 of the paper’s', weights.scale > 1.5],
    ] as const) {
      evidence.classify(name, met);
      evidence.classify(`${name}, becomes stable`, met && becomes);
    }
  },
  floors: {
    'becomes stable': 0.4,
    'stays unstable': 0.2,
    'the epoch is certain': 0.9,
    'starts drawn': 0.2,
    'starts positive': 0.05,
    'starts valley': 0.05,
    'starts unit circle': 0.15,
    'starts double root': 0.05,
    'starts stabilised': 0.003,
    'three integrators, becomes stable': 0.01,
    'another dt, becomes stable': 0.05,
    'rank above 1, becomes stable': 0.03,
    'N above 30, becomes stable': 0.02,
    'N above 100, becomes stable': 0.01,
    'T above 60, becomes stable': 0.02,
    'T above 100, becomes stable': 0.01,
    'sampled batches, becomes stable': 0.15,
    'batch above 100, becomes stable': 0.005,
    'without clipping, becomes stable': 0.01,
    'rate below 1e-3, becomes stable': 0.02,
    'control penalty, becomes stable': 0.05,
    'correlated weights, becomes stable': 0.1,
    'weights below .4 of the paper’s, becomes stable': 0.02,
    'weights above 1.5 of the paper’s, becomes stable': 0.01,
  },
  mutants: mutantsOf(subject, {
    'clip norm larger by a tenth': { predicted: misreading(clipTimes(1.1), trainGram) },
    'horizon off by one': { predicted: misreading(oneStepMore, trainGram) },
    'M trained as well': { predicted: misreading(inputsTrained, trainGram) },
    'sum over time for mean': { predicted: misreading(sumOverTime, trainGram) },
    'U and V exchanged': {
      predicted: (protocol, agent, moments) =>
        subject.predicted(protocol, { ...agent, U: agent.V, V: agent.U }, moments),
    },
    'the batch of one epoch for all': {
      predicted: (protocol, agent, moments) => {
        const first = moments(0);
        return subject.predicted(protocol, agent, () => first);
      },
    },
    'the predicted agent acts at once': {
      predicted: (protocol, agent, moments) => train(actingAtOnce(gramEngine)(protocol, agent), protocol, moments),
    },
    'the units act at once': { measured: unitsRun(actingAtOnce(fullEngine)) },
    'the units train M as well': { measured: misreading(inputsTrained, trainUnits) },
    'the order parameters alone from stabilisation on': {
      restarted: (protocol, agent, moments) => {
        const alone = train(effectiveLearner(protocol, orderParametersOf(reals, agent)), protocol, moments);
        // They have no Gram matrix: that of learning must not tell them apart.
        return { ...alone, gram: trainGram(protocol, agent, moments).gram };
      },
    },
    'batches one epoch late from stabilisation on': {
      restarted: (protocol, agent, moments) => trainGram(protocol, agent, (epoch) => moments(epoch + 1)),
    },
  }),
});
