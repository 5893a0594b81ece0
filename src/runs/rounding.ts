/**
 * What recording to few digits does to a record: how finely its numbers are known, and how far off what was rounded may be.
 */
import { orderParameterMatrix, orderParametersOf } from '../agent/order-parameters.js';
import { semidefiniteFactor } from '../linalg/factor.js';
import { at, type Mat, map, matrix } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { reals } from '../linalg/ring.js';
import { overlapRoundings, SHADOWS, shadowNoise, unitRoundoff } from '../linalg/tolerance.js';
import type { Initial } from '../problem/agents.js';
import type { Protocol } from '../problem/protocol.js';
import type { DataSource } from '../problem/start.js';
import { type LearningCurve, rowOf } from '../training/curve.js';
import { type Channel, sizeOf } from '../training/shadow.js';
import { type Digits, digitsIn } from './format/digits.js';
import type { RecordedRun } from './format/schema.js';

/** What may be recorded to fewer digits than were computed. */
export type RecordedDigits = { readonly [K in Channel | 'moments' | 'weights']?: Digits };

/**
 * Whether the first row's order parameters are those of the initial weights to the last digit: then these were not rounded. Order
 * parameters that were rounded themselves tell nothing of it.
 */
function firstIsThatOf(
  initial: Initial,
  curve: LearningCurve,
  { agent, horizon, precision = 'f32' }: Protocol,
): boolean {
  if (agent.kind === 'linear') return false;
  const overlaps = 'agent' in initial ? orderParametersOf(reals, initial.agent) : initial.overlaps;
  const noise = shadowNoise(overlapRoundings(curve.shape.N, horizon), unitRoundoff(precision));
  const K = orderParameterMatrix(overlaps).data;
  return rowOf(curve.overlaps, curve.epochs, 0).every(
    (value, k) => Math.abs(value - K[k]!) <= SHADOWS.run.multiple * noise * Math.max(1, Math.abs(value)),
  );
}

/**
 * Moments that were recorded to few digits: where rounding left a negative eigenvalue, its size at most, n half steps, is added to
 * the diagonal.
 */
export function liftedMoments(known: DataSource, { half }: Digits): DataSource {
  const lifted = new Map<number, Mat<number>>();
  return (epoch) => {
    const found = lifted.get(epoch);
    if (found) return found;
    const S = known(epoch);
    const n = S.rows;
    const step = n * Math.max(...Array.from(S.data as ArrayLike<number>, half));
    const moments = isSemidefinite(S) ? S : matrix(n, n, (i, j) => at(S, i, j) + (i === j ? step : 0));
    lifted.set(epoch, moments);
    return moments;
  };
}

function isSemidefinite(S: Mat<number>): boolean {
  try {
    semidefiniteFactor(S);
    return true;
  } catch {
    return false;
  }
}

/** The digits of numbers that were recorded more coarsely than to a unit roundoff. */
export function coarserThan<K extends string>(
  unit: number,
  kinds: Readonly<Record<K, readonly number[]>>,
): { readonly [Kind in K]?: Digits } {
  return Object.fromEntries(
    Object.entries<readonly number[]>(kinds).flatMap(([kind, numbers]) => {
      const digits = digitsIn(numbers);
      const coarser = digits && numbers.some((value) => digits.half(value) > unit * Math.abs(value));
      return coarser ? [[kind, digits]] : [];
    }),
  ) as { readonly [Kind in K]?: Digits };
}

