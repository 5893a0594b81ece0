/**
 * Derivation: the golden end of stage 3.
 */
import { evaluate } from '#src/linalg/polynomial.js';
import { statement } from '#src/theory/stage-three/refinement-ends-golden.js';
import type { Derivation } from '../derivation.js';
import { evaluateText } from '../kernels/formula-text.js';
import { loopPolynomial } from '../support/symbols.js';

/** A number a + b·φ as a term; f stands for φ. */
const term = (a: number, b: number): string => `(+ ${a} (* ${b} f))`;
const [zz, zq, zv, qq, qv, vv] = (
  [
    [3294, 5322],
    [1488, 2404],
    [1996, 3228],
    [726, 1178],
    [1072, 1736],
    [1824, 2952],
  ] as const
).map(([a, b]) => term(a, b));

const minor = `(- (* ${zz} ${qq}) (* ${zq} ${zq}))`;
const determinant = `(+ (- (* ${zz} (- (* ${qq} ${vv}) (* ${qv} ${qv}))) (* ${zq} (- (* ${zq} ${vv}) (* ${qv} ${zv})))) (* ${zv} (- (* ${zq} ${qv}) (* ${qq} ${zv}))))`;
const ratio = '(> f 0) (= (* f f) (+ f 1))';

export const derivation: Derivation = {
  statement,
  scope:
    'the loss summed over all time, at and around σ_zm = −φ, q = 2φ, σ_vu = −2/φ; that no other agent of rank 1 does better is not proved',
  steps: [
    'From the first observation on the loop is x′ = x + v, v′ = v + σ_zm x + σ_zu w, w′ = σ_vm x + σ_vu w. The sums over time of the moments of (x, v, w) solve six linear equations.',
    'At the golden end they are numbers (a + bφ)/5, and the loss is 6 + 7φ.',
    'Around it every term of the loss has two factors that vanish there: all partial derivatives are 0.',
    'χ is λ (λ − 1/φ²)²: the third root is 0, the pair is real and double. So the tail of the loss beyond T falls like φ^(−4T).',
    'The Hessian is positive definite: the end is a strict local minimum in (σ_zm, q, σ_vu).',
    'Near it descent is linear: the gradient is H times the distance, and a step moves the distance by −lr·J·H, J the metric of the Gram matrix. The excess is quadratic in the distance: it falls at twice the least rate.',
  ],
  identities: [
    {
      name: 'det(λI − P_eff) = λ² (λ − 2 + φ)² at σ_zm = −φ, σ_zu = 1, σ_vm = 2φ, σ_vu = 2 − 2φ, up to a multiple of φ² − φ − 1',
      variables: ['l', 'f'],
      vanish(R, { l, f }) {
        const two = R.of(2);
        const double = R.add(f!, f!);
        const loop = loopPolynomial(R, 2, R.of(1), R.of(1), [R.sub(R.of(0), f!), R.of(1), double, R.sub(two, double)]);
        const expected = evaluateText(R, 'l^2*(l-2+f)^2+l*(2-l)*(f^2-f-1)', { l: l!, f: f! });
        return [R.sub(evaluate(R, loop, l!), expected)];
      },
    },
  ],
  decisions: [
    {
      name: 'the Hessian at the golden end is positive definite',
      variables: ['f'],
      negation: `(and ${ratio} (not (and (> ${zz} 0) (> ${minor} 0) (> ${determinant} 0))))`,
      control: `(and (> f 0) (not (and (> ${zz} 0) (> ${minor} 0) (< ${determinant} 0))))`,
    },
  ],
  theorems: [
    ['golden_moments', 'the moments at σ_zm = −φ, σ_vu = −2/φ, q = 2φ, summed over all time'],
    ['golden_loss', 'the loss there is 6 + 7φ, in units of the starts’ variance'],
    [
      'golden_is_critical',
      'all its partial derivatives vanish there: in every direction it differs in the second order',
    ],
    ['golden_roots', 'χ there is x (x − 1/φ²)²: the third root is 0'],
  ].map(([name, says]) => ({ name: name!, file: 'golden_end', says: says!, over: 'reals' as const })),
};
