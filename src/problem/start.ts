/**
 * What each epoch is evaluated on: batches of starting states and of inputs, and their second moments.
 *
 * The loss is quadratic in x₀, so a batch enters only through Σ₀ = (1/B) Σ_b x₀x₀ᵀ. Any X with X·Xᵀ = Σ₀ serves: the batch
 * itself over √B, or n columns in its place. Trainers take such an X and sum over its columns.
 */
import { semidefiniteFactor } from '../linalg/factor.js';
import { at, type Mat, type Matrix, matrix, scalarMatrix } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { UNIT_ROUNDOFF } from '../linalg/tolerance.js';
import type { NoiseLevels } from './protocol.js';
import type { StartSpec } from './schema.js';

/** What a learner is evaluated on, as a function of the epoch: a run can be replayed from anywhere. */
export type DataSource = (epoch: number) => Mat<number>;

/**
 * Variance of one component of x₀ where starts are random and independent; `undefined` for fixed starts, and for uniform
 * starts whose mean is not zero.
 */
export function startVariance(start: StartSpec): number | undefined {
  switch (start.kind) {
    case 'uniform':
      return start.low === -start.high ? start.high ** 2 / 3 : undefined;
    case 'normal':
      return start.sd ** 2;
    case 'population':
      return start.variance;
    case 'fixed':
      return undefined;
  }
}

/** Starts of one epoch, n × B, one column per trial; `undefined` for a population, which has moments only. */
export function drawBatch(start: StartSpec, n: number, batch: number, random: Stream): Matrix | undefined {
  switch (start.kind) {
    case 'uniform':
      return matrix(n, batch, () => random.uniform(start.low, start.high));
    case 'normal':
      return matrix(n, batch, () => start.sd * random.normal());
    case 'fixed':
      return matrix(n, start.x0[0]?.length ?? 0, (i, b) => start.x0[i]![b]!);
    case 'population':
      return undefined;
  }
}

/** (1/B) Σ_b x₀x₀ᵀ of a batch, n × n. */
export function momentsOf(batch: Mat<number>): Matrix {
  return matrix(batch.rows, batch.rows, (i, j) => {
    let total = 0;
    for (let b = 0; b < batch.cols; b++) total += at(batch, i, b) * at(batch, j, b);
    return total / batch.cols;
  });
}

/** A batch as a factor of its moments: its columns over √B, n × B. */
export function batchFactor(batch: Mat<number>): Matrix {
  const share = 1 / Math.sqrt(batch.cols);
  return matrix(batch.rows, batch.cols, (i, b) => share * at(batch, i, b));
}

/** n columns in place of a batch of any size: a factor of the moments, n × n. @param unit of the precision they have */
export function momentFactor(moments: Mat<number>, unit = UNIT_ROUNDOFF): Matrix {
  return semidefiniteFactor(moments, unit);
}

/**
 * Starts, n × B, and below them noise: for each step n rows that are added to the state which it leads to, then c rows that are added to
 * what is seen of that state.
 * @param c observations
 * @param random of the noise on observations; that of the plant is drawn from a child of it, and starts from another stream
 */
export function withNoise(
  starts: Mat<number>,
  steps: number,
  c: number,
  { state, observation }: NoiseLevels,
  random: Stream,
): Matrix {
  const { rows: n, cols } = starts;
  const perStep = n + c;
  const all = matrix(n + steps * perStep, cols, (i, b) => (i < n ? at(starts, i, b) : 0));
  const draw = (sd: number, from: number, rows: number, stream: Stream): void => {
    if (sd === 0) return;
    for (let t = 0; t < steps; t++) {
      const begin = (n + t * perStep + from) * cols;
      for (let k = begin; k < begin + rows * cols; k++) all.data[k] = sd * stream.normal();
    }
  };
  draw(state, 0, n, random.child('process'));
  draw(observation, n, c, random);
  return all;
}

/** The starts among what an epoch drew. @param n state components */
export function startsIn(drawn: Mat<number>, n: number): Matrix {
  return matrix(n, drawn.cols, (i, b) => at(drawn, i, b));
}

/**
 * Moments as a protocol draws them: constant where the starts are, fresh for every epoch otherwise.
 * @param n state components
 * @param random each epoch draws from its own child stream
 */
export function momentSource(start: StartSpec, n: number, batch: number, random: Stream): DataSource {
  if (start.kind === 'population') {
    const moments = scalarMatrix(n, start.variance);
    return () => moments;
  }
  if (start.kind === 'fixed') {
    const moments = momentsOf(drawBatch(start, n, batch, random)!);
    return () => moments;
  }
  return (epoch) => momentsOf(drawBatch(start, n, batch, random.child(`batch ${epoch}`))!);
}

/** The same moments, drawn once for all the runs that share them. */
export function remembered(source: DataSource): DataSource {
  const drawn: Mat<number>[] = [];
  return (epoch) => {
    drawn[epoch] ??= source(epoch);
    return drawn[epoch];
  };
}
