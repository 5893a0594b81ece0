/**
 * Plants and agents whose entries are all variables, which identities about loops are stated of, and sums over matrices.
 */
import type { LinearAgent } from '#src/agent/linear.js';
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { build, type Mat } from '#src/linalg/matrix.js';
import { characteristic } from '#src/linalg/polynomial.js';
import { type Ring, sum } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import type { Plant } from '#src/plant/plant.js';
import type { Values } from '../kernels/identity.js';

/** Names of a rows × cols matrix of variables: the letter and two indices. */
export function entries(letter: string, rows: number, cols: number): string[] {
  return Array.from({ length: rows * cols }, (_, k) => `${letter}${Math.floor(k / cols) + 1}${(k % cols) + 1}`);
}

/** The matrix of the variables `entries` names. */
export function symbol<T>(x: Values<T>, letter: string, rows: number, cols: number): Mat<T> {
  return build(rows, cols, (i, j) => x[`${letter}${i + 1}${j + 1}`]!);
}

/** Names of a sequence of variables: the letter and 0 … count − 1. */
export function sequence(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, k) => `${letter}${k}`);
}

/** The values of variables, in order. */
export function valuesOf<T>(x: Values<T>, names: readonly string[]): T[] {
  return names.map((name) => x[name]!);
}

/** Sizes of a symbolic loop. */
export interface Sizes {
  readonly N: number;
  readonly r: number;
  /** Plant states; the plant has one control and one observation. */
  readonly n: number;
}

/** Variables of an agent with one observation and one control: the entries of m, z, u, v. */
export function weightVariables(N: number, r = 1): string[] {
  return [...entries('m', N, 1), ...entries('z', 1, N), ...entries('u', N, r), ...entries('v', N, r)];
}

/** Variables of a loop: the leak, input and output of the plant, and all weights. */
export function loopVariables({ N, r, n }: Sizes, dense = false): string[] {
  return [
    'eta',
    ...entries('b', n, 1),
    ...entries('c', 1, n),
    ...weightVariables(N, r),
    ...(dense ? entries('w', N, N) : []),
  ];
}

/** The agent of the variables m, z, u, v (and w, if it has a full-rank part). */
export function symbolicAgent<T>(x: Values<T>, leak: T, { N, r }: Omit<Sizes, 'n'>, dense = false): LinearAgent<T> {
  return {
    leak,
    M: symbol(x, 'm', N, 1),
    Z: symbol(x, 'z', 1, N),
    U: symbol(x, 'u', N, r),
    V: symbol(x, 'v', N, r),
    ...(dense && { W: symbol(x, 'w', N, N) }),
  };
}

/**
 * The loop of those variables. The plant's A is a chain of integrators with step 1, its B and C are free: CB of any value.
 */
export function symbolicLoop<T>(
  R: Ring<T>,
  x: Values<T>,
  { N, r, n }: Sizes,
  dense = false,
): { readonly plant: Plant<T>; readonly agent: LinearAgent<T> } {
  const { A } = integratorChainOver(R, n, R.of(1));
  return {
    plant: { A, B: symbol(x, 'b', n, 1), C: symbol(x, 'c', 1, n) },
    agent: symbolicAgent(x, x['eta']!, { N, r }, dense),
  };
}

/** det(λI − P_eff) of a chain of k integrators, constant term first. */
export function loopPolynomial<T>(R: Ring<T>, k: number, dt: T, leak: T, order: readonly [T, T, T, T]): T[] {
  return characteristic(R, effectiveMatrix(R, integratorChainOver(R, k, dt), leak, scalarOrderParameters(...order)));
}

/** All entries of a matrix. */
export function flat<T>(A: Mat<T>): T[] {
  return Array.from({ length: A.rows * A.cols }, (_, k) => A.data[k]!);
}

/** ⟨A, B⟩: the sum of products of entries. */
export function inner<T>(R: Ring<T>, A: Mat<T>, B: Mat<T>): T {
  return sum(
    R,
    flat(A).map((value, k) => R.mul(value, B.data[k]!)),
  );
}
