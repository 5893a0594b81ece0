/**
 * A recorded run, decoded: what judges and diagnoses read of a file, made once.
 */

import type { AgentShape } from '../agent/linear.js';
import type { Plant } from '../plant/plant.js';
import { type Initial, initialFrom } from '../problem/agents.js';
import { supportOf } from '../problem/kinds.js';
import { type Protocol, plantOf } from '../problem/protocol.js';
import type { DataSource } from '../problem/start.js';
import { emptyCurve, type LearningCurve, rowOf } from '../training/curve.js';
import { CHANNELS, type Channel } from '../training/shadow.js';
import type { RecordedRun } from './format/schema.js';
import { knownMoments, recordedOrderParameters, someWeights } from './problem.js';
import { digitsOf, liftedMoments, type RecordedDigits, startNoise } from './rounding.js';

/** The record of a linear agent in closed loop. */
export interface RunRecord {
  /** The file. */
  readonly run: RecordedRun;
  readonly protocol: Protocol;
  readonly plant: Plant;
  /** N is 0 where there are no units. */
  readonly shape: AgentShape;
  /** Every recorded number; what is not recorded is NaN. */
  readonly curve: LearningCurve;
  /** What is recorded of every row. */
  readonly channels: readonly Channel[];
  /** The epochs that have a row, ascending. */
  readonly rows: readonly number[];
  /** How finely numbers were recorded, where that is coarser than the declared precision. */
  readonly digits: RecordedDigits;
  /** K of every epoch, row-major. */
  readonly orderParameters?: readonly Float64Array[];
  /** The moments of x₀, where they are recorded, or the same in every epoch. */
  readonly moments?: DataSource;
  /** How well starts are known whose moments were recorded to few digits, relative to them. */
  readonly startNoise: number;
  /** Epochs before the first one whose recorded moments are lost, as those of a run that diverged may be. */
  readonly epochsWithMoments: number;
  readonly initial?: Initial;
  readonly final?: Initial;
}

/** A record, or why no judge of linear agents covers the run. */
export type Decoded = RunRecord | { readonly unsupported: string };

/** The epochs that have a row, ascending. */
export function rowsOf({ curves }: RecordedRun): readonly number[] {
  return curves.epochs ?? Array.from(curves.loss.keys());
}

/** The record of a run of a given protocol. */
export function decode(run: RecordedRun, protocol: Protocol): RunRecord {
  const { curves, weights } = run;
  const { agent } = protocol;
  const plant = plantOf(protocol.plant);
  const shape = {
    N: agent.kind === 'effective' ? 0 : agent.N,
    c: plant.C.rows,
    p: plant.B.cols,
    r: agent.kind === 'linear' ? 0 : agent.rank,
  };
  const epochs = curves.loss.length;
  const curve = emptyCurve(shape, plant.A.rows, epochs);
  curve.loss.set(curves.loss);
  curve.gradNorm.set(curves.gradNorm ?? []);
  curve.clipFactor.set(curves.clipFactor ?? []);
  if (curve.gram.length > 0)
    curves.gram?.forEach((triangle, e) => {
      rowOf(curve.gram, epochs, e).set(triangle);
    });
  curves.moments?.forEach((triangle, e) => {
    rowOf(curve.moments, epochs, e).set(triangle);
  });
  const orderParameters = recordedOrderParameters(run, protocol);
  orderParameters?.forEach((K, e) => {
    rowOf(curve.overlaps, epochs, e).set(K);
  });
  const known = knownMoments(run, protocol);
  const initial = weights?.initial && initialFrom(weights.initial, protocol);
  const lost = curves.moments?.findIndex((triangle) => !triangle.every(Number.isFinite)) ?? -1;
  const rows = rowsOf(run);
  const digits = digitsOf(run, protocol, curve, initial);
  const moments = known && digits.moments ? liftedMoments(known, digits.moments) : known;
  return {
    run,
    protocol,
    plant,
    shape,
    curve,
    channels: (Object.keys(CHANNELS) as Channel[]).filter((channel) => curves[channel] !== undefined),
    rows,
    digits,
    startNoise: startNoise(digits, curve, rows),
    epochsWithMoments: lost < 0 ? epochs : lost,
    ...(orderParameters && { orderParameters }),
    ...(moments && { moments }),
    ...(initial && { initial }),
    ...(weights?.final && { final: initialFrom(weights.final, protocol) }),
  };
}

/** Runs that were decoded, as long as they are held. */
const DECODED = new WeakMap<RecordedRun, Decoded>();

/** The record of a run: decoded when it is first asked for. */
export function recordOf(run: RecordedRun): Decoded {
  const known = DECODED.get(run);
  if (known) return known;
  const support = supportOf('moments', run.protocol, someWeights(run));
  const decoded = 'unsupported' in support ? support : decode(run, support.protocol);
  DECODED.set(run, decoded);
  return decoded;
}

/** Numbers beyond this have squares that overflow. */
const RANGE = Math.sqrt(Number.MAX_VALUE);

/** Rows before the first one with a number of these channels that is none, or whose square overflows. */
export function rowsInRange(
  { curve, rows }: Pick<RunRecord, 'curve' | 'rows'>,
  channels: readonly Channel[],
): readonly number[] {
  const fine = (e: number): boolean =>
    channels.every((channel) => rowOf(curve[channel], curve.epochs, e).every((value) => Math.abs(value) <= RANGE));
  const end = rows.findIndex((e) => !fine(e));
  return end < 0 ? rows : rows.slice(0, end);
}
