/**
 * Order parameters of consecutive epochs differ as gradient descent makes them, whatever the batches and the unseen inner
 * products were.
 */
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'recorded-increments-follow-gradients',
  kind: 'empirical',
  title: 'a recorded run’s increments are steps of gradient descent',
  statement:
    'One step changes K = HᵀJ by −s(E JᵀJ + HᵀH E) + s² E Kᵀ E, with s = lr·κ and E = ∂L/∂K linear in the moments of the batch; JᵀJ and HᵀH change as E and K say. So over a window of epochs the losses, gradient norms, increments and recorded Gram matrices are more numbers than the moments and the first Gram matrix, which alone are unknown: some moments and a Gram matrix satisfy them all within rounding.',
  formula: 'K′ = K − s(E JᵀJ + HᵀH E) + s² E Kᵀ E;  L = Σ_k s_k ℓ_k(K), E = Σ_k s_k E_k(K)',
  assumptions: 'closed loop, linear agent of low rank, plain gradient descent, order parameters recorded',
  validity:
    'more equations than unknowns; where no Gram matrix is recorded, refuted only if a known departure explains it',
  tolerance:
    'eight deviations of rounding at the declared precision, carried through the slope of the gradient; root mean square over the equations of a window at most 1. The true unknowns meet it, so conditioning does not matter',
  source: 'theory.md §2.4–2.6; run-format.md (new)',
};

/** The formulas as text. */
export const formulas: readonly Formula[] = [];
