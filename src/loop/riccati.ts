/**
 * Riccati's equation of a linear plant x' = A·x + B·u with cost Σ_t (xᵀQx + uᵀRu), as a recursion in time:
 *
 *     S_t = R + BᵀP_{t+1}B,  S_t·K_t = BᵀP_{t+1}A,  P_t = Q + AᵀP_{t+1}A − K_tᵀS_tK_t,  P_T = 0
 *
 * The control −K_t·x is the best one, and xᵀP_t·x its cost from time t on (Kalman 1960). Q and R are positive semidefinite, S_t may
 * be singular.
 */
import { type Field, solveSemidefinite } from '../linalg/field.js';
import { add, at, build, identity, type Mat, multiply, scale, subtract, transpose, zeros } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';
import type { Plant } from '../plant/plant.js';

/** The weights of a quadratic cost as matrices. */
export interface Weights<T> {
  /** Q, n × n. */
  readonly state: Mat<T>;
  /** R, p × p. */
  readonly control: Mat<T>;
}

/** One step of the Riccati recursion. */
export interface RiccatiStep<T> {
  /** P_t, n × n: xᵀ·P_t·x is the least cost from x_t = x on. */
  readonly P: Mat<T>;
  /** S_t, p × p: what it costs to deviate from the best control. */
  readonly S: Mat<T>;
  /** K_t, p × n: the best control is −K_t·x. */
  readonly K: Mat<T>;
}

/** S = R + BᵀPB and BᵀPA, for the value matrix P of the next step. */
export function controlWeights<T>(R: Ring<T>, { A, B }: Plant<T>, { control }: Weights<T>, P: Mat<T>) {
  const pull = multiply(R, transpose(B), P);
  return { S: add(R, control, multiply(R, pull, B)), pull: multiply(R, pull, A) };
}

/** Q + KᵀRK + (A−BK)ᵀP(A−BK): the value matrix of the control −K·x, followed by P. */
export function valueUnder<T>(R: Ring<T>, { A, B }: Plant<T>, weights: Weights<T>, P: Mat<T>, K: Mat<T>): Mat<T> {
  const closed = subtract(R, A, multiply(R, B, K));
  const effort = multiply(R, transpose(K), weights.control, K);
  return add(R, add(R, weights.state, effort), multiply(R, transpose(closed), P, closed));
}

/** The Riccati recursion from P_T = 0 down: entry t belongs to time t = 0 … T−1. */
export function riccati<T>(F: Field<T>, plant: Plant<T>, weights: Weights<T>, horizon: number): RiccatiStep<T>[] {
  const steps: RiccatiStep<T>[] = [];
  let P = zeros(F, plant.A.rows, plant.A.rows);
  for (let t = horizon - 1; t >= 0; t--) {
    const { S, pull } = controlWeights(F, plant, weights, P);
    const K = solveSemidefinite(F, S, pull);
    // For these gains the value is the Riccati recursion’s; in this form rounding of K changes it at second order only.
    P = symmetric(valueUnder(F, plant, weights, P, K));
    steps.push({ P, S, K });
  }
  return steps.reverse();
}

/** One triangle of a symmetric matrix for both: rounding need not be symmetric. */
function symmetric<T>(P: Mat<T>): Mat<T> {
  return build(P.rows, P.cols, (i, j) => at(P, Math.max(i, j), Math.min(i, j)));
}

/**
 * The Riccati residual of a value matrix V = S/dt, cleared of denominators:
 * (BᵀSB)·(AᵀSA + dt·I − S) − AᵀSB·BᵀSA. It vanishes if V solves the equation.
 */
export function riccatiResidual<T>(R: Ring<T>, { A, B }: Plant<T>, S: Mat<T>, dt: T): Mat<T> {
  const [At, Bt] = [transpose(A), transpose(B)];
  const gain = multiply(R, Bt, S, B).data[0]!;
  const inner = subtract(R, add(R, multiply(R, At, S, A), scale(R, dt, identity(R, A.rows))), S);
  return subtract(R, scale(R, gain, inner), multiply(R, At, S, B, Bt, S, A));
}
