/**
 * The best policy with full information: a Riccati equation whose solution is the golden ratio.
 */
import { add, identity, type Mat, multiply, scale, subtract, transpose } from '../../linalg/matrix.js';
import type { Ring } from '../../linalg/ring.js';
import type { Plant } from '../../plant/plant.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'golden-ratio-is-optimal',
  kind: 'identity',
  title: 'the optimal value matrix with full information is [[φ²,φ],[φ,φ²]]',
  statement:
    'For the double integrator with cost Σ‖x_t‖² and no control penalty the Riccati equation is solved by [[φ²,φ],[φ,φ²]], φ² = φ + 1, with the policy u = −(x₁/φ + φ x₂). With step dt: value [[1+p/dt, p],[p, p²]], p² = dt p + 1, policy gains 1/(dt p) and 1/dt + 1/p.',
  formula: 'V = [[1 + p/dt, p],[p, p²]],  p² = dt·p + 1,  K = [1/(dt p), 1/dt + 1/p];  dt = 1: p = φ',
  assumptions: 'full state information, infinite horizon, Q = I, R = 0',
  validity: 'every dt > 0',
  tolerance: 'none: the Riccati residual is a multiple of p² − dt p − 1, checked exactly',
  source: 'theory.md §3 (new)',
};

/** dt·V, so that no division occurs: [[dt + p, dt·p],[dt·p, dt·p²]]. */
export function scaledValue<T>(R: Ring<T>, dt: T, p: T): Mat<T> {
  const mixed = R.mul(dt, p);
  return { rows: 2, cols: 2, data: [R.add(dt, p), mixed, mixed, R.mul(mixed, p)] };
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

/** The optimal gains times dt·p: [1, p + dt], u = −K·x. */
export function scaledGains<T>(R: Ring<T>, dt: T, p: T): [T, T] {
  return [R.of(1), R.add(p, dt)];
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'dt times the value matrix, and dt p times the gains',
    variables: ['dt', 'p'],
    texts: ['dt+p', 'dt*p', 'dt*p', 'dt*p^2', '1', 'p+dt'],
    values: (R, { dt, p }) => {
      const { data } = scaledValue(R, dt!, p!);
      return [data[0]!, data[1]!, data[2]!, data[3]!, ...scaledGains(R, dt!, p!)];
    },
  },
];
