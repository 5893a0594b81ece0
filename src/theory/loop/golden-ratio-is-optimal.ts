/**
 * The best policy with full information: a Riccati equation whose solution is the golden ratio.
 */
import type { Mat } from '../../linalg/matrix.js';
import type { Ring } from '../../linalg/ring.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'golden-ratio-is-optimal',
  kind: 'identity',
  title: 'the optimal value matrix with full information is [[φ²,φ],[φ,φ²]]',
  statement:
    'For the double integrator with cost Σ‖x_t‖² and no control penalty, [[φ²,φ],[φ,φ²]] with φ² = φ + 1 solves the Riccati equation. The optimal policy is u = −(x₁/φ + φ x₂). With step dt and p² = dt p + 1 the value matrix is [[1+p/dt, p],[p, p²]], and the gains are 1/(dt p) and 1/dt + 1/p.',
  formula: 'V = [[1 + p/dt, p],[p, p²]],  p² = dt·p + 1,  K = [1/(dt p), 1/dt + 1/p];  dt = 1: p = φ',
  latex: String.raw`V = \begin{bmatrix}1 + p/\mathit{dt} & p \\ p & p^2\end{bmatrix} \newline p^2 = \mathit{dt}\cdot p + 1 \newline K = [1/(\mathit{dt}\,p), 1/\mathit{dt} + 1/p] \newline \mathit{dt} = 1: p = \varphi`,
  assumptions: 'full state information, infinite horizon, Q = I, R = 0',
  validity: 'every dt > 0',
  tolerance: 'none: the Riccati residual is a multiple of p² − dt p − 1, checked exactly',
  source: { theory: '#lower-bounds', status: 'new' },
};

/** dt·V, so that no division occurs: [[dt + p, dt·p],[dt·p, dt·p²]]. */
export function scaledValue<T>(R: Ring<T>, dt: T, p: T): Mat<T> {
  const mixed = R.mul(dt, p);
  return { rows: 2, cols: 2, data: [R.add(dt, p), mixed, mixed, R.mul(mixed, p)] };
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
