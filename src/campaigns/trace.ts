/**
 * The measurements of one phase of learning, in closed loop or open, and the measures that follow from them.
 */
import type { Mat } from '../linalg/matrix.js';
import { firstPersistent, PERSISTENCE, type StageRow, spectralStages } from '../stages/spectral.js';
import type { NumberedMeasure, PhaseMeasure, TradeOffVerdict } from './names.js';

/** One phase of a paired run. Row e of every column belongs to epoch e; NaN where nothing was measured. */
export interface PhaseTrace {
  readonly loss: Float64Array;
  readonly gradNorm: Float64Array;
  readonly clipFactor: Float64Array;
  /** Deployed losses, one column for each horizon of the measurement, the shortest first. */
  readonly deployed: readonly Float64Array[];
  /** Deployed loss at the protocol's own horizon. */
  readonly own: Float64Array;
  /** Spectral radius of the coupled loop. */
  readonly radius: Float64Array;
  /** Numbered measures: effective gains k1 … of the last agent, epochs of acquisition. */
  readonly readings?: Readonly<Record<NumberedMeasure, number>>;
  /** Rows that decide the stages, one per epoch, where spectra were taken at every epoch. */
  readonly stages?: readonly StageRow[];
}

/** The phases of a paired run; no student where the agent itself diverged. */
export interface PairedRun {
  readonly closed: PhaseTrace;
  readonly open?: PhaseTrace;
}

/** The measurements of one column: the epochs of its numbers, in order. */
export function measuredEpochs(column: Float64Array): number[] {
  return Array.from(column.keys()).filter((epoch) => !Number.isNaN(column[epoch]));
}

/** The measures that were reached and are numbers: a ratio of infinities is none. */
function known(measures: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const isKnown = (entry: [string, number | undefined]): entry is [string, number] =>
    entry[1] !== undefined && !Number.isNaN(entry[1]);
  return Object.fromEntries(Object.entries(measures).filter(isKnown));
}

/** Effective gains by name, row by row. */
export function namedGains({ data }: Mat<number>): Record<NumberedMeasure, number> {
  return Object.fromEntries(Array.from(data, (gain, k) => [`k${k + 1}`, gain]));
}

/** The last measurement of a column. */
export function lastOf(column: Float64Array): number | undefined {
  return column.findLast((value) => !Number.isNaN(value));
}

/** The first epoch from which the radius is below one for as many epochs as a stage must last, as far as measured. */
export function crossingOf(radius: Float64Array): number | undefined {
  const epochs = measuredEpochs(radius);
  const index = firstPersistent(
    epochs.map((epoch) => radius[epoch]! < 1),
    PERSISTENCE,
  );
  return index === undefined ? undefined : epochs[index];
}

/** The measures of one phase, by name. */
export function measuresOf(trace: PhaseTrace): Record<string, number> {
  const { loss, clipFactor, own, radius, stages, readings } = trace;
  const peakEpoch = measuredEpochs(own).reduce((best, epoch) => (own[epoch]! > own[best]! ? epoch : best), 0);
  const { stage1End, stage2End, stableForGood, stage3Growth } = stages ? spectralStages(stages) : {};
  const measures: Record<PhaseMeasure, number | undefined> = {
    trainLoss: lastOf(loss),
    clipped: clipFactor.reduce((count, factor) => count + (factor < 1 ? 1 : 0), 0),
    deployed: lastOf(own),
    initial: own[0],
    peak: own[peakEpoch],
    peakEpoch,
    peakHeight: own[peakEpoch]! / own[0]!,
    radius: lastOf(radius),
    crossing: crossingOf(radius),
    stage1End,
    stage2End,
    stableForGood,
    stage3Growth,
  };
  return known({ ...measures, ...readings });
}

/** A rise or fall of a logarithm that counts, by the audit. */
const LOG_STEP = 0.005;

/**
 * The conflict of short and long horizons, over the intervals between measurements in which the loss of the shortest horizon
 * falls: whether the radius rises in any, whether the loss of the longest horizon worsens in any, and whether it does so in
 * any without the radius.
 */
export function tradeOffOf({
  deployed,
  radius,
}: PhaseTrace): { readonly intervals: number } & Record<TradeOffVerdict, number> {
  const [short, long] = [deployed[0]!, deployed.at(-1)!];
  const epochs = measuredEpochs(radius).filter((epoch) => !Number.isNaN(short[epoch]));
  const counts: Record<'intervals' | TradeOffVerdict, number> = {
    intervals: 0,
    radiusRises: 0,
    longWorsens: 0,
    lossAlone: 0,
  };
  for (const [k, now] of epochs.entries()) {
    const before = epochs[k - 1];
    if (before === undefined || Math.log(short[now]! / short[before]!) >= -LOG_STEP) continue;
    const rises = radius[now]! > radius[before]!;
    const worsens = Math.log(long[now]! / long[before]!) > LOG_STEP;
    counts.intervals++;
    if (rises) counts.radiusRises++;
    if (worsens) counts.longWorsens++;
    if (worsens && !rises) counts.lossAlone++;
  }
  return counts;
}
