/**
 * Open-loop learning: the same given inputs drive student and teacher, outside any loop, and the student learns to act
 * as the teacher does.
 *
 * On inputs that are white in time the expected loss is a mismatch of impulse responses, lag k counted once for every pair
 * of steps k apart: like the closed-loop loss a function of the order parameters alone.
 */

import { type LinearAgent, shapeOf } from '../agent/linear.js';
import { flat, type Mat, matrix, scalarMatrix, times, transpose } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { dot } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';
import { trainedTensors } from '../problem/agents.js';
import type { Protocol } from '../problem/protocol.js';
import type { DataSource } from '../problem/start.js';
import type { LearningCurve } from './curve.js';
import { gramDescent } from './gram.js';
import type { ReducedLoss } from './reduced.js';
import { train } from './train.js';

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
 * T − 1 steps; the first has no input. `tanh`: y ~ N(0, I) at T steps, summed.
 * @throws RangeError for fewer than two steps of `low-rank`, which have no control to compare
 */
export function openLoopTask(protocol: 'low-rank' | 'tanh', { A, C }: Plant, horizon: number): OpenLoopTask {
  if (protocol === 'tanh') return { steps: horizon, weight: 1, covariance: scalarMatrix(C.rows, 1) };
  if (horizon < 2)
    throw new RangeError(`an open-loop task of the low-rank protocol has two steps or more, not ${horizon}`);
  const seen = times(C, A);
  return { steps: horizon - 2, weight: 1 / (horizon - 1), covariance: times(seen, transpose(seen)) };
}

/**
 * The expected loss as a function of the order parameters: weight · Σ_k (steps − k) · E ‖(g_k − g*_k) y‖². Its `starts` are a
 * factor of the covariance of y: the input of one step; the response follows.
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
  const weights = Array.from({ length: steps }, (_, lag) => weight * (steps - lag));
  return mismatchLoss(weights, teacher, leak, rank);
}

/** The loss on given input sequences, as `openLoopLoss`. Its `starts` are a factor of their moments, steps·c × trials. */
export function sequenceLoss(
  { steps, weight }: Pick<OpenLoopTask, 'steps' | 'weight'>,
  teacher: readonly Mat<number>[],
  leak: number,
  rank: number,
): ReducedLoss {
  return mismatchLoss(Array<number>(steps).fill(weight), teacher, leak, rank);
}

/**
 * Σ_t weights[t] · ‖û_t − u*_t‖² over the columns of inputs: those of step t in rows t·c and on, silence after the last.
 */
function mismatchLoss(
  weights: readonly number[],
  teacher: readonly Mat<number>[],
  leak: number,
  rank: number,
): ReducedLoss {
  const steps = weights.length;
  const [p, c] = [teacher[0]?.rows ?? 0, teacher[0]?.cols ?? 0];
  const response = Float64Array.from(teacher.flatMap((g) => [...flat(g)]));
  const q = c + rank;
  const rows = p + rank;
  const keep = 1 - leak;
  // One trial, reused by the next: coordinates w_t = (a_t, b_t), products K·w_t less the teacher's control.
  const w = new Float64Array((steps + 1) * q);
  const k = new Float64Array(steps * rows);
  let pw = new Float64Array(q);
  let pwBefore = new Float64Array(q);

  function forward(K: Float64Array, { data, rows: entries, cols }: Mat<number>, column: number): number {
    let loss = 0;
    const inputs = entries / c;
    for (let j = 0; j < q; j++) w[j] = j < c && inputs > 0 ? leak * data[j * cols + column]! : 0;
    for (let t = 0; t < steps; t++) {
      const [wt, kt] = [t * q, t * rows];
      for (let i = 0; i < rows; i++) {
        let value = 0;
        for (let j = 0; j < q; j++) value += K[i * q + j]! * w[wt + j]!;
        if (i < p) {
          for (let input = 0; input <= t && input < inputs; input++)
            for (let j = 0; j < c; j++)
              value -= response[((t - input) * p + i) * c + j]! * data[(input * c + j) * cols + column]!;
          loss += weights[t]! * value * value;
        }
        k[kt + i] = value;
      }
      for (let j = 0; j < q; j++) {
        const next = (t + 1) * c + j;
        const drive = j >= c ? k[kt + p + j - c]! : next < entries ? data[next * cols + column]! : 0;
        w[wt + q + j] = keep * w[wt + j]! + leak * drive;
      }
    }
    return loss;
  }

  function backward(K: Float64Array, E: Float64Array): void {
    pw.fill(0);
    for (let t = steps - 1; t >= 0; t--) {
      const [wt, kt] = [t * q, t * rows];
      for (let j = 0; j < q; j++) pwBefore[j] = keep * pw[j]!;
      for (let i = 0; i < rows; i++) {
        const pk = i < p ? 2 * weights[t]! * k[kt + i]! : leak * pw[c + i - p]!;
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
export function sampledMoments(steps: number, factor: Mat<number>, batch: number, random: Stream): DataSource {
  const c = factor.rows;
  const size = steps * c;
  // One row per input of a step, its trials side by side; drawn anew by every epoch.
  const inputs = new Float64Array(size * batch);
  const white = new Float64Array(c);
  return (epoch) => {
    const stream = random.child(`batch ${epoch}`);
    for (let row = 0; row < size; row += c)
      for (let trial = 0; trial < batch; trial++) {
        for (let j = 0; j < c; j++) white[j] = stream.normal();
        for (let i = 0; i < c; i++) {
          let value = 0;
          for (let j = 0; j < c; j++) value += factor.data[i * c + j]! * white[j]!;
          inputs[(row + i) * batch + trial] = value;
        }
      }
    const moments = matrix(size, size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) {
        const moment = dot(inputs, i * batch, inputs, j * batch, batch) / batch;
        moments.data[i * size + j] = moment;
        moments.data[j * size + i] = moment;
      }
    return moments;
  };
}

/**
 * Trains a student on the expected loss, at no cost in N.
 * @param response g*_0 … g*_{steps−1} of the teacher, each p × c
 * @param agent the student's initial weights, or any of the same Gram matrix
 * @param protocol what is trained and how; its own loss and plant do not enter
 */
export function trainOpenLoop(
  task: OpenLoopTask,
  response: readonly Mat<number>[],
  agent: LinearAgent,
  protocol: Protocol,
): LearningCurve {
  const lossOf = openLoopLoss(task, response, agent.leak, shapeOf(agent).r);
  return train(gramDescent(agent, trainedTensors(protocol), lossOf), protocol, () => task.covariance);
}
