/**
 * Claim: stage 3 by the order parameters alone, against learning.
 */

import fc from 'fast-check';
import { betaOf } from '#spec/support/cost.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { withinFactor } from '#src/claims/prediction.js';
import { type Matrix, scalarMatrix } from '#src/linalg/matrix.js';
import { adjointRoundings, gamma } from '#src/linalg/tolerance.js';
import { costOf, type Protocol, plantOf } from '#src/problem/protocol.js';
import { startVariance } from '#src/problem/start.js';
import { largestReal, stabilisationOf } from '#src/stages/spectral.js';
import { fullInformationBound, observationBound } from '#src/theory/loop/no-policy-beats-riccati.js';
import { odds, statement } from '#src/theory/stage-three/refinement-follows-order-parameters.js';
import { type LearningCurve, orderParametersAt, spectrumOf } from '#src/training/curve.js';
import { effectiveLearner } from '#src/training/learner.js';
import { train } from '#src/training/train.js';
import { agentOf, configuration, momentsOf, PAPER, population } from '../../generators/configuration.js';
import { logInteger, logUniform } from '../../generators/number.js';
import { staysFinite } from '../../support/curves.js';
import { misreading, penaltyLeftOut, rateTimes, trainGram, velocityLeftOut } from '../../support/trainers.js';

/** Descends the order parameters of an epoch of a curve. */
type Refinement = (protocol: Protocol, curve: LearningCurve, epoch: number, epochs: number) => LearningCurve;

const populationMoments = ({ start }: Protocol): Matrix => scalarMatrix(2, startVariance(start)!);

const refine: Refinement = (protocol, curve, epoch, epochs) => {
  const moments = populationMoments(protocol);
  const overlaps = orderParametersAt(curve, epoch);
  return train(effectiveLearner(protocol, overlaps), { ...protocol, epochs }, () => moments);
};

const subject = {
  refine,
  learn: trainGram,
  least: (bound: typeof observationBound, ...problem: Parameters<typeof observationBound>): number => bound(...problem),
};

/** Epochs compared, and those left out at first. */
const [LENGTH, LEFT_OUT] = [500, 20];

const ENDED = 'loss 500 epochs after stabilisation, order parameters alone';
const LEAST = 'final loss with a penalty, by the least from observations';

const arbitrary = configuration({
  ...PAPER,
  N: logInteger(30, 300),
  horizon: logInteger(20, 80),
  start: logUniform(0.5, 3).map(population),
  loss: fc.constantFrom(0, 0.5, 2, 5).map((beta) => ({ state: 'mean' as const, beta })),
  lr: logUniform(7e-3, 1.5e-2),
  clip: logUniform(0.7, 1.5),
  scale: logUniform(0.8, 1.25),
  epochs: 1000,
});

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary, runs: 1500, block: 50 },
  subject,
  check(subject, instance, evidence) {
    const { protocol } = instance;
    const plant = plantOf(protocol.plant);
    const curve = subject.learn(protocol, agentOf(instance), momentsOf(instance));
    const from = stabilisationOf(protocol, curve).latest;
    const inTime = from !== undefined && from > 0 && from + LENGTH <= protocol.epochs;
    evidence.requires(`stabilisation ${LENGTH} epochs before the end`, inTime);
    // A run that diverges after it was stable, or a descent alone that does, counts against every proportion.
    const learns = staysFinite(evidence, curve);
    const alone = subject.refine(protocol, curve, from!, LENGTH);
    staysFinite(evidence, alone, 'the descent of the order parameters');
    const last = LENGTH - 1;
    const [ended, learnt] = [alone.loss[last]!, curve.loss[from! + last]!];
    evidence.predicts(ENDED, ended, learnt);
    let way = 1;
    for (let e = LEFT_OUT; e < LENGTH; e++) {
      const ratio = alone.loss[e]! / curve.loss[from! + e]!;
      way = Math.max(way, ratio, 1 / ratio);
    }
    evidence.trial(odds.way.name, way <= 2.5);
    const spectrumAt = (run: LearningCurve, epoch: number) => spectrumOf(plant, 1, orderParametersAt(run, epoch));
    const [own, other, before] = [spectrumAt(curve, from! + last), spectrumAt(alone, last), spectrumAt(curve, from!)!];
    evidence.trial(
      odds.radius.name,
      own !== undefined && other !== undefined && Math.abs(own.radius - other.radius) <= 0.1,
    );
    evidence.trial(odds.grows.name, own !== undefined && largestReal(own)! - largestReal(before)! > 0.01);

    const early = subject.refine(protocol, curve, 0, 2 * from! + 100);
    const epoch = stabilisationOf(protocol, early).latest ?? early.epochs;
    evidence.trial(odds.before.name, Math.max(epoch / from!, from! / epoch) > 1.5);

    if (!learns) return;
    const cost = costOf(protocol, 2, 1);
    const moments = populationMoments(protocol);
    const rounding = gamma(adjointRoundings({ n: 2, N: 4, c: 1, p: 1, r: 1 }, protocol.horizon, 2)) * learnt;
    const [full, seen] = [fullInformationBound, observationBound].map((bound) =>
      subject.least(bound, plant, cost, protocol.horizon, moments),
    ) as [number, number];
    for (const [information, least] of Object.entries({ 'with full information': full, 'from observations': seen }))
      evidence.within(`least loss ${information} above the loss learnt`, Math.max(0, least - learnt), rounding);
    if (betaOf(protocol) > 0) evidence.predicts(LEAST, seen, learnt);
    for (const beta of [0, 0.5, 2, 5]) evidence.classify(`β = ${beta}`, betaOf(protocol) === beta);
    evidence.classify('horizon above 40', protocol.horizon > 40);
  },
  proportions: Object.values(odds),
  predictions: [
    { quantity: ENDED, near: (ended, learnt) => Math.abs(ended / learnt - 1) <= 0.1, proportion: odds.ends },
    { quantity: LEAST, near: withinFactor(1.1), proportion: odds.least },
  ],
  floors: { 'β = 0': 0.15, 'β = 0.5': 0.15, 'β = 2': 0.15, 'β = 5': 0.15, 'horizon above 40': 0.3 },
  mutants: mutantsOf(subject, {
    'bounds for starts of twice the size': {
      least: (bound, plant, cost, horizon, moments) => 4 * bound(plant, cost, horizon, moments),
    },
    'bounds half as high': { least: (bound, ...problem) => bound(...problem) / 2 },
    'velocity left out of the loss': { refine: misreading(velocityLeftOut, refine) },
    'penalty left out': { refine: misreading(penaltyLeftOut, refine) },
    'a tenth of the rate': { refine: misreading(rateTimes(1 / 10), refine) },
    'half the rate': { refine: misreading(rateTimes(1 / 2), refine) },
    'twice the rate': { refine: misreading(rateTimes(2), refine) },
    'learning itself for descent on the order parameters': {
      refine: (_protocol, curve, epoch, epochs) => {
        const end = Math.min(epoch + epochs, curve.epochs);
        const { loss, overlaps } = curve;
        return {
          ...curve,
          epochs: end - epoch,
          loss: loss.slice(epoch, end),
          overlaps: overlaps.slice(4 * epoch, 4 * end),
        };
      },
    },
    'learning that stops when the loop is stable': {
      learn: (protocol, agent, moments) => {
        const curve = trainGram(protocol, agent, moments);
        const end = 4 * (stabilisationOf(protocol, curve).latest ?? curve.epochs);
        return {
          ...curve,
          overlaps: curve.overlaps.map((value, k) => (k < end ? value : curve.overlaps[end + (k % 4)]!)),
        };
      },
    },
  }),
});
