/**
 * What a window's rows must hold, given its unknowns, and how far rounding may move each number.
 */

import { columnCount, fromLowerTriangle, inputColumns, outputColumns, tensorOfColumn } from '../../../agent/gram.js';
import { matrix } from '../../../linalg/matrix.js';
import { adjointRoundings, ROUNDING_DEVIATIONS, unitRoundoff } from '../../../linalg/tolerance.js';
import { trainedTensors } from '../../../problem/agents.js';
import { rateAt, weightDecayOf } from '../../../problem/schema.js';
import { triangleSize } from '../../../training/curve.js';
import { clipFactor } from '../../../training/descent.js';
import { columnStep } from '../../../training/gram.js';
import { accumulation, type Implementation, loggedLoss } from '../../implementation.js';
import { noiseOf } from './slope.js';
import { batchOf, type IncrementRecord, lowerTriangle, type Unknowns, type Window } from './window.js';

/** Products of one prediction of a window: per step, the Gram matrix and the gradient's norms as products of d × d. */
export const workOfPrediction = ({ shape }: IncrementRecord, { steps }: Window): number =>
  6 * steps * columnCount(shape) ** 3;

/** A number for each that a window's rows hold: what is predicted of it, or how far rounding may move it. */
export interface WindowNumbers {
  readonly orderParameters: readonly Float64Array[];
  /** Lower triangles. */
  readonly grams: readonly Float64Array[];
  readonly losses: readonly number[];
  readonly norms: readonly number[];
}

interface Prediction extends WindowNumbers {
  /** How far each step went along the gradient: lr·κ. */
  readonly strides: readonly number[];
}

/** Σ a[ao + i]·b[bo + i]. */
function inner(a: ArrayLike<number>, ao: number, b: ArrayLike<number>, bo: number, n: number): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += a[ao + i]! * b[bo + i]!;
  return total;
}

