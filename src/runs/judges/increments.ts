/**
 * Consistency of increments: order parameters, loss and gradient norm of consecutive epochs held against gradient descent,
 * where neither the weights nor the batches were recorded (src/theory/README.md#learning-closes-on-gram).
 *
 * Learning closes on the Gram matrix, and a batch acts through its moments. So over a window of epochs the unknowns are the
 * Gram matrix at its beginning and the moments of every step, and everything recorded is a function of them: more equations
 * than unknowns. A window is consistent if some unknowns satisfy all its equations within rounding. The true ones would, so
 * how well the equations are conditioned does not matter.
 */

import { columnCount, fromLowerTriangle, inputColumns, outputColumns } from '../../agent/gram.js';
import { orderParameterNames } from '../../agent/order-parameters.js';
import { BRIEF, leastSquares, linearFit, type Meter, type Patience, THOROUGH } from '../../linalg/least-squares.js';
import { type Mat, matrix, times } from '../../linalg/matrix.js';
import { Stream } from '../../linalg/random.js';
import { adjointRoundings, ROUNDING_DEVIATIONS, shadowNoise, unitRoundoff } from '../../linalg/tolerance.js';
import { trainedTensors } from '../../problem/agents.js';
import { type Protocol, plantOf } from '../../problem/protocol.js';
import { momentFactor, momentsOf, startVariance } from '../../problem/start.js';
import { triangleSize } from '../../training/curve.js';
import { clipFactor } from '../../training/descent.js';
import { reducedLoss } from '../../training/reduced.js';
import { type Implementation, loopOf } from '../diagnosis/departures.js';
import type { RecordedRun } from '../format/schema.js';
import { knownMoments, recordedOrderParameters } from '../problem.js';

/** The seed of guesses: any will do, and the same makes verdicts repeatable. */
const GUESS_SEED = 3;

/** How much is tried before a window counts as inconsistent. */
export interface Effort {
  /** Guesses from which a window is fitted, until one is consistent: a fit may end in a valley that leads nowhere. */
  readonly guesses: number;
  readonly patience: Patience;
  /** A mean square of residuals that needs no improvement. */
  readonly enough: number;
  /** One that no change of the residuals' units makes a consistent one. */
  readonly hopeless: number;
}

/** Products of one prediction of a window: per step, the Gram matrix and the gradient's norms as products of d × d. */
const productsOf = ({ shape }: Record, { steps }: Window): number => 6 * steps * columnCount(shape) ** 3;

/** Products of the slopes of a window, and of how rounding moves them: rollouts with their adjoints. */
function slopeProducts({ protocol, shape, n, orderParameters }: Record, { steps }: Window): number {
  const rollouts = triangleSize(n) + orderParameters[0]!.length + 1;
  // A implementation may have a plant of twice as many states.
  return 4 * steps * rollouts * protocol.horizon * (2 * n + shape.c + shape.r) ** 2;
}

/** To tell whether a window is consistent. */
export const JUDGEMENT: Effort = { guesses: 8, patience: THOROUGH, enough: 1 / 4, hopeless: Number.POSITIVE_INFINITY };

/** To compare departures: less is tried than for the protocol, since a departure that is missed accuses nobody. */
export const SUSPICION: Effort = { guesses: 2, patience: BRIEF, enough: 2 ** -6, hopeless: 2 ** 20 };

/** Starts that a guess of a batch's moments is drawn from, at most: it only has to differ from others. */
const GUESSED_STARTS = 2 ** 8;

/** Steps of a window: more where more is unknown. */
const STEPS = { known: 4, unknown: 8 } as const;

/** Loss and gradient at an epoch's order parameters, as linear functions of the moments, entry by entry. */
interface Basis {
  readonly loss: Float64Array;
  /** ∂L/∂K per moment, (p+r)·(c+r) each. */
  readonly E: readonly Float64Array[];
}

