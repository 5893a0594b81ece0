/**
 * Claim: open-loop training on a stable teacher makes the deployed loss peak before it falls, at the epoch that the Gram dynamics predict.
 */

import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import type { Prediction } from '#src/claims/prediction.js';
import { map } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { trainedTensors } from '#src/problem/agents.js';
import { ratesTimes } from '#src/problem/schema.js';
import { momentFactor } from '#src/problem/start.js';
import { peakRatioOf } from '#src/stages/peak.js';
import { EPOCHS, odds, regime, statement } from '#src/theory/open-loop/open-loop-training-peaks.js';
import { type LearningCurve, orderParametersAt } from '#src/training/curve.js';
import { deployedLosses } from '#src/training/deployed.js';
import { gramDescent } from '#src/training/gram.js';
import { gramLearner } from '#src/training/learner.js';
import { openLoopTask, sampledMoments, sequenceLoss, trainOpenLoop } from '#src/training/open-loop.js';
import { train } from '#src/training/train.js';
import { plant, realisePair, startMoments, teacherStudent } from '../../generators/teacher-student.js';
import { staysFinite } from '../../support/curves.js';

const subject = {
  imitate: trainOpenLoop,
  /** The dynamics that predict the epoch of the peak. */
  predict: trainOpenLoop,
};

/** Horizon T and batch of training on sampled inputs. */
const SAMPLED = { horizon: 12, batch: 30 } as const;

const PEAK = 'epoch of peak deployed loss, sampled inputs';
const HEIGHT = 'log10 of peak / earlier minimum of the deployed loss';
const END = 'deployed loss after 1000 epochs, open loop from closed';

/** Whether a number is as predicted to so many parts of it. */
const to =
  (share: number): Prediction['near'] =>
  (predicted, measured) =>
    Math.abs(measured / predicted - 1) <= share;

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: teacherStudent,
    runs: 800,
    block: 20,
    least: 300,
  },
  subject,
  regime,
  proportions: Object.values(odds),
  predictions: [
    { quantity: PEAK, near: to(0.1), proportion: odds.sampled },
    { quantity: HEIGHT, near: to(0.05), proportion: odds.height },
    { quantity: END, near: to(0.01), proportion: odds.alike },
  ],
  check(subject, instance, evidence) {
    const pair = realisePair(instance, evidence);
    if (!pair) return;
    const { protocol, agent, closed, task, response, problem } = pair;
    const deploy = (curve: LearningCurve): Float64Array => deployedLosses(curve, problem, momentFactor(startMoments));
    const student = subject.imitate(task, response, agent, protocol);
    staysFinite(evidence, student, 'the student');
    const deployed = deploy(student);
    const [open, shut] = [peakRatioOf(deployed), peakRatioOf(closed.loss)];
    evidence.trial(odds.peaks.name, open.factor >= 10);
    evidence.trial(odds.closed.name, shut.factor <= open.factor / 10);
    const last = EPOCHS - 1;
    evidence.predicts(END, closed.loss[last]!, deployed[last]!);

    // Short sequences and small batches suffice: the path, and so the peak, hardly depends on their length.
    const short = openLoopTask('low-rank', plant, SAMPLED.horizon);
    const answers = response.slice(0, short.steps);
    const early = { ...protocol, epochs: EPOCHS / 2 };
    const predicted = peakRatioOf(deploy(subject.predict(short, answers, agent, early)));
    const schedule = { ...protocol, epochs: Math.min(EPOCHS, Math.ceil(1.25 * predicted.epoch) + 5) };
    const inputs = sampledMoments(
      short.steps,
      momentFactor(short.covariance),
      SAMPLED.batch,
      new Stream(instance.seed).child('inputs'),
    );
    const lossOf = sequenceLoss(short, answers, agent.leak, 1);
    const sampled = peakRatioOf(deploy(train(gramDescent(agent, trainedTensors(protocol), lossOf), schedule, inputs)));
    evidence.predicts(PEAK, predicted.epoch, sampled.epoch);
    evidence.predicts(HEIGHT, Math.log10(predicted.factor), Math.log10(sampled.factor));
    evidence.classify('peak after epoch 100', predicted.epoch > 100);
    evidence.classify('starts with σ_zm < 0', orderParametersAt(closed, 0).zm.data[0]! < 0);
    evidence.classify(
      'starts with q < 0',
      orderParametersAt(closed, 0).zu.data[0]! * orderParametersAt(closed, 0).vm.data[0]! < 0,
    );
  },
  floors: { 'peak after epoch 100': 0.2, 'starts with σ_zm < 0': 0.25, 'starts with q < 0': 0.25 },
  mutants: mutantsOf(subject, {
    'a teacher that answers nothing': {
      imitate: (task, response, ...rest) =>
        trainOpenLoop(
          task,
          response.map((g) => map(g, () => 0)),
          ...rest,
        ),
    },
    'a teacher of half the gains': {
      imitate: (task, response, ...rest) =>
        trainOpenLoop(
          task,
          response.map((g) => map(g, (value) => value / 2)),
          ...rest,
        ),
    },
    'student trained in closed loop': {
      imitate: (_task, _response, agent, protocol) => train(gramLearner(protocol, agent), protocol, () => startMoments),
    },
    'prediction for a teacher of half the gains': {
      predict: (task, response, ...rest) =>
        trainOpenLoop(
          task,
          response.map((g) => map(g, (value) => value / 2)),
          ...rest,
        ),
    },
    'prediction at twice the learning rate': {
      predict: (task, response, agent, protocol) =>
        trainOpenLoop(task, response, agent, {
          ...protocol,
          optimizer: { ...protocol.optimizer, lr: ratesTimes(protocol.optimizer, 2) },
        }),
    },
  }),
});
