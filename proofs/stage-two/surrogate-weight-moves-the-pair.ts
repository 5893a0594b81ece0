/**
 * Derivation: the rate of the pair's imaginary part along descent of the surrogate, and its sign over stage 2.
 */

import type { Ring } from '#src/linalg/ring.js';
import {
  type GainGradient,
  longGradient,
  shortGradient,
} from '#src/theory/stage-two/short-and-long-horizons-conflict.js';
import {
  STAGE_TWO,
  squaredSplit,
  squaredSplitGradient,
  statement,
} from '#src/theory/stage-two/surrogate-weight-moves-the-pair.js';
import { deflated, productOfPair } from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import type { Derivation } from '../derivation.js';
import type { Values } from '../kernels/identity.js';
import {
  alongParameters,
  gradientDifference,
  type PARAMETERS,
  PARAMETERS_AND_P,
  parametersOf,
} from '../support/derivatives.js';
import { between, expanded } from '../support/smt.js';

const { zm, q, vu } = STAGE_TWO;
/** The box. p = 1/D is free between its bounds there, which claims more than is needed. */
const box = `(and ${between('zm', ...zm)} (< 0 q) ${between('q', ...q)} ${between('vu', ...vu)} ${between('p', 0.95, 1.21)})`;
const variables = PARAMETERS_AND_P;

/** Entries of ∇λ₁λ₂ and ∇(2 Im λ)². For another m the former is multiplied by m (λ₁λ₂)^{m−1} > 0. */
const GRADIENTS = {
  short: (R, x) => shortGradient(R, parametersOf(x)),
  pair: (R, x) => longGradient(R, parametersOf(x), x['p']!, 1),
  split: (R, x) => squaredSplitGradient(R, parametersOf(x), x['p']!),
} satisfies Record<string, <T>(R: Ring<T>, x: Values<T>) => GainGradient<T>>;
const entry = (of: keyof typeof GRADIENTS, name: (typeof PARAMETERS)[number]): string =>
  expanded(variables, (R, x) => GRADIENTS[of](R, x)[name]);
const PAIR = expanded(variables, (R, x) => productOfPair(R, parametersOf(x), R.add(x['vu']!, R.mul(x['q']!, x['p']!))));
const SPLIT = expanded(variables, (R, x) => squaredSplit(R, parametersOf(x), x['p']!));
/** What bounds the inner product from below: along σ_zm more than 0.9·3, along q more than 0, along σ_vu less than 0.5·2. */
const opposed = `(or (>= ${entry('pair', 'zm')} (- 0.9)) (>= ${entry('split', 'zm')} (- 3)) (>= ${entry('pair', 'q')} 0) (>= ${entry('split', 'q')} 0) (>= (* ${entry('pair', 'vu')} ${entry('pair', 'vu')}) 0.25) (>= (* ${entry('split', 'vu')} ${entry('split', 'vu')}) 4))`;

export const derivation: Derivation = {
  statement,
  scope: 'the whole box of stage 2, every p = 1/D between 0.95 and 1.21, every exponent m',
  steps: [
    'Dividing χ by λ − λ₃ leaves λ² − (λ₁ + λ₂)λ + λ₁λ₂. At Newton’s λ₃, λ₁ + λ₂ = σ_vu + 2 − λ₃ = 2 − q/D. A complex pair has (2 Im λ)² = 4λ₁λ₂ − (λ₁ + λ₂)².',
    'The chain rule, with ∂D as for the surrogate’s gradients, gives ∇(2 Im λ)². Along descent its rate is −∇(2 Im λ)²·∇L, which is affine in α because L is.',
    'The gradient of (λ₁λ₂)^m is that of λ₁λ₂ times m (λ₁λ₂)^{m−1}, which is positive: Z3 decides over the box that λ₁λ₂ and (2 Im λ)² are, so that the pair is complex. So the sign at α = 1 does not depend on m.',
    'Over the box, 0.83 ≤ D ≤ 1.05. Z3 decides, entry by entry and for every p between 0.95 and 1.21, that −∇L_short·∇(2 Im λ)² is a sum of two positive terms, and that ∇λ₁λ₂·∇(2 Im λ)² exceeds 0.9·3 + 0 − 0.5·2 > 0.',
  ],
  identities: [
    {
      name: '(2 Im λ)² is minus the discriminant of the deflated quadratic',
      variables,
      vanish(R, x) {
        const root = R.add(x['vu']!, R.mul(x['q']!, x['p']!));
        const [constant, linear] = deflated(R, parametersOf(x), root);
        const split = squaredSplit(R, parametersOf(x), x['p']!);
        return [R.sub(split, R.sub(R.mul(R.of(4), constant!), R.mul(linear!, linear!)))];
      },
    },
    {
      name: '∇(2 Im λ)² by the chain rule',
      variables,
      vanish: (R, x) =>
        gradientDifference(
          R,
          alongParameters(R, x, (S, y) => squaredSplit(S, parametersOf(y), y['p']!)),
          squaredSplitGradient(R, parametersOf(x), x['p']!),
        ),
    },
  ],
  decisions: [
    {
      name: 'λ₁λ₂ and (2 Im λ)² are positive: the pair is complex',
      variables,
      negation: `(and ${box} (or (<= ${PAIR} 0) (<= ${SPLIT} 0)))`,
      control: `(and ${box} (<= ${SPLIT} 0.05))`,
      rocq: {
        tactics:
          'intros zm vu q p H; assert (P : 0 <= p <= 121/100) by lra; assert (Q : 0 <= q <= 101/10000) by lra; assert (V : 0 <= vu <= 101/1000) by lra; assert (Z : zm <= -19/1000) by lra; assert (A := product_between _ _ _ _ Q P); assert (B := product_between _ _ _ _ A P); assert (C := product_between _ _ _ _ Q B); assert (D := product_between _ _ _ _ V A); destruct H as [_ [H | H]]; lra',
      },
    },
    {
      name: '∇L_short is positive along σ_zm and q, and has no entry along σ_vu',
      variables,
      negation: `(and ${box} (or (<= ${entry('short', 'zm')} 0) (<= ${entry('short', 'q')} 0) (not (= ${entry('short', 'vu')} 0))))`,
      control: `(and ${box} (<= ${entry('short', 'q')} 1.5))`,
    },
    {
      name: '∇λ₁λ₂ and ∇(2 Im λ)²: both below −0.9 and −3 along σ_zm, negative along q, within 0.5 and 2 along σ_vu',
      variables,
      negation: `(and ${box} ${opposed})`,
      control: `(and ${box} (not ${opposed}))`,
      rocq: {
        tactics:
          'intros zm vu q p H; assert (P : 0 <= p <= 121/100) by lra; assert (Q : 0 <= q <= 101/10000) by lra; assert (V : 0 <= vu <= 101/1000) by lra; assert (L : p >= 94/100) by lra; assert (A := product_between _ _ _ _ Q P); assert (B := product_between _ _ _ _ A P); assert (C := product_between _ _ _ _ V B); assert (D := product_between _ _ _ _ V C); assert (E := product_between _ _ _ _ A B); assert (F := product_between _ _ _ _ V E); assert (G := product_between _ _ _ _ V P); destruct H as [_ [H | [H | [H | [H | [H | H]]]]]]; [lra | lra | lra | lra | square_within (1/2) | square_within 2]',
      },
    },
  ],
};
