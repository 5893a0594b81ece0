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
      rocq: {
        from: 'loop_over_reals jury',
        tactics:
          'intros r t d; assert (H := jury3_split r (- t) d); unfold jury3, jury2 in H; split; intros X; [destruct H as [_ H] | destruct H as [H _]]; destruct H; repeat split; lra',
      },
    },
    {
      name: 'region ⇔ Jury, any σ_vu',
      variables: ['zm', 'vu', 'q'],
      negation: differs(region, stableLoop('zm', 'vu', 'q')),
      control: differs(region.replace('(- vu', '(- (* 2 vu)'), stableLoop('zm', 'vu', 'q')),
      rocq: {
        from: 'loop_over_reals stability_region_is_exact',
        tactics:
          'intros zm vu q; assert (H := region_is_jury zm vu q); unfold region, product, jury3, b2, b1, b0 in H; cbv zeta in H; split; intros X; [destruct H as [H _] | destruct H as [_ H]]; destruct H; repeat split; lra',
      },
    },
    {
      name: 'region ⇔ Jury at σ_vu = 0',
      variables: ['zm', 'q'],
      negation: differs(memoryOnly('(- (* q q) (* 2 q))'), stableLoop('zm', '0', 'q')),
      control: differs(memoryOnly('(- (* q q) (* 3 q))'), stableLoop('zm', '0', 'q')),
      rocq: {
        from: 'loop_over_reals stability_region_is_exact',
        tactics:
          'intros zm q; assert (H := region_without_persistence zm q); rewrite region_is_jury in H; unfold jury3, b2, b1, b0 in H; split; intros X; [destruct H as [_ H] | destruct H as [H _]]; destruct H; repeat split; lra',
      },
    },
    {
      name: 'stable ⇒ σ_zm < 0, q > 0, −5 < σ_vu < 1',
      variables: ['zm', 'vu', 'q'],
      negation: `(and ${stableLoop('zm', 'vu', 'q')} (not (and (< zm 0) (> q 0) (> vu (- 5)) (< vu 1))))`,
      control: `(and ${stableLoop('zm', 'vu', 'q')} (not (and (< zm 0) (> q 0) (> vu (- 2)) (< vu 1))))`,
      rocq: {
        from: 'loop_over_reals stability_region_is_exact',
        tactics:
          'intros zm vu q ((A & B & C & D & E) & N); apply N; destruct (stable_needs_memory zm vu q) as (X & Y & Z); [apply region_is_jury; unfold jury3, b2, b1, b0; repeat split; lra | lra]',
      },
    },
  ],
  theorems: [
    {
      name: 'region_is_stability',
      says: 'the region holds exactly if all complex roots of χ lie inside the unit circle',
      over: 'reals',
    },
    {
      name: 'region_is_jury',
      says: 'the region is that of Jury’s conditions',
      over: 'reals',
    },
    {
      name: 'region_without_persistence',
      says: 'the region at σ_vu = 0',
      over: 'reals',
    },
    {
      name: 'stable_needs_memory',
      says: 'a stable loop has σ_zm < 0, q > 0 and −5 < σ_vu < 1',
      over: 'reals',
    },
  ],
};
