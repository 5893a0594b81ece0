/**
 * Derivation: the minimum of the averaged loss, its expansion in 1/T, and the band of the loss' own minimisers.
 */
import { dualsOver } from '#src/linalg/dual.js';
import { power, product, sum } from '#src/linalg/ring.js';
import { geometric, oscillatingLevels } from '#src/theory/stage-one/stage-one-loss-grows-geometrically.js';
import { averagedSum, statement, stationarity } from '#src/theory/stage-one/stage-one-set-point-scales-with-horizon.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';

const derivative = (horizon: number): Identity => ({
  name: `g d/dg of the averaged loss over it, cleared: N r^{N−1}(1+g)(1+ag) − (2+(1+a)g) Σ r^n, T = ${horizon}`,
  variables: ['g', 'dt'],
  vanish(R, { g, dt }) {
    const moving = { value: g!, tangent: R.of(1) };
    const along = averagedSum(dualsOver(R), moving, { value: dt!, tangent: R.of(0) }, horizon);
    const [left, right] = stationarity(R, g!, dt!, horizon);
    // The averaged sum is averagedSum/(2g): the derivative of its logarithm by ln g is g P′/P − 1.
    return [sum(R, [R.mul(g!, along.tangent), R.sub(right, left), R.mul(R.of(-1), along.value)])];
  },
});

export const derivation: Derivation = {
  statement,
  steps: [
    'The averaged loss is κ Σ_{n<N} r^n (stage-one-loss-grows-geometrically). Its logarithm has the derivative N/Σ_{m<N} r^{−m} − 1/(1+g) − 1/(1+ag) by ln g: all three terms increase with g, from −1 at g = 0 to N: one minimiser.',
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
      vanish(R, { a, g }) {
        const [less, more] = [R.sub(a!, R.of(1)), R.add(a!, R.of(1))];
        const w = R.mul(less, g!);
        const left = R.mul(
          R.sub(R.of(2), R.mul(more, g!)),
          sum(R, [R.of(6), R.mul(R.of(3), w), R.sub(R.of(0), R.mul(w, w))]),
        );
        const below = R.add(product(R, [R.of(3), less, more]), product(R, [R.of(2), less, less]));
        const right = sum(R, [
          R.of(12),
          R.mul(R.of(-12), g!),
          product(R, [R.of(-1), below, g!, g!]),
          product(R, [more, less, less, power(R, g!, 3)]),
        ]);
        return [R.sub(left, right)];
      },
    },
    {
      name: '(2−(1+a)g+(1+a²)g²)(1+w/2) = 2 − 2g + C₊g², C₊ = (3+a²)/2 + (1+a²)(a−1)g/2; times 2',
      variables: ['a', 'g'],
      vanish(R, { a, g }) {
        const [less, more] = [R.sub(a!, R.of(1)), R.add(a!, R.of(1))];
        const squares = R.add(R.of(1), R.mul(a!, a!));
        const square = R.mul(g!, g!);
        const sides = sum(R, [R.of(2), R.sub(R.of(0), R.mul(more, g!)), R.mul(squares, square)]);
        const left = R.mul(sides, R.add(R.of(2), R.mul(less, g!)));
        const above = sum(R, [R.of(3), R.mul(a!, a!), product(R, [squares, less, g!])]);
        return [R.sub(left, sum(R, [R.of(4), R.mul(R.of(-4), g!), R.mul(above, square)]))];
      },
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
