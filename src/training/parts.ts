/**
 * A batch in parts, so that threads can share it: the parts are the same whatever the number of threads, and what they give is added up
 * in their order. Parts and threads meet on a board of shared memory.
 */
import type { Kernel } from '../kernel/kernel.js';
import type { KernelTensor } from '../kernel/units.js';
import { type Mat, matrix } from '../linalg/matrix.js';
import type { Evaluation } from './engine.js';

/** Trials per part at least, on average, and how many parts there are at most. */
const [LEAST, MOST] = [24, 4];
/** Kernels work on so many trials at once. */
const TOGETHER = 4;

/** Trials that stand side by side. */
export interface Part {
  readonly from: number;
  readonly size: number;
}

/** The parts of a batch: as even as whole groups of trials go. */
export function partsOf(batch: number): readonly Part[] {
  const count = Math.max(1, Math.min(MOST, Math.floor(batch / LEAST)));
  const groups = Math.ceil(batch / TOGETHER);
  const parts: Part[] = [];
  for (let k = 0, from = 0; k < count; k++) {
    const size = k === count - 1 ? batch - from : TOGETHER * Math.floor((groups + count - 1 - k) / count);
    parts.push({ from, size });
    from += size;
  }
  return parts;
}

/** What evaluates a part. */
export interface PartEngine<K extends KernelTensor> {
  readonly kernel: Kernel<K>;
  evaluate(data: Mat<number>): Evaluation;
}

/** What parts are evaluated at, and what they give. */
export interface Board {
  readonly batch: number;
  /** Of the data, a column per trial. */
  readonly rows: number;
  readonly data: Float64Array;
  /** As kernels give and load them. */
  readonly weights: Readonly<Record<string, Float64Array>>;
  /** Part by part. */
  readonly losses: Float64Array;
  /** Part by part, the gradients of the trained tensors one after the other, as they lie in kernels. */
  readonly gradients: Float64Array;
}

const shared = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length));
const lengths = (arrays: readonly ArrayLike<number>[]): number => arrays.reduce((sum, { length }) => sum + length, 0);

/** A board for batches of so many rows. */
export function boardFor<K extends KernelTensor>(kernel: Kernel<K>, batch: number, rows: number): Board {
  const parts = partsOf(batch).length;
  return {
    batch,
    rows,
    data: shared(rows * batch),
    weights: Object.fromEntries(
      Object.entries<Float64Array>(kernel.weights()).map(([name, { length }]) => [name, shared(length)]),
    ),
    losses: shared(parts),
    gradients: shared(parts * lengths(kernel.parameters.map(({ gradient }) => gradient))),
  };
}

/** Writes weights and data to a board. */
export function post<K extends KernelTensor>(board: Board, kernel: Kernel<K>, data: Mat<number>): void {
  for (const [name, tensor] of Object.entries<Float64Array>(kernel.weights())) board.weights[name]!.set(tensor);
  board.data.set(data.data as Float64Array);
}

/**
 * Evaluates parts on a board. Parts of one size have one kernel.
 * @param engineFor an engine for so many trials
 * @param own an engine whose weights are those of the board
 * @returns evaluates part k at the weights that were posted in a round
 */
export function partEvaluator<K extends KernelTensor>(
  board: Board,
  engineFor: (size: number) => PartEngine<K>,
  own?: PartEngine<K>,
): (k: number, round: number) => void {
  const parts = partsOf(board.batch);
  const engines = new Map<number, PartEngine<K> & { round: number }>();
  if (own) engines.set(own.kernel.spec.batch, { ...own, round: Number.POSITIVE_INFINITY });
  function engineAt(size: number, round: number): PartEngine<K> {
    const engine = engines.get(size) ?? { ...engineFor(size), round: -1 };
    engines.set(size, engine);
    if (engine.round < round) {
      engine.kernel.load(board.weights);
      engine.round = round;
    }
    return engine;
  }
  return (k, round) => {
    const { from, size } = parts[k]!;
    const { kernel, evaluate } = engineAt(size, round);
    const { loss } = evaluate(matrix(board.rows, size, (i, b) => board.data[i * board.batch + from + b]!));
    board.losses[k] = loss;
    let at = (k * board.gradients.length) / parts.length;
    for (const { gradient } of kernel.parameters) {
      board.gradients.set(gradient, at);
      at += gradient.length;
    }
  };
}

/** Adds up what the parts on a board gave. @param kernel takes the gradients @returns the loss */
export function gather<K extends KernelTensor>({ losses, gradients }: Board, kernel: Kernel<K>): number {
  const parts = losses.length;
  const stride = gradients.length / parts;
  let at = 0;
  for (const { gradient } of kernel.parameters) {
    for (let i = 0; i < gradient.length; i++) {
      let total = 0;
      for (let k = 0; k < parts; k++) total += gradients[k * stride + at + i]!;
      gradient[i] = total;
    }
    at += gradient.length;
  }
  return losses.reduce((sum, loss) => sum + loss, 0);
}
