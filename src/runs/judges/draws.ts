/**
 * Judges recorded starts by the law that the protocol draws them from: every batch is held against batches that are drawn for it.
 */
import { LIMITS } from '../../limits.js';
import { at, fromRows, type Mat, type Matrix, matrix, transpose } from '../../linalg/matrix.js';
import { Stream } from '../../linalg/random.js';
import { FALSE_ALARM_PER_FILE, unitRoundoff } from '../../linalg/tolerance.js';
import { type RunProtocol, STARTS_FIELDS } from '../../problem/schema.js';
import type { DataSource } from '../../problem/start.js';
import { problemOf } from '../../training/problems.js';
import type { RecordedRun } from '../format/schema.js';
import { problemIn } from '../problem.js';
import { coarserThan } from '../rounding.js';
import { middleFirst } from './budget.js';
import { along, gainOf, SHIFTS, Spread, type Statistics } from './exchangeable.js';
import { type Settled, Wagers } from './sequential.js';

/** The seed of what is drawn: any will do that no run has. */
const SEED = 0xd1ce;
/** Batches that are drawn for the law, and for each recorded one. */
const [SAMPLE, DRAWN] = [256, 31];
/** Widths of all components together that are wagered on. */
const WIDTHS = [0.5, 0.9, 0.97, 0.99, 1.01, 1.03, 1.1, 2] as const;
/** Numbers that may be drawn, as a part of the usual work. */
const PER_NUMBER = 4;

/** Recorded starts held against their law. */
export interface Draws {
  readonly settled: Settled;
  readonly of: number;
  /** What has won most, in words. */
  readonly richest: string;
}

/** Angles count up to whole turns. */
function onCircle(phases: Mat<number>): Matrix {
  const half = phases.rows;
  return matrix(2 * half, phases.cols, (i, b) => (i < half ? Math.cos : Math.sin)(at(phases, i % half, b)));
}

/** Per channel the log of the mean square, and the mean in units of its root; channels come again every so many rows. */
function statisticsOf({ rows, cols, data }: Mat<number>, channels: number): Statistics {
  const statistics = new Float64Array(2 * channels);
  for (let channel = 0; channel < channels; channel++) {
    let [sum, squares, count] = [0, 0, 0];
    for (let i = channel; i < rows; i += channels)
      for (let b = 0; b < cols; b++) {
        const value = data[i * cols + b]!;
        sum += value;
        squares += value * value;
        count++;
      }
    const root = Math.sqrt(squares / count);
    statistics[channel] = 2 * Math.log(Math.max(root, Number.MIN_VALUE));
    statistics[channels + channel] = root > 0 ? sum / count / root : 0;
  }
  return statistics;
}

/** The starts of a run held against their law; why they cannot be, in words. @param effort multiple of the usual work */
export function drawsOf(run: RecordedRun, effort = 1): Draws | string {
  const { kind, support } = problemIn(run);
  if ('unsupported' in support) return support.unsupported;
  const { protocol } = support as { readonly protocol: RunProtocol };
  const { first = 0, ...fields } = run.starts ?? {};
  const field = STARTS_FIELDS.find((name) => fields[name]);
  if (!field) return 'no starts are recorded';
  const batches = fields[field]!;
  const { trials } = problemOf(kind);
  const always = trials(protocol, new Stream(SEED));
  if (!always || always(0) === always(1)) return 'every epoch has the same starts';
  const seen = (drawn: Mat<number>): Mat<number> => (field === 'phases' ? onCircle(drawn) : drawn);
  const lawOf = (label: string): DataSource => {
    const source = trials(protocol, new Stream(SEED).child(label))!;
    return (k) => seen(source(k));
  };
  const law = lawOf('law');
  const one = law(0);
  // Observations come again in every step; starts and phases have a row each.
  const channels = field === 'y' ? one.rows / protocol.horizon : one.rows;
  const numbers = one.rows * one.cols * (DRAWN + 1) * PER_NUMBER;
  const count = Math.min(batches.length, Math.floor((effort * LIMITS.products) / numbers));
  const unit = unitRoundoff(protocol.precision ?? 'f32');
  const digits = coarserThan(unit, { starts: batches[0]!.flat() }).starts;
  const known = (batch: readonly (readonly number[])[]): number => {
    let most = unit;
    for (const row of batch) for (const value of row) most = Math.max(most, digits?.half(value) ?? 0);
    return most;
  };
  const sample = Array.from({ length: SAMPLE }, (_, k) => statisticsOf(law(k), channels));
  const spread = new Spread(sample, new Float64Array(2 * channels));
  const wider = spread.towards(Float64Array.from({ length: 2 * channels }, (_, k) => (k < channels ? 1 : 0)));
  const wagered = [
    { direction: wider, sizes: WIDTHS.map((width) => 2 * Math.log(width) * wider.size) },
    ...Array.from(spread.deviations, (deviation, k) => ({
      direction: { weights: Float64Array.from(spread.deviations, (_, j) => (j === k ? 1 / deviation : 0)) },
      sizes: SHIFTS,
    })),
  ];
  const purse = new Wagers(FALSE_ALARM_PER_FILE, count);
  const epochs = middleFirst(batches.length)
    .slice(0, count)
    .sort((a, b) => a - b);
  for (const k of epochs) {
    const drawn = lawOf(`epoch ${first + k}`);
    const others = Array.from({ length: DRAWN }, (_, j) => statisticsOf(drawn(j), channels));
    const recorded = seen(transpose(fromRows(batches[k]!)));
    const own = statisticsOf(recorded, channels);
    const error = known(batches[k]!);
    // An error of each number moves the log of a mean square by twice that, in units of its root, and the mean by as much.
    const off = Math.max(...Array.from({ length: channels }, (_, c) => 4 * error * Math.exp(-own[c]! / 2)));
    purse.settle(
      first + k,
      wagered.flatMap(({ direction, sizes }) => {
        const those = others.map((statistics) => along(direction, statistics));
        const within = direction.weights.reduce((sum, weight) => sum + Math.abs(weight) * off, 0);
        const score = along(direction, own);
        return sizes.map((size) => gainOf(size, score, within, those));
      }),
    );
    if (purse.settled.crossing !== undefined) break;
  }
  const { richest, settled } = purse;
  const shift = richest - WIDTHS.length;
  const component = Math.floor(shift / SHIFTS.length);
  const size = (up: boolean): string => (up ? 'large' : 'small');
  const does =
    shift < 0
      ? `a program that draws them ${WIDTHS[richest]! > 1 ? 'wider' : 'narrower'} than declared`
      : `${component < channels ? 'the mean square' : 'the mean'} of component ${component % channels} being too ${size(SHIFTS[shift % SHIFTS.length]! > 0)}`;
  return { settled, of: batches.length, richest: does };
}
