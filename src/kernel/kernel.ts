/**
 * Inner loops of a recurrent network, a batch of trials side by side, forward and back through time:
 *
 *     h_t = f(h_{t−1}, y_t),  u_t = Z·h_t + bho,  h_{−1} = 0
 *
 * A kind of units says what f is (rnn.ts, gru.ts, lstm.ts). The caller drives a network and scores it. Kernels have two implementations, one
 * the other's check: in plain arithmetic (plain.ts), and over a SIMD module (wasm.ts). All memory is taken when a kernel is made.
 */
import type { Precision, Trainable } from './numbers.js';
import type { KernelTensor, UnitKind } from './units.js';

/** What a kernel is made of. */
export interface KernelSpec<K extends KernelTensor> {
  readonly kind: UnitKind<K>;
  /** N. */
  readonly units: number;
  /** c. */
  readonly inputs: number;
  /** p. */
  readonly outputs: number;
  /** Trials side by side. */
  readonly batch: number;
  /** Steps from h_{−1} = 0. */
  readonly steps: number;
  /** Tensors that gradients are taken for; a kernel without any keeps no history and goes forward only. */
  readonly trained: readonly K[];
  /** Steps whose state is detached from later steps: their gradients end there, and u_t passes on its own alone. By default none. */
  readonly cut?: (t: number) => boolean;
}

/** Whether adjoints begin at a step on the way back: none come from later steps. */
export function begins({ steps, cut }: Pick<KernelSpec<KernelTensor>, 'steps' | 'cut'>, t: number): boolean {
  return t === steps - 1 || cut?.(t) === true;
}

/**
 * Tensors row by row: with G gates M is GN × c, W is GN × N, Z is p × N; bih and bhh have GN entries, bho has p. Biases are there
 * where the kind of units has them.
 */
export type KernelWeights<K extends KernelTensor> = Readonly<Record<K, ArrayLike<number>>>;

/**
 * A network with its weights, its trajectories and their adjoints.
 *
 * `inputs`, `outputs` and their adjoints are in double precision in every kernel; trial b of channel k at step t is entry
 * (t·channels + k)·rows + b. Entries of the trials that `rows` has beyond the batch stay 0.
 */
export interface Kernel<K extends KernelTensor> {
  readonly spec: KernelSpec<K>;
  /** The batch, rounded up to what the kernel works on at once. */
  readonly rows: number;
  /** y, written by the caller. */
  readonly inputs: Float64Array;
  /** u, written by `forward`. */
  readonly outputs: Float64Array;
  /** ∂L/∂u beyond the network's own future, written by the caller. */
  readonly outputAdjoints: Float64Array;
  /** ∂L/∂y, written by `backward`. */
  readonly inputAdjoints: Float64Array;
  /** The trained tensors, in the order of the specification. */
  readonly parameters: readonly Trainable[];
  load(weights: KernelWeights<K>): void;
  weights(): Record<K, Float64Array>;
  /** Gradients of the last way back; zeros for tensors that are not trained. */
  gradients(): Record<K, Float64Array>;
  /** Takes over another kernel's weights. @param other of the same sizes, batch and steps aside */
  follow(other: { weights(): KernelWeights<K> }): void;
  /** Step t, after step t − 1. */
  forward(t: number): void;
  /** Begins a way back: gradients are 0. */
  rewind(): void;
  /** Step t back, after step t + 1. */
  backward(t: number): void;
  /** Completes the gradients, which are those of all steps only then. @returns their global norm */
  finish(): number;
  /** The global norm of the gradients as they are. */
  norm(): number;
  /** θ ← θ − step·∇L for the trained tensors. */
  descend(step: number): void;
}

/** Makes a kernel. */
export interface KernelMaker {
  <K extends KernelTensor>(spec: KernelSpec<K>): Kernel<K>;
  /** Of makers that other threads know by it: those of `kernelFor`. */
  readonly precision?: Precision;
}
