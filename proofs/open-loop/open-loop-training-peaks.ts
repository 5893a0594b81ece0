/**
 * Derivation of the mechanism: without memory only σ_zm learns, and the loop it makes is unstable. How far the loss rises
 * is measured.
 */

import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { scalar } from '#src/linalg/matrix.js';
import { evaluate } from '#src/linalg/polynomial.js';
import { openLoopMismatch } from '#src/theory/open-loop/open-loop-learning-closes-on-gram.js';
import { statement } from '#src/theory/open-loop/open-loop-training-peaks.js';
import type { Derivation } from '../derivation.js';
import { evaluateText } from '../kernels/formula-text.js';
import type { Identity } from '../kernels/identity.js';
import { loopPolynomial, sequence, valuesOf } from '../support/symbols.js';

const still = (steps: number): Identity => ({
  name: `at σ_zu = σ_vm = 0 only σ_zm has a gradient, 2 m (σ_zm − g*_0), m = ${steps}`,
  variables: ['zm', 'vu', ...sequence('t', steps)],
  vanish(R, x) {
    const teacher = valuesOf(x, sequence('t', steps)).map(scalar);
    const overlaps = scalarOrderParameters(x['zm']!, R.of(0), R.of(0), x['vu']!);
    const { E } = openLoopMismatch(R, R.of(1), overlaps, teacher, scalar(R.of(1)));
    const direct = R.mul(R.of(2 * steps), R.sub(x['zm']!, x['t0']!));
    return [R.sub(E.data[0]!, direct), E.data[1]!, E.data[2]!, E.data[3]!];
  },
});

export const derivation: Derivation = {
  statement,
  scope:
    'the mechanism only: gradients over 2 and 3 steps and the spectrum without σ_zu; how far the loss rises is measured',
  steps: [
    'At σ_zu = σ_vm = 0 the responses g_1, g_2, … vanish to second order in the memory. So only σ_zm has a gradient. It descends to the teacher’s σ_zm* while the memory leaves its saddle slowly.',
    'Without σ_zu the loop’s polynomial is λ (λ − σ_vu) ((λ − 1)² − σ_zm): for σ_zm < 0 a pair of modulus √(1 − σ_zm) > 1. A stable teacher has σ_zm* < 0 (stability-region-is-exact), so the student crosses unstable loops.',
  ],
  identities: [
    still(2),
    still(3),
    {
      name: 'without σ_zu: det(λI − P_eff) = λ (λ − σ_vu) ((λ − 1)² − σ_zm)',
      variables: ['l', 'zm', 'vm', 'vu'],
      vanish(R, x) {
        const determinant = loopPolynomial(R, 2, R.of(1), R.of(1), [x['zm']!, R.of(0), x['vm']!, x['vu']!]);
        return [R.sub(evaluate(R, determinant, x['l']!), evaluateText(R, 'l*(l-vu)*((l-1)^2-zm)', x))];
      },
    },
  ],
};
