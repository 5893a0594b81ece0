/**
 * Claim: N units stabilise the loop at the epoch that the Gram dynamics predict, or within what rounding leaves open.
 */
import fc from 'fast-check';
import { shapeOf } from '#src/agent/agent.js';
import { defineClaim } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { Stream } from '#src/linalg/random.js';
import { SHADOWS, shadowNoise } from '#src/linalg/tolerance.js';
import { stabilisationOf } from '#src/stages/spectral.js';
import { statement } from '#src/theory/stabilisation-follows-gram-dynamics.js';
import { divergedAt } from '#src/training/curve.js';
import { gramLearner } from '#src/training/learner.js';
import { shadowTolerances } from '#src/training/shadow.js';
import {
  agentOf,
  type Configuration,
  configuration,
  LEARNING,
  momentsOf,
  REGIMES,
} from './generators/configuration.js';
import { logInteger } from './generators/number.js';
import {
  clipTimes,
  inputsTrained,
  misreading,
  oneStepMore,
  sumOverTime,
  type Trainer,
  trainFull,
  trainGram,
} from './trainers.js';

interface Subject {
  readonly predicted: Trainer;
  readonly measured: Trainer;
}

const subject: Subject = { predicted: trainGram, measured: trainFull };

function check(subject: Subject, instance: Configuration, evidence: Evidence): void {
  const { protocol, weights } = instance;
  const agent = agentOf(instance);
  const moments = momentsOf(instance);
  const noise = shadowNoise(shapeOf(agent).N + 2 * protocol.horizon + 16);
  const random = new Stream(weights.seed).child('shadows');
  const gram = subject.predicted(protocol, agent, moments);
  const learner = (): ReturnType<typeof gramLearner> => gramLearner(protocol, agent);
  const reference = trainGram(protocol, agent, moments);
  evidence.risks(SHADOWS.cases.falseAlarm);
  const { overlaps } = shadowTolerances(learner, protocol, moments, reference, noise, random);
  // Beyond the ceiling nothing is known of a trajectory.
  const tolerance = overlaps.map((value) => (value <= SHADOWS.ceiling ? value : Number.POSITIVE_INFINITY));
  const { earliest, latest } = stabilisationOf(protocol, gram, tolerance);
  const full = subject.measured(protocol, agent, moments);
  const measured = stabilisationOf(protocol, full);
  const epoch = measured.latest ?? protocol.epochs;
  if (earliest !== undefined && latest === undefined) evidence.decidesNothing('chaotic before the loop is stable');
  else {
    evidence.within('epochs before the earliest possible', Math.max(0, (earliest ?? protocol.epochs) - epoch), 0);
    evidence.within('epochs after the latest possible', Math.max(0, epoch - (latest ?? protocol.epochs)), 0);
  }
  const predicted = stabilisationOf(protocol, gram).latest;
  if (predicted !== undefined && measured.latest !== undefined)
    evidence.predicts('epoch of stabilisation, N units from their Gram matrix', predicted, measured.latest);

  evidence.classify('becomes stable', measured.latest !== undefined && measured.latest > 0);
  evidence.classify('stays unstable', measured.latest === undefined);
  evidence.classify('the epoch is certain', earliest === latest);
  evidence.classify('diverges', divergedAt(full) !== undefined);
  for (const regime of REGIMES) evidence.classify(`starts ${regime}`, weights.regime === regime);
  evidence.classify('three integrators', protocol.plant.kind === 'integrator' && protocol.plant.order === 3);
  evidence.classify('another dt', protocol.plant.kind === 'integrator' && protocol.plant.dt !== 1);
  evidence.classify('rank above 1', shapeOf(agent).r > 1);
  evidence.classify('sampled batches', protocol.start.kind !== 'population');
  evidence.classify('without clipping', protocol.optimizer.clip === null);
  evidence.classify('control penalty', protocol.loss.beta > 0);
  evidence.classify('correlated weights', weights.correlation !== 0);
}

/** Everywhere, in short runs of small problems; and where the loop mostly becomes stable. */
const everywhere = configuration({
  N: logInteger(1, 100),
  horizon: logInteger(5, 100),
  batch: logInteger(1, 100),
  epochs: (N, horizon) => Math.max(20, Math.min(200, Math.round(300_000 / ((N + 10) * horizon)))),
});
const learning = configuration({ ...LEARNING, N: logInteger(2, 25), batch: logInteger(20, 60), epochs: 220 });

export const claim = defineClaim<Configuration, Subject>({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: fc.oneof({ weight: 1, arbitrary: everywhere }, { weight: 4, arbitrary: learning }),
    runs: 900,
    block: 50,
  },
  subject,
  check,
  floors: {
    'becomes stable': 0.4,
    'stays unstable': 0.2,
    'the epoch is certain': 0.9,
    ...Object.fromEntries(REGIMES.map((regime) => [`starts ${regime}`, 0.02])),
    'three integrators': 0.03,
    'another dt': 0.15,
    'rank above 1': 0.05,
    'sampled batches': 0.3,
    'without clipping': 0.02,
    'control penalty': 0.2,
    'correlated weights': 0.3,
  },
  mutants: [
    { name: 'clip norm larger by a tenth', subject: { ...subject, predicted: misreading(clipTimes(1.1), trainGram) } },
    { name: 'horizon off by one', subject: { ...subject, predicted: misreading(oneStepMore, trainGram) } },
    { name: 'M trained as well', subject: { ...subject, predicted: misreading(inputsTrained, trainGram) } },
    { name: 'sum over time for mean', subject: { ...subject, predicted: misreading(sumOverTime, trainGram) } },
    {
      name: 'U and V exchanged',
      subject: {
        ...subject,
        predicted: (protocol, agent, moments) =>
          subject.predicted(protocol, { ...agent, U: agent.V, V: agent.U }, moments),
      },
    },
    {
      name: 'the batch of one epoch for all',
      subject: {
        ...subject,
        predicted: (protocol, agent, moments) => {
          const first = moments(0);
          return subject.predicted(protocol, agent, () => first);
        },
      },
    },
  ],
});
