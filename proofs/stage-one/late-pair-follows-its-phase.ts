/**
 * Derivation: the pair of the loop without memory that sees late, by its phase.
 */
import { power, product, type Ring } from '#src/linalg/ring.js';
import { latePair, statement } from '#src/theory/stage-one/late-pair-follows-its-phase.js';
import { latePolynomial } from '#src/theory/stage-one/small-steps-slow-stage-one.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';

type Complex<T> = readonly [re: T, im: T];

const times = <T>(R: Ring<T>, [a, b]: Complex<T>, [c, d]: Complex<T>): Complex<T> => [
  R.sub(R.mul(a, c), R.mul(b, d)),
  R.add(R.mul(a, d), R.mul(b, c)),
];

/** over^(d+2) times the polynomial at λ = (re + i·im)/over, by Horner's rule. */
const pair = (d: number): Identity => ({
  name: `d = ${d}: λ^d (λ−1)² + w² = 0 at the pair, its modulus is ρ`,
  variables: ['a', 'b'],
  vanish(R, { a, b }) {
    const { re, im, radius, strength, over } = latePair(R, d, a!, b!);
    const whole = latePolynomial(R, d, R.of(0)).map((value, k) => product(R, [value, power(R, over, d + 2 - k)]));
    const [x, y] = whole.reduceRight<Complex<typeof re>>(
      (total, value) => {
        const [u, v] = times(R, total, [re, im]);
        return [R.add(u, value), v];
      },
      [R.of(0), R.of(0)],
    );
    const modulus = R.add(R.mul(re, re), R.mul(im, im));
    return [R.add(x, strength), y, R.sub(modulus, R.mul(radius, radius))];
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    'the pair for d = 0 to 3 and z free; that it is the only one of its angle, and the largest, and where the next leave, is argued',
  steps: [
    'The loop has λ^d (λ−1)² = −w². With θ and ψ the angles of λ and λ − 1, dθ + 2ψ is an odd multiple of π. If 0 < θ < π/(d+2), then θ < ψ < π leaves only dθ + 2ψ = π.',
    'In the triangle 0, 1, λ the angles are θ, π − ψ and ψ − θ = π/2 − (d+2)θ/2: by sines ρ = cos(dθ/2)/cos((d+2)θ/2) and |λ−1| = sin θ/cos((d+2)θ/2). So λ = z² Re z^d/Re z^(d+2) with z = e^{iθ/2}, and λ − 1 = i Im(z²) z̄^d/Re z^(d+2).',
    'd ln w²/dθ = 2 cot θ + ((d+2)² tan((d+2)θ/2) − d² tan(dθ/2))/2 > 0: w² grows from 0 to ∞, so each w has one θ. So does ρ, from 1, by the like sum.',
    'A real λ > 0 is no root. So all others have angles of at least π/(d+2). Of two points with |λ|^d |λ−1|² = w² and moduli of at least 1, that with the larger angle is nearer to 0, since |λ−1| grows with either: no other is as large as the pair.',
    'At |λ| = 1, (λ−1)² = −4 sin²(θ/2) λ: a root there has λ^(d+1) = w²/(4 sin²(θ/2)), so θ = 2πj/(d+1) and w² = 4 sin²(πj/(d+1)).',
    'd ln w²/d ln λ = d + 2λ/(λ−1) has the real part d + 1 on the circle: as w grows, roots only leave. At w = 0 the others are at 0, and the first leave with j = 1.',
  ],
  identities: [pair(0), pair(1), pair(2), pair(3)],
};
