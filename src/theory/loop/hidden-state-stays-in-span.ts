/**
 * Confinement: the hidden state never leaves the span of the columns of M and U.
 */
import { type LinearAgent, shapeOf } from '../../agent/linear.js';
import { scalarOrderParameters } from '../../agent/order-parameters.js';
import { blocks, identity, type Mat, scalar, toRows, zeros } from '../../linalg/matrix.js';
import type { Ring } from '../../linalg/ring.js';
import { effectiveMatrix } from '../../loop/effective.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'hidden-state-stays-in-span',
  kind: 'identity',
  title: 'the hidden state stays in the span of M and U: P S = S P_eff',
  statement:
    'With W = U Vᵀ, the hidden state is h_t = M a_t + U b_t. The coordinates (x, a, b) evolve by P_eff: P S = S P_eff for S = diag(I, [M U]).',
  formula: 'P_eff = [[A, B σ_zm, B σ_zu], [η C A, (1−η) I + η C B σ_zm, η C B σ_zu], [0, η σ_vm, (1−η) I + η σ_vu]]',
  latex: String.raw`P_{\mathrm{eff}} = \begin{bmatrix}A & B \sigma_{zm} & B \sigma_{zu} \\ \eta C A & (1-\eta) I + \eta C B \sigma_{zm} & \eta C B \sigma_{zu} \\ 0 & \eta \sigma_{vm} & (1-\eta) I + \eta \sigma_{vu}\end{bmatrix}`,
  assumptions: 'no full-rank part W₀; any rank, leak and shapes',
  validity: 'everywhere; a full-rank part W₀ ≠ 0 breaks it',
  tolerance:
    'none: both sides are computed exactly, in rationals; P_eff in double precision is within its running error bound',
  source: { theory: '#the-reduction', status: 'paper' },
};

/** S = diag(I_n, [M U]), (n+N) × (n+c+r): from reduced to full coordinates. @param n state components */
export function embedding<T>(R: Ring<T>, agent: LinearAgent<T>, n: number): Mat<T> {
  const { N, c, r } = shapeOf(agent);
  return blocks([
    [identity(R, n), zeros(R, n, c), zeros(R, n, r)],
    [zeros(R, N, n), agent.M, agent.U],
  ]);
}

/** The formulas as text. */
export const formulas: readonly Formula[] = [
  {
    name: 'P_eff, one state, rank 1',
    variables: ['eta', 'a', 'b', 'c', 'zm', 'zu', 'vm', 'vu'],
    texts: ['a', 'b*zm', 'b*zu', 'eta*c*a', '1-eta+eta*c*b*zm', 'eta*c*b*zu', '0', 'eta*vm', '1-eta+eta*vu'],
    values: <T>(R: Ring<T>, { eta, a, b, c, zm, zu, vm, vu }: Readonly<Record<string, T>>) => {
      const plant = { A: scalar(a!), B: scalar(b!), C: scalar(c!) };
      return toRows(effectiveMatrix(R, plant, eta!, scalarOrderParameters(zm!, zu!, vm!, vu!))).flat();
    },
  },
];
