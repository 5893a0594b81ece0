/**
 * Claim: the level at which stage 1 settles, predicted before the run.
 */
import fc from 'fast-check';
import { defineClaim } from '#src/claims/claim.js';
import type { Evidence } from '#src/claims/evidence.js';
import { descendAlone, hopWidth, stageOneRegime, stageOneStart } from '#src/theory/stage-one-lasts-as-predicted.js';
import { settlingLevel, statement } from '#src/theory/stage-one-settles-at-minimum.js';
import { staysFinite } from './curves.js';
import { agentOf, type Configuration, momentsOf } from './generators/configuration.js';
import { insideStageOne, measuredTurn, positionOverlap } from './generators/stage-one.js';
import { horizonTimes, misreading, type Trainer, trainGram } from './trainers.js';

interface Subject {
  readonly start: typeof stageOneStart;
  readonly level: typeof settlingLevel;
  readonly train: Trainer;
}

const subject: Subject = {
  start: stageOneStart,
  level: settlingLevel,
  train: trainGram,
};

const SETTLES = 'the middle of the first hop is within one hop of the predicted level';

function check(subject: Subject, instance: Configuration, evidence: Evidence): void {
  const { protocol } = instance;
  const agent = agentOf(instance);
  const start = subject.start(protocol, agent);
  fc.pre(stageOneRegime(start, protocol) === 'inside');
  const turn = descendAlone(start, protocol);
  fc.pre(turn !== undefined && turn.epoch > 0 && turn.epoch <= protocol.epochs / 2);
  const hop = hopWidth(protocol.optimizer.lr, protocol.optimizer.clip!, start.inputNorm);
  const curve = subject.train(protocol, agent, momentsOf(instance));
  // Where the run diverges first, the level is NaN, which is within a hop of nothing.
  staysFinite(evidence, curve);
  const epoch = Math.min(measuredTurn(curve), curve.epochs - 2);
  const measured = (positionOverlap(curve, epoch) + positionOverlap(curve, epoch + 1)) / 2;
  const predicted = subject.level(turn!, hop);
  evidence.trial(SETTLES, Math.abs(measured - predicted) <= hop);
  evidence.predicts('σ_zm at which stage 1 settles, in hops', predicted / hop, measured / hop);
  evidence.classify('starts above zero', start.zm > 0);
  evidence.classify('further than ten hops from the start', start.zm - predicted > 10 * hop);
  evidence.classify('another dt', protocol.plant.kind === 'integrator' && protocol.plant.dt !== 1);
  evidence.classify('control penalty', protocol.loss.beta > 0);
}

export const claim = defineClaim<Configuration, Subject>({
  statement,
  cases: { kind: 'drawn', arbitrary: insideStageOne, runs: 2000, block: 100, least: 600 },
  subject,
  check,
  proportions: [{ name: SETTLES, atLeast: 0.7, refutedBelow: 0.55 }],
  floors: {
    'starts above zero': 0.5,
    'further than ten hops from the start': 0.5,
    'another dt': 0.2,
    'control penalty': 0.3,
  },
  mutants: [
    { name: 'half a hop below the turn', subject: { ...subject, level: ({ zm }, hop) => zm - hop / 2 } },
    { name: 'horizon a tenth longer', subject: { ...subject, start: misreading(horizonTimes(1.1), stageOneStart) } },
    { name: 'horizon a tenth shorter', subject: { ...subject, start: misreading(horizonTimes(0.9), stageOneStart) } },
  ],
});