/** Mean and deviation of each entry of the moments of a batch, where the protocol gives them. */
export function lawOf(
  { start, batch }: Protocol,
  n: number,
): { readonly mean: Float64Array; readonly deviation: Float64Array } | undefined {
  const variance = startVariance(start);
  if (variance === undefined) return undefined;
  // Fourth moments: (9/5)·v² of uniform starts, 3·v² of normal ones.
  const spread = start.kind === 'uniform' ? 4 / 5 : 2;
  const entries = (diagonal: number, beside: number): Float64Array =>
    triangleOf(matrix(n, n, (i, j) => (i === j ? diagonal : beside)));
  const unit = variance / Math.sqrt(batch);
  return { mean: entries(variance, 0), deviation: entries(unit * Math.sqrt(spread), unit) };
}

/** What is recorded, and what of it is known exactly. */
export interface Record {
  readonly protocol: Protocol;
  readonly shape: { readonly c: number; readonly p: number; readonly r: number };
  readonly n: number;
  /** Rows that can be used: finite, within range. */
  readonly rows: number;
  readonly loss: readonly number[];
  readonly gradNorm: readonly number[] | undefined;
  readonly orderParameters: readonly Float64Array[];
  /** Gram matrices, d × d, where recorded. */
  readonly gram: readonly Mat<number>[] | undefined;
  /** Lower triangles of the moments, where known. */
  readonly moments: ((epoch: number) => Float64Array) | undefined;
}

/** The record of a run that increments can judge, or why they cannot. */
export function recordOf(run: RecordedRun, protocol: Protocol): Record | string {
  const { agent, optimizer } = protocol;
  if (agent.kind !== 'linear-low-rank')
    return `the increments of agents of kind ${agent.kind} are not functions of its order parameters`;
  if (optimizer.kind !== 'sgd' || optimizer.momentum)
    return 'an optimiser with memory: record weights.initial and curves.moments';
  const orderParameters = recordedOrderParameters(run, protocol);
  if (!orderParameters) return 'no order parameters recorded: record curves.overlaps';
  const { A, B, C } = plantOf(protocol.plant);
  const shape = { c: C.rows, p: B.cols, r: agent.rank };
  const { loss, gradNorm, gram } = run.curves;
  const range = Math.sqrt(Number.MAX_VALUE);
  const fine = (value: number): boolean => Math.abs(value) <= range;
  const end = loss.findIndex(
    (value, e) =>
      !(
        fine(value) &&
        (!gradNorm || fine(gradNorm[e]!)) &&
        orderParameters[e]!.every(fine) &&
        (!gram || gram[e]!.every(fine))
      ),
  );
  const known = knownMoments(run, protocol);
  const n = A.rows;
  return {
    protocol,
    shape,
    n,
    rows: end < 0 ? loss.length : end,
    loss,
    gradNorm,
    orderParameters,
    gram: gram?.map((triangle) => fromLowerTriangle(triangle, columnCount(shape))),
    moments: known && ((epoch) => triangleOf(known(epoch))),
  };
}

function triangleOf(S: Mat<number>): Float64Array {
  const triangle = new Float64Array(triangleSize(S.rows));
  for (let i = 0, k = 0; i < S.rows; i++) for (let j = 0; j <= i; j++, k++) triangle[k] = S.data[i * S.cols + j]!;
  return triangle;
}

/** Loss and gradient under a implementation, and how rounding of the order parameters moves them. */
export interface Slope {
  basis(row: number): Basis;
  /** Deviation of ∂L/∂K by rounding of the order parameters, for given moments. */
  deviation(row: number, moments: Float64Array): Float64Array;
}

/** The relative rounding error of an overlap: N products, and the roundings of a rollout seen as errors of K. */
function noiseOf({ agent, horizon, precision = 'f32' }: Protocol): number {
  const units = agent.kind === 'effective' ? 1 : agent.N;
  return shadowNoise(units + 2 * horizon + 16, unitRoundoff(precision));
}

