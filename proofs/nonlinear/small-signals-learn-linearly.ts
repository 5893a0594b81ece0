/**
 * Derivation: the series of tanh on small signals, from its differential equation.
 */
import { dualsOver } from '#src/linalg/dual.js';
import { constant, multiple, seriesOver } from '#src/linalg/series.js';
import { saturation, statement } from '#src/theory/nonlinear/small-signals-learn-linearly.js';
import type { Derivation } from '../derivation.js';

export const derivation: Derivation = {
  statement,
  scope:
    'the series of tanh up to order ε², and theorems on signals of every horizon; the remainder of learning is argued in the steps',
  steps: [
    'Plant and agent are linear but for φ. So on starts s·x₀ all signals are s times those of an agent with φ_ε(a) = tanh(√ε a)/√ε, ε = s², on x₀. The loss is quadratic; over s² it is that agent’s loss L(ε).',
    'y = φ_ε(a) solves dy/da = 1 − ε y² and vanishes at 0. The series a − ε a³/3 + 2 ε² a⁵/15 satisfies it up to terms of order ε³.',
    'The coefficients of tan are non-negative, and those of tanh are the same with alternating signs. Each coefficient of L(ε) is a polynomial in weights and starts. It is therefore at most the coefficient for absolute weights and starts with tan. So the remainder after any order is at most that series’ remainder. The same holds for directional derivatives.',
    'An update −lr/s² times the gradient of s²·L(ε) is −lr times the gradient of L(ε). So the learning curve of L is a power series in ε too, as long as it exists.',
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
  theorems: [
    {
      name: 'scaling',
      says: 'on starts s·x₀ an agent with φ is s times one with φ(s·a)/s on x₀: for every horizon, all sizes and a full recurrence',
      over: 'rings',
    },
    {
      name: 'departs',
      says: 'with φ(a) = a + ε·ψ(a), any ψ, all signals are those of the linear agent plus ε times others, at every time',
      over: 'rings',
    },
    {
      name: 'loss_departs',
      says: 'so is a quadratic loss of the states',
      over: 'rings',
    },
  ],
};
