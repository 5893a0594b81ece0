/**
 * Claim: the epoch of stabilisation from learning averaged over the zig-zag. An estimate, claimed as good as it is.
 */

import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { withinFactor } from '#src/claims/prediction.js';
import { scalarMatrix } from '#src/linalg/matrix.js';
import { startVariance } from '#src/problem/start.js';
import { stabilisationOf } from '#src/stages/spectral.js';
import {
  NEAR,
  odds,
  plateauEpochs,
  plateaus,
  ranges,
  regime,
  statement,
  WIDE,
} from '#src/theory/stage-two/averaging-removes-the-zig-zag.js';
import { zigZag } from '#src/theory/stage-two/clipped-steps-hop-along-input-weights.js';
import { trainAveraged } from '#src/training/averaged.js';
import { agentOf, configuration, momentsOf, PAPER, population } from '../../generators/configuration.js';
import { logInteger, logUniform } from '../../generators/number.js';
import { clipTimes, misreading, rateTimes, trainGram } from '../../support/trainers.js';

const subject = { average: trainAveraged };

const EPOCH = 'epoch of stabilisation, averaged over the zig-zag';

const arbitrary = configuration({
  ...PAPER,
  N: logInteger(...ranges.units),
  horizon: logInteger(...ranges.horizon),
  start: logUniform(...ranges.variance).map(population),
  lr: logUniform(...ranges.lr),
  clip: logUniform(...ranges.clip),
  scale: logUniform(0.7, 1.5),
  epochs: plateauEpochs[1],
});

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary, runs: 1500, block: 50 },
  subject,
  check(subject, instance, evidence) {
    const { protocol } = instance;
    const agent = agentOf(instance);
    const measured = stabilisationOf(protocol, trainGram(protocol, agent, momentsOf(instance))).latest;
    evidence.requires(plateaus.needs.join(', '), measured !== undefined && plateaus.isInside(measured));
    // A longer run, so that an estimate that is late is seen to be.
    const patient = { ...protocol, epochs: 2 * protocol.epochs };
    const averaged = subject.average(patient, agent);
    const predicted = stabilisationOf(protocol, averaged).latest ?? patient.epochs;
    const ratio = Math.max(measured! / predicted, predicted / measured!);
    evidence.trial(odds.wide.name, ratio <= WIDE);
    const end = Math.max(predicted, 10);
    evidence.trial(odds.smooth.name, zigZag(averaged.overlaps, averaged.epochs, 0, end).alternation < 0.1);
    evidence.predicts(EPOCH, predicted, measured);
    evidence.classify('stable after epoch 100', measured! > 100);
    evidence.classify('horizon above 50', protocol.horizon > 50);
    evidence.classify('fewer than 30 units', protocol.agent.kind === 'linear-low-rank' && protocol.agent.N < 30);
  },
  regime,
  proportions: Object.values(odds),
  predictions: [{ quantity: EPOCH, near: withinFactor(NEAR), proportion: odds.near }],
  floors: { 'stable after epoch 100': 0.2, 'horizon above 50': 0.2, 'fewer than 30 units': 0.2 },
  mutants: mutantsOf(subject, {
    'seven tenths of the rate': { average: misreading(rateTimes(0.7), trainAveraged) },
    '1.3 times the rate': { average: misreading(rateTimes(1.3), trainAveraged) },
    'half the rate': { average: misreading(rateTimes(1 / 2), trainAveraged) },
    'a tenth of the rate': { average: misreading(rateTimes(1 / 10), trainAveraged) },
    'clip norm twice as large': { average: misreading(clipTimes(2), trainAveraged) },
    'not averaged at all': {
      average: (protocol, agent) => {
        const variance = startVariance(protocol.start)!;
        const moments = scalarMatrix(2, variance);
        return trainGram(protocol, agent, () => moments);
      },
    },
  }),
});
