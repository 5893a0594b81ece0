/**
 * An RNN that makes a plant follow a reference (theory.md §9).
 *
 * Order within a step: observe y_i and r_i, update, act, step, score: the state after step i is held against reference i. The
 * network acts from step 0 on. State components are clamped to ±limit after every step. Harmonics of the reference have free
 * phases, F × B of them being a batch.
 *
 * While no component reaches the limit everything is linear in the reference, and 2F basis signals with the second moments
 * of the phases' coefficients replace the batch, exactly (theory/tracking-collapses-to-basis-signals.ts).
 */

import { agentShape } from '../agent/agent.js';
import type { Rnn } from '../agent/rnn.js';
import { kernelFor } from '../kernel/choose.js';
import type { Kernel, KernelMaker, KernelTensor } from '../kernel/kernel.js';
import { at, type Mat, type Matrix, matrix } from '../linalg/matrix.js';
import { gamma } from '../linalg/tolerance.js';
import { axpy } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';
import { basisSignals, coefficientsOf, type ReferenceSpec } from '../plant/reference.js';
import type { Evaluation } from './engine.js';
import { engineOf, loadedKernel, type RnnEngine } from './rnn.js';
import { momentsOf } from './start.js';

/** What is to be followed, by what, for how long. */
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

/** Trials side by side in closed loop, their kernel's inputs and outputs included. Entries of trial b of channel k at step i: (i·channels + k)·rows + b. */
export interface TrackingLoop {
  readonly rows: number;
  /** States after every step. */
  readonly states: Float64Array;
  /** y − r after every step. */
  readonly errors: Float64Array;
  /** ∂L/∂(y − r), written before `backward`. */
  readonly errorAdjoints: Float64Array;
  /** Rolls out a reference, (steps·axes) × trials. */
  forward(reference: Mat<number>): void;
  /** Gradients into the kernel. @returns their global norm */
  backward(): number;
}

/** The entries of a matrix that are not 0. */
function entriesOf(A: Mat<number>): readonly { readonly i: number; readonly j: number; readonly value: number }[] {
  const all = Array.from({ length: A.rows * A.cols }, (_, k) => ({
    i: Math.floor(k / A.cols),
    j: k % A.cols,
    value: A.data[k]!,
  }));
  return all.filter(({ value }) => value !== 0);
}

