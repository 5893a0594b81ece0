/**
 * The weights of a SIMD kernel: how they lie in its memory, and what is done to them whatever they drive.
 */
import type { Numbers, Trainable } from './kernel.js';
import type { Layout, Simd } from './simd.js';

/** Blocks of rows × cols, one after the other, each padded to `length` numbers; entry (i, k) of a block at i·down + k·across. */
export interface Place {
  readonly blocks: number;
  readonly rows: number;
  readonly cols: number;
  readonly down: number;
  readonly across: number;
  readonly length: number;
}

/** From inputs to N units, padded to n, as the units are driven; a block for each of their gates. */
export const fromInputs = (c: number, N: number, n: number, blocks = 1): Place => ({
  blocks,
  rows: N,
  cols: c,
  down: 1,
  across: n,
  length: c * n,
});

/** From units to units, both padded, as they are driven. */
export const fromUnits = (N: number, n: number, blocks = 1): Place => ({
  ...fromInputs(N, N, n, blocks),
  length: n * n,
});

/** From N units, padded to n, to outputs. */
export const toOutputs = (p: number, N: number, n: number): Place => ({
  blocks: 1,
  rows: p,
  cols: N,
  down: n,
  across: 1,
  length: p * n,
});

type Places<K extends string> = Readonly<Record<K, Place>>;

/** Names of the stretches that hold tensors and their gradients. */
export type TensorStretch<K extends string> = K | `∂${K}`;

/** Numbers that tensors take, and the gradients of the trained ones. */
export function tensorLengths<K extends string>(
  places: Places<K>,
  trained: readonly K[],
): Record<TensorStretch<K>, number> {
  const lengths: Record<string, number> = {};
  for (const tensor in places) {
    const { blocks, length } = places[tensor];
    lengths[tensor] = blocks * length;
    lengths[`∂${tensor}`] = trained.includes(tensor) ? blocks * length : 0;
  }
  return lengths;
}

function store({ blocks, rows, cols, down, across, length }: Place, from: ArrayLike<number>, to: Numbers): void {
  // A diverged run leaves NaN in the padding too.
  to.fill(0);
  for (let g = 0; g < blocks; g++)
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < cols; k++) to[g * length + i * down + k * across] = from[(g * rows + i) * cols + k]!;
}

function fetch({ blocks, rows, cols, down, across, length }: Place, from: Numbers): Float64Array {
  const to = new Float64Array(blocks * rows * cols);
  if (from.length === 0) return to;
  for (let g = 0; g < blocks; g++)
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < cols; k++) to[(g * rows + i) * cols + k] = from[g * length + i * down + k * across]!;
  return to;
}

/** What a kernel does with its tensors; see `Kernel`. */
export function tensorsIn<K extends string>(
  { simd, at, numbers }: Layout<TensorStretch<K>, never> & { readonly simd: Simd },
  places: Places<K>,
  trained: readonly K[],
) {
  const names = Object.keys(places) as K[];
  const all = (of: (tensor: K) => Numbers): Record<K, Float64Array> =>
    Object.fromEntries(names.map((tensor) => [tensor, fetch(places[tensor], of(tensor))])) as Record<K, Float64Array>;
  const parameters = trained.map((tensor): Trainable => ({ values: numbers[tensor], gradient: numbers[`∂${tensor}`] }));
  const load = (weights: Readonly<Record<K, ArrayLike<number>>>): void => {
    for (const tensor of names) store(places[tensor], weights[tensor], numbers[tensor]);
  };
  return {
    parameters,
    load,
    weights: () => all((tensor) => numbers[tensor]),
    gradients: () => all((tensor) => numbers[`∂${tensor}`]),
    follow: (other: { weights(): Record<K, Float64Array> }) => load(other.weights()),
    clear(): void {
      for (const { gradient } of parameters) gradient.fill(0);
    },
    finish(): number {
      let squares = 0;
      for (const tensor of trained) squares += simd.squares(at[`∂${tensor}`], numbers[tensor].length);
      return Math.sqrt(squares);
    },
    descend(step: number): void {
      for (const tensor of trained) simd.descend(at[tensor], step, at[`∂${tensor}`], numbers[tensor].length);
    },
  };
}