/** The slope of a implementation on a record, each row computed once. */
export function slopeOf({ orderParameters, shape, n, protocol }: Record, implementation: Implementation): Slope {
  const { plant, cost, horizon, embedding } = loopOf(implementation);
  const lossOf = reducedLoss({ plant, leak: protocol.agent.leak, cost, horizon, rank: shape.r });
  const noise = noiseOf(protocol);
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
      const step = Math.max(noise, 2 ** -26) * wide;
      const beside = K.slice();
      beside[k]! += step;
      lossOf(beside, starts, moved);
      for (let l = 0; l < size; l++) squares[l]! += (((moved[l]! - centre[l]!) / step) * noise * wide) ** 2;
    }
    return squares.map(Math.sqrt);
  };
  return { basis, deviation };
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

/** What the rows of a window are predicted to hold. */
interface Prediction {
  readonly orderParameters: readonly Float64Array[];
  readonly grams: readonly Float64Array[];
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  /** How far each step went along the gradient: lr·κ. */
  readonly strides: readonly number[];
}

/** The epoch whose batch step k of a window uses: that of the row before it, or, with rows after the update, behind it. */
const batchOf = (implementation: Implementation, { first }: Window, step: number): number =>
  implementation.protocol.rows === 'after-update' ? first + step + 1 : first + step;

/** The tensor that a column of [M Zᵀ U V] belongs to: 0 … 3. */
const tensorIndex = ({ c, p, r }: Record['shape'], j: number): number =>
  j < c ? 0 : j < c + p ? 1 : j < c + p + r ? 2 : 3;

/** Per column of [M Zᵀ U V], whether a protocol trains it. */
function trainedColumns(shape: Record['shape'], protocol: Protocol): boolean[] {
  const trained = new Set<string>(trainedTensors(protocol));
  return Array.from({ length: columnCount(shape) }, (_, j) => trained.has('MZUV'[tensorIndex(shape, j)]!));
}

