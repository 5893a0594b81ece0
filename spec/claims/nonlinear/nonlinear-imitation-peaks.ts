/**
 * Claim: the deployed loss of a tanh student trained open loop peaks before it falls, at about the epoch of its linear twin’s.
 */

import type { Rnn } from '#src/agent/rnn.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { map } from '#src/linalg/matrix.js';
import { openLoopOf, type RnnProtocol } from '#src/problem/protocol.js';
import { rateAt } from '#src/problem/schema.js';
import type { DataSource } from '#src/problem/start.js';
import { peakRatioOf } from '#src/stages/peak.js';
import { odds, statement } from '#src/theory/nonlinear/nonlinear-imitation-peaks.js';
import { PROBLEMS } from '#src/training/problems.js';
import type { RnnEngine } from '#src/training/rnn.js';
import { train } from '#src/training/train.js';
import {
  atRate,
  clippedRun,
  deployedOn,
  type NonlinearCase,
  type NonlinearRun,
  realiseNonlinear,
  twinOf,
} from '../../generators/nonlinear.js';
import { kept } from '../../support/kept.js';

/** What is learnt by what rule. */
interface Lesson {
  readonly protocol: RnnProtocol;
  readonly engine: RnnEngine;
  readonly batches: DataSource;
}

/** In closed loop. */
function practise({ protocol, initial, random }: NonlinearRun): Lesson {
  const batches = PROBLEMS.batches.source(protocol, random.child('starts'));
  return { protocol, engine: PROBLEMS.batches.learner(protocol, initial), batches };
}

/** Outside the loop. */
function imitate({ protocol, initial, random }: NonlinearRun, teacher: Rnn): Lesson {
  const open = openLoopOf(protocol);
  const batches = PROBLEMS.batches.source(open, random.child('inputs'));
  return { protocol: open, engine: PROBLEMS.batches.learner(open, initial, teacher), batches };
}

const subject = {
  imitate,
  /** Of the twin that predicts. */
  predict: imitate,
  slow: (protocol: RnnProtocol): RnnProtocol => atRate(protocol, 0.006 / rateAt(protocol.optimizer, 0)),
  adam: (protocol: RnnProtocol): RnnProtocol => ({ ...protocol, optimizer: { kind: 'adam', lr: 0.001, clip: 1 } }),
};
type Subject = typeof subject;

/** Epochs of a teacher and of a student: four times as many as to the peak, as in the paper. */
const [TAUGHT, EPOCHS] = [250, 360];

/** By Adam, whose students are past their peaks by half that time. */
const [TAUGHT_ADAM, EPOCHS_ADAM] = [150, 200];

/** Every how many epochs an agent is deployed. */
const EVERY = 2;

/** Learns, and records the loss of the agent deployed, every so many epochs: ∞ beyond the range of numbers. */
function deployedLosses(
  run: NonlinearRun,
  { protocol, engine, batches }: Lesson,
  epochs: number,
  enough: (deployed: readonly number[]) => boolean = () => false,
): readonly number[] {
  const trials = deployedOn(run);
  const deployed: number[] = [];
  train(engine, { ...protocol, epochs }, batches, {
    observe(epoch) {
      if (epoch % EVERY > 0) return;
      const loss = trials.run(engine.kernel);
      deployed.push(Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY);
    },
    enough: () => enough(deployed),
  });
  return deployed;
}

/** Learns, and is deployed at the end only. */
function lossAfter(run: NonlinearRun, { protocol, engine, batches }: Lesson): number {
  train(engine, { ...protocol, epochs: EPOCHS }, batches);
  return deployedOn(run).run(engine.kernel);
}

/** Whether a loss has been at its peak, and has come down from it by nine tenths. */
function isPastPeak(deployed: readonly number[]): boolean {
  if (deployed.length % 10 > 0) return false;
  const { factor, epoch } = peakRatioOf(deployed);
  return factor >= LEAST && deployed.at(-1)! < deployed[epoch]! / 10;
}

const realise = (instance: NonlinearCase): NonlinearRun => realiseNonlinear(instance, TAUGHT);

/** The losses of an agent that learns in closed loop, and what it becomes: the teacher. */
const closedLoop = kept((instance: NonlinearCase) => {
  const run = realise(instance);
  const lesson = practise(run);
  const losses = deployedLosses(run, lesson, TAUGHT);
  return { losses, teacher: lesson.engine.rnn() };
});
const teacherOf = (instance: NonlinearCase): Rnn => closedLoop(instance).teacher;

