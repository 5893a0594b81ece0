/** Costs as tests need them. */
import { at, type Mat, matrix, scalarMatrix } from '#src/linalg/matrix.js';
import type { Stream } from '#src/linalg/random.js';
import type { Cost } from '#src/problem/protocol.js';
import type { LossSpec, NamedLoss } from '#src/problem/schema.js';

/** The cost that weighs each state component, and all controls alike. @param p controls */
export const weighing = (state: readonly number[], control: number, p = 1): Cost => ({
  Q: matrix(state.length, state.length, (i, j) => (i === j ? state[i]! : 0)),
  R: scalarMatrix(p, control),
  discount: 1,
});

/** What a square matrix has on its diagonal. */
export const diagonalOf = (M: Mat<number>): number[] => Array.from({ length: M.rows }, (_, i) => at(M, i, i));

/** Weights of pairs of components: random, symmetric, and positive definite, for diagonals outweigh the rest. */
export function drawnWeights(size: number, random: Stream): Mat<number> {
  const lower = matrix(size, size, () => random.uniform(-0.5, 0.5) / size);
  return matrix(size, size, (i, j) => (i === j ? 1 + at(lower, i, i) : at(lower, Math.max(i, j), Math.min(i, j))));
}

/** The weight of the control penalty of a loss by its name. */
export const betaOf = ({ loss }: { readonly loss: LossSpec }): number => (loss as NamedLoss).beta;
