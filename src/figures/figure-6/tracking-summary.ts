/**
 * The long tracking run of the paper's Figure 6, and what is kept of it. The package brings the summary of one such run,
 * spec/campaigns/tracking-summary.json, from which the figures of tracking are drawn:
 *
 *     loopproof figures --tracking spec/campaigns/tracking-summary.json --seed 1
 *
 * makes it anew in some minutes.
 */

import { linearised, type Rnn } from '../../agent/rnn.js';
import { build, type Mat, type Matrix, matrix } from '../../linalg/matrix.js';
import { Stream } from '../../linalg/random.js';
import { reals } from '../../linalg/ring.js';
import { track } from '../../loop/rollout.js';
import { basisSignals, drawPhases } from '../../plant/reference.js';
import { PROTOCOLS, type TrackingProtocol } from '../../problem/protocol.js';
import { type Acquisition, acquisitions, continuousModes, harmonicLossAt, LEVELS } from '../../stages/acquisition.js';
import type { TrackingCurve } from '../../training/curve.js';
import { PROBLEMS, taskOf } from '../../training/problems.js';
import type { TrackingTask } from '../../training/tracking.js';
import { referencesOf } from '../../training/tracking.js';
import { deployedTracking, trackingStudent } from '../../training/tracking-open-loop.js';
import { train } from '../../training/train.js';
import { version } from '../../version.js';

/** The paper's task, for as many epochs as its figure shows. */
export const LONG_RUN: TrackingProtocol = { ...PROTOCOLS.tracking, epochs: 10_000 };

/** Numbers of the summary have this many digits. */
export const DIGITS = 6;

/** Rows per decade of epochs: a fall of a few hundredths of a decade still has several. */
const PER_DECADE = 200;

/** Trials that agents are deployed on. */
const TRIALS = 100;

/** Modes in the continuous-time plane, 1/s: one of each conjugate pair. */
export interface Modes {
  /** Of which epoch's weights. */
  readonly epoch: number;
  readonly re: readonly number[];
  readonly im: readonly number[];
}

/** A reference and what follows it, step by step. */
export interface FollowedPath {
  readonly reference: readonly number[];
  readonly position: readonly number[];
}

/** One frequency. */
export interface FrequencySummary {
  /** Hz. */
  readonly frequency: number;
  /** When it is acquired; `null` where it is not within the run. */
  readonly acquired: { readonly begun: number; readonly epoch: number; readonly done: number } | null;
  /** Its loss at the epochs of `epochs`. */
  readonly loss: readonly number[];
  /** The response to its cosine part alone when `done`, and the modes then; `null` where it is not acquired. */
  readonly held: { readonly trace: FollowedPath; readonly modes: Modes } | null;
}

/** What is kept of the long run. */
export interface TrackingSummary {
  readonly format: 'loop-tracking/1';
  readonly producer: { readonly tool: 'loopproof'; readonly version: string };
  readonly seed: number;
  readonly protocol: TrackingProtocol;
  /** Epochs of the rows below, evenly spread over the decades. */
  readonly epochs: readonly number[];
  readonly loss: readonly number[];
  readonly frequencies: readonly FrequencySummary[];
  /** Every epoch around the acquisition of the second frequency: losses of the first and the second. */
  readonly around: {
    readonly from: number;
    readonly first: readonly number[];
    readonly second: readonly number[];
  } | null;
  /** Modes before learning and after it. */
  readonly before: Modes;
  readonly after: Modes;
  /** One trial after learning: reference and path on each axis. */
  readonly path: readonly FollowedPath[];
  /** A student of the same initial weights that learns in open loop: what it minimises, and what it costs deployed. */
  readonly student: { readonly loss: readonly number[]; readonly deployed: readonly number[] };
}

function rounded(values: Iterable<number>): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(DIGITS)));
}

/** The epochs that are kept of a run: all of the first ones, then as many per decade, and the last. */
export function keptEpochs(epochs: number): number[] {
  const last = epochs - 1;
  const spread = Array.from({ length: Math.ceil(PER_DECADE * Math.log10(epochs)) }, (_, k) =>
    Math.round(10 ** (k / PER_DECADE)),
  );
  return [...new Set([0, ...spread.filter((epoch) => epoch < last), last])];
}

function modesOf(epoch: number, { W, leak }: Rnn, dt: number): Modes {
  const upper = continuousModes(W, leak, dt)
    .filter(({ im }) => im >= 0)
    .sort((a, b) => b.im - a.im || b.re - a.re);
  return { epoch, re: rounded(upper.map(({ re }) => re)), im: rounded(upper.map(({ im }) => im)) };
}

/** One reference followed, on every axis. @param references (steps·axes) × 1 */
function follow(
  { plant, reference: { axes }, steps, limit }: TrackingTask,
  rnn: Rnn,
  references: Mat<number>,
): FollowedPath[] {
  const perStep = Array.from({ length: steps }, (_, i) => build(axes, 1, (axis) => references.data[i * axes + axis]!));
  const clamp = (value: number): number => Math.min(limit, Math.max(-limit, value));
  const { x } = track(reals, plant, linearised(rnn), perStep, clamp);
  return Array.from({ length: axes }, (_, axis) => ({
    reference: rounded(perStep.map(({ data }) => data[axis]!)),
    // The positions come first among the states of a cursor.
    position: rounded(x.map(({ data }) => data[axis]!)),
  }));
}

