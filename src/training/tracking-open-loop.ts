/**
 * Tracking in open loop: a student learns to act as a trained teacher acts, on the inputs that the teacher sees while it follows.
 */

import { type TensorOf, weightsIn } from '../agent/agent.js';
import type { Rnn } from '../agent/rnn.js';
import type { KernelMaker } from '../kernel/kernel.js';
import { type Mat, type Matrix, matrix, times } from '../linalg/matrix.js';
import { basisSignals, coefficientsOf } from '../plant/reference.js';
import { momentFactor, momentsOf } from '../problem/start.js';
import { openLoopRnn, type RnnEngine } from './rnn.js';
import { expectFit, type Follower, follower, referencesOf, staysWithin, type TrackingTask } from './tracking.js';

/** What a network saw in its last steps, (steps·inputs) × trials. */
function seenBy({ kernel: { inputs, rows, spec } }: Follower): Matrix {
  return matrix(spec.steps * spec.inputs, spec.batch, (row, b) => inputs[row * rows + b]!);
}

/**
 * A student of a teacher that follows: the loss is the mean over trials and steps of ‖û − u‖². Its `evaluate` takes phases,
 * F × B. Where the teacher is certified to stay within its limits, basis signals under a factor of the coefficients'
 * moments replace the batch.
 *
 * @param student the initial weights; copied
 * @throws RangeError if student, teacher and task do not fit.
 */
export function trackingStudent(
  task: TrackingTask,
  batch: number,
  student: Rnn,
  teacher: Rnn,
  trained: readonly TensorOf<Rnn>[],
  make?: KernelMaker,
): RnnEngine {
  expectFit(student, task);
  expectFit(teacher, task);
  const { reference, dt, steps, limit } = task;
  const harmonics = reference.harmonics.length;
  const count = 2 * harmonics;
  const followed = { initial: teacher, trained: [], make };
  const free = follower({ ...task, limit: Number.POSITIVE_INFINITY }, { ...followed, batch: count });
  free.forward(basisSignals(reference, dt, steps));
  const seen = seenBy(free);
  const collapses = staysWithin(limit, free.states, harmonics, free.rows);
  const engine = (trials: number): RnnEngine =>
    openLoopRnn({ steps, batch: trials, weight: 1 / steps }, student, teacher, trained, make);
  if (!collapses) {
    const limited = follower(task, { ...followed, batch });
    const inner = engine(batch);
    return {
      ...inner,
      evaluate(phases) {
        limited.forward(referencesOf(task, phases));
        return inner.evaluate(seenBy(limited));
      },
    };
  }
  const inner = engine(count);
  // The engine takes means over its columns.
  const scale = Math.sqrt(count);
  const factorOf = (phases: Mat<number>): Matrix => {
    const factor = momentFactor(momentsOf(coefficientsOf(phases)));
    return matrix(count, count, (i, j) => scale * factor.data[i * count + j]!);
  };
  return { ...inner, evaluate: (phases) => inner.evaluate(times(seen, factorOf(phases))) };
}

/**
 * The deployed loss of networks: their loss in closed loop, limits included. How they were trained does not matter.
 *
 * @param phases F × B
 * @param like a network of the same sizes
 */
export function deployedTracking(
  task: TrackingTask,
  phases: Mat<number>,
  like: Rnn,
  make?: KernelMaker,
): (rnn: Rnn) => number {
  expectFit(like, task);
  const { kernel, forward, errors } = follower(task, { initial: like, batch: phases.cols, trained: [], make });
  const references = referencesOf(task, phases);
  return (rnn) => {
    kernel.load(weightsIn(rnn));
    forward(references);
    const mean = errors.reduce((total, error) => total + error * error, 0) / (task.steps * phases.cols);
    return task.weight * mean;
  };
}