/** The deployed losses of a student. */
const student = kept((instance: NonlinearCase, imitate: Subject['imitate']) => {
  const run = realise(instance);
  return deployedLosses(run, imitate(run, teacherOf(instance)), EPOCHS);
});

/** The deployed loss of a slow student at the end. */
const slowly = kept((instance: NonlinearCase, slow: Subject['slow']) => {
  const run = realise(instance);
  const unhurried = { ...run, protocol: slow(run.protocol) };
  return lossAfter(unhurried, imitate(unhurried, teacherOf(instance)));
});

/** The deployed losses of the linear twin, to beyond their peak. */
const linearly = kept((instance: NonlinearCase, predict: Subject['predict']) => {
  const run = realise(instance);
  const twin = { ...run, initial: twinOf(run.initial) };
  return deployedLosses(twin, predict(twin, twinOf(teacherOf(instance))), EPOCHS, isPastPeak);
});

/** The deployed losses of a student of Adam’s, whose teacher learns by Adam as well. */
const smoothly = kept((instance: NonlinearCase, adam: Subject['adam']) => {
  const run = realise(instance);
  const smooth = { ...run, protocol: adam(run.protocol) };
  const other = practise(smooth);
  train(other.engine, { ...other.protocol, epochs: TAUGHT_ADAM }, other.batches);
  return deployedLosses(smooth, imitate(smooth, other.engine.rnn()), EPOCHS_ADAM);
});

const PEAK = 'epoch of peak deployed loss, by the linear student';
const END = 'deployed loss of the student at the end, by its teacher’s';

/** The least peak that counts, over the lowest loss before it. */
const LEAST = 5;

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: clippedRun, runs: 100, block: 4 },
  subject,
  check(subject, instance, evidence) {
    const imitating = student(instance, subject.imitate);
    const { losses: closed } = closedLoop(instance);
    const [open, shut] = [peakRatioOf(imitating), peakRatioOf(closed)];
    const [level, end] = [closed.at(-1)!, imitating.at(-1)!];
    evidence.trial(odds.peaks.name, open.factor >= LEAST);
    evidence.trial(odds.closed.name, shut.factor <= open.factor / LEAST);
    evidence.predicts(END, level, end);
    evidence.trial(odds.slow.name, slowly(instance, subject.slow) >= 2 * level);

    const predicted = linearly(instance, subject.predict);
    const [epoch, peak] = [predicted, imitating].map((losses) => EVERY * peakRatioOf(losses).epoch) as [number, number];
    evidence.predicts(PEAK, epoch, peak);
    evidence.trial(odds.adam.name, peakRatioOf(smoothly(instance, subject.adam)).factor < LEAST);
    evidence.classify('diverged', !Number.isFinite(level) || !Number.isFinite(end));
    evidence.classify('perturbed', instance.perturbation !== 'none');
    evidence.classify('peak after epoch 100', peak > 100);
  },
  proportions: Object.values(odds),
  predictions: [
    // Two epochs for noise: peaks are flat.
    { quantity: PEAK, near: (epoch, peak) => peak >= epoch - 2 && peak <= 1.25 * epoch, proportion: odds.twin },
    { quantity: END, near: (level, end) => end >= 0.95 * level && end <= 1.25 * level, proportion: odds.alike },
  ],
  floors: { perturbed: 0.6, 'peak after epoch 100': 0.1 },
  mutants: mutantsOf(subject, {
    'a teacher that answers nothing': {
      imitate: (run, teacher) => imitate(run, { ...teacher, Z: map(teacher.Z, () => 0) }),
    },
    'a teacher of half the gains': {
      imitate: (run, teacher) => imitate(run, { ...teacher, Z: map(teacher.Z, (value) => value / 2) }),
    },
    'student trained in closed loop': { imitate: practise },
    'the slow student at the rate of the other': { slow: (protocol) => protocol },
    'the twin learns at half the rate': {
      predict: (run, teacher) => imitate({ ...run, protocol: atRate(run.protocol, 0.5) }, teacher),
    },
    'clipped steps in place of Adam’s': { adam: (protocol) => protocol },
  }),
});
