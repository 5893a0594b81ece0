/**
 * When the loop becomes stable, predicted from the initial Gram matrix.
 */
import { integrators, NAMED_LOSS, ranks, regimeOf } from '../regime.js';
import type { Statement } from '../statement.js';

export const statement: Statement = {
  id: 'stabilisation-follows-gram-dynamics',
  kind: 'identity',
  title: 'the epoch at which the loop becomes stable is a function of the initial Gram matrix',
  statement:
    'Stage 2 ends at the first epoch from which ρ(P) < 1 for five epochs. N units and the Gram dynamics started from their Gram matrix reach it at the same epoch, for every regime of the initial order parameters. From there on the learning curve is, to rounding, that of the Gram dynamics started at that epoch.',
  formula: 'min{e : ρ(P(e)) < 1, …, ρ(P(e+4)) < 1} from K(e), G(e+1) = Rᵀ G(e) R',
  latex: String.raw`\min\{e : \rho(P(e)) < 1, \ldots, \rho(P(e+4)) < 1\}\text{ from }K(e), G(e+1) = R^\top G(e) R`,
  assumptions: 'as for learning-closes-on-gram; rank 1 to 3, two or three integrators, any dt',
  validity:
    'as long as the order parameters are not chaotic; after that nothing is decided. Three integrators need rank 2: with one memory the characteristic polynomial has no term in (λ − 1)², so some root has Re λ ≥ 1. Without clipping they mostly diverge at the rates tried. Tried, not proved',
  tolerance:
    'intervals decide stability for all order parameters within the tolerance of shadow runs. The epoch lies between the first that may be stable and the first that must be. Curves after it have shadow runs of their own',
  source: { theory: '#stage-2', status: 'new' },
};

/** Of a protocol. */
export const regime = regimeOf(
  integrators('a chain of two or three integrators', [2, 3]),
  ranks('an agent of rank 1 to 3', [1, 3]),
  NAMED_LOSS,
);
