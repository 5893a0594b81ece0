/**
 * Windows of a record: what increments are judged by, and what is unknown of them.
 */
import type { Mat } from '../../../linalg/matrix.js';
import { triangleSize } from '../../../training/curve.js';
import type { Implementation } from '../../implementation.js';
import { epochsInRange, type RunRecord } from '../../record.js';
import { beginningOf } from '../../start.js';
import { type IncrementNumbers, rememberedSlopes, type Slope } from './slope.js';

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
  if (optimizer.kind !== 'sgd' || optimizer.momentum) return `the optimiser has a memory: add ${toReplay(record)}`;
  if (!orderParameters) return 'no order parameters: add curves.overlaps';
  const { gradNorm, gram } = run.curves;
  return withSlopes({
    protocol,
    shape,
    n: plant.A.rows,
    rows: epochsInRange(
      record,
      record.channels.filter((channel) => channel !== 'clipFactor'),
    ),
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

/** Windows judged: the first ones, one leading to the next; and later ones, where Gram matrices or moments are recorded. */
const FIRST_WINDOWS = 5;
const LATER_WINDOWS = 4;

/** The windows of a record, in order; few rows make one short window. */
export function windowsOf({ rows, gram, moments }: IncrementNumbers): Window[] {
  const known = gram !== undefined || moments !== undefined;
  const steps = Math.min(known ? STEPS.known : STEPS.unknown, rows - 1);
  if (steps < 1) return [];
  const count = Math.floor((rows - 1) / steps);
  const first = Math.min(count, FIRST_WINDOWS);
  const later = known ? Math.min(count - first, LATER_WINDOWS) : 0;
  // Spread over what is left, its last one included.
  const chosen = Array.from({ length: first + later }, (_, k) =>
    k < first ? k : first - 1 + Math.round(((count - first) * (k - first + 1)) / later),
  );
  return chosen.map((k) => ({ first: k * steps, steps }));
}