/** The loop of a kernel of as many steps; without trained tensors it goes forward only. */
export function trackingLoop(
  { plant, steps, limit }: Pick<TrackingTask, 'plant' | 'steps' | 'limit'>,
  kernel: Kernel,
): TrackingLoop {
  const { rows, inputs, outputs, inputAdjoints, outputAdjoints } = kernel;
  const [n, p, axes] = [plant.A.rows, plant.B.cols, plant.C.rows];
  const [A, B, C] = [entriesOf(plant.A), entriesOf(plant.B), entriesOf(plant.C)];
  const learns = outputAdjoints.length > 0;
  const channels = 2 * axes;
  const size = n * rows;
  const states = new Float64Array(steps * size);
  const errors = new Float64Array(steps * axes * rows);
  const errorAdjoints = new Float64Array(learns ? errors.length : 0);
  // Derivatives of the clamp.
  const slopes = new Float64Array(learns ? steps * size : 0);
  // ∂L/∂ the state after a step, through what follows it.
  let ahead = new Float64Array(size);
  let behind = new Float64Array(size);

  function observe(i: number): void {
    const at = i * channels * rows;
    inputs.fill(0, at, at + axes * rows);
    if (i > 0)
      for (const { i: k, j, value } of C) axpy(value, states, (i - 1) * size + j * rows, inputs, at + k * rows, rows);
  }

  function step(i: number): void {
    const after = i * size;
    states.fill(0, after, after + size);
    if (i > 0)
      for (const { i: k, j, value } of A) axpy(value, states, after - size + j * rows, states, after + k * rows, rows);
    for (const { i: k, j, value } of B) axpy(value, outputs, (i * p + j) * rows, states, after + k * rows, rows);
    for (let k = after; k < after + size; k++) {
      const inside = Math.abs(states[k]!) <= limit;
      if (learns) slopes[k] = inside ? 1 : 0;
      // A state that is not a number stays what it is.
      if (states[k]! > limit) states[k] = limit;
      else if (states[k]! < -limit) states[k] = -limit;
    }
  }

  function score(i: number): void {
    const at = i * axes * rows;
    const reference = (i * channels + axes) * rows;
    for (let k = 0; k < axes * rows; k++) errors[at + k] = -inputs[reference + k]!;
    for (const { i: k, j, value } of C) axpy(value, states, i * size + j * rows, errors, at + k * rows, rows);
  }

  function back(i: number): void {
    // Of the state after step i: its error, and what step i + 1 made of it.
    for (const { i: k, j, value } of C) axpy(value, errorAdjoints, (i * axes + k) * rows, ahead, j * rows, rows);
    for (let k = 0; k < size; k++) ahead[k]! *= slopes[i * size + k]!;
    outputAdjoints.fill(0, i * p * rows, (i + 1) * p * rows);
    for (const { i: k, j, value } of B) axpy(value, ahead, k * rows, outputAdjoints, (i * p + j) * rows, rows);
    kernel.backward(i);
    behind.fill(0);
    for (const { i: k, j, value } of A) axpy(value, ahead, k * rows, behind, j * rows, rows);
    for (const { i: k, j, value } of C) axpy(value, inputAdjoints, (i * channels + k) * rows, behind, j * rows, rows);
    [ahead, behind] = [behind, ahead];
  }

  return {
    rows,
    states,
    errors,
    errorAdjoints,
    forward(reference) {
      const { cols, data } = reference;
      for (let i = 0; i < steps; i++) {
        for (let k = 0; k < axes; k++)
          for (let b = 0; b < cols; b++)
            inputs[(i * channels + axes + k) * rows + b] = data[(i * axes + k) * cols + b]!;
        observe(i);
        kernel.forward(i);
        step(i);
        score(i);
      }
    },
    backward() {
      ahead.fill(0);
      kernel.rewind();
      for (let i = steps - 1; i >= 0; i--) back(i);
      return kernel.finish();
    },
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
  trained: readonly KernelTensor[],
  make: KernelMaker = kernelFor('f64'),
): RnnEngine {
  expectFit(initial, task);
  const { steps, weight } = task;
  const kernel = loadedKernel({ initial, steps, batch, trained, make });
  const loop = trackingLoop(task, kernel);
  const share = weight / (steps * batch);
  return engineOf(initial, kernel, (phases) => {
    expectPhases(phases, task, batch);
    loop.forward(referencesOf(task, phases));
    let loss = 0;
    for (let k = 0; k < loop.errors.length; k++) {
      const error = loop.errors[k]!;
      loss += share * error * error;
      loop.errorAdjoints[k] = 2 * share * error;
    }
    return { loss, gradNorm: loop.backward() };
  });
}

/**
 * Whether no state component reaches the limit, whatever the phases: the sum over harmonics of the amplitudes
 * √(c² + s²), c and s the responses to cosine and sine part, stays below it at every step, whatever the rounding of
 * the sum: a square root of a sum of squares each. What rounding adds on a trial's own way would be clamped by as much, and is
 * rounding still.
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
  trained: readonly KernelTensor[],
  make: KernelMaker = kernelFor('f64'),
): TrackingEngine {
  expectFit(initial, task);
  const { plant, reference, dt, steps, limit, weight } = task;
  const harmonics = reference.harmonics.length;
  const count = 2 * harmonics;
  const kernel = loadedKernel({ initial, steps, batch: count, trained, make });
  // Without limits: the certificate says whether they matter.
  const loop = trackingLoop({ plant, steps, limit: Number.POSITIVE_INFINITY }, kernel);
  const { rows, errors, errorAdjoints } = loop;
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
      loop.forward(basis);
      const loss = score(momentsOf(coefficientsOf(phases)));
      collapsed = staysWithin(limit, loop.states, harmonics, rows);
      return collapsed ? { loss, gradNorm: loop.backward() } : evaluateDirectly(phases);
    }),
    harmonicLoss,
    collapsed: () => collapsed,
  };
}
