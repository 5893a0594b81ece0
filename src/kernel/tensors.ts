/**
 * The weights of a kernel: their places in its memory, reading and writing them, their norm and their step.
 */
import type { Kernel, KernelSpec, KernelWeights } from './kernel.js';
import type { Numbers, Trainable } from './numbers.js';
import { padded } from './simd.js';
import { type KernelTensor, TENSOR_NAMES } from './units.js';

/** Blocks of rows × cols, one after the other, each padded to `length` numbers; entry (i, k) of a block at i·down + k·across. */
interface TensorPlace {
  readonly blocks: number;
  readonly rows: number;
  readonly cols: number;
  readonly down: number;
  readonly across: number;
  readonly length: number;
}

type Places<K extends KernelTensor> = Readonly<Record<K, TensorPlace>>;

/**
 * The places of a kernel's tensors. M, W and their biases lie as units are driven by them, gate by gate: what input or unit k sends to all
 * units is one stretch. Z lies output by output, its biases too.
 * @param n units, padded
 */
export function placesOf<K extends KernelTensor>(
  { kind, units: N, inputs, outputs }: KernelSpec<K>,
  n: number,
): Places<K> {
  const driving = (cols: number, padded = cols): TensorPlace => ({
    blocks: kind.gates,
    rows: N,
    cols,
    down: 1,
    across: n,
    length: padded * n,
  });
  const places: Places<KernelTensor> = {
    M: driving(inputs),
    W: driving(N, n),
    bih: driving(1),
    bhh: driving(1),
    Z: { blocks: 1, rows: outputs, cols: N, down: n, across: 1, length: outputs * n },
    bho: { blocks: 1, rows: outputs, cols: 1, down: 1, across: 1, length: padded(outputs) },
  };
  return Object.fromEntries(kind.tensors.map((tensor) => [tensor, places[tensor]])) as Places<K>;
}

/** Names of the stretches that hold tensors and their gradients. */
export type TensorStretch = KernelTensor | `∂${KernelTensor}`;

/** Numbers that tensors take, and the gradients of the trained ones: 0 for what a kernel does not have. */
export function tensorLengths<K extends KernelTensor>(
  places: Places<K>,
  trained: readonly K[],
): Record<TensorStretch, number> {
  const lengths: Record<string, number> = {};
  for (const tensor of TENSOR_NAMES) {
    const { blocks, length } = (places as Partial<Places<KernelTensor>>)[tensor] ?? { blocks: 0, length: 0 };
    lengths[tensor] = blocks * length;
    lengths[`∂${tensor}`] = (trained as readonly string[]).includes(tensor) ? blocks * length : 0;
  }
  return lengths;
}

function store({ blocks, rows, cols, down, across, length }: TensorPlace, from: ArrayLike<number>, to: Numbers): void {
  // A diverged run leaves NaN in the padding too.
  to.fill(0);
  for (let g = 0; g < blocks; g++)
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < cols; k++) to[g * length + i * down + k * across] = from[(g * rows + i) * cols + k]!;
}

function fetch({ blocks, rows, cols, down, across, length }: TensorPlace, from: Numbers): Float64Array {
  const to = new Float64Array(blocks * rows * cols);
  if (from.length === 0) return to;
  for (let g = 0; g < blocks; g++)
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < cols; k++) to[(g * rows + i) * cols + k] = from[g * length + i * down + k * across]!;
  return to;
}

/** The arithmetic of whole tensors. */
interface TensorArithmetic {
  /** Σ of the squares of a gradient's entries. */
  squares(tensor: KernelTensor): number;
  /** θ ← θ − step·∇L for one tensor. */
  descend(tensor: KernelTensor, step: number): void;
}

/** What a kernel does with its tensors. */
export type TensorStore<K extends KernelTensor> = Pick<
  Kernel<K>,
  'parameters' | 'load' | 'weights' | 'gradients' | 'follow' | 'norm' | 'descend'
> & {
  /** Gradients are 0. */
  clear(): void;
};

export function tensorsIn<K extends KernelTensor>(
  numbers: Readonly<Record<TensorStretch, Numbers>>,
  places: Places<K>,
  trained: readonly K[],
  { squares, descend }: TensorArithmetic,
): TensorStore<K> {
  const names = Object.keys(places) as K[];
  const all = (of: (tensor: K) => Numbers): Record<K, Float64Array> =>
    Object.fromEntries(names.map((tensor) => [tensor, fetch(places[tensor], of(tensor))])) as Record<K, Float64Array>;
  const parameters = trained.map((tensor): Trainable => ({ values: numbers[tensor], gradient: numbers[`∂${tensor}`] }));
  const load = (weights: KernelWeights<K>): void => {
    for (const tensor of names) store(places[tensor], weights[tensor], numbers[tensor]);
  };
  return {
    parameters,
    load,
    weights: () => all((tensor) => numbers[tensor]),
    gradients: () => all((tensor) => numbers[`∂${tensor}`]),
    follow: (other) => load(other.weights()),
    clear() {
      for (const { gradient } of parameters) gradient.fill(0);
    },
    norm: () => Math.sqrt(trained.reduce((total, tensor) => total + squares(tensor), 0)),
    descend(step) {
      for (const tensor of trained) descend(tensor, step);
    },
  };
}
