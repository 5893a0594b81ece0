/**
 * Derivation: the region of stability from the Jury conditions of χ.
 */

import { characteristicPolynomial } from '#src/theory/loop/effective-characteristic-polynomial.js';
import { productOfRoots, stabilityMargins, statement } from '#src/theory/loop/stability-region-is-exact.js';
import type { Derivation } from '../derivation.js';
import { evaluateText } from '../kernels/formula-text.js';
import { parametersOf } from '../support/derivatives.js';
import { differs, jury2, jury3, stableLoop } from '../support/smt.js';

const s = '(+ (* vu (- 1 zm)) q)';
const region = `(and (< (- 1) ${s}) (< ${s} 1) (< vu ${s}) (< (* (- ${s} 2) (- ${s} vu)) zm) (< zm (- vu ${s})) (< zm (+ 4 (* 3 vu) ${s})))`;
const memoryOnly = (lower: string): string => `(and (< 0 q) (< q 1) (< ${lower} zm) (< zm (- q)))`;

export const derivation: Derivation = {
  statement,
  scope: 'all real σ_zm, σ_vu and q',
  steps: [
    'χ = λ³ + b₂λ² + b₁λ + b₀ is Schur stable if and only if |b₀| < 1, χ(1) > 0, −χ(−1) > 0 and 1 − b₀² > b₁ − b₀b₂ (Jury).',
    'Here b₀ = −s, with s the product of the roots; χ(1) = σ_vu − s − σ_zm, −χ(−1) = 4 + 3σ_vu + s − σ_zm, and 1 − b₀² − b₁ + b₀b₂ = σ_zm − (s − 2)(s − σ_vu).',
    'σ_vu < s follows from the last two together. Z3 finds no real counterexample to the equivalence.',
  ],
  identities: [
    {
      name: 'the margins are the Jury quantities of χ',
      variables: ['zm', 'vu', 'q'],
      vanish(R, x) {
        const chi = characteristicPolynomial(R, 2, R.of(1), parametersOf(x));
        const [b0, b1, b2] = chi as [(typeof chi)[number], (typeof chi)[number], (typeof chi)[number]];
        const jury = ['1-b0', '1+b0', '-b0-vu', '1-b0^2-b1+b0*b2', '1+b2+b1+b0', '1+b1-b2-b0'].map((text) =>
          evaluateText(R, text, { ...x, b0, b1, b2 }),
        );
        const margins = stabilityMargins(R, parametersOf(x));
        return [
          R.add(productOfRoots(R, parametersOf(x)), b0),
          ...jury.map((quantity, k) => R.sub(margins[k]!, quantity)),
        ];
      },
    },
  ],
  decisions: [
    {
      name: 'Jury’s conditions for the cubic (λ−r)(λ²−tλ+d) ⇔ all roots inside',
      variables: ['r', 't', 'd'],
      negation: differs(
        `(and (< r 1) (> r (- 1)) ${jury2('t', 'd')})`,
        jury3('(- (+ r t))', '(+ d (* r t))', '(- (* r d))'),
      ),
      control: differs(`(and (< r 1) ${jury2('t', 'd')})`, jury3('(- (+ r t))', '(+ d (* r t))', '(- (* r d))')),
    },
    {
      name: 'region ⇔ Jury, any σ_vu',
      variables: ['zm', 'vu', 'q'],
      negation: differs(region, stableLoop('zm', 'vu', 'q')),
      control: differs(region.replace('(- vu', '(- (* 2 vu)'), stableLoop('zm', 'vu', 'q')),
    },
    {
      name: 'region ⇔ Jury at σ_vu = 0',
      variables: ['zm', 'q'],
      negation: differs(memoryOnly('(- (* q q) (* 2 q))'), stableLoop('zm', '0', 'q')),
      control: differs(memoryOnly('(- (* q q) (* 3 q))'), stableLoop('zm', '0', 'q')),
    },
    {
      name: 'stable ⇒ σ_zm < 0, q > 0, −5 < σ_vu < 1',
      variables: ['zm', 'vu', 'q'],
      negation: `(and ${stableLoop('zm', 'vu', 'q')} (not (and (< zm 0) (> q 0) (> vu (- 5)) (< vu 1))))`,
      control: `(and ${stableLoop('zm', 'vu', 'q')} (not (and (< zm 0) (> q 0) (> vu (- 2)) (< vu 1))))`,
    },
  ],
};
