/**
 * Derivation: det(λI − P_eff) for chains of integrators.
 */

import { difference, evaluate } from '#src/linalg/polynomial.js';
import { characteristicPolynomial, statement } from '#src/theory/loop/effective-characteristic-polynomial.js';
import type { Derivation } from '../derivation.js';
import { evaluateText } from '../kernels/formula-text.js';
import type { Identity } from '../kernels/identity.js';
import { loopPolynomial } from '../support/symbols.js';

const chain = (k: number): Identity => ({
  name: `det(λI − P_eff) = λ χ(λ) for k = ${k}, dt symbolic`,
  variables: ['dt', 'zm', 'zu', 'vm', 'vu'],
  vanish(R, { dt, zm, zu, vm, vu }) {
    const determinant = loopPolynomial(R, k, dt!, R.of(1), [zm!, zu!, vm!, vu!]);
    const chi = characteristicPolynomial(R, k, dt!, { zm: zm!, vu: vu!, q: R.mul(vm!, zu!) });
    return difference(R, determinant, [R.of(0), ...chi]);
  },
});

export const derivation: Derivation = {
  statement,
  scope: 'k = 1 to 4 integrators, any dt; every k by theorems',
  steps: [
    'At η = 1 the row of a in P_eff is C times the rows of x. Subtracting them from it leaves a factor λ.',
    'What remains is the chain of integrators closed by σ_zm, with the memory λ b = σ_vm a + σ_vu b in parallel. Expanding along the row of b gives (λ − σ_vu) times the chain’s ((λ−1)^k − dt^k σ_zm), minus dt^k σ_zu σ_vm.',
  ],
  identities: [
    chain(1),
    chain(2),
    chain(3),
    chain(4),
    {
      name: 'expanded: χ(λ) = λ³ − (σ_vu+2) λ² + (2σ_vu − σ_zm + 1) λ + (σ_vu σ_zm − σ_vu − q) for k = 2, dt = 1',
      variables: ['l', 'zm', 'vu', 'q'],
      vanish(R, x) {
        const { l, zm, vu, q } = x;
        const chi = characteristicPolynomial(R, 2, R.of(1), { zm: zm!, vu: vu!, q: q! });
        const text = 'l^3-(vu+2)*l^2+(2*vu-zm+1)*l+(vu*zm-vu-q)';
        return [R.sub(evaluateText(R, text, x), evaluate(R, chi, l!))];
      },
    },
  ],
  theorems: [
    {
      name: 'chi_of_chain',
      says: 'det(λ − P_eff) = λ χ(λ) for every k ≥ 1, every dt and every number of units, rank 1',
      over: 'rings',
    },
    {
      name: 'chain_and_memory',
      says: 'det(λ − P_eff) for every k ≥ 1, every rank and leak: the memory’s determinant, and the same bordered by what enters and leaves it',
      over: 'rings',
    },
    {
      name: 'spectrum_of_chain',
      says: 'λ² det(λ − P) = λ^N λ χ(λ) for every k ≥ 1 and every number of units, rank 1',
      over: 'rings',
    },
  ],
};
