/**
 * What an agent does in closed loop while it learns, forward only: its loss and its effective gains.
 */

import type { Recurrent } from '../agent/recurrent.js';
import type { Precision } from '../kernel/kernel.js';
import { type Mat, type Matrix, matrix } from '../linalg/matrix.js';
import type { Plant } from '../plant/plant.js';
import { gainsOf } from '../stages/gains.js';
import type { QuadraticCost } from '../training/protocol.js';
import { loadedKernel, makerOf, type RnnEngine } from '../training/rnn.js';

/** A deployment of whatever agent an engine holds. */
export interface Deployment<A extends Recurrent> {
  /** Rolls the loop out. @returns the loss, infinite where it is beyond the range of numbers */
  lossOf(agent: RnnEngine<A>): number;
  /** Effective gains of the last rollout, p × n, t = 0 left out; `undefined` where they are not finite. */
  gains(): Matrix | undefined;
}

/**
 * Deploys agents on the same starts, one column per trial.
 * @param cost as trained on: mean over trials of Σ_t Σ_i state[i]·x_i²
 * @param like an agent of the sizes and the kind that are to come
 */
export function deployment<A extends Recurrent>(
  plant: Plant,
  cost: QuadraticCost,
  horizon: number,
  starts: Mat<number>,
  like: A,
  precision: Precision,
): Deployment<A> {
  const batch = starts.cols;
  const make = makerOf(like, precision);
  const kernel = loadedKernel({ initial: like, steps: horizon - 1, batch, trained: [], make });
  const [n, p, c] = [plant.A.rows, plant.B.cols, plant.C.rows];
  const { rows } = kernel;
  const [A, B, C] = [plant.A.data, plant.B.data, plant.C.data];
  const [states, controls] = [matrix(n, n), matrix(n, p)];
  const x = new Float64Array(n);
  const next = new Float64Array(n);
  // The states of all trials, those of trial b from b·n on.
  const all = new Float64Array(batch * n);

  /** Scores trial b at step t and moves it on. */
  function step(t: number, b: number): number {
    for (let i = 0; i < n; i++) x[i] = all[b * n + i]!;
    const control = (j: number): number => (t > 0 ? kernel.outputs[((t - 1) * p + j) * rows + b]! : 0);
    let loss = 0;
    for (let i = 0; i < n; i++) {
      loss += cost.state[i]! * x[i]! * x[i]!;
      if (t > 0) {
        for (let j = 0; j < n; j++) states.data[i * n + j]! += x[i]! * x[j]!;
        for (let j = 0; j < p; j++) controls.data[i * p + j]! += x[i]! * control(j);
      }
      next[i] = 0;
      for (let j = 0; j < n; j++) next[i]! += A[i * n + j]! * x[j]!;
      for (let j = 0; j < p; j++) next[i]! += B[i * p + j]! * control(j);
    }
    if (t + 1 < horizon)
      for (let j = 0; j < c; j++) {
        let value = 0;
        for (let i = 0; i < n; i++) value += C[j * n + i]! * next[i]!;
        kernel.inputs[(t * c + j) * rows + b] = value;
      }
    all.set(next, b * n);
    return loss;
  }

  return {
    lossOf(agent) {
      kernel.follow(agent.kernel);
      for (let b = 0; b < batch; b++) for (let i = 0; i < n; i++) all[b * n + i] = starts.data[i * batch + b]!;
      states.data.fill(0);
      controls.data.fill(0);
      let loss = 0;
      for (let t = 0; t < horizon; t++) {
        if (t > 0) kernel.forward(t - 1);
        for (let b = 0; b < batch; b++) loss += step(t, b);
      }
      return Number.isFinite(loss) ? loss / batch : Number.POSITIVE_INFINITY;
    },
    gains() {
      const finite = [...states.data, ...controls.data].every(Number.isFinite);
      return finite ? gainsOf(states, controls) : undefined;
    },
  };
}