/** Learning from given unknowns over a window. */
function predict(
  record: Record,
  implementation: Implementation,
  slope: Slope,
  window: Window,
  unknowns: Unknowns,
): Prediction {
  const { shape } = record;
  const { protocol, decay, perTensor } = implementation;
  const { optimizer, firstUpdate = 0 } = protocol;
  const after = protocol.rows === 'after-update';
  const d = columnCount(shape);
  const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
  const tensors = Array.from({ length: d }, (_, j) => tensorIndex(shape, j));
  const moves = trainedColumns(shape, protocol);
  const G = fromLowerTriangle(unknowns.gram, d).data;
  // Columns as combinations of those of the first row: of the weights, and of the velocities.
  const R = new Float64Array(d * d);
  const velocity = new Float64Array(d * d);
  for (let i = 0; i < d; i++) R[i * d + i] = 1;
  const D = new Float64Array(d * d);
  const GR = new Float64Array(d * d);
  const E = new Float64Array(outputs.length * inputs.length);
  const momentum = optimizer.kind === 'sgd' ? (optimizer.momentum ?? 0) : 0;
  const result = {
    orderParameters: [] as Float64Array[],
    grams: [] as Float64Array[],
    losses: [] as number[],
    norms: [] as number[],
    strides: [] as number[],
  };
  const productWithGram = (): void => {
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) {
        let total = 0;
        for (let k = 0; k < d; k++) total += G[i * d + k]! * R[k * d + j]!;
        GR[i * d + j] = total;
      }
  };
  const inner = (i: number, j: number): number => {
    let total = 0;
    for (let k = 0; k < d; k++) total += R[k * d + i]! * GR[k * d + j]!;
    return total;
  };
  const observe = (): void => {
    productWithGram();
    const gram = new Float64Array(triangleSize(d));
    for (let i = 0, k = 0; i < d; i++) for (let j = 0; j <= i; j++, k++) gram[k] = inner(i, j);
    const K = new Float64Array(outputs.length * inputs.length);
    let k = 0;
    for (const i of outputs) for (const j of inputs) K[k++] = inner(i, j);
    result.grams.push(gram);
    result.orderParameters.push(K);
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
    D.fill(0);
    for (let i = 0, k = 0; i < outputs.length; i++)
      for (let j = 0; j < inputs.length; j++, k++) {
        const h = outputs[i]!;
        const m = inputs[j]!;
        const e = E[k]!;
        if (moves[h]) for (let l = 0; l < d; l++) D[l * d + h]! += e * R[l * d + m]!;
        if (moves[m]) for (let l = 0; l < d; l++) D[l * d + m]! += e * R[l * d + h]!;
      }
    const squares = new Float64Array(4);
    for (let j = 0; j < d; j++) {
      if (!moves[j]) continue;
      let total = 0;
      for (let i = 0; i < d; i++) {
        let along = 0;
        for (let k = 0; k < d; k++) along += G[i * d + k]! * D[k * d + j]!;
        total += D[i * d + j]! * along;
      }
      squares[tensors[j]!]! += total;
    }
    return { loss, squares };
  };
  const normOf = (squares: Float64Array): number => Math.sqrt(squares[0]! + squares[1]! + squares[2]! + squares[3]!);
  const record_ = (row: number, moments: Float64Array): Float64Array => {
    const { loss, squares } = evaluate(row, moments);
    result.losses.push(loss);
    result.norms.push(normOf(squares));
    return squares;
  };
  observe();
  for (let step = 0; step < window.steps; step++) {
    const row = window.first + step;
    const moments = unknowns.moments[step]!;
    const squares = after ? evaluate(row, moments).squares : record_(row, moments);
    const kappa = clipFactor(normOf(squares), optimizer.clip);
    const updates = batchOf(implementation, window, step) >= firstUpdate;
    result.strides.push(updates ? optimizer.lr * kappa : 0);
    if (updates)
      for (let j = 0; j < d; j++) {
        if (!moves[j]) continue;
        const share = perTensor ? clipFactor(Math.sqrt(squares[tensors[j]!]!), optimizer.clip) : kappa;
        for (let i = 0; i < d; i++) {
          const at = i * d + j;
          velocity[at] = momentum * velocity[at]! + share * D[at]! + decay * R[at]!;
          R[at]! -= optimizer.lr * velocity[at]!;
        }
      }
    observe();
    if (after) record_(row + 1, moments);
  }
  return result;
}

/** How far rounding may move each recorded number of a window, for given unknowns: the residuals' units. */
interface Allowance {
  readonly orderParameters: readonly Float64Array[];
  readonly grams: readonly Float64Array[];
  readonly losses: readonly number[];
  readonly norms: readonly number[];
}

