/**
 * When the loop becomes stable, predicted from the initial Gram matrix.
 */
import { integrators, ranks, regimeOf } from '../regime.js';
import type { Formula, Statement } from '../statement.js';

export const statement: Statement = {
  id: 'stabilisation-follows-gram-dynamics',
  kind: 'identity',
  title: 'the epoch at which the loop becomes stable is a function of the initial Gram matrix',
  statement:
    'The epoch that ends stage 2, the first from which ρ(P) < 1 for five epochs, is the same for N units as for the Gram dynamics started from their Gram matrix, whatever the regime that the order parameters start in; and from there on the learning curve is, to rounding, that of the Gram dynamics started at that epoch.',
  formula: 'min{e : ρ(P(e)) < 1, …, ρ(P(e+4)) < 1} from K(e), G(e+1) = Rᵀ G(e) R',
  assumptions: 'as for learning-closes-on-gram; rank 1 to 3, two or three integrators, any dt',
  validity:
    'as long as the order parameters are not chaotic; past that nothing is decided. Three integrators become stable from rank 2 on only: with one memory the characteristic polynomial has no term in (λ − 1)², so that some root has Re λ ≥ 1; and hardly without clipping, where they diverge at the rates tried',
  tolerance:
    'stability is decided by intervals for all order parameters within the conditioning-aware tolerance of shadow runs: the epoch lies between the first that may be stable and the first that must be; curves from there on under shadow runs of their own',
  source: 'theory.md §2.4, 3 (new)',
};

/** Of a protocol. */
export const regime = regimeOf(
  integrators('a chain of two or three integrators', [2, 3]),
  ranks('an agent of rank 1 to 3', [1, 3]),
);

/** The formulas as text. */
export const formulas: readonly Formula[] = [];
