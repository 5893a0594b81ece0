/**
 * Follows a record from state to recorded state.
 *
 * Between whole states learning is deterministic. An engine that has lost its way to rounding, since learning is chaotic while the
 * loop is unstable, takes up what the record has of the next state and goes on. It is the beginning of a new window. What the record
 * does not have, hidden inner products or an optimiser's memory, the engine carries over; shadow runs that do the same measure how
 * far off it may be.
 */

import { Stream } from '../../linalg/random.js';
import { largestNumber, SHADOWS, type ShadowPlan, shadowComparisonFalseAlarm } from '../../linalg/tolerance.js';
import type { DataSource } from '../../problem/start.js';
import { type ComparedCurve, type Curve, emptyColumn, type LearningCurve, rowOf } from '../../training/curve.js';
import type { Memory } from '../../training/descent.js';
import type { Engine, Perturbable } from '../../training/engine.js';
import {
  CHANNELS,
  type Channel,
  type Difference,
  differenceAt,
  type Noise,
  outOfRange,
  type Shadow,
  shadowOf,
} from '../../training/shadow.js';
import { type Beginning, type Schedule, type Training, training } from '../../training/train.js';
import type { Digits } from '../format/digits.js';
import type { RunRecord } from '../record.js';
import { ofDigits, offBy } from '../rounding.js';

/** A window ends where an order parameter may be off by this, or after so many epochs, if the next state is recorded. */
const DRIFT = 2 ** -13;
export const LONGEST = 8;

/** Rows that are predicted beyond one that refutes the record. */
const AHEAD = 2;

/** The seed of the shadow runs: any will do, and the same makes verdicts repeatable. */
const SHADOW_SEED = 1;

/** A learner that a record can be followed with. Where it has order parameters they are compared, and recorded ones taken up. */
export type Follower = Perturbable & Partial<Pick<Engine, 'observe' | 'adopt'>>;

/** A program at the beginning of a record, to be held against it. */
export interface Program {
  readonly schedule: Schedule;
  readonly source: DataSource;
  readonly beginning?: Beginning;
  /** Engines whose curves are held against the record; the centre may be one of them. */
  readonly predictors: readonly Follower[];
  /** An engine as its shadows are, unperturbed, and the shadows. */
  readonly centre: Follower;
  readonly shadows: readonly Follower[];
  readonly plan: ShadowPlan;
  /** Of rounding in a number of the record, and of the noise on a shadow's entries that amounts to it. */
  readonly noise: Noise;
  /** Called before each epoch, with what the centre's optimiser remembers. */
  readonly onEpoch?: (epoch: number, memory: Memory) => void;
}

/** What a record is followed by: its rows, and what is recorded of each. */
export interface Followable extends Pick<RunRecord, 'channels' | 'rows' | 'digits'> {
  readonly curve: ComparedCurve;
  /** How well starts are known, relative to them. */
  readonly startNoise?: number;
}

/** A recorded number, or several, held against a prediction. */
export interface WindowDifference extends Difference {
  /** The epoch of the state that it was predicted from. */
  readonly window: number;
  /** Which of the predictors. */
  readonly predictor: number;
}

/** How far a record could be followed. */
export interface Followed {
  /** Of each predictor the first difference beyond its tolerance, or, if there is none, the one nearest to it. */
  readonly nearest: readonly WindowDifference[];
  /** The one of them that is furthest towards its tolerance, or beyond; `undefined` if nothing could be compared. */
  readonly decisive?: WindowDifference;
  readonly refuted: boolean;
  /** Rows that were compared, by channel. */
  readonly compared: Readonly<Record<Channel, number>>;
  /** Rows that were compared on one channel at least. */
  readonly rows: number;
  /** Why it ended: all epochs, tolerances above the ceiling, or numbers beyond the precision's range. */
  readonly end: 'complete' | 'chaotic' | 'out of range';
  /** The epochs at which windows begin. */
  readonly windows: readonly number[];
  /** What was predicted, per predictor: order parameters and Gram matrices as they were before the recorded ones were taken up. */
  readonly predicted: readonly ComparedCurve[];
  /** Tolerances, by channel and row. */
  readonly tolerances: Readonly<Record<Channel, Float64Array>>;
  /** Probability that a record as declared is refuted, at most. */
  readonly falseAlarm: number;
}

