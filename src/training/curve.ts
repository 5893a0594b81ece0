/**
 * Learning curves: what a run records, one row per epoch, and what is derived from it.
 */

import { columnCount } from '../agent/gram.js';
import type { AgentShape } from '../agent/linear.js';
import { type OrderParameters, orderParametersIn } from '../agent/order-parameters.js';
import { type Complex, eigenvalues, modulus } from '../linalg/eigen.js';
import { reals } from '../linalg/ring.js';
import { effectiveMatrix } from '../loop/effective.js';
import { isStable } from '../loop/stability.js';
import type { Plant } from '../plant/plant.js';

/** What every run records, a row per epoch. Rows after the end of a run are NaN. */
export interface Curve {
  readonly epochs: number;
  readonly loss: Float64Array;
  /** Global gradient norm before clipping. */
  readonly gradNorm: Float64Array;
  /** Clip factor κ. */
  readonly clipFactor: Float64Array;
}

/** The curve of a linear agent: with what determines its loss. */
export interface LearningCurve extends Curve {
  readonly shape: AgentShape;
  /** K = [[σ_zm, σ_zu], [σ_vm, σ_vu]], row-major, (p+r)·(c+r) per epoch. */
  readonly overlaps: Float64Array;
  /** Lower triangle of the Gram matrix of [M Zᵀ U V], d·(d+1)/2 per epoch; empty where there are no units. */
  readonly gram: Float64Array;
  /** Lower triangle of the moments of x₀, n·(n+1)/2 per epoch. */
  readonly moments: Float64Array;
}

/** What is compared of two curves; order parameters and Gram matrices are empty where a learner has none. */
export type ComparedCurve = Pick<LearningCurve, keyof Curve | 'overlaps' | 'gram'>;

/** The curve of a run on the tracking task: with the loss of each harmonic, row `epoch` from epoch·harmonics on. */
export interface TrackingCurve extends Curve {
  readonly harmonics: number;
  /** As `TrackingEngine.harmonicLoss`. */
  readonly harmonicLoss: Float64Array;
  /** 1 where the epoch was evaluated on basis signals. */
  readonly collapsed: Uint8Array;
}

/** A column of so many numbers per epoch, all NaN. */
export function emptyColumn(epochs: number, size = 1): Float64Array {
  return new Float64Array(epochs * size).fill(Number.NaN);
}

/** Entries of a lower triangle. */
export function triangleSize(n: number): number {
  return (n * (n + 1)) / 2;
}

/** An empty curve of a linear agent. @param n state components */
export function emptyCurve(shape: AgentShape, n: number, epochs: number): LearningCurve {
  const column = (size: number): Float64Array => emptyColumn(epochs, size);
  return {
    shape,
    epochs,
    loss: column(1),
    gradNorm: column(1),
    clipFactor: column(1),
    overlaps: column((shape.p + shape.r) * (shape.c + shape.r)),
    gram: column(shape.N === 0 ? 0 : triangleSize(columnCount(shape))),
    moments: column(triangleSize(n)),
  };
}

/** The stretch of a column that belongs to an epoch; a view, not a copy. */
export function rowOf(column: Float64Array, epochs: number, epoch: number): Float64Array {
  const size = column.length / epochs;
  return column.subarray(epoch * size, (epoch + 1) * size);
}

/** The first epoch whose loss or gradient is not finite; `undefined` for a run that stayed finite. */
export function divergedAt({ loss, gradNorm }: Pick<Curve, 'loss' | 'gradNorm'>): number | undefined {
  const epoch = loss.findIndex((value, e) => !(Number.isFinite(value) && Number.isFinite(gradNorm[e])));
  return epoch < 0 ? undefined : epoch;
}

/** The order parameters of an epoch. */
export function orderParametersAt({ shape, epochs, overlaps }: LearningCurve, epoch: number): OrderParameters {
  const { p, c, r } = shape;
  return orderParametersIn({ rows: p + r, cols: c + r, data: rowOf(overlaps, epochs, epoch) }, p, c);
}

/** What the coupled system's spectrum says of an epoch. */
export interface Spectrum {
  /** Largest modulus first: those of P_eff, or the dominant ones of a local Jacobian. */
  readonly eigenvalues: readonly Complex[];
  readonly radius: number;
  /** Decided exactly for P_eff; of a local Jacobian, that the radius is below one. */
  readonly stable: boolean;
}

/** The spectrum of P_eff for given order parameters; `undefined` if they are not finite. */
export function spectrumOf(plant: Plant, leak: number, overlaps: OrderParameters): Spectrum | undefined {
  const P = effectiveMatrix(reals, plant, leak, overlaps);
  for (let k = 0; k < P.data.length; k++) if (!Number.isFinite(P.data[k])) return undefined;
  const spectrum = eigenvalues(P);
  return { eigenvalues: spectrum, radius: modulus(spectrum[0]!), stable: isStable(plant, leak, overlaps) };
}

/** The spectra of all epochs of a curve of a low-rank or effective agent. */
export function spectraOf(curve: LearningCurve, plant: Plant, leak: number): (Spectrum | undefined)[] {
  return Array.from({ length: curve.epochs }, (_, epoch) => spectrumOf(plant, leak, orderParametersAt(curve, epoch)));
}
