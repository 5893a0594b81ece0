/**
 * Derivation: mean and variance of the loss over random starts.
 */
import { product, type Ring, sum } from '#src/linalg/ring.js';
import { fiveVariancesOver, meanOver, statement } from '#src/theory/records/recorded-losses-follow-overlaps.js';
import type { Derivation } from '../derivation.js';
import type { Identity, Values } from '../kernels/identity.js';

const variance = (kind: 'uniform' | 'normal', fourth: number): Identity => ({
  name: `5 Var(xᵀQx) for two ${kind} components of variance v, 5 E x⁴ = ${fourth} v²`,
  variables: ['a', 'b', 'd', 'v'],
  vanish<T>(R: Ring<T>, x: Values<T>) {
    const [a, b, d, v] = ['a', 'b', 'd', 'v'].map((name) => x[name]!) as [T, T, T, T];
    // Five times E x₁^i x₂^j, for i, j ≤ 4; odd moments vanish.
    const moment = (i: number): T => (i === 0 ? R.of(1) : i === 2 ? v : R.of(0));
    const fiveMoments = (i: number, j: number): T =>
      i === 4 || j === 4 ? product(R, [R.of(fourth), v, v]) : product(R, [R.of(5), moment(i), moment(j)]);
    // Terms of xᵀQx: coefficient and exponents of x₁, x₂.
    const y = [[a, 2, 0] as const, [R.add(b, b), 1, 1] as const, [d, 0, 2] as const];
    const square = sum(
      R,
      y.flatMap(([p, i, j]) => y.map(([q, k, l]) => product(R, [p, q, fiveMoments(i + k, j + l)]))),
    );
    const Q = [a, b, b, d];
    const mean = meanOver(R, Q, v);
    return [R.sub(R.sub(square, product(R, [R.of(5), mean, mean])), fiveVariancesOver(R, Q, v, kind))];
  },
});

export const derivation: Derivation = {
  statement,
  scope: 'two independent components, any symmetric Q; for more components step 3 argues',
  steps: [
    'One trial’s loss is quadratic in its start: x₀ᵀ Q x₀ with Q = Σ_t (X_tᵀ diag(w) X_t + w_u U_tᵀ U_t), X_t and U_t the responses to unit starts.',
    'For independent components of variance v the mean is v tr Q.',
    'E (xᵀQx)² needs fourth moments: 3v² for normal components, (9/5)v² for uniform ones. Subtracting the squared mean leaves 2v²‖Q‖² for normal components and (6/5)v² ΣQ_ii² less for uniform ones.',
    'The mean over B independent trials has the same mean and 1/B of the variance.',
  ],
  identities: [variance('uniform', 9), variance('normal', 15)],
};
