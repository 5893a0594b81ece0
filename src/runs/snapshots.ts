/**
 * A recorded run of whole weights, decoded: states that it can be repeated from, and what every epoch is evaluated on.
 */

import type { Agent } from '../agent/agent.js';
import type { AgentShape } from '../agent/linear.js';
import { fromRows, type Mat, transpose } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { unitRoundoff } from '../linalg/tolerance.js';
import type { ProblemKind } from '../problem/kinds.js';
import type { Protocol } from '../problem/protocol.js';
import {
  hasMemory,
  isNoisy,
  memoryFields,
  type RunProtocol,
  type RunWeights,
  STARTS_FIELDS,
  type StartsField,
} from '../problem/schema.js';
import type { DataSource } from '../problem/start.js';
import type { ComparedCurve, Curve } from '../training/curve.js';
import { problemOf } from '../training/problems.js';
import type { Channel } from '../training/shadow.js';
import { type Explicit, memoryOf } from '../training/snapshots.js';
import type { Beginning } from '../training/train.js';
import type { Digits } from './format/digits.js';
import type { RecordedRun } from './format/schema.js';
import { entryOf, knownMoments, problemIn } from './problem.js';
import { rowsOf } from './record.js';
import { coarserThan, type RecordedDigits } from './rounding.js';

/** Recorded weights, and how finely they were recorded where that is coarser than the precision. */
export interface RecordedWeights {
  readonly weights: RunWeights;
  readonly digits?: Digits;
}

/** Recorded weights before an epoch, and the run from there. */
export interface RecordedState extends RecordedWeights {
  readonly epoch: number;
  /** Where a replay begins; nothing where the optimiser's memory is not recorded. */
  readonly beginning?: () => Beginning;
}

/** From a recorded state to the next, or to the end of what is recorded. */
export interface SnapshotWindow {
  readonly from: RecordedState & {
    readonly beginning: () => Beginning;
    /** Of a state that was repeated, not recorded: where shadows are. */
    readonly shadows?: readonly RunWeights[];
  };
  /** The epoch that is not repeated any more. */
  readonly to: number;
  /** The recorded weights there. */
  readonly end?: RecordedWeights;
}

/** The record of a run of whole weights. */
export interface WeightsRecord {
  readonly protocol: RunProtocol;
  readonly kind: ProblemKind;
  readonly curve: ComparedCurve;
  readonly channels: readonly Extract<Channel, keyof Curve>[];
  readonly rows: readonly number[];
  readonly digits: RecordedDigits;
  readonly startNoise: number;
  /** Starts of some epochs, beside which noise is drawn. */
  readonly starts?: Known;
  /** Ascending. */
  readonly states: readonly RecordedState[];
  /** Where the last window ends: final weights, or the epoch after the last row. */
  readonly last: { readonly epoch: number } & Partial<RecordedWeights>;
  /** Why the memory of some states is not known. */
  readonly forgotten?: string;
  /** A learner of given weights, as the protocol declares it, or another one. */
  readonly learner: (weights: RunWeights) => Explicit;
  readonly learnerOf: (protocol: RunProtocol, weights: RunWeights) => Explicit;
}

/** The record of a run that can be repeated from whole weights. */
export interface SnapshotRecord extends WeightsRecord {
  /** None: order parameters are not compared. */
  readonly shape: AgentShape;
  readonly source: DataSource;
  readonly windows: readonly SnapshotWindow[];
  /** Why some windows are missing. */
  readonly lacks?: string;
}

/** A source, and the epochs that it is known of. */
interface Known {
  readonly source: DataSource;
  readonly first: number;
  readonly end: number;
}

/** What epochs drew, as it was recorded. @param toData what becomes of trials, a column each */
function recordedTrials(
  { starts }: RecordedRun,
  toData = (trials: Mat<number>): Mat<number> => trials,
): Known | undefined {
  const { first = 0, ...fields } = starts ?? {};
  const recorded = STARTS_FIELDS.map((field) => fields[field]).find((batches) => batches !== undefined);
  if (!recorded) return undefined;
  let known: { readonly epoch: number; readonly data: Mat<number> } | undefined;
  return {
    // Every runner of a window asks for the same epoch.
    source(epoch) {
      if (known?.epoch !== epoch) known = { epoch, data: toData(transpose(fromRows(recorded[epoch - first]!))) };
      return known.data;
    },
    first,
    end: first + recorded.length,
  };
}

