/**
 * Claim: the staircase of the tracking task.
 */

import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { kernelFor } from '#src/kernel/choose.js';
import { type Mat, matrix } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import type { Harmonic } from '#src/plant/reference.js';
import type { TrackingProtocol } from '#src/problem/protocol.js';
import {
  type Acquisition,
  acquisitions,
  continuousModes,
  harmonicLossAt,
  highestFrequency,
  highestLoss,
  LEVELS,
} from '#src/stages/acquisition.js';
import { odds, statement } from '#src/theory/tracking/frequencies-are-acquired-one-by-one.js';
import type { TrackingCurve } from '#src/training/curve.js';
import { PROBLEMS } from '#src/training/problems.js';
import { train } from '#src/training/train.js';
import { tracker, trackerProtocol } from '../../generators/tracking.js';
import { kept } from '../../support/kept.js';

/** A run, with the recurrence of every fourth epoch. */
interface Run {
  readonly curve: TrackingCurve;
  recurrenceAt(epoch: number): Mat<number>;
}

/** Epochs from one recorded recurrence to the next, and those that a run goes on for when all is acquired. */
const [EVERY, AFTER] = [4, 8];

/** Trains until both harmonics are followed, in single precision, as the paper’s program does. */
function run(protocol: TrackingProtocol, seed: number): Run {
  const { N } = protocol.agent;
  const random = new Stream(seed);
  const initial = PROBLEMS.tracking.draw(protocol, random.child('weights'));
  const engine = PROBLEMS.tracking.learner(protocol, initial, kernelFor('f32'));
  const recurrences: Float32Array[] = [];
  const followed = engine.harmonicLoss.map(() => Number.POSITIVE_INFINITY);
  const curve = train(engine, protocol, PROBLEMS.tracking.source(protocol, random.child('phases')), {
    observe(epoch) {
      if (epoch % EVERY === 0) recurrences.push(Float32Array.from(engine.kernel.weights().W));
      for (const [f, loss] of engine.harmonicLoss.entries())
        if (loss < LEVELS.done) followed[f] = Math.min(followed[f]!, epoch);
    },
    enough: (epoch) => followed.every((since) => epoch >= since + AFTER),
  });
  return {
    curve,
    recurrenceAt: (epoch) => {
      const data = recurrences[Math.min(recurrences.length - 1, Math.ceil(epoch / EVERY))]!;
      return matrix(N, N, (i, j) => data[i * N + j]!);
    },
  };
}

/** A run of a subject's. */
const followed = kept(([protocol, seed]: Parameters<typeof run>, by: typeof run) => by(protocol, seed));

/** By how much a harmonic's loss rises over epochs, at most, relative to where it begins. */
function rise(curve: TrackingCurve, harmonic: number, from: number, to: number): number {
  return highestLoss(curve, harmonic, from, to) / harmonicLossAt(curve, harmonic, from) - 1;
}

/** Its first and last epoch. */
interface Step {
  readonly begun: number;
  readonly done: number;
}

/** What the step costs the lower frequency, of its loss. */
const COST = 0.1;

const subject = {
  protocol: trackerProtocol,
  run,
  acquisitions,
  modes: continuousModes,
  rise,
  /** Epochs whose recurrences are compared. */
  compared: ({ begun, done }: Step): readonly [number, number] => [begun, done],
  /** Epochs on the plateau before a step, as many as the step's. @param since when the lower frequency was followed */
  plateau: (since: number, { begun, done }: Step): readonly [from: number, to: number] => {
    const from = Math.max(0, Math.round((since + begun - (done - begun)) / 2));
    return [from, from + done - begun];
  },
};

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: tracker, runs: 320, block: 10 },
  subject,
  check(subject, instance, evidence) {
    const protocol = subject.protocol(instance);
    const { curve, recurrenceAt } = followed([protocol, instance.seed], subject.run);
    const [low, high] = subject.acquisitions(curve);
    evidence.requires('both frequencies acquired', low?.done !== undefined && high?.done !== undefined);
    const { begun, epoch, done } = high as Acquisition & { readonly done: number };
    const step = { begun, done };
    const inStep = subject.rise(curve, 0, begun, done);
    evidence.classify('rolled out trial by trial after epoch 10', curve.collapsed.subarray(10, done).includes(0));
    evidence.classify('acquired after epoch 200', epoch > 200);
    evidence.classify(instance.shared ? 'on one axis' : 'on axes of their own');
    if (instance.shared) {
      evidence.trial(odds.costs.name, inStep >= COST);
      evidence.trial(odds.quiet.name, inStep > subject.rise(curve, 0, ...subject.plateau(low!.done!, step)));
      return;
    }
    evidence.trial(odds.spares.name, inStep < COST);
    evidence.trial(odds.order.name, low!.epoch < epoch);
    const length = done - begun;
    evidence.trial(odds.step.name, length < epoch / 4);
    const total = (e: number): number => harmonicLossAt(curve, 0, e) + harmonicLossAt(curve, 1, e);
    const before = begun - low!.done!;
    const rate = (total(low!.done!) - total(begun)) / before;
    evidence.trial(odds.plateau.name, before > length && rate < (total(begun) - total(done)) / (2 * length));
    const [from, to] = subject.compared(step);
    const omega = 2 * Math.PI * instance.frequencies[1];
    const away = (e: number): number =>
      Math.abs(highestFrequency(subject.modes(recurrenceAt(e), protocol.agent.leak, protocol.plant.dt)) / omega - 1);
    evidence.trial(odds.reaches.name, away(to) < 0.2);
    evidence.trial(odds.nearer.name, away(to) < away(from));
  },
  proportions: Object.values(odds),
  floors: { 'acquired after epoch 200': 0.4, 'on one axis': 0.3, 'on axes of their own': 0.4 },
  mutants: mutantsOf(subject, {
    'trained on each other’s frequencies': {
      run: ({ tracking, ...protocol }, seed) => {
        const [low, high] = tracking.harmonics as [Harmonic, Harmonic];
        const harmonics = [
          { ...low, frequency: high.frequency },
          { ...high, frequency: low.frequency },
        ];
        return run({ ...protocol, tracking: { ...tracking, harmonics } }, seed);
      },
    },
    'each on its own axis where they share one': {
      protocol: (instance) => trackerProtocol({ ...instance, shared: false }),
    },
    'both on one axis where each has its own': {
      protocol: (instance) => trackerProtocol({ ...instance, shared: true }),
    },
    'harmonics exchanged': { acquisitions: (curve) => acquisitions(curve).toReversed() },
    'a fall from the plateau on': { acquisitions: (curve) => acquisitions(curve, { ...LEVELS, begun: 2.5 }) },
    'the leak left out of the modes': { modes: (W, _, dt) => continuousModes(W, 1, dt) },
    'the recurrence of the beginning for that of the end': { compared: ({ begun, done }) => [done, begun] },
    'the loss that falls for the one that rises': { rise: (curve, _, from, to) => rise(curve, 1, from, to) },
    'the loss for its rise': { rise: (...at) => rise(...at) + 1 },
    'the step for the plateau': { plateau: (_, { begun, done }) => [begun, done] },
  }),
});
