/**
 * An RNN that makes a plant follow a reference.
 *
 * Order within a step: observe y_i and r_i, update, act, step, score: the state after step i is held against reference i. The
 * network acts from step 0 on. State components are clamped to ±limit after every step. Harmonics of the reference have free
 * phases, F × B of them being a batch.
 *
 * While no component reaches the limit everything is linear in the reference, and 2F basis signals with the second moments
 * of the phases' coefficients replace the batch, exactly (theory/tracking-collapses-to-basis-signals.ts).
 */

import { agentShape, type TensorOf } from '../agent/agent.js';
import type { Rnn } from '../agent/rnn.js';
import type { Kernel, KernelMaker } from '../kernel/kernel.js';
import { entriesOf, transposedEntries } from '../linalg/entries.js';
import { at, type Mat, type Matrix, matrix } from '../linalg/matrix.js';
import { gamma } from '../linalg/tolerance.js';
import { addProduct, batchLoop } from '../loop/batch.js';
import type { Plant } from '../plant/plant.js';
import { basisSignals, coefficientsOf, type ReferenceSpec } from '../plant/reference.js';
import { momentsOf } from '../problem/start.js';
import type { Evaluation } from './engine.js';
import { engineOf, loadedKernel, type RnnEngine, type Setup } from './rnn.js';

/** The plant, its reference and the number of steps. */
export interface TrackingTask {
  /** It observes as many components as the reference has axes. */
  readonly plant: Plant;
  readonly reference: ReferenceSpec;
  /** Seconds per step. */
  readonly dt: number;
  readonly steps: number;
  /** Largest size of a state component. */
  readonly limit: number;
  /** The loss is this times the mean over trials and steps of ‖y − r‖². */
  readonly weight: number;
}

/** A network that follows references, trial by trial. */
export interface Follower {
  readonly kernel: Kernel<TensorOf<Rnn>>;
  readonly rows: number;
  /** States before every step and after the last: component i of trial b at (step·n + i)·rows + b. */
  readonly states: Float64Array;
  /** y − r after every step: (step·axes + k)·rows + b. */
  readonly errors: Float64Array;
  /** ∂L/∂(y − r), written before `backward`. */
  readonly errorAdjoints: Float64Array;
  /** Rolls out a reference, (steps·axes) × trials. */
  forward(reference: Mat<number>): void;
  /** Gradients into the kernel. @returns their global norm */
  backward(): number;
}

/** A network on as many trials as there are references; without trained tensors it goes forward only. */
export function follower(
  { plant, steps, limit }: Pick<TrackingTask, 'plant' | 'steps' | 'limit'>,
  { initial, batch, trained, make }: Omit<Setup<Rnn>, 'steps'>,
): Follower {
  const kernel = loadedKernel({ initial, steps, batch, trained, make });
  const loop = batchLoop(plant, kernel, { first: 0, limit });
  const { rows, states } = loop;
  const { inputs } = kernel;
  const [n, axes] = [plant.C.cols, plant.C.rows];
  const C = entriesOf(plant.C);
  const Ct = transposedEntries(C);
  const errors = new Float64Array(steps * axes * rows);
  const errorAdjoints = new Float64Array(trained.length > 0 ? errors.length : 0);
  return {
    kernel,
    rows,
    states,
    errors,
    errorAdjoints,
    forward(reference) {
      loop.forward(reference, 0);
      for (let i = 0; i < steps; i++) {
        const [at, wanted] = [i * axes * rows, (2 * i + 1) * axes * rows];
        for (let k = 0; k < axes * rows; k++) errors[at + k] = -inputs[wanted + k]!;
        addProduct(C, states, (i + 1) * n * rows, errors, at, rows);
      }
    },
    backward: () =>
      loop.backward({
        state: (t, into) => addProduct(Ct, errorAdjoints, (t - 1) * axes * rows, into, 0, rows),
      }),
  };
}

/** @throws RangeError if agent and task do not fit. */
export function expectFit(initial: Rnn, { plant, reference, weight, steps, limit }: TrackingTask): void {
  const { c, p } = agentShape(initial);
  const { axes, harmonics } = reference;
  if (plant.C.rows !== axes || c !== 2 * axes || p !== plant.B.cols)
    throw new RangeError(
      `an agent of ${c} inputs and ${p} outputs, a plant of ${plant.C.rows} observations and ${plant.B.cols} controls and a reference of ${axes} axes do not fit`,
    );
  if (harmonics.some(({ axis }) => axis < 0 || axis >= axes)) throw new RangeError(`harmonics beyond ${axes} axes`);
  if (!(weight > 0 && steps >= 1 && limit > 0)) throw new RangeError('weight, steps and limit must be positive');
}

function expectPhases(phases: Mat<number>, { reference }: TrackingTask, batch: number): void {
  const count = reference.harmonics.length;
  if (phases.cols !== batch || phases.rows !== count)
    throw new RangeError(`a batch of ${count}×${batch} phases, received ${phases.rows}×${phases.cols}`);
}

