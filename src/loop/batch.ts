/**
 * A batch of trials in closed loop with the kernel of an agent, forward and back. Training, deployment and tracking all roll it out.
 *
 * Order within a step: observe y_t = C·s_t, act u_t, step the plant, s_{t+1} = A·s_t + B·u_t, where u_t = 0 before the agent's first
 * act. Noise is added to s_{t+1} and to y_t. The kernel takes as many steps as the plant.
 */
import type { Kernel } from '../kernel/kernel.js';
import type { KernelTensor } from '../kernel/units.js';
import { type Entries, entriesOf, transposedEntries } from '../linalg/entries.js';
import type { Mat } from '../linalg/matrix.js';
import { clear } from '../linalg/vector.js';
import type { Plant } from '../plant/plant.js';
import { type Cuts, isCut } from './cuts.js';

/** How a loop runs. */
export interface LoopTiming {
  /** The time of the first act: the kernel's step k acts at time k + first. */
  readonly first: 0 | 1;
  /** State components are clamped to ±limit after every step. */
  readonly limit?: number;
  /** Where gradients do not flow back. The kernel is made with its own part (`kernelCut`). */
  readonly cuts?: Cuts;
}

/** The steps of a loop's kernel whose hidden state is detached. @param first of `LoopTiming` */
export function kernelCut(cuts: Cuts, first: 0 | 1): (k: number) => boolean {
  return (k) => isCut(cuts, k + first);
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

/** y ← y + A·x over trials side by side, so many to a row of x and y, which begin at xo and yo. */
export function addProduct(
  { i, j, value }: Entries,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
  trials: number,
): void {
  for (let k = 0; k < value.length; k++) {
    const factor = value[k]!;
    const from = xo + j[k]! * trials;
    const to = yo + i[k]! * trials;
    for (let b = 0; b < trials; b++) y[to + b]! += factor * x[from + b]!;
  }
}

/** The loop of a plant and a kernel; without trained tensors it goes forward only. */
export function batchLoop<K extends KernelTensor>(
  plant: Plant,
  kernel: Kernel<K>,
  { first, limit = Number.POSITIVE_INFINITY, cuts = {} }: LoopTiming,
): BatchLoop {
  const { rows, inputs, outputs, inputAdjoints, outputAdjoints } = kernel;
  const { steps, inputs: c } = kernel.spec;
  const [n, p] = [plant.A.rows, plant.B.cols];
  const [A, B, C] = [entriesOf(plant.A), entriesOf(plant.B), entriesOf(plant.C)];
  const [At, Bt, Ct] = [transposedEntries(A), transposedEntries(B), transposedEntries(C)];
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
    clear(inputs, k * c * rows, c * rows);
    addProduct(C, states, t * size, inputs, k * c * rows, rows);
  }

  function step(t: number, given: Mat<number>, from: number, pushed: number): void {
    const after = (t + 1) * size;
    clear(states, after, size);
    addProduct(A, states, t * size, states, after, rows);
    if (t >= first) addProduct(B, outputs, (t - first) * p * rows, states, after, rows);
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
      clear(states, 0, size);
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
      clear(ahead, 0, size);
      kernel.rewind();
      for (let t = steps; t >= first; t--) {
        const k = t - first;
        const acts = k < steps;
        const open = !(cuts.plant && isCut(cuts, t));
        if (acts) {
          clear(outputAdjoints, k * p * rows, p * rows);
          pulls.control?.(k);
          if (open) addProduct(Bt, ahead, 0, outputAdjoints, k * p * rows, rows);
          kernel.backward(k);
        }
        if (t === first) break;
        clear(behind, 0, size);
        pulls.state(t, behind);
        if (open) addProduct(At, ahead, 0, behind, 0, rows);
        if (acts && !cuts.observations) addProduct(Ct, inputAdjoints, k * c * rows, behind, 0, rows);
        if (slopes.length > 0) for (let e = 0; e < size; e++) behind[e]! *= slopes[t * size + e]!;
        [ahead, behind] = [behind, ahead];
      }
      return kernel.finish();
    },
  };
}
