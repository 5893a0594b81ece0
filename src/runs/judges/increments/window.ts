/**
 * Windows of a record: what increments are judged by, and what is unknown of them.
 */
import type { Mat } from '../../../linalg/matrix.js';
import { hasMemory, isDescent } from '../../../problem/schema.js';
import { triangleSize } from '../../../training/curve.js';
import type { Implementation } from '../../implementation.js';
import { type RunRecord, rowsInRange } from '../../record.js';
import { beginningOf } from '../../start.js';
import { middleFirst } from '../budget.js';
import { type IncrementNumbers, rememberedSlopes, type Slope, type Stretch } from './slope.js';

/** Those numbers, with loss and gradient as functions of the moments under any implementation. */
export interface IncrementRecord extends IncrementNumbers {
  readonly slope: (implementation: Implementation) => Slope;
}

export const withSlopes = (numbers: IncrementNumbers): IncrementRecord => ({
  ...numbers,
  slope: rememberedSlopes(numbers),
});

/** What a file lacks for replay. */
export const toReplay = (record: RunRecord): string =>
  [
    ...(typeof beginningOf(record) === 'string' ? ['weights.initial'] : []),
    ...(record.moments ? [] : ['curves.moments']),
  ].join(' and ');

/** What increments can judge of a record, or why they cannot. */
export function incrementsOf(record: RunRecord): IncrementRecord | string {
  const { run, protocol, plant, shape, curve, orderParameters, moments } = record;
  const { agent, optimizer } = protocol;
  if (agent.kind !== 'linear-low-rank') return `increments of ${agent.kind} agents do not follow from order parameters`;
  if (hasMemory(optimizer)) return `the optimiser has a memory: add ${toReplay(record)}`;
  if (!isDescent(optimizer)) return `gradients are clipped entry by entry: add ${toReplay(record)}`;
  if (!orderParameters) return 'no order parameters: add curves.overlaps';
  const { gradNorm, gram } = run.curves;
  const stretches = stretchesOf(
    rowsInRange(
      record,
      record.channels.filter((channel) => channel !== 'clipFactor'),
    ),
  );
  if (record.rows.length > 1 && !stretches.some(({ first, end }) => end - first > 1))
    return 'no rows of two epochs in a row: record every epoch, or a few in a row';
  return withSlopes({
    protocol,
    shape,
    n: plant.A.rows,
    stretches,
    digits: record.digits,
    loss: curve.loss,
    orderParameters,
    ...(gradNorm && { gradNorm }),
    ...(gram && { gram }),
    ...(moments && { moments: (epoch) => lowerTriangle(moments(epoch)) }),
  });
}

/** The lower triangle of a symmetric matrix, row by row. */
export function lowerTriangle(S: Mat<number>): Float64Array {
  const triangle = new Float64Array(triangleSize(S.rows));
  for (let i = 0, k = 0; i < S.rows; i++) for (let j = 0; j <= i; j++, k++) triangle[k] = S.data[i * S.cols + j]!;
  return triangle;
}

/** A window of a record: rows `first` … `first + steps`. */
export interface Window {
  readonly first: number;
  readonly steps: number;
}

/** The unknowns of a window: the Gram matrix of its first row, and the moments of every step. */
export interface Unknowns {
  /** Lower triangle, d·(d+1)/2. */
  readonly gram: Float64Array;
  readonly moments: readonly Float64Array[];
}

/** The epoch whose batch step k of a window uses: that of the row before it, or, with rows after the update, behind it. */
export const batchOf = (implementation: Implementation, { first }: Window, step: number): number =>
  implementation.protocol.rows === 'after-update' ? first + step + 1 : first + step;

/** Steps of a window: more where more is unknown. */
const STEPS = { known: 4, unknown: 8 } as const;

/** Windows at the beginning that are judged first. */
const FIRST_WINDOWS = 5;

/** Ascending epochs as stretches without a gap. */
function stretchesOf(epochs: readonly number[]): Stretch[] {
  const stretches: { first: number; end: number }[] = [];
  for (const epoch of epochs) {
    const last = stretches.at(-1);
    if (last?.end === epoch) last.end++;
    else stretches.push({ first: epoch, end: epoch + 1 });
  }
  return stretches;
}

/** Whether all rows of a window are recorded. */
export const isRecorded = ({ stretches }: IncrementNumbers, { first, steps }: Window): boolean =>
  stretches.some((stretch) => stretch.first <= first && first + steps < stretch.end);

/**
 * The windows of a record, in the order that they are judged in: one leads to the next; where Gram matrices are recorded, none needs
 * another, and after the first ones they are spread, so that a fault that begins late shows early. Few rows make short windows.
 */
export function windowsOf({ stretches, gram, moments }: IncrementNumbers): Window[] {
  const most = gram || moments ? STEPS.known : STEPS.unknown;
  const all = stretches.flatMap(({ first, end }): Window[] => {
    const steps = Math.min(most, end - first - 1);
    const count = steps < 1 ? 0 : Math.floor((end - first - 1) / steps);
    return Array.from({ length: count }, (_, k) => ({ first: first + k * steps, steps }));
  });
  const inOrder = gram ? FIRST_WINDOWS : all.length;
  const later = all.slice(inOrder);
  return [...all.slice(0, inOrder), ...middleFirst(later.length).map((k) => later[k]!)];
}
