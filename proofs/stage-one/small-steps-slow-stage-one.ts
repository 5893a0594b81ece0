/**
 * Derivation: the loop without memory whose position is seen late, and its pair as a series.
 */
import { scalar, zeros } from '#src/linalg/matrix.js';
import { characteristic, convolve, difference } from '#src/linalg/polynomial.js';
import { product, type Ring, sum } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import {
  growthTerms,
  lateDoubleIntegrator,
  latePolynomial,
  statement,
} from '#src/theory/stage-one/small-steps-slow-stage-one.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';

const loop = (d: number): Identity => ({
  name: `d = ${d}: det(λI − P_eff) = λ (λ^${d} (λ−1)² − dt² σ_zm)`,
  variables: ['dt', 'zm'],
  vanish(R, { dt, zm }) {
    const overlaps = { zm: scalar(zm!), zu: zeros(R, 1, 0), vm: zeros(R, 0, 1), vu: zeros(R, 0, 0) };
    const whole = characteristic(R, effectiveMatrix(R, lateDoubleIntegrator(R, dt!, d), R.of(1), overlaps));
    return difference(R, whole, [R.of(0), ...latePolynomial(R, d, product(R, [dt!, dt!, zm!]))]);
  },
});

/** 24 (λ − 1) as a series in z = i w, to its fourth power: λ − 1 = z λ^(−d/2). */
function series<T>(R: Ring<T>, d: T): T[] {
  const of = (factor: number, ...factors: T[]): T => product(R, [R.of(factor), ...factors]);
  const twice = R.add(R.add(d, d), R.of(1));
  const thrice = R.add(R.add(d, R.add(d, d)), R.of(2));
  return [R.of(0), R.of(24), of(-12, d), of(3, d, thrice), of(-4, d, twice, R.add(d, R.of(1)))];
}

/** Adds 24: from λ − 1 to λ. */
const lambda = <T>(R: Ring<T>, [, ...rest]: readonly T[]): T[] => [R.of(24), ...rest];

const solves: Identity = {
  name: 'the series has λ^d (λ−1)² = z² up to z⁵, for every d',
  variables: ['d'],
  vanish(R, { d }) {
    const mu = series(R, d!);
    const square = convolve(R, mu, mu);
    const [less, lesser] = [R.sub(d!, R.of(1)), R.sub(d!, R.of(2))];
    // 6·24³·λ^d up to z³, by the binomial series.
    const factors = [
      R.of(6 * 24 ** 3),
      R.mul(R.of(6 * 24 ** 2), d!),
      product(R, [R.of(3 * 24), d!, less]),
      product(R, [d!, less, lesser]),
    ];
    const powers = [[R.of(1)], mu, square, convolve(R, square, mu)];
    const whole = [0, 1, 2, 3].map((k) =>
      sum(
        R,
        factors.map((factor, j) => R.mul(factor, powers[j]![k] ?? R.of(0))),
      ),
    );
    const left = convolve(R, square, whole).slice(0, 6);
    return difference(R, left, [R.of(0), R.of(0), R.of(6 * 24 ** 5)]);
  },
};

const squared: Identity = {
  name: '|λ|² = exp(2 ln ρ) up to w⁴, with the two terms of ln ρ, for every d',
  variables: ['d'],
  vanish(R, { d }) {
    const plus = lambda(R, series(R, d!));
    const minus = plus.map((value, k) => (k % 2 === 0 ? value : R.sub(R.of(0), value)));
    const [first, second] = growthTerms(R, d!, R.of(1));
    const [, , ofSquare, , ofFourth] = convolve(R, plus, minus);
    // 576 (1 + 2 L + 2 L²), L = (first w² − second w⁴)/12, w² = −z².
    const expected = R.sub(product(R, [R.of(8), first, first]), R.mul(R.of(96), second));
    return [R.add(ofSquare!, R.mul(R.of(96), first)), R.sub(ofFourth!, expected)];
  },
};

export const derivation: Derivation = {
  statement,
  scope: 'the polynomial for d = 0 to 3, the two terms of ln ρ for every d; that the series alternates is argued',
  steps: [
    'From position to control that is d steps late: (λ−1)² = dt² σ_zm λ^(−d), so λ^d (λ−1)² = −w².',
    'The pair is λ − 1 = z λ^(−d/2) with z = ± i w. Lagrange’s inversion gives ln λ = Σ_n zⁿ C(−1 − d n/2, n − 1)/n.',
    'Its real part is Σ_m (−1)^(m+1) w^(2m) C((d+2)m, 2m)/((d+2)m): (d+1)/2 w² − (d+1)(2d+1)(2d+3)/12 w⁴ + …',
    'C((d+2)m, 2m) grows from m to m + 1 by a factor below (d+2)^(d+2)/(4 d^d): up to the inverse of it in w² the terms fall and alternate, and each partial sum bounds ln ρ.',
  ],
  identities: [loop(0), loop(1), loop(2), loop(3), solves, squared],
};
