/**
 * Derivation: the loop with memory as one without, and the one horizon at which the averaged loss of a σ turns.
 */
import { evaluate } from '#src/linalg/polynomial.js';
import { power, product, type Ring, sum } from '#src/linalg/ring.js';
import { stationarity } from '#src/theory/stage-one/stage-one-set-point-scales-with-horizon.js';
import { polynomialAtPolicy, statement } from '#src/theory/stage-two/memoryless-slope-moves-the-pair.js';
import type { Derivation } from '../derivation.js';
import { evaluateText } from '../kernels/formula-text.js';
import type { Identity } from '../kernels/identity.js';
import { loopPolynomial } from '../support/symbols.js';

/** Σ_{n=1}^{N} (r^n − 1), r = 1 + dt²g: not negative, and 0 at g = 0 only. */
function excess<T>(R: Ring<T>, r: T, N: number): T {
  return sum(
    R,
    Array.from({ length: N }, (_, n) => R.sub(power(R, r, n + 1), R.of(1))),
  );
}

const oneTurn = (horizon: number): Identity => ({
  name: `the two sides of the averaged loss’ stationarity from T to T + 1: their quotient rises by Σ (r^n − 1), T = ${horizon}`,
  variables: ['g', 'dt'],
  vanish(R, { g, dt }) {
    const [left, right] = stationarity(R, g!, dt!, horizon);
    const [nextLeft, nextRight] = stationarity(R, g!, dt!, horizon + 1);
    const N = horizon - 1;
    const r = evaluateText(R, '1+dt^2*g', { g: g!, dt: dt! });
    const levels = evaluateText(R, '(1+g)*(1+g+dt^2*g)*(2+2*g+dt^2*g)', { g: g!, dt: dt! });
    const rise = product(R, [levels, power(R, r, N - 1), excess(R, r, N)]);
    return [R.sub(R.sub(R.mul(nextLeft, right), R.mul(left, nextRight)), rise)];
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    'the polynomial for all order parameters of rank 1; the turning horizon for T = 2, 3 and 5 and every dt; that the sign of the true gradient is that of L₀′(σ_eff) is not proved, but tried',
  steps: [
    'Memory answers a λ by q/(λ − σ_vu), and a constant, λ = 1, by q/(1 − σ_vu): together with σ_zm that is σ_eff.',
    'With q = (σ_eff − σ_zm)(1 − σ_vu), χ = (λ − σ_vu)((λ − 1)² − σ_eff) + (σ_eff − σ_zm)(λ − 1). The last term is small where λ is near 1: the pair is 1 ± √σ_eff but for terms of the size of q, and |Im λ| falls as σ_eff rises to 0.',
    'A loss that is a function of σ_eff alone has the gradient f′ ∇σ_eff in the weights. A step against it changes σ_eff by −f′ ‖∇σ_eff‖² times its length, whatever the Gram matrix: it raises the pair where f′ > 0.',
    'For f stands the loss without memory, L₀. Its phase average increases in σ where N r^{N−1} (1+g)(1+ag) is less than (2+(1+a)g) Σ r^n, with g = −σ, a = 1 + dt², r = 1 + dt²g and N = T − 1 (stage-one-set-point-scales-with-horizon).',
    'The quotient of the two sides rises with T, without bound: N/Σ_{m<N} r^{−m} is one over the mean of a falling sequence. At T = 3 it is below 1 for g ≤ ¼. So at each σ there is one horizon T* at which the averaged loss turns: shorter ones raise the pair, longer ones lower it.',
    'For small g the equation is y/(1−e^{−y}) = 2 at y = T* dt² g. So T* dt² |σ_eff| → 2 + W_0(−2e^{−2}).',
    'L₀ itself has that sign where its averaged slope exceeds the oscillating one, outside the band of 0.61 < N ln r < 3.92.',
  ],
  identities: [
    {
      name: 'det(λI − P_eff) = λ ((λ − σ_vu)((λ−1)² − e) + (e − σ_zm)(λ − 1)) for q = (e − σ_zm)(1 − σ_vu)',
      variables: ['l', 'e', 'zm', 'vu'],
      vanish(R, x) {
        const [l, e, zm, vu] = [x['l']!, x['e']!, x['zm']!, x['vu']!];
        const q = R.mul(R.sub(e, zm), R.sub(R.of(1), vu));
        const loop = loopPolynomial(R, 2, R.of(1), R.of(1), [zm, q, R.of(1), vu]);
        return [R.sub(evaluate(R, loop, l), R.mul(l, polynomialAtPolicy(R, l, e, { zm, vu })))];
      },
    },
    oneTurn(2),
    oneTurn(3),
    oneTurn(5),
  ],
  decisions: [
    {
      name: 'at T = 3 and dt ≤ 1 the averaged loss increases in σ for 0 < g ≤ ¼: 2r(1+g)(1+ag) < (2+(1+a)g)(1+r)',
      variables: ['g', 'w'],
      negation:
        '(and (> g 0) (<= g (/ 1 4)) (> w 0) (<= w g) (>= (* 2 (+ 1 w) (+ 1 g) (+ 1 g w)) (* (+ 2 (* 2 g) w) (+ 2 w))))',
      control: '(and (> g 0) (> w 0) (<= w g) (>= (* 2 (+ 1 w) (+ 1 g) (+ 1 g w)) (* (+ 2 (* 2 g) w) (+ 2 w))))',
    },
  ],
};
