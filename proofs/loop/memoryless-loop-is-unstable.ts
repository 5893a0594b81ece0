/**
 * Derivation: without memory a derivative of the characteristic polynomial vanishes at 1.
 */

import { evaluate } from '#src/linalg/polynomial.js';
import { constant, seriesOver } from '#src/linalg/series.js';
import { memorylessPolynomialAt, statement } from '#src/theory/loop/memoryless-loop-is-unstable.js';
import type { Derivation } from '../derivation.js';
import { evaluateText } from '../kernels/formula-text.js';
import type { Identity } from '../kernels/identity.js';
import { differs, jury2, jury3, stableLoop } from '../support/smt.js';
import { loopPolynomial } from '../support/symbols.js';

const determinant = (k: number): Identity => ({
  name: `det(λI − P_eff) = memoryless polynomial · (λ − 1 + η − η σ_vu) for k = ${k}, σ_vm = 0`,
  variables: ['l', 'dt', 'eta', 'zm', 'zu', 'vu'],
  vanish(R, { l, dt, eta, zm, zu, vu }) {
    const determinant = loopPolynomial(R, k, dt!, eta!, [zm!, zu!, R.of(0), vu!]);
    const memory = R.sub(R.add(R.sub(l!, R.of(1)), eta!), R.mul(eta!, vu!));
    const loop = memorylessPolynomialAt(R, l!, k, dt!, eta!, zm!);
    return [R.sub(evaluate(R, determinant, l!), R.mul(loop, memory))];
  },
});

/** The coefficient of e² in the polynomial at 1 + e: half its second derivative at 1. */
const flatAtOne = (k: number): Identity => ({
  name: `the second derivative at λ = 1 vanishes for k = ${k}`,
  variables: ['dt', 'eta', 'zm'],
  vanish(R, { dt, eta, zm }) {
    const length = 3;
    const S = seriesOver(R, length);
    const lift = (value: typeof dt) => constant(R, value!, length);
    const point = [R.of(1), R.of(1), R.of(0)];
    const value = memorylessPolynomialAt(S, point, k, lift(dt), lift(eta), lift(zm));
    return [value[2]!];
  },
});

// λ³ coefficients of the memoryless polynomial for k = 2: (λ−1)²(λ−1+η) − η g λ, g = dt² σ_zm.
const leaky = jury3('(- eta 3)', '(- (- 3 (* 2 eta)) (* eta g))', '(- eta 1)');

export const derivation: Derivation = {
  statement,
  scope:
    'all real order parameters of rank 1 for k = 2 without leak, and every leak 0 < η ≤ 1 for the loop of k = 2 without σ_vm or σ_zu; the factorisation for k = 1 to 4 and the flat derivative for k = 3 to 5; every k and every rank by theorems',
  steps: [
    'With σ_vm = 0 or σ_zu = 0, det(λI − P_eff) splits into the memory’s factor and p(λ) = (λ−1)^k (λ−1+η) − η dt^k σ_zm λ.',
    'For k ≥ 3, p″(1) = 0, since (λ−1)^k is flat at 1 and the other term is linear. The roots of p″ lie in the convex hull of those of p (Gauss–Lucas). So not all roots of p lie inside the unit circle.',
    'For k = 2 and η = 1, p = λ ((λ−1)² − dt² σ_zm), and the derivative of the second factor vanishes at 1.',
    'For k = 2 with leak, Z3 finds no real solution of the Jury conditions.',
    'For k = 1, p at η = 1 is λ (λ − 1 − dt σ_zm), and σ_zm = −1/dt makes it stable. So the bound k ≥ 2 is sharp.',
  ],
  identities: [
    determinant(1),
    determinant(2),
    determinant(3),
    determinant(4),
    flatAtOne(3),
    flatAtOne(4),
    flatAtOne(5),
    {
      name: 'k = 2, η = 1: the polynomial is λ ((λ−1)² − dt² σ_zm)',
      variables: ['l', 'dt', 'zm'],
      vanish: (R, x) => [
        R.sub(
          memorylessPolynomialAt(R, x['l']!, 2, x['dt']!, R.of(1), x['zm']!),
          evaluateText(R, 'l*((l-1)^2-dt^2*zm)', x),
        ),
      ],
    },
  ],
  decisions: [
    {
      name: 'two integrators, σ_vm σ_zu = 0: never stable',
      variables: ['zm', 'zu', 'vm', 'vu'],
      negation: `(and (= (* vm zu) 0) ${stableLoop('zm', 'vu', '(* vm zu)')})`,
      control: stableLoop('zm', 'vu', '(* vm zu)'),
      rocq: {
        from: 'loop_over_reals stability_region_is_exact',
        tactics:
          'intros zm zu vm vu (Q & A & B & C & D & E); rewrite Q in *; destruct (stable_needs_memory zm vu 0) as (_ & H & _); [apply region_is_jury; unfold jury3, b2, b1, b0; repeat split; lra | lra]',
      },
    },
    {
      name: 'two integrators with any leak 0 < η ≤ 1, no memory: never stable',
      variables: ['g', 'eta'],
      negation: `(and (> eta 0) (<= eta 1) ${leaky})`,
      control: `(and (> eta 0) (<= eta 1) ${leaky.replace('(- eta 3)', '(- eta 2)')})`,
    },
    {
      name: 'one integrator can be stable without memory (the negation of “never” has a model)',
      variables: ['zm'],
      negation: differs(jury2('(+ 1 zm)', '0'), '(and (< (- 2) zm) (< zm 0))'),
      control: jury2('(+ 1 zm)', '0'),
    },
  ],
  theorems: [
    {
      name: 'no_memory_no_stability',
      says: 'σ_vm = 0 or σ_zu = 0: P has an eigenvalue of modulus 1 or more, for every k ≥ 2, every rank, dt and number of units, η = 1',
      over: 'rings',
    },
    {
      name: 'no_memory_no_stability_leak',
      says: 'the same with any leak |1 − η| < 1, for every k ≥ 3',
      over: 'rings',
    },
    {
      name: 'two_integrators_need_memory',
      file: 'stability_region_is_exact',
      says: 'the same with any leak 0 < η ≤ 1, for k = 2: not all roots lie inside the circle',
      over: 'reals',
    },
  ],
};
