/**
 * Derivation: the series of tanh on small signals, from its differential equation.
 */
import { dualsOver } from '#src/linalg/dual.js';
import { saturation, statement } from '#src/theory/nonlinear/small-signals-learn-linearly.js';
import type { Derivation } from '../derivation.js';
import { constant, multiple, seriesOver } from '../kernels/series.js';

export const derivation: Derivation = {
  statement,
  steps: [
    'On starts s·x₀ let all signals be s times those of an agent with φ_ε(a) = tanh(√ε a)/√ε, ε = s²: plant and agent are linear but for φ. The loss is quadratic: over s² it is that agent’s loss on x₀, L(ε).',
    'y = φ_ε(a) is the solution of dy/da = 1 − ε y² that vanishes at 0. The series a − ε a³/3 + 2 ε² a⁵/15 satisfies it up to terms of order ε³.',
    'The coefficients of tanh are those of tan with alternating signs, and those of tan are not negative. Each coefficient of L(ε), a polynomial in weights and starts with coefficients of either sign, is therefore at most that of the loss of weights and starts of absolute value with tan: the remainder after any order is at most the remainder of that series. The same holds of directional derivatives.',
    'An update −lr/s² times the gradient of s²·L(ε) is −lr times that of L(ε): the curve of L is a power series in ε too, as long as it exists.',
  ],
  identities: [
    {
      name: '15·dY/da = 225 − ε·Y² for Y = 15·φ_ε, up to order ε²',
      variables: ['a'],
      vanish(R, x) {
        const order = 3;
        const S = seriesOver(R, order);
        const D = dualsOver(S);
        const a = { value: constant(R, x['a']!, order), tangent: S.of(1) };
        const e = { value: multiple(R, R.of(1), order), tangent: S.of(0) };
        const { value, tangent } = saturation(D, a, e);
        return S.sub(S.mul(S.of(15), tangent), S.sub(S.of(225), S.mul(e.value, S.mul(value, value))));
      },
    },
  ],
};