/** The references of a batch, (steps·axes) × B. */
export function referencesOf({ reference, dt, steps }: TrackingTask, phases: Mat<number>): Matrix {
  const [basis, coefficients] = [basisSignals(reference, dt, steps), coefficientsOf(phases)];
  return matrix(basis.rows, phases.cols, (row, b) => {
    let total = 0;
    for (let j = 0; j < basis.cols; j++) total += at(basis, row, j) * at(coefficients, j, b);
    return total;
  });
}

/** An engine of the tracking task: `evaluate` takes phases, F × B. */
export interface TrackingEngine extends RnnEngine {
  /** ‖y − r‖², mean over steps and phases, for each harmonic alone, of the last evaluation; limits aside. */
  readonly harmonicLoss: Float64Array;
  /** Whether the last evaluation was collapsed. */
  collapsed(): boolean;
}

/**
 * Every trial of a batch rolled out, limits included.
 *
 * @param batch trials
 * @param initial the initial weights; copied
 * @throws RangeError if agent and task do not fit.
 */
export function directTracking(
  task: TrackingTask,
  batch: number,
  initial: Rnn,
  trained: readonly TensorOf<Rnn>[],
  make?: KernelMaker,
): RnnEngine {
  expectFit(initial, task);
  const { steps, weight } = task;
  const { kernel, forward, backward, errors, errorAdjoints } = follower(task, { initial, batch, trained, make });
  const share = weight / (steps * batch);
  return engineOf(initial, kernel, (phases) => {
    expectPhases(phases, task, batch);
    forward(referencesOf(task, phases));
    let loss = 0;
    for (let k = 0; k < errors.length; k++) {
      const error = errors[k]!;
      loss += share * error * error;
      errorAdjoints[k] = 2 * share * error;
    }
    return { loss, gradNorm: backward() };
  });
}

/**
 * Whether no state component reaches the limit for any phases: at every step the sum over harmonics of the amplitudes √(c² + s²)
 * stays below it, c and s the responses to cosine and sine part. The bound includes the rounding of this sum. Rounding on a trial's own
 * way could exceed the limit by as much, and the clamp would then remove rounding only.
 *
 * @param states of the basis signals: n × rows per step, step after step
 */
export function staysWithin(limit: number, states: Float64Array, harmonics: number, rows: number): boolean {
  const rounding = gamma(harmonics + 4);
  for (let at = 0; at < states.length; at += rows) {
    let most = 0;
    for (let k = at; k < at + 2 * harmonics; k += 2)
      most += Math.sqrt(states[k]! * states[k]! + states[k + 1]! * states[k + 1]!);
    if (!(most * (1 + rounding) <= limit)) return false;
  }
  return true;
}

/**
 * The engine: basis signals with the batch's moments where these are certified to do, else every trial rolled out.
 *
 * @param initial the initial weights; copied
 * @throws RangeError if agent and task do not fit.
 */
export function trackingEngine(
  task: TrackingTask,
  batch: number,
  initial: Rnn,
  trained: readonly TensorOf<Rnn>[],
  make?: KernelMaker,
): TrackingEngine {
  expectFit(initial, task);
  const { plant, reference, dt, steps, limit, weight } = task;
  const harmonics = reference.harmonics.length;
  const count = 2 * harmonics;
  // Without limits: the certificate says whether they matter.
  const free = { plant, steps, limit: Number.POSITIVE_INFINITY };
  const basisLoop = follower(free, { initial, batch: count, trained, make });
  const { kernel, rows, states, errors, errorAdjoints } = basisLoop;
  const basis = basisSignals(reference, dt, steps);
  const share = weight / steps;
  const harmonicLoss = new Float64Array(harmonics);
  let direct: RnnEngine | undefined;
  let collapsed = true;

  /** Σ over steps and axes of eᵀ·S·e, with its derivative; S the moments of the coefficients. */
  function score({ data: S }: Matrix): number {
    let loss = 0;
    harmonicLoss.fill(0);
    for (let at = 0; at < errors.length; at += rows)
      for (let a = 0; a < count; a++) {
        let weighted = 0;
        for (let b = 0; b < count; b++) weighted += S[a * count + b]! * errors[at + b]!;
        const error = errors[at + a]!;
        loss += share * weighted * error;
        errorAdjoints[at + a] = 2 * share * weighted;
        harmonicLoss[a >> 1]! += (error * error) / (2 * steps);
      }
    return loss;
  }

  function evaluateDirectly(phases: Mat<number>): Evaluation {
    direct ??= directTracking(task, batch, initial, trained, make);
    direct.kernel.follow(kernel);
    const evaluation = direct.evaluate(phases);
    kernel.parameters.forEach(({ gradient }, k) => {
      gradient.set(direct!.kernel.parameters[k]!.gradient);
    });
    return evaluation;
  }

  return {
    ...engineOf(initial, kernel, (phases) => {
      expectPhases(phases, task, batch);
      basisLoop.forward(basis);
      const loss = score(momentsOf(coefficientsOf(phases)));
      collapsed = staysWithin(limit, states, harmonics, rows);
      return collapsed ? { loss, gradNorm: basisLoop.backward() } : evaluateDirectly(phases);
    }),
    harmonicLoss,
    collapsed: () => collapsed,
  };
}
