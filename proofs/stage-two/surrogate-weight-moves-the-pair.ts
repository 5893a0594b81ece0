/**
 * Derivation: the rate of the pair's imaginary part along descent of the surrogate, and its sign over stage 2.
 */
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import { product, type Ring } from '#src/linalg/ring.js';
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
import { deflated, memorySlope } from '#src/theory/stage-two/third-eigenvalue-follows-memory.js';
import type { Derivation } from '../derivation.js';
import type { Values } from '../kernels/identity.js';
import { between, expanded } from '../smt.js';

const GAINS = ['zm', 'vu', 'q'] as const;

function gainsOf<T>(x: Values<T>): Record<(typeof GAINS)[number], T> {
  return { zm: x['zm']!, vu: x['vu']!, q: x['q']! };
}

/** (2 Im λ)² and its change, with one gain moving at unit speed; p = 1/D moves by −p²·dD. */
function moving<T>(R: Ring<T>, x: Values<T>, which: (typeof GAINS)[number]): Dual<T> {
  const duals = dualsOver(R);
  const dual = (name: (typeof GAINS)[number]): Dual<T> => ({ value: x[name]!, tangent: R.of(name === which ? 1 : 0) });
  const gains = { zm: dual('zm'), vu: dual('vu'), q: dual('q') };
  const change = memorySlope(duals, gains).tangent;
  const p = { value: x['p']!, tangent: R.sub(R.of(0), product(R, [x['p']!, x['p']!, change])) };
  return squaredSplit(duals, gains, p);
}

const { zm, q, vu } = STAGE_TWO;
/** The box. p = 1/D is free between its bounds there, which claims more than is needed. */
const box = `(and ${between('zm', ...zm)} (< 0 q) ${between('q', ...q)} ${between('vu', ...vu)} ${between('p', 0.95, 1.21)})`;
const variables = [...GAINS, 'p'];

/** Entries of ∇λ₁λ₂ and ∇(2 Im λ)². For another m the former is multiplied by m (λ₁λ₂)^{m−1} > 0. */
const GRADIENTS = {
  short: (R, x) => shortGradient(R, gainsOf(x)),
  pair: (R, x) => longGradient(R, gainsOf(x), x['p']!, 1),
  split: (R, x) => squaredSplitGradient(R, gainsOf(x), x['p']!),
} satisfies Record<string, <T>(R: Ring<T>, x: Values<T>) => GainGradient<T>>;
const entry = (of: keyof typeof GRADIENTS, name: (typeof GAINS)[number]): string =>
  expanded(variables, (R, x) => GRADIENTS[of](R, x)[name]);
/** What bounds the inner product from below: along σ_zm more than 0.9·3, along q more than 0, along σ_vu less than 0.5·2. */
const opposed = `(or (>= ${entry('pair', 'zm')} (- 0.9)) (>= ${entry('split', 'zm')} (- 3)) (>= ${entry('pair', 'q')} 0) (>= ${entry('split', 'q')} 0) (>= (* ${entry('pair', 'vu')} ${entry('pair', 'vu')}) 0.25) (>= (* ${entry('split', 'vu')} ${entry('split', 'vu')}) 4))`;

export const derivation: Derivation = {
  statement,
  steps: [
    'Division of χ by λ − λ₃ leaves λ² − (λ₁ + λ₂)λ + λ₁λ₂ with λ₁ + λ₂ = σ_vu + 2 − λ₃ = 2 − q/D at Newton’s λ₃: a complex pair has (2 Im λ)² = 4λ₁λ₂ − (λ₁ + λ₂)².',
    'The chain rule, with ∂D as for the surrogate’s gradients, gives ∇(2 Im λ)²; along descent its rate is −∇(2 Im λ)²·∇L, affine in α since L is.',
    'The gradient of (λ₁λ₂)^m is that of λ₁λ₂ times m (λ₁λ₂)^{m−1}, positive where the pair is complex: the sign at α = 1 does not depend on m.',
    'Over the box 0.83 ≤ D ≤ 1.05. Z3 decides, entry by entry and for every p between 0.95 and 1.21, that −∇L_short·∇(2 Im λ)² is a sum of two positive terms, and that ∇λ₁λ₂·∇(2 Im λ)² exceeds 0.9·3 + 0 − 0.5·2 > 0.',
  ],
  identities: [
    {
      name: '(2 Im λ)² is minus the discriminant of the deflated quadratic',
      variables,
      vanish(R, x) {
        const root = R.add(x['vu']!, R.mul(x['q']!, x['p']!));
        const [constant, linear] = deflated(R, gainsOf(x), root);
        const split = squaredSplit(R, gainsOf(x), x['p']!);
        return [R.sub(split, R.sub(R.mul(R.of(4), constant!), R.mul(linear!, linear!)))];
      },
    },
    {
      name: '∇(2 Im λ)² by the chain rule',
      variables,
      vanish(R, x) {
        const gradient = squaredSplitGradient(R, gainsOf(x), x['p']!);
        return GAINS.map((name) => R.sub(moving(R, x, name).tangent, gradient[name]));
      },
    },
  ],
  decisions: [
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
    },
  ],
};
