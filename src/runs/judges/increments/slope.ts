/**
 * Loss and gradient at recorded order parameters, as linear functions of the moments of a batch.
 */

import { fromLowerTriangle } from '../../../agent/gram.js';
import type { AgentShape } from '../../../agent/linear.js';
import { type Mat, matrix, times } from '../../../linalg/matrix.js';
import { overlapRoundings, shadowNoise, unitRoundoff } from '../../../linalg/tolerance.js';
import type { Protocol } from '../../../problem/protocol.js';
import { momentFactor } from '../../../problem/start.js';
import { triangleSize } from '../../../training/curve.js';
import { reducedLoss } from '../../../training/reduced.js';
import { type Implementation, loopOf } from '../../implementation.js';
import type { RecordedDigits } from '../../rounding.js';

/** Epochs `first` … `end − 1`. */
export interface Stretch {
  readonly first: number;
  readonly end: number;
}

/** The numbers of a record that increments are judged by. */
export interface IncrementNumbers {
  readonly protocol: Protocol;
  readonly shape: AgentShape;
  /** State components. */
  readonly n: number;
  /** Epochs with rows that can be used, finite and within range, in stretches without a gap. */
  readonly stretches: readonly Stretch[];
  /** How finely numbers were recorded. */
  readonly digits: RecordedDigits;
  readonly loss: ArrayLike<number>;
  readonly gradNorm?: ArrayLike<number>;
  readonly orderParameters: readonly Float64Array[];
  /** Lower triangles of the Gram matrices, where recorded. */
  readonly gram?: readonly (readonly number[])[];
  /** Lower triangles of the moments, where known. */
  readonly moments?: (epoch: number) => Float64Array;
}

/** Loss and gradient at an epoch's order parameters, as linear functions of the moments, entry by entry. */
export interface Basis {
  readonly loss: Float64Array;
  /** ∂L/∂K per moment, (p+r)·(c+r) each. */
  readonly E: readonly Float64Array[];
}

/** Loss and gradient under an implementation, and how rounding of the order parameters moves them. */
export interface Slope {
  basis(row: number): Basis;
  /** Deviation of ∂L/∂K by rounding of the order parameters, for given moments. */
  deviation(row: number, moments: Float64Array): Float64Array;
}

/** The relative rounding error of an overlap: N products, and the roundings of a rollout seen as errors of K. */
export function noiseOf({ protocol, shape }: IncrementNumbers): number {
  const { horizon, precision = 'f32' } = protocol;
  return shadowNoise(overlapRoundings(shape.N, horizon), unitRoundoff(precision));
}

/** The slope of an implementation on a record, each row computed once. */
export function slopeOf(numbers: IncrementNumbers, implementation: Implementation): Slope {
  const { orderParameters, shape, n, protocol } = numbers;
  const { plant, cost, horizon, embedding } = loopOf(implementation);
  const detached = implementation.cuts.observations ?? false;
  const lossOf = reducedLoss({ plant, leak: protocol.agent.leak, cost, horizon, rank: shape.r, detached });
  const noise = noiseOf(numbers);
  const { overlaps: printed, moments: inMoments } = numbers.digits;
  const rows = new Map<number, Basis>();
  const size = orderParameters[0]!.length;
  const at = (K: Float64Array, i: number, j: number): { loss: number; E: Float64Array } => {
    const start = times(
      embedding,
      matrix(n, 1, (row) => (row === i ? 1 : 0) + (row === j && i !== j ? 1 : 0)),
    );
    const E = new Float64Array(size);
    return { loss: lossOf(K, start, E), E };
  };
  const basis = (row: number): Basis => {
    const found = rows.get(row);
    if (found) return found;
    const K = orderParameters[row]!;
    const pure = Array.from({ length: n }, (_, i) => at(K, i, i));
    const loss = new Float64Array(triangleSize(n));
    const E: Float64Array[] = [];
    for (let i = 0, k = 0; i < n; i++)
      for (let j = 0; j <= i; j++, k++) {
        // x₀ᵀQx₀ of e_i + e_j less those of e_i and e_j is twice the entry ij.
        const both = at(K, i, j);
        loss[k] = i === j ? both.loss : both.loss - pure[i]!.loss - pure[j]!.loss;
        E.push(i === j ? both.E : both.E.map((value, l) => value - pure[i]!.E[l]! - pure[j]!.E[l]!));
      }
    const made = { loss, E };
    rows.set(row, made);
    return made;
  };
  const deviation = (row: number, moments: Float64Array): Float64Array => {
    const S = fromLowerTriangle(moments, n);
    let starts: Mat<number>;
    try {
      starts = momentFactor(S);
    } catch {
      // Fitted moments may be indefinite: their diagonal bounds what they do.
      starts = matrix(n, n, (i, j) => (i === j ? Math.sqrt(Math.abs(S.data[i * n + i]!)) : 0));
    }
    starts = times(embedding, starts);
    const K = orderParameters[row]!;
    const centre = new Float64Array(size);
    lossOf(K, starts, centre);
    const squares = new Float64Array(size);
    const moved = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      const wide = 1 + Math.abs(K[k]!);
      // Half a step of what was printed is at most that far from a normal error of as large a deviation.
      const error = Math.hypot(noise * wide, printed?.half(K[k]!) ?? 0);
      const step = Math.max(error, 2 ** -26 * wide);
      const beside = K.slice();
      beside[k]! += step;
      lossOf(beside, starts, moved);
      for (let l = 0; l < size; l++) squares[l]! += (((moved[l]! - centre[l]!) / step) * error) ** 2;
    }
    if (numbers.moments && inMoments)
      moments.forEach((moment, k) => {
        const error = (n + 1) * inMoments.half(moment);
        for (let l = 0; l < size; l++) squares[l]! += (error * basis(row).E[k]![l]!) ** 2;
      });
    return squares.map(Math.sqrt);
  };
  return { basis, deviation };
}

/** Slopes remembered at once; a fault with a parameter has one per value tried. */
const REMEMBERED = 16;

/** The slopes of implementations on a record: those that close the same loop share one. */
export function rememberedSlopes(record: IncrementNumbers): (implementation: Implementation) => Slope {
  const known = new Map<string, Slope>();
  // Of the last implementation: a fit asks for the same one again and again.
  let last: { readonly parts: readonly unknown[]; readonly slope: Slope } | undefined;
  return (implementation) => {
    const { protocol, wiring, scored, lossScale, startScale, gain, cuts } = implementation;
    const { plant, horizon, loss, batch } = protocol;
    const parts = [plant, horizon, loss, batch, wiring, scored, lossScale, startScale, gain, cuts.observations];
    if (last && parts.every((part, k) => part === last!.parts[k])) return last.slope;
    const key = JSON.stringify(parts);
    const slope = known.get(key) ?? slopeOf(record, implementation);
    if (!known.has(key) && known.size >= REMEMBERED) known.clear();
    known.set(key, slope);
    last = { parts, slope };
    return slope;
  };
}
