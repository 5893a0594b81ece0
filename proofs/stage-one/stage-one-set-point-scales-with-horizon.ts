/**
 * Derivation: the minimum of the averaged loss, its expansion in 1/T, and the band of the loss' own minimisers.
 */

import { product, sum } from '#src/linalg/ring.js';
import { oscillatingLevels } from '#src/theory/stage-one/stage-one-loss-grows-geometrically.js';
import { geometric } from '#src/theory/stage-one/stage-one-loss-is-exact.js';
import { averagedSum, statement, stationarity } from '#src/theory/stage-one/stage-one-set-point-scales-with-horizon.js';
import type { Derivation } from '../derivation.js';
import { equal } from '../kernels/formula-text.js';
import type { Identity } from '../kernels/identity.js';
import { derivatives } from '../support/derivatives.js';

const derivative = (horizon: number): Identity => ({
  name: `g d/dg of the averaged loss over it, cleared: N r^{N−1}(1+g)(1+ag) − (2+(1+a)g) Σ r^n, T = ${horizon}`,
  variables: ['g', 'dt'],
  vanish(R, { g, dt }) {
    const value = averagedSum(R, g!, dt!, horizon);
    const [slope] = derivatives(R, { g: g!, dt: dt! }, ['g'], (S, y) => averagedSum(S, y['g']!, y['dt']!, horizon));
    const [left, right] = stationarity(R, g!, dt!, horizon);
    // The averaged sum is averagedSum/(2g): the derivative of its logarithm by ln g is g P′/P − 1.
    return [sum(R, [R.mul(g!, slope!), R.sub(right, left), R.mul(R.of(-1), value)])];
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    'the stationarity condition for T = 2, 3 and 5, the expansion’s bounds for all g and a, one of them decided for 1 < a ≤ 2; limits in T are argued in the steps',
  steps: [
    'The averaged loss is κ Σ_{n<N} r^n (stage-one-loss-grows-geometrically). Its logarithm has the derivative N/Σ_{m<N} r^{−m} − 1/(1+g) − 1/(1+ag) by ln g. All three terms increase with g, and their sum goes from −1 at g = 0 to N. So there is one minimiser.',
    'With y = N ln r and h(y) = y/(1−e^{−y}) the first term is h(y) w/((1+w) ln(1+w)), w = dt²g. From w − w²/2 ≤ ln(1+w) ≤ w, (1+w)ln(1+w)/w is between 1 + w/2 − w²/6 and 1 + w/2; 1/(1+g) + 1/(1+ag) is between 2 − (1+a)g and that plus (1+a²)g².',
    'So h(y) is below 2, and between 2 − 2g − C₋g² and 2 − 2g + C₊g²: y → s with h(s) = 2, that is s e^s = 2(e^s − 1), (s−2)e^{s−2} = −2e^{−2}.',
    'h(y) = (y/2)(1 + coth(y/2)) has ½ ≤ h′ ≤ 1 and 0 ≤ h″ ≤ 1/6, h′(s) = 2(s−1)/s. Taylor at s, with u = dt²gT = y + u/T + u²/(2T) up to (u²/2 + u³/3)/T² and g = u/(dt²T), gives u = s + c/T and the remainder.',
    'The loss is the averaged one plus Re(A Σ z^n): where its derivative vanishes, that of the averaged one is no larger than the modulus of d(A Σ z^n)/d ln g, in which A N z^{N−1} z′/(z−1) dominates, of size N r^{N−1/2}|A|/√(4+w); |A| < κ, so μ ≤ √(r/(4+w)) up to terms in 1/(Nω). For N → ∞ at fixed y the condition is |1 − 2/h(y)| ≤ ½, that is 4/3 ≤ h(y) ≤ 4.',
    'Where the left side is smaller than μ, the derivative is negative where the phase is an odd multiple of π and positive where it is an even one: between them lies a minimiser. The phase turns by about 2Nφ, φ = arctan ω ≈ √(y/N).',
  ],
  identities: [
    derivative(2),
    derivative(3),
    derivative(5),
    {
      name: 'averagedSum is 2g κ Σ r^n, T = 4',
      variables: ['s', 'dt'],
      vanish(R, { s, dt }) {
        const g = R.mul(s!, s!);
        const r = R.add(R.of(1), product(R, [dt!, dt!, g]));
        const level = R.mul(oscillatingLevels(R, s!, dt!)[0], geometric(R, r, 3));
        return [R.sub(level, R.mul(R.of(2), averagedSum(R, g, dt!, 4)))];
      },
    },
    {
      name: '(2−(1+a)g)(1+w/2−w²/6) = 2 − 2g − C₋g² + (1+a)(a−1)²g³/6, w = (a−1)g, C₋ = (a²−1)/2 + (a−1)²/3; times 6',
      variables: ['a', 'g'],
      vanish: equal('(2-(1+a)*g)*(6+3*(a-1)*g-((a-1)*g)^2)', '12-12*g-(3*(a^2-1)+2*(a-1)^2)*g^2+(1+a)*(a-1)^2*g^3'),
    },
    {
      name: '(2−(1+a)g+(1+a²)g²)(1+w/2) = 2 − 2g + C₊g², C₊ = (3+a²)/2 + (1+a²)(a−1)g/2; times 2',
      variables: ['a', 'g'],
      vanish: equal('(2-(1+a)*g+(1+a^2)*g^2)*(2+(a-1)*g)', '4-4*g+(3+a^2+(1+a^2)*(a-1)*g)*g^2'),
    },
  ],
  decisions: [
    {
      name: 'the right side is below 2 for dt ≤ 1: (2+(a−1)g)(2+(1+a)g) < 4(1+g)(1+ag)',
      variables: ['a', 'g'],
      negation:
        '(and (> g 0) (> a 1) (<= a 2) (>= (* (+ 2 (* (- a 1) g)) (+ 2 (* (+ 1 a) g))) (* 4 (+ 1 g) (+ 1 (* a g)))))',
      control: '(and (> g 0) (> a 1) (>= (* (+ 2 (* (- a 1) g)) (+ 2 (* (+ 1 a) g))) (* 4 (+ 1 g) (+ 1 (* a g)))))',
    },
  ],
};
