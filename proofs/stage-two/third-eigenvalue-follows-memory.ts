/**
 * Derivation: Newton's step and the series of λ₃, and the deflation.
 */

import { convolve, difference, evaluate } from '#src/linalg/polynomial.js';
import { negate, power, product, sum } from '#src/linalg/ring.js';
import { constant, multiple, seriesOver } from '#src/linalg/series.js';
import { characteristicPolynomial } from '#src/theory/loop/effective-characteristic-polynomial.js';
import {
  deflated,
  memorySlope,
  productOfPair,
  statement,
  thirdEigenvalueTerm,
} from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import type { Derivation } from '../derivation.js';
import { evaluateText } from '../kernels/formula-text.js';
import type { Identity } from '../kernels/identity.js';
import { parametersOf } from '../support/derivatives.js';

/**
 * D^k times χ at the series, as a series in q. With D·p = 1 in mind p is kept as a variable and σ_zm eliminated by
 * D = w² − σ_zm, so that D is a variable too: D·p − 1 must then be divided out, which multiplying by powers of D does.
 */
const order = (terms: number): Identity => ({
  name: `χ at the series of order ${terms} vanishes below order ${terms + 1} in q`,
  variables: ['w', 'D'],
  vanish(R, { w, D }) {
    const length = terms + 1;
    const S = seriesOver(R, length);
    // χ(σ_vu + h) = D h + 2w h² + h³ − q; with h = X/D^m, m the last term's power of p, D^(3m) clears all divisions.
    const m = 2 * terms - 1;
    const lift = (value: typeof w) => constant(R, value!, length);
    const powerOfD = (k: number) => lift(power(R, D!, k));
    const q = multiple(R, R.of(1), length);
    const gains = { zm: lift(R.sub(R.mul(w!, w!), D!)), vu: lift(R.add(w!, R.of(1))), q };
    // The k-th term of h has p^(2k−1).
    const scaled = ([1, 2, 3, 4] as const)
      .slice(0, terms)
      .map((k) => S.mul(thirdEigenvalueTerm(S, gains, S.of(1), k), powerOfD(m - (2 * k - 1))));
    const X = sum(S, scaled);
    const squares = S.mul(X, X);
    const cubic = sum(S, [
      S.mul(powerOfD(2 * m + 1), X),
      product(S, [lift(R.add(w!, w!)), powerOfD(m), squares]),
      S.mul(squares, X),
    ]);
    return S.sub(cubic, S.mul(powerOfD(3 * m), q));
  },
});

export const derivation: Derivation = {
  statement,
  scope: 'orders 1 to 4 of the series in q; Newton’s step and the deflation for all real order parameters',
  steps: [
    'χ(σ_vu) = −q and χ′(σ_vu) = D, so Newton’s step from σ_vu is q/D.',
    'With λ = σ_vu + h, χ = D h + 2w h² + h³ − q. Insert h = h₁q + h₂q² + … and compare powers of q: h₁ = 1/D, h₂ = −2w/D³, h₃ = (8w² − D)/D⁵ = (7w² + σ_zm)/D⁵. The next coefficient, h₄ = 10w(D − 4w²)/D⁷ = −10w(3w² + σ_zm)/D⁷, is the size of what third order leaves.',
    'Dividing χ by λ − κ leaves λ² + (b + κ) λ + c + bκ + κ² and the remainder χ(κ). So at a root λ₃ the other two have the product c + bλ₃ + λ₃².',
  ],
  identities: [
    {
      name: 'χ(σ_vu + h) = D h + 2(σ_vu − 1) h² + h³ − q',
      variables: ['h', 'zm', 'vu', 'q'],
      vanish(R, x) {
        const { h, vu } = x;
        const chi = evaluate(R, characteristicPolynomial(R, 2, R.of(1), parametersOf(x)), R.add(vu!, h!));
        const rest = evaluateText(R, '2*(vu-1)*h^2+h^3-q', x);
        return [R.sub(chi, R.add(R.mul(memorySlope(R, parametersOf(x)), h!), rest))];
      },
    },
    order(1),
    order(2),
    order(3),
    order(4),
    {
      name: 'χ(λ) = (λ − κ) · deflated(λ) + χ(κ), and the deflated constant is the product of the pair',
      variables: ['k', 'zm', 'vu', 'q'],
      vanish(R, x) {
        const [k, gains] = [x['k'], parametersOf(x)];
        const chi = characteristicPolynomial(R, 2, R.of(1), gains);
        const quotient = deflated(R, gains, k!);
        const whole = convolve(R, [negate(R, k!), R.of(1)], quotient);
        const remainder = difference(R, chi, whole);
        return [
          R.sub(remainder[0]!, evaluate(R, chi, k!)),
          ...remainder.slice(1),
          R.sub(quotient[0]!, productOfPair(R, gains, k!)),
        ];
      },
    },
  ],
};