function allowanceOf(
  record: Record,
  implementation: Implementation,
  slope: Slope,
  window: Window,
  unknowns: Unknowns,
): Allowance {
  const { shape, protocol, n } = record;
  const d = columnCount(shape);
  const noise = noiseOf(protocol);
  const unit = unitRoundoff(protocol.precision ?? 'f32');
  const units = protocol.agent.kind === 'effective' ? 1 : protocol.agent.N;
  const roundings = adjointRoundings({ n, N: units, ...shape }, protocol.horizon, protocol.batch);
  const prediction = predict(record, implementation, slope, window, unknowns);
  const after = protocol.rows === 'after-update';
  const diagonal = (triangle: Float64Array, i: number): number => Math.abs(triangle[(i * (i + 1)) / 2 + i]!);
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
    orderParameters.push(Float64Array.from(outputs.flatMap((i) => inputs.map((j) => product(i, j)))));
    const gram = new Float64Array(triangleSize(d));
    for (let i = 0, k = 0; i < d; i++) for (let j = 0; j <= i; j++, k++) gram[k] = product(i, j);
    grams.push(gram);
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
    losses.push(ROUNDING_DEVIATIONS * unit * Math.sqrt(roundings) * (Math.abs(value) + sensitivity));
    const size = Math.sqrt(lengths(row - window.first).reduce((sum, length) => sum + length * length, 0));
    norms.push(
      ROUNDING_DEVIATIONS * (total * size + unit * Math.sqrt(roundings) * prediction.norms[norms.length]!) +
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

/** A fit of a window, with its unknowns. */
export interface WindowFit {
  readonly unknowns: Unknowns;
  /** The Gram matrices of its rows, where the next window begins. */
  readonly grams: readonly Float64Array[];
  readonly equations: number;
  readonly unknownCount: number;
  /** Root mean square of the residuals in units of what rounding allows: at most 1 if the window is consistent. */
  readonly misfit: number;
  /** Whether the search ended before its work was used up. */
  readonly complete: boolean;
  /** The fitted parameter of a departure, if one was free. */
  readonly value?: number;
  /** Standard error of that parameter. */
  readonly error?: number;
  /** The largest residual: which number of which row. */
  readonly worst: {
    readonly quantity: string;
    readonly row: number;
    readonly recorded: number;
    readonly predicted: number;
  };
}

/** A implementation with a free parameter. */
export interface Free {
  readonly implementation: (value: number) => Implementation;
  readonly guess: number;
  /** Values lie above. */
  readonly above: number;
  readonly scale: number;
}

/** The entries of a Gram matrix that are no order parameters: row, column and place in its lower triangle. */
function unseenEntries(shape: Record['shape']): { readonly k: number; readonly i: number; readonly j: number }[] {
  const inputs = new Set(inputColumns(shape));
  const outputs = new Set(outputColumns(shape));
  const seen = (i: number, j: number): boolean =>
    (outputs.has(i) && inputs.has(j)) || (outputs.has(j) && inputs.has(i));
  const entries: { k: number; i: number; j: number }[] = [];
  for (let i = 0, k = 0; i < columnCount(shape); i++)
    for (let j = 0; j <= i; j++, k++) if (!seen(i, j)) entries.push({ k, i, j });
  return entries;
}

/**
 * Fits a window's unknowns.
 * @param first guess
 * @param slopes of a implementation
 * @param meter of the work that is left
 * @param free a parameter to fit as well
 */
export function fitWindow(
  record: Record,
  implementation: Implementation,
  window: Window,
  first: Unknowns,
  slopes: (implementation: Implementation) => Slope,
  meter: Meter,
  free?: Free,
  { patience, enough, hopeless }: Omit<Effort, 'guesses'> = JUDGEMENT,
): WindowFit {
  const { shape, gram: grams, gradNorm, moments } = record;
  const size = first.gram.length;
  const per = triangleSize(record.n);
  const after = implementation.protocol.rows === 'after-update';
  const scoredRow = (step: number): number => window.first + step + (after ? 1 : 0);
  const unpack = (x: Float64Array): Unknowns => ({
    gram: x.subarray(0, size),
    moments: first.moments.map((known, step) =>
      moments ? known : x.subarray(size + step * per, size + (step + 1) * per),
    ),
  });
  const count = size + (moments ? 0 : window.steps * per);
  const implementationOf = (x: Float64Array): Implementation =>
    free ? free.implementation(x[count]!) : implementation;
  const allowanceAt = (x: Float64Array): Allowance => {
    const at = implementationOf(x);
    return allowanceOf(record, at, slopes(at), window, unpack(x));
  };
  const law = moments ? undefined : lawOf(record.protocol, record.n);
  const unseen = grams ? unseenEntries(shape) : [];
  const names = orderParameterNames(shape);
  const d = columnCount(shape);
  /** What the equations are about, in the order of `numbersOf`. */
  const labels: { readonly quantity: string; readonly row: number; readonly recorded: number }[] = [];
  for (let row = window.first; row <= window.first + window.steps; row++) {
    record.orderParameters[row]!.forEach((recorded, l) => {
      labels.push({ quantity: names[l]!, row, recorded });
    });
    for (const { i, j } of unseen)
      labels.push({ quantity: `Gram entry ${i},${j}`, row, recorded: grams![row]!.data[i * d + j]! });
  }
  if (law)
    for (let step = 0; step < window.steps; step++)
      for (const recorded of law.mean)
        labels.push({ quantity: 'moments of the starts', row: scoredRow(step), recorded });
  for (let step = 0; step < window.steps; step++) {
    const row = scoredRow(step);
    labels.push({ quantity: 'loss', row, recorded: record.loss[row]! });
    if (gradNorm) labels.push({ quantity: 'gradient norm', row, recorded: gradNorm[row]! });
  }
  /** Numbers as the equations have them: of a prediction or of what is allowed. */
  const numbersOf = (
    { orderParameters, grams: products, losses, norms }: Allowance,
    starts: (step: number, k: number) => number,
  ): Float64Array => {
    const list = new Float64Array(labels.length);
    let at = 0;
    for (let row = 0; row <= window.steps; row++) {
      for (const value of orderParameters[row]!) list[at++] = value;
      for (const { k } of unseen) list[at++] = products[row]![k]!;
    }
    if (law) for (let step = 0; step < window.steps; step++) for (let k = 0; k < per; k++) list[at++] = starts(step, k);
    for (let step = 0; step < window.steps; step++) {
      list[at++] = losses[step]!;
      if (gradNorm) list[at++] = norms[step]!;
    }
    return list;
  };
  const recorded = Float64Array.from(labels, (label) => label.recorded);
  const allowedBy = (allowance: Allowance): Float64Array =>
    numbersOf(allowance, (_, k) => ROUNDING_DEVIATIONS * law!.deviation[k]!);
  const predictedAt = (x: Float64Array): Float64Array => {
    const at = implementationOf(x);
    const prediction = predict(record, at, slopes(at), window, unpack(x));
    return numbersOf(prediction, (step, k) => x[size + step * per + k]!);
  };
  const parts = [first.gram, ...(moments ? [] : first.moments), ...(free ? [Float64Array.of(free.guess)] : [])];
  let x = Float64Array.from(parts.flatMap((part) => [...part]));
  const trace = Math.max(...first.moments.flatMap((known) => [...known].map(Math.abs)));
  const scale = x.map((value, k) => (k < size ? Math.max(Math.abs(value), 0.1) : k < count ? trace : free!.scale));
  const residualsUnder =
    (allowed: Float64Array) =>
    (y: Float64Array): Float64Array =>
      free && !(y[count]! > free.above)
        ? Float64Array.of(Number.POSITIVE_INFINITY)
        : predictedAt(y).map((value, k) => (value - recorded[k]!) / allowed[k]!);
  const total = labels.length;
  // Slopes are remembered: a parameter that the loop does not depend on leaves them alone.
  const moving = free !== undefined && slopes(free.implementation(free.guess)) !== slopes(implementation);
  const work = { meter, perCall: productsOf(record, window) + (moving ? slopeProducts(record, window) : 0) };
  let allowed = allowedBy(allowanceAt(x));
  let fit = leastSquares(residualsUnder(allowed), x, scale, enough * total, patience, work);
  // The units depend on the unknowns, though little: once more with those found.
  if (fit.squares <= hopeless * total) {
    x = fit.x as Float64Array<ArrayBuffer>;
    allowed = allowedBy(allowanceAt(x));
    fit = leastSquares(residualsUnder(allowed), x, scale, enough * total, patience, work);
  }
  const predicted = predictedAt(fit.x);
  const excess = (k: number): number => Math.abs(predicted[k]! - recorded[k]!) / allowed[k]!;
  const worst = labels.reduce((a, _, k) => (excess(k) > excess(a) ? k : a), 0);
  const unknowns = unpack(fit.x);
  const at = implementationOf(fit.x);
  const { grams: fitted } = predict(record, at, slopes(at), window, unknowns);
  return {
    unknowns,
    grams: fitted,
    equations: total,
    unknownCount: fit.x.length,
    misfit: Math.sqrt(fit.squares / total),
    complete: fit.complete,
    ...(free && { value: fit.x[count]!, error: fit.errors()[count]! }),
    worst: { ...labels[worst]!, predicted: predicted[worst]! },
  };
}

/**
 * The moments of a step between two recorded Gram matrices: but for terms of second order in the step, its increment is linear in
 * them, and so is the loss. `undefined` where the record does not tell them.
 */
function momentsBetween(
  record: Record,
  implementation: Implementation,
  slope: Slope,
  row: number,
  batch: number,
): Float64Array | undefined {
  const { shape, n, gram, gradNorm, loss } = record;
  const { protocol } = implementation;
  const { lr, clip } = protocol.optimizer;
  const d = columnCount(shape);
  const G = gram![row]!.data;
  const moves = trainedColumns(shape, protocol);
  const noise = noiseOf(protocol);
  const lengths = Array.from({ length: d }, (_, i) => Math.sqrt(Math.abs(G[i * d + i]!)));
  /** The lower triangle of entries, each in units of its rounding. */
  const weighed = (entry: (i: number, j: number) => number): number[] => {
    const list: number[] = [];
    for (let i = 0; i < d; i++)
      for (let j = 0; j <= i; j++) list.push(entry(i, j) / (noise * Math.max(1, lengths[i]! * lengths[j]!)));
    return list;
  };
  const columns = slope.basis(row).E.map((E) => {
    const D = new Float64Array(d * d);
    let k = 0;
    for (const h of outputColumns(shape))
      for (const m of inputColumns(shape)) {
        if (moves[h]) D[m * d + h]! += E[k]!;
        if (moves[m]) D[h * d + m]! += E[k]!;
        k++;
      }
    return weighed((i, j) => {
      let total = 0;
      for (let l = 0; l < d; l++) total += D[l * d + i]! * G[l * d + j]! + G[i * d + l]! * D[l * d + j]!;
      return -lr * total;
    });
  });
  const next = gram![row + 1]!.data;
  const increments = weighed((i, j) => next[i * d + j]! - G[i * d + j]!);
  const expected = slope.basis(batch).loss;
  const fitted = (list: readonly (readonly number[])[], y: readonly number[]): Float64Array =>
    linearFit(
      list.map((column) => Float64Array.from(column)),
      Float64Array.from(y),
    );
  const lossOf = (moments: Float64Array): number => moments.reduce((sum, entry, k) => sum + entry * expected[k]!, 0);
  // A gradient that was logged before its step tells how far it was clipped. Otherwise the increment tells the moments up to that
  // factor, and the loss tells the factor.
  const logged =
    batch === row && gradNorm ? clipFactor(gradNorm[row]!, clip) : lossOf(fitted(columns, increments)) / loss[batch]!;
  const kappa = clip === null ? 1 : Math.min(1, logged);
  if (!(kappa > 0)) return undefined;
  const law = lawOf(protocol, n);
  const unit = noise * Math.abs(loss[batch]!);
  const found = fitted(
    columns.map((column, k) => [
      ...column.map((entry) => kappa * entry),
      expected[k]! / unit,
      ...(law ? Array.from(law.deviation, (deviation, l) => (k === l ? 1 / deviation : 0)) : []),
    ]),
    [...increments, loss[batch]! / unit, ...(law ? Array.from(law.mean, (mean, l) => mean / law.deviation[l]!) : [])],
  );
  const factor = loss[batch]! / lossOf(found);
  return factor > 0 && Number.isFinite(factor) ? found.map((entry) => entry * factor) : undefined;
}

/**
 * A guess of a window's unknowns: the recorded Gram matrix, that of the window before, or one of vectors as protocols draw
 * them; moments that explain its increments, or of the declared law, that give the recorded losses.
 * @param attempt the first is the likeliest; further ones draw norms and moments at random
 */
export function guessOf(
  record: Record,
  implementation: Implementation,
  slope: Slope,
  window: Window,
  attempt: number,
  before?: Float64Array,
): Unknowns {
  const { shape, n, protocol, loss, moments } = record;
  const { c, p } = shape;
  const d = columnCount(shape);
  const random = new Stream(GUESS_SEED).child(`attempt ${attempt}`);
  const recorded = record.gram?.[window.first]?.data;
  const K = record.orderParameters[window.first]!;
  const G = matrix(d, d);
  const [outputs, inputs] = [outputColumns(shape), inputColumns(shape)];
  outputs.forEach((i, a) => {
    inputs.forEach((j, b) => {
      G.data[i * d + j] = K[a * inputs.length + b]!;
      G.data[j * d + i] = K[a * inputs.length + b]!;
    });
  });
  for (let i = 0; i < d; i++) {
    let others = 0;
    for (let j = 0; j < d; j++) others += Math.abs(G.data[i * d + j]!);
    const drawn = (i < c + p ? 1 / 3 : 1) * (attempt === 0 ? 1 : 4 ** random.uniform(-1, 1));
    // Dominant diagonals: a matrix that is not positive semidefinite has no gradient norm.
    G.data[i * d + i] = Math.max(drawn, others);
  }
  const reached = attempt % 2 === 0 ? before : undefined;
  const gram = recorded
    ? triangleOf({ rows: d, cols: d, data: recorded })
    : triangleOf(G).map((entry, k) => reached?.[k] ?? entry);
  const variance = startVariance(protocol.start) ?? 1;
  const guess = Array.from({ length: window.steps }, (_, step) => {
    const batch = batchOf(implementation, window, step);
    if (moments) return moments(batch);
    const told =
      recorded && attempt === 0 ? momentsBetween(record, implementation, slope, window.first + step, batch) : undefined;
    if (told) return told;
    const starts = matrix(n, attempt === 0 ? n : Math.min(Math.max(protocol.batch, n), GUESSED_STARTS), (i, j) =>
      attempt === 0 ? Math.sqrt(n * variance) * (i === j ? 1 : 0) : Math.sqrt(variance) * random.normal(),
    );
    const law = triangleOf(momentsOf(starts));
    const expected = slope.basis(batch).loss.reduce((sum, entry, k) => sum + entry * law[k]!, 0);
    return law.map((entry) => (entry * loss[batch]!) / expected);
  });
  return { gram, moments: guess };
}

/** Guesses where Gram matrices are recorded. */
const GRAM_GUESSES = 2;

/** Fits a window from guess after guess, until it is consistent; `undefined` where no work is left for it. */
export function fitFromGuesses(
  record: Record,
  implementation: Implementation,
  window: Window,
  slopes: (implementation: Implementation) => Slope,
  meter: Meter,
  before?: Float64Array,
  free?: Free,
  effort: Effort = JUDGEMENT,
): WindowFit | undefined {
  if (!meter.spend(slopeProducts(record, window))) return undefined;
  let best: WindowFit | undefined;
  // Recorded Gram matrices tell the moments, nearly.
  const guesses = record.gram ? GRAM_GUESSES : effort.guesses;
  for (let attempt = 0; attempt < guesses && !(best && best.misfit <= 1); attempt++) {
    const at = free ? free.implementation(free.guess) : implementation;
    const fit = fitWindow(
      record,
      implementation,
      window,
      guessOf(record, at, slopes(at), window, attempt, before),
      slopes,
      meter,
      free,
      effort,
    );
    if (!best || fit.misfit < best.misfit) best = fit;
  }
  return best;
}

/** Windows judged: the first ones, each of which leads to the next, and, where each has a Gram matrix or moments, others. */
const FIRST_WINDOWS = 5;
const LATER_WINDOWS = 4;

/** The windows of a record, in order; few rows make one short window. */
export function windowsOf({ rows, gram, moments }: Record): Window[] {
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
