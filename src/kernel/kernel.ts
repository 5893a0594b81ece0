/**
 * Inner loops of a recurrent network, a batch of trials side by side, forward and back through time:
 *
 *     a_t = W·h_{t−1} + M·y_t,  h_t = (1−η)·h_{t−1} + η·φ(a_t),  u_t = Z·h_t,  h_{−1} = 0
 *
 * or of a gated one (gru.ts). What drives a network and what scores it is the caller's. Two implementations, each the other's check: plain.ts, and
 * wasm.ts over a SIMD module. All memory is taken when a kernel is made.
 */

/** φ: the identity, tanh, or max(0, ·), whose derivative at 0 counts as 0, as in PyTorch. */
export type Activation = 'linear' | 'tanh' | 'relu';

/** The tensors of a kernel: input weights, recurrence, readout. */
export const KERNEL_TENSORS = ['M', 'W', 'Z'] as const;
export type KernelTensor = (typeof KERNEL_TENSORS)[number];

/** The tensors of a gated kernel, the three gates' rows one after the other, in PyTorch's order r, z, n; and its biases. */
export const GATED_TENSORS = [...KERNEL_TENSORS, 'bih', 'bhh'] as const;
export type GatedTensor = (typeof GATED_TENSORS)[number];

/** Sizes of a kernel of tensors K. */
export interface KernelSizes<K extends string> {
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
}

/** Sizes and constants of a kernel. */
export interface KernelSpec extends KernelSizes<KernelTensor> {
  /** η, 0 < η ≤ 1. */
  readonly leak: number;
  readonly activation: Activation;
}

/** Numbers of either precision. */
export type Numbers = Float32Array | Float64Array;

/** A trained tensor as the kernel stores it, perhaps padded by zeros that stay zeros. */
export interface Trainable {
  readonly values: Numbers;
  readonly gradient: Numbers;
}

/** Tensors row by row: M is N × c, W is N × N, Z is p × N; of a gated kernel M and W have 3N rows, biases 3N entries. */
export type KernelWeights<K extends string = KernelTensor> = Readonly<Record<K, ArrayLike<number>>>;

/**
 * A network with its weights, its trajectories and their adjoints.
 *
 * `inputs`, `outputs` and their adjoints are in double precision in every kernel; trial b of channel k at step t is entry
 * (t·channels + k)·rows + b. Entries of the trials that `rows` has beyond the batch stay 0.
 */
export interface Kernel<K extends string = KernelTensor> {
  readonly spec: KernelSizes<K>;
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
  follow(other: Pick<Kernel<K>, 'weights'>): void;
  /** Step t, after step t − 1. */
  forward(t: number): void;
  /** Begins a way back: gradients are 0, and so are the adjoints beyond the last step. */
  rewind(): void;
  /** Step t back, after step t + 1. */
  backward(t: number): void;
  /** Completes the gradients, which are those of all steps only then. @returns their global norm */
  finish(): number;
  /** θ ← θ − step·∇L for the trained tensors. */
  descend(step: number): void;
}

/** Makes a kernel. */
export type KernelMaker = (spec: KernelSpec) => Kernel;

/** Makes a gated kernel. */
export type GatedMaker = (sizes: KernelSizes<GatedTensor>) => Kernel<GatedTensor>;
