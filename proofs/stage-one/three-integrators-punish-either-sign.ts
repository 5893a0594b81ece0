/**
 * Derivation: the roots of unity that a chain without memory has for eigenvalues.
 */
import { convolve, evaluate } from '#src/linalg/polynomial.js';
import { power } from '#src/linalg/ring.js';
import { characteristicPolynomial } from '#src/theory/loop/effective-characteristic-polynomial.js';
import { factorsOf, statement } from '#src/theory/stage-one/three-integrators-punish-either-sign.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';

const factored = (k: 2 | 3, positive: boolean): Identity => ({
  name: `χ/λ = μ^${k} ${positive ? '−' : '+'} s^${k} is the product of its real factors, μ = λ − 1, dt^${k} σ_zm = ${positive ? '' : '−'}s^${k}`,
  variables: ['l', 's'],
  vanish(R, { l, s }) {
    const size = power(R, s!, k);
    const zm = positive ? size : R.sub(R.of(0), size);
    // In units of dt = 1.
    const polynomial = characteristicPolynomial(R, k, R.of(1), { zm, vu: R.of(0), q: R.of(0) });
    const mu = R.sub(l!, R.of(1));
    const product = factorsOf(R, k, s!, positive).reduce((a, b) => convolve(R, a, b));
    return [R.sub(evaluate(R, polynomial, l!), R.mul(l!, evaluate(R, product, mu)))];
  },
});

export const derivation: Derivation = {
  statement,
  scope: 'k = 2 and 3, either sign of σ_zm; for k > 3 the roots of unity in step 2 argue',
  steps: [
    'With q = 0 and σ_vu = 0 the characteristic polynomial is a power of λ times (λ − 1)^k − dt^k σ_zm.',
    'Its roots 1 + s e^{iφ} have |λ|² = 1 + 2s cos φ + s². This is largest where cos φ is: at φ = 0 for σ_zm > 0 and at φ = ±π/k for σ_zm < 0.',
    'cos(π/k) is −1, 0, 1/2 for k = 1, 2, 3 and grows to 1. So the first order in s vanishes for k = 2 only.',
  ],
  identities: [factored(2, true), factored(2, false), factored(3, true), factored(3, false)],
};