/** What every epoch is evaluated on, and the epochs that this is known of; or what is missing. */
function dataOf(run: RecordedRun): Known | string {
  const { kind } = problemIn(run);
  const { trials, dataOf: toData } = problemOf(kind);
  const always = (source: DataSource) => ({ source, first: 0, end: run.protocol.epochs });
  const recorded = recordedTrials(run, toData);
  if (recorded) return recorded;
  const drawn = trials(run.protocol, new Stream(0));
  if (drawn && drawn(0) === drawn(1)) {
    const data = toData(drawn(0));
    return always(() => data);
  }
  const moments = kind === 'moments' ? knownMoments(run, run.protocol as Protocol) : undefined;
  if (moments) return { source: moments, first: 0, end: run.curves.moments?.length ?? run.protocol.epochs };
  const field: StartsField = run.protocol.tracking ? 'phases' : run.protocol.mode === 'closed-loop' ? 'x0' : 'y';
  return `what epochs were evaluated on is unknown: add starts.${field}`;
}

/** Recorded states, ascending. */
function statesOf(
  run: RecordedRun,
  learner: SnapshotRecord['learner'],
  { initial, snapshots: saved, memory: coarse }: { readonly [K in 'initial' | 'snapshots' | 'memory']?: Digits },
): RecordedState[] {
  const { protocol, snapshots, weights } = run;
  const { optimizer, firstUpdate = 0 } = protocol;
  const { epochs = [], optimizer: memory, ...tensors } = snapshots ?? {};
  const beginningAt = (from: number, entry: number | undefined): Pick<RecordedState, 'beginning'> => {
    const count = Math.max(0, from - firstUpdate);
    if (count === 0 || !hasMemory(optimizer)) return { beginning: () => ({ from }) };
    if (!memory || entry === undefined || coarse) return {};
    const fields = memoryFields(optimizer).map((field) => ({
      // Of tensors that are not trained nothing is remembered: any weights serve.
      ...entryOf(tensors, entry),
      ...entryOf(memory[field]!, entry),
    }));
    return { beginning: () => ({ from, memory: memoryOf(fields, count, learner) }) };
  };
  const recorded = epochs.map(
    (epoch, k): RecordedState => ({
      epoch,
      weights: entryOf(tensors, k),
      ...(saved && { digits: saved }),
      ...beginningAt(epoch, k),
    }),
  );
  if (!weights?.initial || epochs[0] === 0) return recorded;
  const first = { epoch: 0, weights: weights.initial, ...(initial && { digits: initial }) };
  return [{ ...first, ...beginningAt(0, undefined) }, ...recorded];
}

/** Numbers of a kind that tell how finely all of it was recorded. */
const SAMPLE = 2 ** 14;

function* numbersIn(value: unknown): Generator<number> {
  if (typeof value === 'number') yield value;
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) yield* numbersIn(part);
}

function sampled(value: unknown): number[] {
  const numbers: number[] = [];
  for (const number of numbersIn(value)) if (numbers.push(number) === SAMPLE) break;
  return numbers;
}

/** Half a step of the largest of the numbers, relative to their root mean square. */
function noiseOf(digits: Digits | undefined, numbers: readonly number[]): number {
  if (!digits) return 0;
  const squares = numbers.reduce((sum, value) => sum + value * value, 0);
  return Math.max(0, ...numbers.map(digits.half)) / Math.sqrt(squares / numbers.length);
}