/** A run under way, and what it saw of the parameters on arrival at each row. */
interface Runner {
  readonly engine: Follower;
  readonly run: Training;
  readonly seen: ComparedCurve;
}

/** What a record has of the parameters in a row: order parameters and Gram matrix, NaN where it has nothing. */
type State = readonly [Float64Array, Float64Array];

/** A perturbed run. */
interface Shaken extends Runner {
  readonly shake: Shadow<Follower>['shake'];
  takeUp(state: State): void;
}

/** Sizes of what distances compare, as a curve has them. */
const entriesOf = ({ overlaps, gram, epochs }: ComparedCurve, channel: Channel): number =>
  channel === 'overlaps' ? overlaps.length / epochs : channel === 'gram' ? gram.length / epochs : 1;

/** Follows a record with the engines of a program, from its first epoch to the last, or until one number refutes it. */
export function follow(
  { curve: recorded, channels, rows: listed, digits, startNoise = 0 }: Followable,
  { schedule, source, beginning = { from: 0 }, predictors, centre, shadows, plan, noise, onEpoch }: Program,
): Followed {
  const { epochs, precision = 'f64' } = schedule;
  const { from, memory } = beginning;
  const after = schedule.rows === 'after-update';
  const random = new Stream(SHADOW_SEED);
  const recordedAt = new Set(listed);
  const ofStarts = Math.max(noise.numbers, startNoise);
  // Errors of digits are bounded, not normal: their tails are twice those (Hoeffding).
  const tails = Object.keys(digits).length > 0 ? 2 : 1;
  const begin = (engine: Follower): Runner => {
    const run = training<Curve>(
      engine,
      schedule,
      source,
      {},
      { from, ...(memory && { memory: structuredClone(memory) }) },
    );
    const { overlaps, gram }: Partial<LearningCurve> = run.curve;
    const blank = (column?: Float64Array): Float64Array => emptyColumn(column?.length ?? 0);
    return { engine, run, seen: { ...run.curve, overlaps: blank(overlaps), gram: blank(gram) } };
  };
  const off = (part: Float64Array, kind: Digits | undefined, stream: Stream): Float64Array =>
    kind ? part.map((value) => offBy(value, kind, stream)) : part;
  const shaken = shadows.map((engine, k): Shaken => {
    const stream = random.child(`shadow ${k}`);
    const shadow = shadowOf(engine, { ...noise, numbers: ofStarts }, stream);
    return {
      ...begin(shadow.engine),
      shake: shadow.shake,
      // The recorded state, as far off as recording it to few digits may have left it.
      takeUp: ([overlaps, gram]) =>
        engine.adopt?.(off(overlaps, digits.overlaps, stream), off(gram, digits.gram, stream)),
    };
  });
  const middle = begin(centre);
  const ahead = predictors.map((engine) => (engine === centre ? middle : begin(engine)));
  const exact = [...new Set([...ahead, middle])];
  const runners: readonly Runner[] = [...exact, ...shaken];
  const predicted = ahead.map(({ seen }) => seen);

  const tolerances = Object.fromEntries(
    (Object.keys(CHANNELS) as Channel[]).map((channel) => [channel, emptyColumn(epochs)]),
  ) as Record<Channel, Float64Array>;
  const compared: Record<Channel, number> = { loss: 0, gradNorm: 0, overlaps: 0, gram: 0, clipFactor: 0 };
  const rows = new Uint8Array(epochs);
  const windows = [from];
  const nearest: WindowDifference[] = [];
  const furthest = (): WindowDifference | undefined =>
    nearest.reduce<WindowDifference | undefined>((a, b) => (a && ratio(a) >= ratio(b) ? a : b), undefined);
  const refuted = (): boolean => nearest.some((one) => ratio(one) > 1);
  let falseAlarm = 0;
  const ratio = ({ difference, tolerance }: Difference): number => difference / tolerance;

  const toleranceOf = (channel: Channel, row: number): number => {
    let spread = noise.numbers;
    // A shadow that left the finite numbers leaves nothing to compare with.
    for (const { seen } of shaken) spread = Math.max(spread, differenceAt(channel, middle.seen, seen, row));
    return plan.multiple * spread;
  };
  /** Compares channels of a row. @returns whether it refutes the record */
  const compare = (wanted: readonly Channel[], row: number): boolean => {
    for (const channel of wanted) {
      // min(1, c/‖g‖) differs relatively by as much as ‖g‖ at most; its own spread vanishes where all shadows saturate.
      const spread =
        channel === 'clipFactor' ? middle.seen.clipFactor[row]! * tolerances.gradNorm[row]! : toleranceOf(channel, row);
      const printed = ofDigits(digits, channel, rowOf(recorded[channel], recorded.epochs, row));
      const tolerance = spread + printed;
      tolerances[channel][row] = tolerance;
      if (!channels.includes(channel) || !recordedAt.has(row) || !(spread <= SHADOWS.linear)) continue;
      if (tolerance <= SHADOWS.telling) {
        compared[channel]++;
        rows[row] = 1;
      }
      predicted.forEach((curve, predictor) => {
        const difference = differenceAt(channel, recorded, curve, row);
        const found = { channel, epoch: row, window: windows.at(-1)!, difference, tolerance, predictor };
        falseAlarm += shadowComparisonFalseAlarm(plan, tails * entriesOf(recorded, channel));
        const before = nearest[predictor];
        if (!before || ratio(found) > ratio(before)) nearest[predictor] = found;
      });
    }
    return refuted();
  };
  /** What the record has of the parameters in a row. */
  const stateAt = (row: number): State | undefined => {
    const state = [rowOf(recorded.overlaps, recorded.epochs, row), rowOf(recorded.gram, recorded.epochs, row)] as const;
    return state.some((part) => part.some(Number.isFinite)) ? state : undefined;
  };
  const arrive = (runs: readonly Runner[], row: number): void => {
    for (const { engine, seen } of runs)
      engine.observe?.(rowOf(seen.overlaps, epochs, row), rowOf(seen.gram, epochs, row));
  };
  const result = (end: Followed['end']): Followed => ({
    nearest,
    ...(nearest.length > 0 && { decisive: furthest()! }),
    refuted: refuted(),
    compared,
    rows: rows.reduce((sum, value) => sum + value, 0),
    end,
    windows,
    predicted,
    tolerances,
    falseAlarm,
  });

  /** The result of a record that a row refutes: predictions go on for a few rows, to be shown beside what is recorded. */
  const broken = (row: number, next: number): Followed => {
    for (let epoch = next; epoch < Math.min(epochs, row + 1 + AHEAD); epoch++) {
      if (!after) arrive(ahead, epoch);
      for (const { run } of ahead) run.step();
      if (after) arrive(ahead, epoch);
    }
    return result('complete');
  };

  /** Whether a record has a loss in range where that of every run, perturbed or not, is no number any more. */
  const staysFinite = (epoch: number): boolean =>
    recordedAt.has(epoch) &&
    recorded.loss[epoch]! ** 2 <= largestNumber(precision) &&
    runners.every(({ run }) => !Number.isFinite(run.curve.loss[epoch]));

  for (let epoch = from; ; epoch++) {
    const row = after ? epoch - 1 : epoch;
    const arrived = row >= from && row < epochs;
    if (arrived) {
      arrive(runners, row);
      if (compare(['overlaps', 'gram'], row)) return broken(row, epoch);
    }
    if (epoch >= epochs) return result('complete');
    if (arrived) {
      const drift = tolerances.overlaps[row]!;
      const state = stateAt(row);
      if (state && (drift > DRIFT || epoch - windows.at(-1)! >= LONGEST)) {
        for (const { engine } of exact) engine.adopt?.(...state);
        for (const { takeUp } of shaken) takeUp(state);
        windows.push(epoch);
      } else if (!(drift <= SHADOWS.telling)) return result('chaotic');
    }
    onEpoch?.(epoch, middle.run.memory);
    for (const { shake } of shaken) shake();
    for (const { run } of runners) run.step();
    if (predicted.some((curve) => outOfRange(curve, epoch, precision))) {
      if (!staysFinite(epoch)) return result('out of range');
      const [window, difference, tolerance] = [windows.at(-1)!, Number.POSITIVE_INFINITY, SHADOWS.telling];
      nearest[0] = { channel: 'loss', epoch, window, predictor: 0, difference, tolerance };
      return broken(epoch, epoch + 1);
    }
    if (compare(['loss', 'gradNorm', 'clipFactor'], epoch)) return broken(epoch, epoch + 1);
  }
}
