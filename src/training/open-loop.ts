/**
 * Open-loop learning: student and teacher are driven by the same given inputs, outside any loop, and the student is to act
 * as the teacher does (theory.md §7).
 *
 * On inputs that are white in time the expected loss is a mismatch of impulse responses, lag k counted once for every pair
 * of steps k apart: like the closed-loop loss a function of the order parameters alone.
 */
import type { Mat } from '../linalg/matrix.js';
import { matrix, times, transpose } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import type { Plant } from '../plant/plant.js';
import { flat } from './network.js';
import type { ReducedLoss } from './reduced.js';
import { type MomentSource, momentsOf } from './start.js';

/** What a student is asked: L = weight · Σ over `steps` steps of E ‖û − u‖², an input before each. */
export interface OpenLoopTask {
  readonly steps: number;
  readonly weight: number;
  /** Covariance of an input, c × c; inputs of different steps are independent, of mean zero. */
  readonly covariance: Mat<number>;
}

/**
 * The task of a protocol with horizon T.
 *
 * `low-rank`: the inputs are the observations of states drawn afresh from N(0, I) before every step, y = CAx; mean over
 * T − 1 steps, of which the first has no input. `tanh`: y ~ N(0, I) at T steps, summed.
 */
export function openLoopTask(protocol: 'low-rank' | 'tanh', { A, C }: Plant, horizon: number): OpenLoopTask {
  if (protocol === 'tanh')
    return { steps: horizon, weight: 1, covariance: matrix(C.rows, C.rows, (i, j) => (i === j ? 1 : 0)) };
  const seen = times(C, A);
  return { steps: horizon - 2, weight: 1 / (horizon - 1), covariance: times(seen, transpose(seen)) };
}

/**
 * The expected loss as a function of the order parameters: weight · Σ_k (steps − k) · E ‖(g_k − g*_k) y‖². Its `starts` are a
 * factor of the covariance of y: the drive of one step, of which all that follows is the response.
 *
 * @param teacher g*_0 … g*_{steps−1}, each p × c
 * @param leak η of the student
 * @param rank of the student
 */
export function openLoopLoss(
  { steps, weight }: Pick<OpenLoopTask, 'steps' | 'weight'>,
  teacher: readonly Mat<number>[],
  leak: number,
  rank: number,
): ReducedLoss {
  const [p, c] = [teacher[0]?.rows ?? 0, teacher[0]?.cols ?? 0];
  const target = Float64Array.from(teacher.flatMap((g) => [...flat(g)]));
  const q = c + rank;
  const rows = p + rank;
  const keep = 1 - leak;
  // The response to one input, reused by the next: coordinates w_k = (a_k, b_k), products K·w_k less the teacher's control.
  const w = new Float64Array((steps + 1) * q);
  const k = new Float64Array(steps * rows);
  let pw = new Float64Array(q);
  let pwBefore = new Float64Array(q);

  function forward(K: Float64Array, starts: Mat<number>, column: number): number {
    let loss = 0;
    const input = (j: number): number => starts.data[j * starts.cols + column]!;
    for (let j = 0; j < q; j++) w[j] = j < c ? leak * input(j) : 0;
    for (let lag = 0; lag < steps; lag++) {
      const [wt, kt] = [lag * q, lag * rows];
      for (let i = 0; i < rows; i++) {
        let value = 0;
        for (let j = 0; j < q; j++) value += K[i * q + j]! * w[wt + j]!;
        if (i < p) {
          for (let j = 0; j < c; j++) value -= target[(lag * p + i) * c + j]! * input(j);
          loss += weight * (steps - lag) * value * value;
        }
        k[kt + i] = value;
      }
      for (let j = 0; j < q; j++) w[wt + q + j] = keep * w[wt + j]! + (j < c ? 0 : leak * k[kt + p + j - c]!);
    }
    return loss;
  }

  function backward(K: Float64Array, E: Float64Array): void {
    pw.fill(0);
    for (let lag = steps - 1; lag >= 0; lag--) {
      const [wt, kt] = [lag * q, lag * rows];
      for (let j = 0; j < q; j++) pwBefore[j] = keep * pw[j]!;
      for (let i = 0; i < rows; i++) {
        const pk = i < p ? 2 * weight * (steps - lag) * k[kt + i]! : leak * pw[c + i - p]!;
        for (let j = 0; j < q; j++) {
          E[i * q + j]! += pk * w[wt + j]!;
          pwBefore[j]! += K[i * q + j]! * pk;
        }
      }
      [pw, pwBefore] = [pwBefore, pw];
    }
  }

  return (K, starts, E) => {
    E.fill(0);
    let loss = 0;
    for (let column = 0; column < starts.cols; column++) {
      loss += forward(K, starts, column);
      backward(K, E);
    }
    return loss;
  };
}

/** Second moments of whole input sequences, steps·c × steps·c, in expectation: white in time. */
export function whiteMoments({ steps, covariance }: OpenLoopTask): Mat<number> {
  const c = covariance.rows;
  return matrix(steps * c, steps * c, (i, j) =>
    Math.floor(i / c) === Math.floor(j / c) ? covariance.data[(i % c) * c + (j % c)]! : 0,
  );
}

/**
 * Moments of a batch of normal input sequences, fresh every epoch: the loss is quadratic in the sequence, so that a batch
 * enters through them only.
 * @param factor of the covariance, c × c (`momentFactor`)
 * @param random each epoch draws from its own child stream
 */
export function sampledMoments(steps: number, factor: Mat<number>, batch: number, random: Stream): MomentSource {
  const c = factor.rows;
  return (epoch) => {
    const stream = random.child(`batch ${epoch}`);
    const white = matrix(c, steps * batch, () => stream.normal());
    const inputs = times(factor, white);
    return momentsOf(
      matrix(steps * c, batch, (i, b) => inputs.data[(i % c) * inputs.cols + b * steps + Math.floor(i / c)]!),
    );
  };
}