/** A run as one of whole weights, or why it is none that is covered. */
export function weightsRecordOf(run: RecordedRun): WeightsRecord | string {
  const { curves, snapshots, weights, starts } = run;
  const { kind, support } = problemIn(run);
  if ('unsupported' in support) return support.unsupported;
  const { protocol, teacher } = support as { readonly protocol: RunProtocol; readonly teacher?: Agent };
  if (protocol.agent.kind === 'effective') return 'order parameters have no snapshots';
  // Replay from states that are recorded in every row decides more of such agents.
  if (kind === 'moments' && !snapshots) return 'no snapshots: add snapshots.epochs and the weights at those epochs';
  if (protocol.mode === 'open-loop' && !teacher) return 'the teacher is unknown: add protocol.teacher';
  const { read, explicit } = problemOf(kind);
  const learnerOf = (other: RunProtocol, given: RunWeights): Explicit =>
    explicit({ ...other, precision: 'f64' }, read(given, other), teacher);
  const learner = (given: RunWeights): Explicit => learnerOf(protocol, given);
  const { optimizer: memory, epochs: _, ...tensors } = snapshots ?? { epochs: [] };
  const { first: __, ...batches } = starts ?? {};
  const drawn = sampled(batches);
  const coarse = coarserThan(unitRoundoff(protocol.precision ?? 'f32'), {
    loss: curves.loss,
    gradNorm: curves.gradNorm ?? [],
    clipFactor: curves.clipFactor ?? [],
    initial: sampled(weights?.initial),
    snapshots: sampled(tensors),
    final: sampled(weights?.final),
    starts: drawn,
    memory: sampled(memory),
  });
  const rows = rowsOf(run);
  const states = statesOf(run, learner, coarse);
  const last = weights?.final
    ? { epoch: protocol.epochs, weights: weights.final, ...(coarse.final && { digits: coarse.final }) }
    : { epoch: rows.at(-1)! + 1 };
  const forgotten = coarse.memory
    ? `the optimiser's memory was recorded to ${coarse.memory.name}: record snapshots.optimizer whole`
    : states.some(({ beginning }) => !beginning)
      ? `what the optimiser remembers is unknown: add ${memoryFields(protocol.optimizer)
          .map((field) => `snapshots.optimizer.${field}`)
          .join(' and ')}`
      : undefined;
  const none = new Float64Array();
  const column = (values: readonly number[] | undefined): Float64Array => Float64Array.from(values ?? []);
  return {
    protocol,
    kind,
    curve: {
      epochs: curves.loss.length,
      loss: column(curves.loss),
      gradNorm: column(curves.gradNorm),
      clipFactor: column(curves.clipFactor),
      overlaps: none,
      gram: none,
    },
    channels: (['loss', 'gradNorm', 'clipFactor'] as const).filter((channel) => curves[channel] !== undefined),
    rows,
    digits: coarse,
    startNoise: noiseOf(coarse.starts, drawn),
    ...(isNoisy(protocol) && !coarse.starts && starts && { starts: recordedTrials(run)! }),
    states,
    last,
    ...(forgotten !== undefined && { forgotten }),
    learner,
    learnerOf,
  };
}

/** Why nothing can be repeated where there is noise. */
export const NOISE_UNKNOWN =
  'protocol.noise is declared, and what it drew is unknown: a run is not repeated, but its snapshots are held against simulated windows';

/** A run as one that can be repeated from whole weights, or why it cannot be. */
export function snapshotRecordOf(run: RecordedRun): SnapshotRecord | string {
  const record = weightsRecordOf(run);
  if (typeof record === 'string') return record;
  if (isNoisy(run.protocol)) return NOISE_UNKNOWN;
  const data = dataOf(run);
  if (typeof data === 'string') return data;
  const { protocol, states, last, forgotten } = record;
  if (states.length === 0) return 'no weights: add weights.initial, or snapshots';
  const windows = states.flatMap((from, k): SnapshotWindow[] => {
    const next = states[k + 1] ?? last;
    const to = Math.min(next.epoch, data.end);
    const { beginning } = from;
    if (!beginning || from.epoch < data.first || to <= from.epoch) return [];
    const end = to === next.epoch && next.weights && (next as RecordedWeights);
    return [{ from: { ...from, beginning }, to, ...(end && { end }) }];
  });
  const partly = data.first > 0 || data.end < protocol.epochs;
  const lacks = forgotten ?? (partly ? 'starts are not recorded of every epoch' : undefined);
  return {
    ...record,
    shape: { N: 0, c: 0, p: 0, r: 0 },
    source: data.source,
    windows,
    ...(lacks !== undefined && { lacks }),
  };
}