/** Learning from given unknowns over a window. */
export function predict(
  { shape, slope: slopeOf }: IncrementRecord,
  implementation: Implementation,
  window: Window,
  unknowns: Unknowns,
): Prediction {
  const slope = slopeOf(implementation);
  const { protocol, practice } = implementation;
  const { firstUpdate = 0, optimizer: declared } = protocol;
  const { accumulates = 1, logsClipped = false, frozen = [], clipping } = practice;
  const { optimizer = declared } = practice;
  const momentum = optimizer.kind === 'sgd' ? (optimizer.momentum ?? 0) : 0;
  const decay = weightDecayOf(optimizer);
  const after = protocol.rows === 'after-update';
  const d = columnCount(shape);
  const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
  const tensors = Array.from({ length: d }, (_, j) => 'MZUV'.indexOf(tensorOfColumn(shape, j)));
  const trained = trainedTensors(protocol);
  const { gradient } = columnStep(shape, trained);
  const G = fromLowerTriangle(unknowns.gram, d).data;
  // Columns, one after the other, as combinations of those of the first row: of weights, gradients and velocities.
  const R = Float64Array.from(matrix(d, d, (i, j) => (i === j ? 1 : 0)).data);
  const D = new Float64Array(d * d);
  const velocity = new Float64Array(d * d);
  const E = new Float64Array(outputs.length * inputs.length);
  const carried = new Float64Array(d * d);
  let smooth: number | undefined;
  const result = {
    orderParameters: [] as Float64Array[],
    grams: [] as Float64Array[],
    losses: [] as number[],
    norms: [] as number[],
    strides: [] as number[],
  };
  const GA = new Float64Array(d * d);
  /** Inner products of the columns of a list of combinations, until it is called again. */
  const productsOf = (A: Float64Array): ((i: number, j: number) => number) => {
    for (let j = 0; j < d; j++) for (let i = 0; i < d; i++) GA[j * d + i] = inner(G, i * d, A, j * d, d);
    return (i, j) => inner(A, i * d, GA, j * d, d);
  };
  const observe = (): void => {
    const product = productsOf(R);
    const gram = new Float64Array(triangleSize(d));
    for (let i = 0, k = 0; i < d; i++) for (let j = 0; j <= i; j++, k++) gram[k] = product(i, j);
    result.grams.push(gram);
    const overlaps = new Float64Array(E.length);
    for (let i = 0, k = 0; i < outputs.length; i++)
      for (let j = 0; j < inputs.length; j++, k++) overlaps[k] = product(outputs[i]!, inputs[j]!);
    result.orderParameters.push(overlaps);
  };
  /** Loss and squared gradient norms per tensor at a row; D holds the gradient's combinations. */
  const evaluate = (row: number, moments: Float64Array): { loss: number; squares: Float64Array } => {
    const { loss: losses, E: slopes } = slope.basis(row);
    let loss = 0;
    E.fill(0);
    for (let k = 0; k < moments.length; k++) {
      const [moment, slopeOfMoment] = [moments[k]!, slopes[k]!];
      loss += moment * losses[k]!;
      for (let l = 0; l < E.length; l++) E[l]! += moment * slopeOfMoment[l]!;
    }
    gradient(R, d, E, D);
    if (accumulates !== 1) for (let k = 0; k < D.length; k++) D[k]! += carried[k]!;
    const product = productsOf(D);
    const squares = new Float64Array(4);
    for (let j = 0; j < d; j++) if (!frozen.includes(tensorOfColumn(shape, j))) squares[tensors[j]!]! += product(j, j);
    return { loss, squares };
  };
  const normOf = (squares: Float64Array): number => Math.sqrt(squares[0]! + squares[1]! + squares[2]! + squares[3]!);
  const logged = (row: number, moments: Float64Array): Float64Array => {
    const { loss, squares } = evaluate(row, moments);
    smooth = loggedLoss(practice, row, loss, smooth);
    result.losses.push(smooth);
    const norm = normOf(squares);
    result.norms.push(logsClipped ? norm * clipFactor(norm, optimizer.clip) : norm);
    return squares;
  };
  observe();
  for (let step = 0; step < window.steps; step++) {
    const row = window.first + step;
    const moments = unknowns.moments[step]!;
    const squares = after ? evaluate(row, moments).squares : logged(row, moments);
    const epoch = batchOf(implementation, window, step);
    const lr = rateAt(optimizer, epoch);
    const kappa = clipFactor(normOf(squares), optimizer.clip);
    const { updates: ends, kept } = accumulation(practice, epoch, kappa);
    const updates = epoch >= firstUpdate && ends;
    result.strides.push(updates ? lr * kappa : 0);
    if (updates)
      for (let j = 0; j < d; j++) {
        const tensor = tensorOfColumn(shape, j);
        if (!trained.includes(tensor) || frozen.includes(tensor)) continue;
        const share = clipping === 'per tensor' ? clipFactor(Math.sqrt(squares[tensors[j]!]!), optimizer.clip) : kappa;
        for (let i = 0; i < d; i++) {
          const at = j * d + i;
          velocity[at] = momentum * velocity[at]! + share * D[at]! + decay * R[at]!;
          R[at]! -= lr * velocity[at]!;
        }
      }
    if (accumulates !== 1) carried.set(D.map((entry) => (kept === 0 ? 0 : kept * entry)));
    observe();
    if (after) logged(row + 1, moments);
  }
  return result;
}

