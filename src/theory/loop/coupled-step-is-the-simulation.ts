/**
 * One coupled step is the simulation: s = (x, h), s' = P·s. The formula of P is `coupledMatrix` (loop/coupled.ts).
 */
import { build, scalar, toRows } from '../../linalg/matrix.js';
import type { Ring } from '../../linalg/ring.js';
import { coupledMatrix } from '../../loop/coupled.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'coupled-step-is-the-simulation',
  kind: 'identity',
  title: 'one step of the loop is one product with the coupled matrix P',
  statement:
    'For every linear plant and every linear agent, starting from h₀ = 0 and u₀ = 0, the simulated states s_t = (x_t, h_t) obey s_{t+1} = P s_t.',
  formula: 'P = [[A, B Z], [η M C A, (1−η) I + η W + η M C B Z]]',
  latex: String.raw`P = \begin{bmatrix}A & B Z \\ \eta M C A & (1-\eta) I + \eta W + \eta M C B Z\end{bmatrix}`,
  assumptions: 'linear plant and agent, any shapes; any leak η; W = W₀ + U Vᵀ; CB need not vanish',
  validity: 'everywhere; the paper’s notebooks omit the η in front of M C B Z, which is right at η = 1 only',
  tolerance:
    'none: both sides are computed exactly, in rationals; P in double precision is within its running error bound',
  source: { theory: '#the-loop', status: 'paper' },
};

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'P, one state, one unit',
    variables: ['eta', 'a', 'b', 'c', 'm', 'z', 'w'],
    texts: ['a', 'b*z', 'eta*m*c*a', '1-eta+eta*w+eta*m*c*b*z'],
    values: <T>(R: Ring<T>, { eta, a, b, c, m, z, w }: Readonly<Record<string, T>>) => {
      const none = build(1, 0, () => R.of(0));
      const plant = { A: scalar(a!), B: scalar(b!), C: scalar(c!) };
      const agent = { leak: eta!, M: scalar(m!), Z: scalar(z!), U: none, V: none, W: scalar(w!) };
      return toRows(coupledMatrix(R, plant, agent)).flat();
    },
  },
];
