/**
 * Order parameters of a low-rank agent: the overlaps of its weight vectors.
 *
 * What the agent does depends on σ_zm = Z·M, σ_zu = Z·U, σ_vm = Vᵀ·M, σ_vu = Vᵀ·U only; how it learns depends on the whole
 * Gram matrix of the columns Q = [M Zᵀ U V].
 */
import { at, blocks, build, type Mat, multiply, scalar, transpose } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';
import type { AgentShape, LinearAgent } from './linear.js';

/** The order parameters; for rank 1, one observation and one control all are 1 × 1. */
export interface OrderParameters<T = number> {
  /** σ_zm, p × c: observation to control directly. */
  readonly zm: Mat<T>;
  /** σ_zu, p × r: memory to control. */
  readonly zu: Mat<T>;
  /** σ_vm, r × c: observation to memory. */
  readonly vm: Mat<T>;
  /** σ_vu, r × r: memory to memory. */
  readonly vu: Mat<T>;
}

/** The names of the order parameters, in the order of files and tables. */
export const ORDER_PARAMETERS = ['zm', 'zu', 'vm', 'vu'] as const;

/** The names of the order parameters, entry by entry as the matrix of order parameters has them. */
export function orderParameterNames({ p, c, r }: Omit<AgentShape, 'N'>): string[] {
  const several = p > 1 || c > 1 || r > 1;
  return Array.from({ length: (p + r) * (c + r) }, (_, k) => {
    const [i, j] = [Math.floor(k / (c + r)), k % (c + r)];
    const name = ORDER_PARAMETERS[(i < p ? 0 : 2) + (j < c ? 0 : 1)]!;
    return several ? `σ_${name}[${i < p ? i : i - p}, ${j < c ? j : j - c}]` : `σ_${name}`;
  });
}

/** The order parameters of an agent without a full-rank part. */
export function orderParametersOf<T>(R: Ring<T>, { M, Z, U, V }: LinearAgent<T>): OrderParameters<T> {
  const Vt = transpose(V);
  return { zm: multiply(R, Z, M), zu: multiply(R, Z, U), vm: multiply(R, Vt, M), vu: multiply(R, Vt, U) };
}

/** Order parameters of one number each: rank 1, one observation, one control. */
export function scalarOrderParameters<T>(zm: T, zu: T, vm: T, vu: T): OrderParameters<T> {
  return { zm: scalar(zm), zu: scalar(zu), vm: scalar(vm), vu: scalar(vu) };
}

/** K = [Zᵀ V]ᵀ[M U], (p+r) × (c+r): the order parameters as one matrix. */
export function orderParameterMatrix<T>({ zm, zu, vm, vu }: OrderParameters<T>): Mat<T> {
  return blocks([
    [zm, zu],
    [vm, vu],
  ]);
}

/** The order parameters that a matrix of order parameters K holds. @param p controls @param c observations */
export function orderParametersIn<T>(K: Mat<T>, p: number, c: number): OrderParameters<T> {
  const part = (row: number, col: number, rows: number, cols: number): Mat<T> =>
    build(rows, cols, (i, j) => at(K, row + i, col + j));
  const [r, q] = [K.rows - p, K.cols - c];
  return { zm: part(0, 0, p, c), zu: part(0, c, p, q), vm: part(p, 0, r, c), vu: part(p, c, r, q) };
}
