/**
 * Derivation: the loss is quadratic in the start, so a batch acts through its second moments.
 */
import { canonicalAgentOver } from '#src/agent/canonical.js';
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { identity, multiply, sumOfSquares, transpose } from '#src/linalg/matrix.js';
import { sum } from '#src/linalg/ring.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { statement } from '#src/theory/learning/batches-collapse-to-moments.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { entries, inner, symbol } from '../support/symbols.js';

/** B starts of two components; the smallest agent, so that K is free. */
const collapse = (batch: number, horizon: number): Identity => ({
  name: `Σ_b L(x₀ᵇ) = tr(Q Σ_b x₀ᵇ x₀ᵇᵀ) for ${batch} starts over ${horizon} steps`,
  variables: ['zm', 'zu', 'vm', 'vu', 'w', ...entries('x', 2, batch)],
  vanish(R, x) {
    const { zm, zu, vm, vu, w } = x as Record<string, NonNullable<(typeof x)[string]>>;
    const agent = canonicalAgentOver(R, scalarOrderParameters(zm!, zu!, vm!, vu!));
    const plant = integratorChainOver(R, 2, R.of(1));
    const X = symbol(x, 'x', 2, batch);
    const ran = rollout(R, plant, agent, X, horizon);
    const direct = R.add(sumOfSquares(R, ...ran.x), R.mul(w!, sumOfSquares(R, ...ran.u)));
    const unit = rollout(R, plant, agent, identity(R, 2), horizon);
    const moments = multiply(R, X, transpose(X));
    const traces = (responses: readonly (typeof X)[]) =>
      sum(
        R,
        responses.map((S) => inner(R, multiply(R, transpose(S), S), moments)),
      );
    const through = R.add(traces(unit.x), R.mul(w!, traces(unit.u)));
    return [R.sub(direct, through)];
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    'batches of 1 to 3 starts of the double integrator over 3 steps, rank 1, η = 1; all sizes and every horizon by theorems',
  steps: [
    'States and controls are linear in x₀: x_t = X_t x₀, u_t = U_t x₀ (h₀ = 0).',
    'So Σ_b L(x₀ᵇ) = Σ_b x₀ᵇᵀ Q x₀ᵇ = tr(Q Σ_b x₀ᵇ x₀ᵇᵀ): the batch enters through its second moments.',
    'Any X with X Xᵀ equal to the moments gives the same loss, and so the same gradients with respect to all weights.',
  ],
  identities: [collapse(1, 3), collapse(2, 3), collapse(3, 3)],
  theorems: [
    {
      name: 'batch_collapses',
      says: 'a quadratic loss of a batch is that of its moments, for every number of trials',
      over: 'rings',
    },
    {
      name: 'loss_collapses',
      says: 'batches with equal moments have equal losses over every horizon, for all sizes',
      over: 'rings',
    },
  ],
};
