/**
 * Derivation of the mechanism: without memory only σ_zm learns, and the loop it makes is unstable. How high the loss climbs
 * is measured.
 */
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { build } from '#src/linalg/matrix.js';
import { characteristic, convolve, difference } from '#src/linalg/polynomial.js';
import { negate } from '#src/linalg/ring.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { openLoopMismatch } from '#src/theory/open-loop/open-loop-learning-closes-on-gram.js';
import { statement } from '#src/theory/open-loop/open-loop-training-peaks.js';
import type { Derivation } from '../derivation.js';
import type { Identity } from '../kernels/identity.js';

const still = (steps: number): Identity => ({
  name: `at σ_zu = σ_vm = 0 only σ_zm has a gradient, 2 m (σ_zm − g*_0), m = ${steps}`,
  variables: ['zm', 'vu', ...Array.from({ length: steps }, (_, k) => `t${k}`)],
  vanish(R, x) {
    const scalar = (value: (typeof x)[string]) => build(1, 1, () => value);
    const teacher = Array.from({ length: steps }, (_, k) => scalar(x[`t${k}`]!));
    const overlaps = scalarOrderParameters(x['zm']!, R.of(0), R.of(0), x['vu']!);
    const { E } = openLoopMismatch(R, R.of(1), overlaps, teacher, scalar(R.of(1)));
    const direct = R.mul(R.of(2 * steps), R.sub(x['zm']!, x['t0']!));
    return [R.sub(E.data[0]!, direct), E.data[1]!, E.data[2]!, E.data[3]!];
  },
});

export const derivation: Derivation = {
  statement,
  steps: [
    'At σ_zu = σ_vm = 0 the responses g_1, g_2, … vanish to second order in the memory: no gradient but that of σ_zm, which descends to the teacher’s while the memory leaves its saddle slowly.',
    'Without σ_zu the loop’s polynomial is λ (λ − σ_vu) ((λ − 1)² − σ_zm): for σ_zm < 0 a pair of modulus √(1 − σ_zm) > 1. A stable teacher has σ_zm* < 0 (stability-region-is-exact), so that the student crosses unstable loops.',
  ],
  identities: [
    still(2),
    still(3),
    {
      name: 'without σ_zu: det(λI − P_eff) = λ (λ − σ_vu) ((λ − 1)² − σ_zm)',
      variables: ['zm', 'vm', 'vu'],
      vanish(R, x) {
        const overlaps = scalarOrderParameters(x['zm']!, R.of(0), x['vm']!, x['vu']!);
        const P = effectiveMatrix(R, integratorChainOver(R, 2, R.of(1)), R.of(1), overlaps);
        const pair = [R.sub(R.of(1), x['zm']!), R.of(-2), R.of(1)];
        const memory = [negate(R, x['vu']!), R.of(1)];
        return difference(R, characteristic(R, P), convolve(R, [R.of(0), R.of(1)], convolve(R, memory, pair)));
      },
    },
  ],
};
