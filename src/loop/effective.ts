/**
 * The effective matrix: the coupled system seen in the coordinates h = M·a + U·b:
 *
 *     P_eff = [[A,      B·σ_zm,                B·σ_zu          ],
 *              [η·C·A,  (1−η)·I + η·C·B·σ_zm,  η·C·B·σ_zu      ],
 *              [0,      η·σ_vm,                (1−η)·I + η·σ_vu]]
 */
import type { OrderParameters } from '../agent/order-parameters.js';
import { add, blocks, identity, type Mat, multiply, scale, zeros } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';
import type { Plant } from '../plant/plant.js';

/** The effective matrix P_eff, (n+c+r) × (n+c+r). */
export function effectiveMatrix<T>(R: Ring<T>, { A, B, C }: Plant<T>, leak: T, overlaps: OrderParameters<T>): Mat<T> {
  const { zm, zu, vm, vu } = overlaps;
  const [c, r] = [C.rows, vu.rows];
  const carry = (size: number): Mat<T> => scale(R, R.sub(R.of(1), leak), identity(R, size));
  const leakyC = scale(R, leak, C);
  return blocks([
    [A, multiply(R, B, zm), multiply(R, B, zu)],
    [multiply(R, leakyC, A), add(R, carry(c), multiply(R, leakyC, B, zm)), multiply(R, leakyC, B, zu)],
    [zeros(R, r, A.cols), scale(R, leak, vm), add(R, carry(r), scale(R, leak, vu))],
  ]);
}