/** How far rounding may move each recorded number of a window, for given unknowns: the residuals' units. */
export function roundingOf(
  record: IncrementRecord,
  implementation: Implementation,
  window: Window,
  unknowns: Unknowns,
): WindowNumbers {
  const { shape, protocol, n, digits, orderParameters: recorded } = record;
  const slope = record.slope(implementation);
  const d = columnCount(shape);
  const noise = noiseOf(record);
  const unit = unitRoundoff(protocol.precision ?? 'f32');
  const roundings = adjointRoundings({ n, ...shape }, protocol.horizon, protocol.batch);
  const prediction = predict(record, implementation, window, unknowns);
  const after = protocol.rows === 'after-update';
  const at = (triangle: Float64Array, i: number, j: number): number =>
    triangle[(Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j)]!;
  const diagonal = (triangle: Float64Array, i: number): number => Math.abs(at(triangle, i, i));
  // What the gradients' own errors have added to every column's products so far, as a variance.
  let drift = 0;
  const orderParameters: Float64Array[] = [];
  const grams: Float64Array[] = [];
  const losses: number[] = [];
  const norms: number[] = [];
  const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
  const lengths = (row: number): number[] =>
    Array.from({ length: d }, (_, i) => Math.sqrt(diagonal(prediction.grams[row]!, i)));
  const allow = (row: number): void => {
    const length = lengths(row);
    const product = (i: number, j: number): number =>
      ROUNDING_DEVIATIONS * Math.sqrt((noise * Math.max(1, length[i]! * length[j]!)) ** 2 + drift);
    const { grams: predicted } = prediction;
    const own = (i: number, j: number): number => product(i, j) + (digits.gram?.half(at(predicted[row]!, i, j)) ?? 0);
    orderParameters.push(
      Float64Array.from(
        outputs.flatMap((i) => inputs.map((j) => product(i, j))),
        (allowed, k) => allowed + (digits.overlaps?.half(recorded[window.first + row]![k]!) ?? 0),
      ),
    );
    grams.push(lowerTriangle(matrix(d, d, own)));
  };
  const score = (row: number, step: number): number => {
    const moments = unknowns.moments[step]!;
    const deviation = slope.deviation(row, moments);
    const total = Math.sqrt(deviation.reduce((sum, value) => sum + value * value, 0));
    const { loss, E } = slope.basis(row);
    const K = record.orderParameters[row]!;
    let sensitivity = 0;
    for (let l = 0; l < K.length; l++) {
      let e = 0;
      for (let k = 0; k < moments.length; k++) e += moments[k]! * E[k]![l]!;
      sensitivity += Math.abs(e) * (1 + Math.abs(K[l]!));
    }
    const value = loss.reduce((sum, entry, k) => sum + entry * moments[k]!, 0);
    const printed = digits.overlaps ? K.reduce((sum, entry) => Math.max(sum, digits.overlaps!.half(entry)), 0) : 0;
    const ofMoments =
      record.moments && digits.moments
        ? loss.reduce((sum, entry, k) => sum + Math.abs(entry) * (n + 1) * digits.moments!.half(moments[k]!), 0)
        : 0;
    losses.push(
      ROUNDING_DEVIATIONS * unit * Math.sqrt(roundings) * (Math.abs(value) + sensitivity) +
        // Half a step of the loss, and of each order parameter and moment times its slope.
        (digits.loss?.half(value) ?? 0) +
        printed * sensitivity +
        ofMoments,
    );
    const size = Math.sqrt(lengths(row - window.first).reduce((sum, length) => sum + length * length, 0));
    norms.push(
      ROUNDING_DEVIATIONS * (total * size + unit * Math.sqrt(roundings) * prediction.norms[norms.length]!) +
        (digits.gradNorm?.half(prediction.norms[norms.length]!) ?? 0) +
        Number.MIN_VALUE,
    );
    return total;
  };
  allow(0);
  for (let step = 0; step < window.steps; step++) {
    const row = window.first + step;
    const moments = unknowns.moments[step]!;
    const total = after
      ? Math.sqrt(slope.deviation(row, moments).reduce((sum, value) => sum + value * value, 0))
      : score(row, step);
    const widest = Math.max(...lengths(step)) ** 2;
    drift += (2 * prediction.strides[step]! * total * Math.max(1, widest)) ** 2;
    allow(step + 1);
    if (after) score(row + 1, step);
  }
  return { orderParameters, grams, losses, norms };
}
