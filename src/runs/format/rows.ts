/**
 * Rows by epoch: curves may be recorded at some epochs only, out of order, or twice. Read, row e is that of epoch e; rows that are
 * missing hold NaN, and `epochs` lists those that are there.
 */

import { LoopproofError } from '../../error.js';
import type { RecordedRun } from './schema.js';

type Curves = RecordedRun['curves'];

const named = (first: number, last: number): string =>
  first === last ? `epoch ${first}` : `epochs ${first} to ${last}`;

/** Whole numbers in ascending order as ranges: epochs 3 to 7 and epoch 9. */
export function rangesOf(epochs: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const epoch of epochs) {
    const last = ranges.at(-1);
    if (last && epoch === last[1] + 1) last[1] = epoch;
    else ranges.push([epoch, epoch]);
  }
  const [first, second, third] = ranges.map((range) => named(...range));
  if (ranges.length > 3) return `${first}, ${second} and ${ranges.length - 2} stretches more`;
  return [first, second, third].filter(Boolean).join(', ');
}

/** What is odd about the epochs of a record, in words. */
function remarksOn(listed: readonly number[], sorted: readonly number[], equal: (e: number) => boolean): string[] {
  const counts = new Map<number, number>();
  for (const epoch of listed) counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
  const twice = sorted.filter((epoch) => counts.get(epoch)! > 1);
  const other = twice.filter((epoch) => !equal(epoch));
  const [first, last] = [sorted[0]!, sorted.at(-1)!];
  const stride = sorted.length > 1 ? sorted[1]! - first : 1;
  const even = sorted.every((epoch, k) => epoch === first + k * stride);
  const missing = even ? [] : Array.from({ length: last - first }, (_, k) => first + k).filter((e) => !counts.has(e));
  // Where rows come again, a program went back.
  const shuffled = listed.some((epoch, k) => k > 0 && epoch < listed[k - 1]! && counts.get(epoch) === 1);
  return [
    ...(first > 0 ? [`the record begins at epoch ${first}`] : []),
    ...(even && stride > 1 ? [`rows are ${stride} epochs apart: record every epoch, and each update is judged`] : []),
    ...(missing.length > 0 ? [`no rows of ${rangesOf(missing)}`] : []),
    ...(shuffled ? ['rows are out of order: they are judged by their epochs'] : []),
    ...(twice.length > other.length
      ? [`equal rows come more than once: ${rangesOf(twice.filter((e) => !other.includes(e)))}`]
      : []),
    ...(other.length > 0
      ? [
          `rows come more than once, with other numbers: ${rangesOf(other)}. The last of each is judged, as after a resume`,
        ]
      : []),
  ];
}

/** A file's contents, whose `curves.epoch`, as tables call it, is `curves.epochs`. */
export function withEpochs(value: unknown): unknown {
  const { curves } = (value ?? {}) as { readonly curves?: { readonly epoch?: unknown; readonly epochs?: unknown } };
  if (typeof curves !== 'object' || curves === null || Array.isArray(curves) || !('epoch' in curves)) return value;
  const { epoch, ...rest } = curves;
  if ('epochs' in rest && JSON.stringify(rest.epochs) !== JSON.stringify(epoch)) return value;
  return { ...(value as object), curves: { ...rest, epochs: epoch } };
}

/** A value of the same form without numbers. */
const blank = (value: unknown): unknown => (Array.isArray(value) ? value.map(blank) : Number.NaN);

/** A run whose rows are those of their epochs. @throws LoopproofError if they are of no epochs of the run */
export function byEpoch(run: RecordedRun, where: string): RecordedRun {
  const { epochs: listed, ...curves } = run.curves as Curves & { readonly epochs?: readonly number[] };
  if (!listed) return run;
  const refuse = (received: string, expected: string, hint: string): LoopproofError =>
    new LoopproofError('invalid-run', { where: `${where}: curves.epochs`, received, expected, hint });
  const rows = curves.loss.length;
  if (listed.length !== rows)
    throw refuse(`${listed.length} entries`, `${rows}, as many as in curves.loss`, 'list the epoch of every row');
  const total = run.protocol.epochs;
  const [lowest, highest] = listed.reduce(
    ([low, high], epoch) => [Math.min(low, epoch), Math.max(high, epoch)],
    [Number.POSITIVE_INFINITY, 0],
  );
  // Many programs count from 1; the last epoch tells.
  const offset = highest === total && lowest >= 1 ? 1 : 0;
  if (highest - offset >= total)
    throw refuse(
      `epoch ${highest}`,
      `epochs 0 to ${total - 1}, since protocol.epochs is ${total}`,
      'count the updates before a row, from 0; or declare more epochs',
    );
  const own = listed.map((epoch) => epoch - offset);
  const rowOf = new Map(own.map((epoch, row) => [epoch, row]));
  const sorted = [...rowOf.keys()].sort((a, b) => a - b);
  const last = sorted.at(-1)!;
  /** Each column of so many rows, its rows put where their epochs are. */
  const arranged = (value: unknown): unknown => {
    if (!Array.isArray(value)) {
      const entries = Object.entries(value as object).map(([name, column]) => [name, arranged(column)]);
      return Object.fromEntries(entries);
    }
    const none = blank(value[0]);
    return Array.from({ length: last + 1 }, (_, epoch) => value[rowOf.get(epoch) ?? -1] ?? none);
  };
  const columns = [curves.loss, curves.gradNorm, curves.overlaps?.zm, curves.overlaps?.vu];
  const equal = (epoch: number): boolean =>
    columns.every((column) => {
      const row = column?.[rowOf.get(epoch)!];
      return own.every((other, k) => other !== epoch || JSON.stringify(column?.[k]) === JSON.stringify(row));
    });
  const remarks = [
    ...(run.remarks ?? []),
    ...(offset === 1 ? ['rows are numbered from 1: row 1 is that of epoch 0'] : []),
    ...remarksOn(own, sorted, equal),
  ];
  return {
    ...run,
    curves: { ...(arranged(curves) as Curves), ...(sorted.length <= last && { epochs: sorted }) },
    ...(remarks.length > 0 && { remarks }),
  };
}
