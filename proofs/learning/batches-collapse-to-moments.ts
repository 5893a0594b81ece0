/**
 * Derivation: the loss is quadratic in the start, so a batch acts through its second moments.
 */
import { build, identity, multiply, transpose } from '#src/linalg/matrix.js';
import { sum } from '#src/linalg/ring.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { statement } from '#src/theory/learning/batches-collapse-to-moments.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { entries, flat, symbol } from '../symbols.js';

/** B starts of two components; an agent of two units, so that K is free. */
const collapse = (batch: number, horizon: number): Identity => ({
  name: `Σ_b L(x₀ᵇ) = tr(Q Σ_b x₀ᵇ x₀ᵇᵀ) for ${batch} starts over ${horizon} steps`,
  variables: ['zm', 'zu', 'vm', 'vu', 'w', ...entries('x', 2, batch)],
  vanish(R, x) {
    const { zm, zu, vm, vu, w } = x as Record<string, NonNullable<(typeof x)[string]>>;
    const [zero, one] = [R.of(0), R.of(1)];
    const column = (top: typeof zero, bottom: typeof zero) => build(2, 1, (i) => (i === 0 ? top : bottom));
    const agent = {
      leak: one,
      M: column(one, zero),
      U: column(zero, one),
      Z: transpose(column(zm!, zu!)),
      V: column(vm!, vu!),
    };
    const plant = integratorChainOver(R, 2, one);
    const X = symbol(x, 'x', 2, batch);
    const loss = (starts: typeof X) => {
      const { x: states, u } = rollout(R, plant, agent, starts, horizon);
      return { states, u };
    };
    const ran = loss(X);
    const direct = sum(R, [
      ...ran.states.flatMap((S) => flat(S).map((value) => R.mul(value, value))),
      ...ran.u.flatMap((S) => flat(S).map((value) => R.mul(w!, R.mul(value, value)))),
    ]);
    const unit = loss(identity(R, 2));
    const moments = multiply(R, X, transpose(X));
    const through = [
      ...unit.states.map((S) => multiply(R, transpose(S), S)),
      ...unit.u.map((S) => multiply(R, transpose(S), S)),
    ].map((Q, k) => {
      const total = sum(
        R,
        flat(Q).map((value, index) => R.mul(value, moments.data[index]!)),
      );
      return k < unit.states.length ? total : R.mul(w!, total);
    });
    return [R.sub(direct, sum(R, through))];
  },
});

export const derivation: Derivation = {
  statement,
  steps: [
    'States and controls are linear in x₀: x_t = X_t x₀, u_t = U_t x₀ (h₀ = 0).',
    'So Σ_b L(x₀ᵇ) = Σ_b x₀ᵇᵀ Q x₀ᵇ = tr(Q Σ_b x₀ᵇ x₀ᵇᵀ): the batch enters through its second moments.',
    'Any X with X Xᵀ equal to the moments gives the same loss, and so the same gradients with respect to all weights.',
  ],
  identities: [collapse(1, 3), collapse(2, 3), collapse(3, 3)],
};
