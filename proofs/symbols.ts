/**
 * Plants and agents whose entries are all variables: what identities about loops are stated of.
 */
import type { LinearAgent } from '#src/agent/linear.js';
import { build, type Mat } from '#src/linalg/matrix.js';
import type { Ring } from '#src/linalg/ring.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import type { Plant } from '#src/plant/plant.js';
import type { Values } from './kernels/identity.js';

/** Names of a rows × cols matrix of variables: the letter and two indices. */
export function entries(letter: string, rows: number, cols: number): string[] {
  return Array.from({ length: rows * cols }, (_, k) => `${letter}${Math.floor(k / cols) + 1}${(k % cols) + 1}`);
}

/** The matrix of the variables `entries` names. */
export function symbol<T>(x: Values<T>, letter: string, rows: number, cols: number): Mat<T> {
  return build(rows, cols, (i, j) => x[`${letter}${i + 1}${j + 1}`]!);
}

/** Sizes of a symbolic loop. */
export interface Sizes {
  readonly N: number;
  readonly r: number;
  /** Plant states; the plant has one control and one observation. */
  readonly n: number;
}

/** Variables of a loop: the leak, input and output of the plant, and all weights. */
export function loopVariables({ N, r, n }: Sizes, dense = false): string[] {
  return [
    'eta',
    ...entries('b', n, 1),
    ...entries('c', 1, n),
    ...entries('m', N, 1),
    ...entries('z', 1, N),
    ...entries('u', N, r),
    ...entries('v', N, r),
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

/** All entries of a matrix. */
export function flat<T>(A: Mat<T>): T[] {
  return Array.from({ length: A.rows * A.cols }, (_, k) => A.data[k]!);
}
