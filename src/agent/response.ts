/**
 * Impulse responses: what an agent without feedback makes of its observations, u_n = Σ_k g_k·y_{n−k}.
 */
import { add, blocks, identity, type Mat, multiply, scale, zeros } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';
import type { OrderParameters } from './order-parameters.js';

/**
 * g_0 … g_{count−1}, each p × c, from the order parameters. In the coordinates h = M·a + U·b an impulse leaves a = η·I, b = 0.
 * @param leak η
 */
export function impulseResponse<T>(
  R: Ring<T>,
  leak: T,
  { zm, zu, vm, vu }: OrderParameters<T>,
  count: number,
): Mat<T>[] {
  const [r, c] = [vm.rows, vm.cols];
  const keep = R.sub(R.of(1), leak);
  const read = blocks([[zm, zu]]);
  const recur = blocks([[vm, vu]]);
  let w = blocks([[scale(R, leak, identity(R, c))], [zeros(R, r, c)]]);
  return Array.from({ length: count }, () => {
    const g = multiply(R, read, w);
    const memory = scale(R, leak, multiply(R, recur, w));
    w = add(R, scale(R, keep, w), blocks([[zeros(R, c, c)], [memory]]));
    return g;
  });
}
