/**
 * A batch of trials in closed loop with the kernel of an agent, forward and back. Training, deployment and tracking all roll it out.
 *
 * Order within a step: observe y_t = C·s_t, act u_t, step the plant, s_{t+1} = A·s_t + B·u_t, where u_t = 0 before the agent's first
 * act. Noise is added to s_{t+1} and to y_t. The kernel takes as many steps as the plant.
 */
import type { Kernel } from '../kernel/kernel.js';
import type { KernelTensor } from '../kernel/units.js';
import type { Mat } from '../linalg/matrix.js';
import { axpy } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';

/** How a loop runs. */
export interface LoopTiming {
  /** The time of the first act: the kernel's step k acts at time k + first. */
  readonly first: 0 | 1;
  /** State components are clamped to ±limit after every step. */
  readonly limit?: number;
}

/** What a loss adds to the adjoints of a loop's last run. */
export interface Pulls {
  /** Adds ∂L/∂s_t to n × rows numbers. */
  state(t: number, into: Float64Array): void;
  /** Adds ∂L/∂u of the kernel's step k to its output adjoints. */
  control?(k: number): void;
}

/** Trials side by side, their kernel's inputs and outputs included. */
export interface BatchLoop {
  /** The batch, rounded up to what the kernel works on. */
  readonly rows: number;
  /** Component i of trial b of s_t: (t·n + i)·rows + b. */
  readonly states: Float64Array;
  /**
   * Rolls out trials, one per column.
   * @param given rows of s_0, or none for s_0 = 0, and below them, step by step, what is added to the state that the plant's step leads
   *   to, and what is added to the last inputs of the kernel's step: noise on the observations, or a reference beside them
   * @param starts how many rows are those of s_0
   * @param noisy whether there are rows that are added to states: none, or n a step
   */
  forward(given: Mat<number>, starts: number, noisy?: boolean): void;
  /** Gradients into the kernel. @returns their global norm */
  backward(pulls: Pulls): number;
}

/** The entries of a matrix that are not 0; most entries of a plant are 0. */
export function entriesOf(
  A: Mat<number>,
): readonly { readonly i: number; readonly j: number; readonly value: number }[] {
  const all = Array.from({ length: A.rows * A.cols }, (_, k) => ({
    i: Math.floor(k / A.cols),
    j: k % A.cols,
    value: A.data[k]!,
  }));
  return all.filter(({ value }) => value !== 0);
}

/** The loop of a plant and a kernel; without trained tensors it goes forward only. */
export function batchLoop<K extends KernelTensor>(
  plant: Plant,
  kernel: Kernel<K>,
  { first, limit = Number.POSITIVE_INFINITY }: LoopTiming,
): BatchLoop {
  const { rows, inputs, outputs, inputAdjoints, outputAdjoints } = kernel;
  const { steps, inputs: c } = kernel.spec;
  const [n, p] = [plant.A.rows, plant.B.cols];
  const [A, B, C] = [entriesOf(plant.A), entriesOf(plant.B), entriesOf(plant.C)];
  const size = n * rows;
  const states = new Float64Array((steps + 1) * size);
  const clamps = Number.isFinite(limit);
  // Derivatives of the clamp.
  const slopes = new Float64Array(clamps && outputAdjoints.length > 0 ? states.length : 0);
  // ∂L/∂s_{t+1} and ∂L/∂s_t.
  let ahead = new Float64Array(size);
  let behind = new Float64Array(size);

  /** Adds rows of what was given to numbers of a step. */
  function addRows({ data, cols }: Mat<number>, from: number, count: number, into: Float64Array, at: number): void {
    for (let j = 0; j < count; j++) {
      const [to, row] = [at + j * rows, (from + j) * cols];
      for (let b = 0; b < cols; b++) into[to + b]! += data[row + b]!;
    }
  }

  function observe(t: number): void {
    const k = t - first;
    inputs.fill(0, k * c * rows, (k + 1) * c * rows);
    for (const { i, j, value } of C) axpy(value, states, t * size + j * rows, inputs, (k * c + i) * rows, rows);
  }

  function step(t: number, given: Mat<number>, from: number, pushed: number): void {
    const after = (t + 1) * size;
    states.fill(0, after, after + size);
    for (const { i, j, value } of A) axpy(value, states, t * size + j * rows, states, after + i * rows, rows);
    if (t >= first)
      for (const { i, j, value } of B)
        axpy(value, outputs, ((t - first) * p + j) * rows, states, after + i * rows, rows);
    addRows(given, from, pushed, states, after);
    if (!clamps) return;
    for (let k = after; k < after + size; k++) {
      const inside = Math.abs(states[k]!) <= limit;
      if (slopes.length > 0) slopes[k] = inside ? 1 : 0;
      // A state that is not a number stays what it is.
      if (states[k]! > limit) states[k] = limit;
      else if (states[k]! < -limit) states[k] = -limit;
    }
  }

  return {
    rows,
    states,
    forward(given, starts, noisy = false) {
      states.fill(0, 0, size);
      addRows(given, 0, starts, states, 0);
      const perStep = (given.rows - starts) / steps;
      const pushed = noisy ? n : 0;
      const channels = perStep - pushed;
      for (let t = 0; t < steps + first; t++) {
        const k = t - first;
        if (k >= 0) {
          observe(t);
          addRows(given, starts + k * perStep + pushed, channels, inputs, (k * c + c - channels) * rows);
          kernel.forward(k);
        }
        if (t < steps) step(t, given, starts + t * perStep, pushed);
      }
    },
    backward(pulls) {
      ahead.fill(0);
      kernel.rewind();
      for (let t = steps; t >= first; t--) {
        const k = t - first;
        const acts = k < steps;
        if (acts) {
          outputAdjoints.fill(0, k * p * rows, (k + 1) * p * rows);
          pulls.control?.(k);
          for (const { i, j, value } of B) axpy(value, ahead, i * rows, outputAdjoints, (k * p + j) * rows, rows);
          kernel.backward(k);
        }
        if (t === first) break;
        behind.fill(0);
        pulls.state(t, behind);
        for (const { i, j, value } of A) axpy(value, ahead, i * rows, behind, j * rows, rows);
        if (acts)
          for (const { i, j, value } of C) axpy(value, inputAdjoints, (k * c + i) * rows, behind, j * rows, rows);
        if (slopes.length > 0) for (let e = 0; e < size; e++) behind[e]! *= slopes[t * size + e]!;
        [ahead, behind] = [behind, ahead];
      }
      return kernel.finish();
    },
  };
}
