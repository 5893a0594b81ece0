/**
 * A matrix by the entries that are not 0, where most are; and quadratic forms in them.
 */
import type { Mat } from './matrix.js';

/** The entries of a matrix that are not 0: entry k is `value[k]`, in row `i[k]` and column `j[k]`. */
export interface Entries {
  readonly i: Int32Array;
  readonly j: Int32Array;
  readonly value: Float64Array;
}

export function entriesOf({ rows, cols, data }: Mat<number>): Entries {
  const places = Array.from({ length: rows * cols }, (_, k) => k).filter((k) => data[k] !== 0);
  return {
    i: Int32Array.from(places, (k) => Math.floor(k / cols)),
    j: Int32Array.from(places, (k) => k % cols),
    value: Float64Array.from(places, (k) => data[k]!),
  };
}

/** Those of the transposed matrix. */
export const transposedEntries = ({ i, j, value }: Entries): Entries => ({ i: j, j: i, value });

/** Adds scale·vᵀ·W·v to a total, entry by entry. @param from where v begins in its array */
export function plusForm(
  total: number,
  { i, j, value }: Entries,
  scale: number,
  v: Float64Array,
  from: number,
): number {
  let sum = total;
  for (let k = 0; k < value.length; k++) sum += scale * value[k]! * v[from + i[k]!]! * v[from + j[k]!]!;
  return sum;
}

/** Adds the gradient of scale·vᵀ·W·v, W symmetric. @param from where v begins in its array @param to where its gradient does */
export function addSlope(
  { i, j, value }: Entries,
  scale: number,
  v: Float64Array,
  from: number,
  into: Float64Array,
  to: number,
): void {
  for (let k = 0; k < value.length; k++) into[to + i[k]!]! += 2 * scale * value[k]! * v[from + j[k]!]!;
}
