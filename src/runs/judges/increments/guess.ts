/**
 * Guesses of a window's unknowns, from which a fit begins.
 */

import { columnCount, fromLowerTriangle, inputColumns, outputColumns } from '../../../agent/gram.js';
import { linearFit } from '../../../linalg/least-squares.js';
import { matrix } from '../../../linalg/matrix.js';
import { Stream } from '../../../linalg/random.js';
import { trainedTensors } from '../../../problem/agents.js';
import type { Protocol } from '../../../problem/protocol.js';
import { rateAt, weightDecayOf } from '../../../problem/schema.js';
import { momentsOf, startVariance } from '../../../problem/start.js';
import { clipFactor } from '../../../training/descent.js';
import { columnStep } from '../../../training/gram.js';
import type { Implementation } from '../../implementation.js';
import { noiseOf } from './slope.js';
import { batchOf, type IncrementRecord, lowerTriangle, type Unknowns, type Window } from './window.js';

/** The seed of guesses: any will do, and the same makes verdicts repeatable. */
const GUESS_SEED = 3;

/** Starts that a guess of a batch's moments is drawn from, at most: it only has to differ from others. */
const GUESSED_STARTS = 2 ** 8;

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
    lowerTriangle(matrix(n, n, (i, j) => (i === j ? diagonal : beside)));
  const unit = variance / Math.sqrt(batch);
  return { mean: entries(variance, 0), deviation: entries(unit * Math.sqrt(spread), unit) };
}

/**
 * The moments of a step between two recorded Gram matrices: but for terms of second order in the step, its increment is linear in
 * them, and so is the loss. `undefined` where the record does not tell them.
 */
function momentsBetween(
  record: IncrementRecord,
  implementation: Implementation,
  row: number,
  batch: number,
): Float64Array | undefined {
  const { shape, n, gram, gradNorm, loss } = record;
  const slope = record.slope(implementation);
  const { protocol } = implementation;
  const { optimizer = protocol.optimizer } = implementation.practice;
  const { clip } = optimizer;
  const lr = rateAt(optimizer, batch);
  if (lr === 0) return undefined;
  const d = columnCount(shape);
  const G = fromLowerTriangle(gram![row]!, d).data;
  const noise = noiseOf(record);
  const lengths = Array.from({ length: d }, (_, i) => Math.sqrt(Math.abs(G[i * d + i]!)));
  /** The lower triangle of entries, each in units of its rounding. */
  const weighed = (entry: (i: number, j: number) => number): number[] => {
    const list: number[] = [];
    for (let i = 0; i < d; i++)
      for (let j = 0; j <= i; j++) list.push(entry(i, j) / (noise * Math.max(1, lengths[i]! * lengths[j]!)));
    return list;
  };
  const { gradient, moves } = columnStep(shape, trainedTensors(protocol));
  /** What weight decay leaves of a column. */
  const kept = (j: number): number => (moves[j] ? 1 - lr * weightDecayOf(optimizer) : 1);
  const unit = Float64Array.from(matrix(d, d, (i, j) => (i === j ? 1 : 0)).data);
  const columns = slope.basis(row).E.map((E) => {
    const D = new Float64Array(d * d);
    gradient(unit, d, E, D);
    return weighed((i, j) => {
      let total = 0;
      for (let l = 0; l < d; l++) total += D[i * d + l]! * G[l * d + j]! + G[i * d + l]! * D[j * d + l]!;
      return -lr * total;
    });
  });
  const next = fromLowerTriangle(gram![row + 1]!, d).data;
  const increments = weighed((i, j) => next[i * d + j]! - kept(i) * kept(j) * G[i * d + j]!);
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
  const lossUnit = noise * Math.abs(loss[batch]!);
  const found = fitted(
    columns.map((column, k) => [
      ...column.map((entry) => kappa * entry),
      expected[k]! / lossUnit,
      ...(law ? Array.from(law.deviation, (deviation, l) => (k === l ? 1 / deviation : 0)) : []),
    ]),
    [
      ...increments,
      loss[batch]! / lossUnit,
      ...(law ? Array.from(law.mean, (mean, l) => mean / law.deviation[l]!) : []),
    ],
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
  record: IncrementRecord,
  implementation: Implementation,
  window: Window,
  attempt: number,
  before?: Float64Array,
): Unknowns {
  const { shape, n, protocol, loss, moments } = record;
  const slope = record.slope(implementation);
  const { c, p } = shape;
  const d = columnCount(shape);
  const random = new Stream(GUESS_SEED).child(`attempt ${attempt}`);
  const recorded = record.gram?.[window.first];
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
  const gram = recorded ? Float64Array.from(recorded) : lowerTriangle(G).map((entry, k) => reached?.[k] ?? entry);
  const variance = startVariance(protocol.start) ?? 1;
  const { optimizer = protocol.optimizer, accumulates = 1 } = implementation.practice;
  const remembers = accumulates !== 1 || (optimizer.kind === 'sgd' && (optimizer.momentum ?? 0) > 0);
  const guess = Array.from({ length: window.steps }, (_, step) => {
    const batch = batchOf(implementation, window, step);
    if (moments) return moments(batch);
    // An increment is linear in its own batch only where the optimiser remembers no other.
    const between =
      recorded && attempt === 0 && !remembers
        ? momentsBetween(record, implementation, window.first + step, batch)
        : undefined;
    if (between) return between;
    const starts = matrix(n, attempt === 0 ? n : Math.min(Math.max(protocol.batch, n), GUESSED_STARTS), (i, j) =>
      attempt === 0 ? Math.sqrt(n * variance) * (i === j ? 1 : 0) : Math.sqrt(variance) * random.normal(),
    );
    const law = lowerTriangle(momentsOf(starts));
    const expected = slope.basis(batch).loss.reduce((sum, entry, k) => sum + entry * law[k]!, 0);
    return law.map((entry) => (entry * loss[batch]!) / expected);
  });
  return { gram, moments: guess };
}
