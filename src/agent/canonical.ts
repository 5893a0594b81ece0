/**
 * The smallest agent of given order parameters: what an agent does depends on these only.
 */
import { blocks, build, type Mat, transpose } from '../linalg/matrix.js';
import { type Ring, reals } from '../linalg/ring.js';
import type { LinearAgent } from './linear.js';
import { type OrderParameters, orderParametersIn } from './order-parameters.js';

/**
 * The agent of c + r units, without leak, that has the given order parameters: M and U unit vectors, Zᵀ and V their rows.
 * What an agent does depends on its order parameters only: this is the smallest that does it.
 */
export function canonicalAgentOver<T>(R: Ring<T>, { zm, zu, vm, vu }: OrderParameters<T>): LinearAgent<T> {
  const [c, r] = [zm.cols, vu.rows];
  const unit = (rows: number, shift: number) => (i: number, j: number) => R.of(i === j + shift && i < rows ? 1 : 0);
  return {
    leak: R.of(1),
    M: build(c + r, c, unit(c + r, 0)),
    U: build(c + r, r, unit(c + r, c)),
    Z: blocks([[zm, zu]]),
    V: transpose(blocks([[vm, vu]])),
  };
}

/** `canonicalAgentOver` doubles, with a leak. @param K (p+r) × (c+r) */
export function canonicalAgent(K: Mat<number>, leak: number, p: number, c: number): LinearAgent {
  return { ...canonicalAgentOver(reals, orderParametersIn(K, p, c)), leak };
}