/** How finely the numbers of a run were recorded, kind by kind, where that is coarser than its precision. */
export function digitsOf(
  { curves, weights }: RecordedRun,
  protocol: Protocol,
  curve: LearningCurve,
  initial?: Initial,
): RecordedDigits {
  const { loss, gradNorm = [], clipFactor = [], overlaps = {}, gram = [], moments = [] } = curves;
  const kinds = {
    loss,
    gradNorm,
    clipFactor,
    overlaps: Object.values(overlaps).flat(3) as number[],
    gram: gram.flat(),
    moments: moments.flat(),
    weights: Object.values(weights?.initial ?? {}).flat(3) as number[],
  };
  const found: RecordedDigits = coarserThan(unitRoundoff(protocol.precision ?? 'f32'), kinds);
  const { weights: _, ...others } = found;
  const exact = initial !== undefined && !found.overlaps && firstIsThatOf(initial, curve, protocol);
  return exact ? others : found;
}

/**
 * A number as far off as rounding it may have left it: by normal errors as large as half a step, which are further out than the true
 * ones, since these are bounded by it (Hoeffding's lemma).
 */
export const offBy = (value: number, digits: Digits, random: Stream): number =>
  value + digits.half(value) * random.normal();

/** Initial parameters as far off as rounding them to few digits may have left them. */
export function unrounded(initial: Initial, digits: Digits | undefined, random: Stream): Initial {
  if (!digits) return initial;
  const moved = (A: Mat<number>): Mat<number> => map(A, (value) => offBy(value, digits, random));
  if ('overlaps' in initial) {
    const { zm, zu, vm, vu } = initial.overlaps;
    return { overlaps: { zm: moved(zm), zu: moved(zu), vm: moved(vm), vu: moved(vu) } };
  }
  const { leak, M, Z, U, V, W } = initial.agent;
  return { agent: { leak, M: moved(M), Z: moved(Z), U: moved(U), V: moved(V), ...(W && { W: moved(W) }) } };
}

/** How well starts are known whose moments were recorded to few digits, relative to them. */
export function startNoise({ moments }: RecordedDigits, curve: LearningCurve, rows: readonly number[]): number {
  if (!moments) return 0;
  const last = (row: Float64Array): number => row[row.length - 1]!;
  const variances = rows.map((epoch) => last(rowOf(curve.moments, curve.epochs, epoch))).filter(Number.isFinite);
  // Errors of n + 1 half steps at most (`liftedMoments`); a triangle of n·(n + 1)/2 numbers has at least n.
  const n = curve.moments.length / curve.epochs;
  return Math.max(0, ...variances.map((value) => ((n + 1) * moments.half(value)) / value));
}

/** What recording a row of a channel to few digits adds to a tolerance. */
export function ofDigits(digits: RecordedDigits, channel: Channel, row: Float64Array): number {
  const kind = digits[channel];
  if (!kind) return 0;
  return row.reduce((largest, value) => Math.max(largest, kind.half(value)), 0) / sizeOf(channel, row);
}

/** Norms this near to the clip norm, relatively, count as equal to it: clipping divides by the norm and 1e−6. */
const AT_CLIP = 2 ** -10;

/** Gradient norms that stop at the clip norm, in words. */
function normsAtClip({ curves: { gradNorm = [] }, protocol: { optimizer } }: RecordedRun): string[] {
  const { clip } = optimizer;
  if (clip === null || gradNorm.length === 0) return [];
  const at = gradNorm.filter((norm) => Math.abs(norm / clip - 1) <= AT_CLIP).length;
  if (at < 2 || gradNorm.some((norm) => norm > clip * (1 + AT_CLIP))) return [];
  return [
    `${at} of ${gradNorm.length} gradient norms are the clip norm ${clip}, and none is larger: record them before clipping`,
  ];
}

/** What is odd about the rows of a run, and how finely they were recorded, in words. */
export function remarksOn(run: RecordedRun, digits: RecordedDigits): string[] {
  const kinds = new Map<string, string[]>();
  for (const [kind, { name }] of Object.entries(digits)) kinds.set(name, [...(kinds.get(name) ?? []), kind]);
  return [
    ...(run.remarks ?? []),
    ...normsAtClip(run),
    ...[...kinds].map(([name, list]) => `recorded to ${name}: ${list.join(', ')}. Tolerances allow for it`),
  ];
}
