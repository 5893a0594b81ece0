/**
 * Derivation: Newton's step and the series of λ₃, and the deflation.
 */
import { convolve, difference, evaluate } from '#src/linalg/polynomial.js';
import { negate } from '#src/linalg/ring.js';
import { characteristicPolynomial } from '#src/theory/loop/effective-characteristic-polynomial.js';
import {
  deflated,
  memorySlope,
  productOfPair,
  statement,
  thirdEigenvalueShift,
} from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';
import { constant, multiple, seriesOver } from '../kernels/series.js';

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
    const zm = R.sub(R.mul(w!, w!), D!);
    const scaledShift = (k: number) => {
      // The shift with p replaced by 1/D, times D^m: its k-th term has p^(2k−1).
      const gains = { zm: lift(zm), vu: lift(R.add(w!, R.of(1))), q: multiple(R, R.of(1), length) };
      const one = lift(R.of(1));
      const upTo = thirdEigenvalueShift(S, gains, one, k);
      const before = k > 1 ? thirdEigenvalueShift(S, gains, one, k - 1) : S.of(0);
      return S.sub(upTo, before);
    };
    const powerOfD = (k: number) => {
      let value = R.of(1);
      for (let i = 0; i < k; i++) value = R.mul(value, D!);
      return lift(value);
    };
    let X = S.of(0);
    for (let k = 1; k <= terms; k++) X = S.add(X, S.mul(scaledShift(k), powerOfD(m - (2 * k - 1))));
    const squares = S.mul(X, X);
    const residual = S.sub(
      S.add(
        S.mul(powerOfD(2 * m + 1), X),
        S.add(S.mul(S.mul(lift(R.add(w!, w!)), powerOfD(m)), squares), S.mul(squares, X)),
      ),
      S.mul(powerOfD(3 * m), multiple(R, R.of(1), length)),
    );
    return residual;
  },
});

export const derivation: Derivation = {
  statement,
  steps: [
    'χ(σ_vu) = −q and χ′(σ_vu) = D: Newton’s step from σ_vu is q/D.',
    'With λ = σ_vu + h, χ = D h + 2w h² + h³ − q. Inserting h = h₁q + h₂q² + h₃q³ and comparing powers of q gives h₁ = 1/D, h₂ = −2w/D³, h₃ = (8w² − D)/D⁵ = (7w² + σ_zm)/D⁵, and h₄ = 10w(D − 4w²)/D⁷ = −10w(3w² + σ_zm)/D⁷, the size of what third order leaves.',
    'Division of χ by λ − κ leaves λ² + (b + κ) λ + c + bκ + κ², with the remainder χ(κ): at a root the product of the other two is c + bλ₃ + λ₃².',
  ],
  identities: [
    {
      name: 'χ(σ_vu + h) = D h + 2(σ_vu − 1) h² + h³ − q',
      variables: ['h', 'zm', 'vu', 'q'],
      vanish(R, { h, zm, vu, q }) {
        const gains = { zm: zm!, vu: vu!, q: q! };
        const chi = evaluate(R, characteristicPolynomial(R, 2, R.of(1), gains), R.add(vu!, h!));
        const w = R.sub(vu!, R.of(1));
        const square = R.mul(h!, h!);
        const expansion = R.add(
          R.add(R.mul(memorySlope(R, gains), h!), R.mul(R.add(w, w), square)),
          R.sub(R.mul(square, h!), q!),
        );
        return [R.sub(chi, expansion)];
      },
    },
    order(1),
    order(2),
    order(3),
    order(4),
    {
      name: 'χ(λ) = (λ − κ) · deflated(λ) + χ(κ), and the deflated constant is the product of the pair',
      variables: ['k', 'zm', 'vu', 'q'],
      vanish(R, { k, zm, vu, q }) {
        const gains = { zm: zm!, vu: vu!, q: q! };
        const chi = characteristicPolynomial(R, 2, R.of(1), gains);
        const quotient = deflated(R, gains, k!);
        const product = convolve(R, [negate(R, k!), R.of(1)], quotient);
        const remainder = difference(R, chi, product);
        return [
          R.sub(remainder[0]!, evaluate(R, chi, k!)),
          ...remainder.slice(1),
          R.sub(quotient[0]!, productOfPair(R, gains, k!)),
        ];
      },
    },
  ],
};
