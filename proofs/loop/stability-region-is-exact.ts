/**
 * Derivation: the region of stability from the Jury conditions of χ.
 */
import { negate } from '#src/linalg/ring.js';
import { characteristicPolynomial } from '#src/theory/loop/effective-characteristic-polynomial.js';
import { productOfRoots, stabilityMargins, statement } from '#src/theory/loop/stability-region-is-exact.js';
import type { Derivation } from '../derivation.js';
import { differs, jury2, jury3, stableLoop } from '../jury.js';

const s = '(+ (* vu (- 1 zm)) q)';
const region = `(and (< (- 1) ${s}) (< ${s} 1) (< vu ${s}) (< (* (- ${s} 2) (- ${s} vu)) zm) (< zm (- vu ${s})) (< zm (+ 4 (* 3 vu) ${s})))`;
const memoryOnly = (lower: string): string => `(and (< 0 q) (< q 1) (< ${lower} zm) (< zm (- q)))`;

export const derivation: Derivation = {
  statement,
  steps: [
    'χ = λ³ + b₂λ² + b₁λ + b₀ is Schur stable if and only if |b₀| < 1, χ(1) > 0, −χ(−1) > 0 and 1 − b₀² > b₁ − b₀b₂ (Jury).',
    'Here b₀ = −s, with s the product of the roots; χ(1) = σ_vu − s − σ_zm, −χ(−1) = 4 + 3σ_vu + s − σ_zm, and 1 − b₀² − b₁ + b₀b₂ = σ_zm − (s − 2)(s − σ_vu).',
    'σ_vu < s follows where the last two meet; Z3 finds no real counterexample to the equivalence.',
  ],
  identities: [
    {
      name: 'the margins are the Jury quantities of χ',
      variables: ['zm', 'vu', 'q'],
      vanish(R, { zm, vu, q }) {
        const gains = { zm: zm!, vu: vu!, q: q! };
        const [b0, b1, b2] = characteristicPolynomial(R, 2, R.of(1), gains) as [typeof vu, typeof vu, typeof vu];
        const margins = stabilityMargins(R, gains);
        const one = R.of(1);
        const atOne = R.add(R.add(one, b2!), R.add(b1!, b0!));
        const atMinusOne = R.sub(R.add(one, b1!), R.add(b2!, b0!));
        const last = R.sub(R.sub(one, R.mul(b0!, b0!)), R.sub(b1!, R.mul(b0!, b2!)));
        return [
          R.add(productOfRoots(R, gains), b0!),
          R.sub(margins[0]!, R.sub(one, b0!)),
          R.sub(margins[1]!, R.add(one, b0!)),
          R.sub(margins[3]!, last),
          R.sub(margins[4]!, atOne),
          R.sub(margins[5]!, atMinusOne),
          R.add(margins[2]!, R.add(vu!, negate(R, productOfRoots(R, gains)))),
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
