/**
 * Tracking in open loop: a student that is to act as a trained teacher does, on what the teacher sees while it follows.
 */
import { weightsIn } from '../agent/agent.js';
import type { Rnn } from '../agent/rnn.js';
import { kernelFor } from '../kernel/choose.js';
import type { KernelMaker, KernelTensor } from '../kernel/kernel.js';
import { type Mat, type Matrix, matrix, times } from '../linalg/matrix.js';
import { basisSignals, coefficientsOf } from '../plant/reference.js';
import { loadedKernel, openLoopRnn, type RnnEngine } from './rnn.js';
import { momentFactor, momentsOf } from './start.js';
import { expectFit, referencesOf, staysWithin, type TrackingTask, trackingLoop } from './tracking.js';

/** A network that follows, without learning. */
interface Follower {
  /** Takes references, (steps·axes) × trials. @returns what the network saw, (steps·inputs) × trials */
  see(reference: Mat<number>): Matrix;
  /** ‖y − r‖², mean over trials and steps, of the last references. */
  meanSquare(): number;
  /** States of the last references: n × rows per step, step after step. */
  readonly states: Float64Array;
  readonly rows: number;
  /** Takes over weights. */
  load(rnn: Rnn): void;
}

function follower(
  task: Pick<TrackingTask, 'plant' | 'steps' | 'limit'>,
  trials: number,
  rnn: Rnn,
  make: KernelMaker,
): Follower {
  const { steps } = task;
  const kernel = loadedKernel({ initial: rnn, steps, batch: trials, trained: [], make });
  const loop = trackingLoop(task, kernel);
  const { rows } = kernel;
  return {
    see(reference) {
      loop.forward(reference);
      return matrix(steps * kernel.spec.inputs, trials, (row, b) => kernel.inputs[row * rows + b]!);
    },
    meanSquare: () => loop.errors.reduce((total, error) => total + error * error, 0) / (steps * trials),
    states: loop.states,
    rows,
    load: (other) => kernel.load(weightsIn(other)),
  };
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
  trained: readonly KernelTensor[],
  make: KernelMaker = kernelFor('f64'),
): RnnEngine {
  expectFit(student, task);
  expectFit(teacher, task);
  const { reference, dt, steps, limit } = task;
  const harmonics = reference.harmonics.length;
  const count = 2 * harmonics;
  const free = follower({ ...task, limit: Number.POSITIVE_INFINITY }, count, teacher, make);
  const seen = free.see(basisSignals(reference, dt, steps));
  const collapses = staysWithin(limit, free.states, harmonics, free.rows);
  const engine = (trials: number): RnnEngine =>
    openLoopRnn({ steps, batch: trials, weight: 1 / steps }, student, teacher, trained, make);
  if (!collapses) {
    const limited = follower(task, batch, teacher, make);
    const inner = engine(batch);
    return { ...inner, evaluate: (phases) => inner.evaluate(limited.see(referencesOf(task, phases))) };
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
 * The deployed loss of networks: what they cost in closed loop, limits included, whatever they were trained on.
 *
 * @param phases F × B
 * @param like a network of the sizes that are to come
 */
export function deployedTracking(
  task: TrackingTask,
  phases: Mat<number>,
  like: Rnn,
  make: KernelMaker = kernelFor('f64'),
): (rnn: Rnn) => number {
  expectFit(like, task);
  const network = follower(task, phases.cols, like, make);
  const references = referencesOf(task, phases);
  return (rnn) => {
    network.load(rnn);
    network.see(references);
    return task.weight * network.meanSquare();
  };
}
