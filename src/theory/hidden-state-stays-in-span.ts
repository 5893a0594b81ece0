/**
 * Confinement: the hidden state never leaves the span of the columns of M and U.
 */
import { type Agent, shapeOf } from '../agent/agent.js';
import { blocks, identity, type Mat, zeros } from '../linalg/matrix.js';
import type { Ring } from '../linalg/ring.js';
import type { Statement } from './_statement.js';

export const statement: Statement = {
  id: 'hidden-state-stays-in-span',
  kind: 'identity',
  title: 'the hidden state stays in the span of M and U: P S = S P_eff',
  statement:
    'With W = U Vᵀ, the hidden state is h_t = M a_t + U b_t, and (x, a, b) evolves by P_eff: for S = diag(I, [M U]), P S = S P_eff.',
  formula: 'P_eff = [[A, B σ_zm, B σ_zu], [η C A, (1−η) I + η C B σ_zm, η C B σ_zu], [0, η σ_vm, (1−η) I + η σ_vu]]',
  assumptions: 'no full-rank part W₀; any rank, leak and shapes',
  validity: 'everywhere; a full-rank part W₀ ≠ 0 breaks it',
  tolerance:
    'none: both sides are evaluated exactly, in rationals; the double-precision P_eff by running error analysis',
  source: 'theory.md §2.1 (paper; general shapes and leak new)',
};

/** S = diag(I_n, [M U]), (n+N) × (n+c+r): from reduced to full coordinates. @param n state components */
export function embedding<T>(R: Ring<T>, agent: Agent<T>, n: number): Mat<T> {
  const { N, c, r } = shapeOf(agent);
  return blocks([
    [identity(R, n), zeros(R, n, c), zeros(R, n, r)],
    [zeros(R, N, n), agent.M, agent.U],
  ]);
}
