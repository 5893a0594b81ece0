/**
 * The coupled agent–environment system as one linear map:
 *
 *     s = (x, h),  s' = P·s,  P = [[A, B·Z], [η·M·C·A, (1−η)·I + η·W + η·M·C·B·Z]]
 */
import type { LinearAgent } from '../agent/linear.js';
import { add, blocks, identity, type Mat, multiply, scale, transpose } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';
import type { Plant } from '../plant/plant.js';

/** The agent's recurrence W₀ + U·Vᵀ, N × N. */
export function recurrenceOf<T>(R: Ring<T>, { U, V, W }: LinearAgent<T>): Mat<T> {
  const lowRank = multiply(R, U, transpose(V));
  return W ? add(R, W, lowRank) : lowRank;
}

/** The coupled matrix P, (n+N) × (n+N). */
export function coupledMatrix<T>(R: Ring<T>, { A, B, C }: Plant<T>, agent: LinearAgent<T>): Mat<T> {
  const { leak, M, Z } = agent;
  const input = scale(R, leak, M);
  const carry = scale(R, R.sub(R.of(1), leak), identity(R, M.rows));
  const recurrence = add(R, scale(R, leak, recurrenceOf(R, agent)), multiply(R, input, multiply(R, C, B), Z));
  return blocks([
    [A, multiply(R, B, Z)],
    [multiply(R, input, multiply(R, C, A)), add(R, carry, recurrence)],
  ]);
}
