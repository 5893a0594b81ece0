/**
 * Order parameters of consecutive epochs differ by steps of gradient descent, for some batches and some unseen inner products.
 */
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'recorded-increments-follow-gradients',
  kind: 'empirical',
  title: 'a recorded run’s increments are steps of gradient descent',
  statement:
    'One step changes K = HᵀJ by −s(E JᵀJ + HᵀH E) + s² E Kᵀ E, with s = lr·κ and E = ∂L/∂K linear in the moments of the batch. JᵀJ and HᵀH change as E and K determine. Only the moments and the first Gram matrix are unknown. Over a window of epochs the recorded losses, gradient norms, increments and Gram matrices outnumber them. Some moments and some Gram matrix satisfy all of these within rounding.',
  formula: 'K′ = K − s(E JᵀJ + HᵀH E) + s² E Kᵀ E;  L = Σ_k s_k ℓ_k(K), E = Σ_k s_k E_k(K)',
  latex: String.raw`K' = K - s(E J^\top J + H^\top H E) + s^2 E K^\top E \newline L = \sum_k s_k \ell_k(K), E = \sum_k s_k E_k(K)`,
  assumptions: 'closed loop, linear agent of low rank, plain gradient descent, order parameters recorded',
  validity:
    'more equations than unknowns; where no Gram matrix is recorded, a run is refuted only if a known fault explains it',
  tolerance:
    'eight deviations of rounding at the declared precision, carried through the slope of the gradient; the root mean square over the equations of a window is at most 1. The true unknowns satisfy it, so conditioning does not matter',
  source: { theory: '#records', status: 'new' },
};