/** The closed-loop part of a run. */
export interface ClosedRun {
  readonly curve: TrackingCurve;
  readonly initial: Rnn;
  readonly final: Rnn;
  /** The agent when each harmonic's loss was below `LEVELS.done` for the first time. */
  readonly holding: readonly (Rnn | undefined)[];
}

/** Trains in closed loop. @param progress called with each epoch */
export function closedRun(protocol: TrackingProtocol, seed: number, progress?: (epoch: number) => void): ClosedRun {
  const random = new Stream(seed);
  const initial = PROBLEMS.tracking.draw(protocol, random.child('weights'));
  const engine = PROBLEMS.tracking.learner(protocol, initial);
  const holding: (Rnn | undefined)[] = Array(protocol.tracking.harmonics.length).fill(undefined);
  const curve = train(engine, protocol, PROBLEMS.tracking.source(protocol, random.child('starts')), {
    observe(epoch) {
      for (const [f, loss] of engine.harmonicLoss.entries()) if (loss < LEVELS.done) holding[f] ??= engine.rnn();
      progress?.(epoch);
    },
  });
  return { curve, initial, final: engine.rnn(), holding };
}

/** The open-loop part: what a student minimises and costs deployed, at the kept epochs. */
export function studentRun(
  protocol: TrackingProtocol,
  seed: number,
  initial: Rnn,
  teacher: Rnn,
  progress?: (epoch: number) => void,
): TrackingSummary['student'] {
  const random = new Stream(seed);
  const task = taskOf(protocol);
  const trials = drawPhases(protocol.tracking.harmonics.length, TRIALS, random.child('trials'));
  const deployedOf = deployedTracking(task, trials, initial);
  const student = trackingStudent(task, protocol.batch, initial, teacher, ['M', 'W', 'Z']);
  const kept = keptEpochs(protocol.epochs);
  const deployed: number[] = [];
  const curve = train(student, protocol, PROBLEMS.tracking.source(protocol, random.child('inputs')), {
    observe(epoch) {
      if (kept[deployed.length] === epoch) deployed.push(deployedOf(student.rnn()));
      progress?.(epoch);
    },
  });
  return { loss: rounded(kept.map((epoch) => curve.loss[epoch]!)), deployed: rounded(deployed) };
}

/** The epochs around a step that are kept one by one: as many before and after as it takes, but no fewer than this. */
const AROUND = 100;

function around(curve: TrackingCurve, second: Acquisition | undefined): TrackingSummary['around'] {
  if (second?.done === undefined) return null;
  const side = Math.max(AROUND, second.done - second.begun);
  const from = Math.max(0, second.epoch - side);
  const count = Math.min(curve.epochs, second.epoch + side + 1) - from;
  const lossOf = (harmonic: number): number[] =>
    rounded(Array.from({ length: count }, (_, k) => harmonicLossAt(curve, harmonic, from + k)));
  return { from, first: lossOf(0), second: lossOf(1) };
}

/** The response to the cosine part of one harmonic alone. */
function responseTo(task: TrackingTask, rnn: Rnn, harmonic: number): FollowedPath {
  const { reference, dt, steps } = task;
  const basis: Matrix = basisSignals(reference, dt, steps);
  const cosine = matrix(basis.rows, 1, (row) => basis.data[row * basis.cols + 2 * harmonic]!);
  return follow(task, rnn, cosine)[reference.harmonics[harmonic]!.axis]!;
}

/** Both parts of a run, and what is kept of them. @param progress called with what is done and its epoch */
export function summariseTracking(
  protocol: TrackingProtocol,
  seed: number,
  progress?: (what: string, epoch: number) => void,
): TrackingSummary {
  const task = taskOf(protocol);
  const { dt } = protocol.plant;
  const { harmonics } = protocol.tracking;
  const { curve, initial, final, holding } = closedRun(protocol, seed, (epoch) => progress?.('closed loop', epoch));
  const student = studentRun(protocol, seed, initial, final, (epoch) => progress?.('open loop', epoch));
  const epochs = keptEpochs(protocol.epochs);
  const acquired = acquisitions(curve);
  const phases = drawPhases(harmonics.length, 1, new Stream(seed).child('path'));
  return {
    format: 'loop-tracking/1',
    producer: { tool: 'loopproof', version: version() },
    seed,
    protocol,
    epochs,
    loss: rounded(epochs.map((epoch) => curve.loss[epoch]!)),
    frequencies: harmonics.map(({ frequency }, f) => {
      const { begun, epoch, done } = acquired[f] ?? {};
      const rnn = holding[f];
      const isAcquired = begun !== undefined && epoch !== undefined && done !== undefined;
      return {
        frequency,
        acquired: isAcquired ? { begun, epoch, done } : null,
        loss: rounded(epochs.map((e) => harmonicLossAt(curve, f, e))),
        held: isAcquired && rnn ? { trace: responseTo(task, rnn, f), modes: modesOf(done, rnn, dt) } : null,
      };
    }),
    around: around(curve, acquired[1]),
    before: modesOf(0, initial, dt),
    after: modesOf(protocol.epochs, final, dt),
    path: follow(task, final, referencesOf(task, phases)),
    student,
  };
}
