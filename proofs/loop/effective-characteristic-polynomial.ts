/**
 * Derivation: det(λI − P_eff) for chains of integrators.
 */
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { characteristic, difference, evaluate } from '#src/linalg/polynomial.js';
import { product, sum } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { characteristicPolynomial, statement } from '#src/theory/loop/effective-characteristic-polynomial.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';

const chain = (k: number): Identity => ({
  name: `det(λI − P_eff) = λ χ(λ) for k = ${k}, dt symbolic`,
  variables: ['dt', 'zm', 'zu', 'vm', 'vu'],
  vanish(R, { dt, zm, zu, vm, vu }) {
    const order = scalarOrderParameters(zm!, zu!, vm!, vu!);
    const determinant = characteristic(R, effectiveMatrix(R, integratorChainOver(R, k, dt!), R.of(1), order));
    const chi = characteristicPolynomial(R, k, dt!, { zm: zm!, vu: vu!, q: R.mul(vm!, zu!) });
    return difference(R, determinant, [R.of(0), ...chi]);
  },
});

export const derivation: Derivation = {
  statement,
  steps: [
    'At η = 1 the row of a in P_eff is C times the rows of x: subtracting them from it leaves a factor λ.',
    'What remains is the chain of integrators closed by σ_zm, with the memory λ b = σ_vm a + σ_vu b in parallel: expanding along the row of b gives (λ − σ_vu) times the chain’s ((λ−1)^k − dt^k σ_zm), minus dt^k σ_zu σ_vm.',
  ],
  identities: [
    chain(1),
    chain(2),
    chain(3),
    chain(4),
    {
      name: 'expanded: χ(λ) = λ³ − (σ_vu+2) λ² + (2σ_vu − σ_zm + 1) λ + (σ_vu σ_zm − σ_vu − q) for k = 2, dt = 1',
      variables: ['l', 'zm', 'vu', 'q'],
      vanish(R, { l, zm, vu, q }) {
        const chi = characteristicPolynomial(R, 2, R.of(1), { zm: zm!, vu: vu!, q: q! });
        const terms = [
          product(R, [l!, l!, l!]),
          product(R, [R.of(-1), R.add(vu!, R.of(2)), l!, l!]),
          R.mul(R.add(R.sub(R.add(vu!, vu!), zm!), R.of(1)), l!),
          R.sub(R.sub(R.mul(vu!, zm!), vu!), q!),
        ];
        return [R.sub(evaluate(R, chi, l!), sum(R, terms))];
      },
    },
  ],
};
