/**
 * Claim: eigenvalues of the loop without memory. The polynomial exactly, the formula and the QR algorithm by their bounds.
 */
import fc from 'fast-check';
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { eigenvalues, modulus } from '#src/linalg/eigen.js';
import { frobenius } from '#src/linalg/matrix.js';
import { characteristic, convolve } from '#src/linalg/polynomial.js';
import { rationals } from '#src/linalg/rational.js';
import { reals } from '#src/linalg/ring.js';
import { determinantPerturbation, eigenvalueBackwardError, gamma } from '#src/linalg/tolerance.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChain, integratorChainOver } from '#src/plant/integrator.js';
import { stageOneEigenvalues, stageOneSquaredRadius, statement } from '#src/theory/stage-one/stage-one-eigenvalues.js';
import { plain, real } from '../../generators/number.js';
import { timeStep } from '../../generators/plant.js';
import { exactlyEqual } from '../../support/measure.js';

const subject = { stageOneEigenvalues, stageOneSquaredRadius };

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      zm: real,
      /** σ_zu or σ_vm; the other is 0. */
      other: real,
      reads: fc.boolean(),
      dt: timeStep,
    }),
    runs: 400,
    block: 100,
  },
  subject,
  check(subject, { zm, other, reads, dt }, evidence) {
    const R = rationals;
    const [zu, vm] = reads ? [other, 0] : [0, other];
    const order = scalarOrderParameters(R.of(zm), R.of(zu), R.of(vm), R.of(0));
    const Peff = effectiveMatrix(R, integratorChainOver(R, 2, R.of(dt)), R.of(1), order);
    const square = R.mul(R.of(dt), R.mul(R.of(dt), R.of(zm)));
    const pair = [R.sub(R.of(1), square), R.of(-2), R.of(1)];
    exactlyEqual(evidence, 'det(λI − P_eff)', characteristic(R, Peff), convolve(R, [R.of(0), R.of(0), R.of(1)], pair));

    // The formula: (λ − 1)² = dt²·σ_zm and |λ₁|² = ρ², with a handful of roundings.
    const [first, second] = subject.stageOneEigenvalues(zm, dt);
    const gain = dt * dt * zm;
    for (const { re, im } of [first, second]) {
      // The subtraction of 1 is exact to u·|re|; squares of it follow.
      const size = Math.abs(gain) + (1 + Math.abs(re)) ** 2 + im * im;
      evidence.within('(λ − 1)²', Math.abs((re - 1) ** 2 - im * im - gain), gamma(8) * size);
      evidence.within('Im (λ − 1)²', Math.abs(2 * (re - 1) * im), 0);
    }
    const squared = subject.stageOneSquaredRadius(zm, dt);
    evidence.within('ρ²', Math.abs(modulus(first) ** 2 - squared), gamma(12) * squared);
    evidence.holds('ρ ≥ 1', squared >= 1 && modulus(first) >= modulus(second));

    // The QR algorithm: its eigenvalues are exact for a matrix nearby.
    const numeric = effectiveMatrix(reals, integratorChain(2, dt), 1, scalarOrderParameters(zm, zu, vm, 0));
    const size = frobenius(numeric);
    for (const { re, im } of eigenvalues(numeric).slice(0, 2)) {
      const shifted = { re: (re - 1) ** 2 - im * im - gain, im: 2 * (re - 1) * im };
      const value = (re * re + im * im) * modulus(shifted);
      const perturbed = determinantPerturbation(4, size + 2 * Math.hypot(re, im), eigenvalueBackwardError(4) * size);
      evidence.within('det(λI − P_eff) at computed eigenvalues', value, perturbed);
    }
    evidence.classify('positive σ_zm', zm > 0);
    evidence.classify('negative σ_zm', zm < 0);
    evidence.classify('another dt', dt !== 1);
  },
  floors: { 'positive σ_zm': 0.2, 'negative σ_zm': 0.2, 'another dt': 0.3 },
  mutants: mutantsOf(subject, {
    '1 ± √σ_zm without dt': { stageOneEigenvalues: (zm) => stageOneEigenvalues(zm, 1) },
    'a negative σ_zm taken as positive': { stageOneEigenvalues: (zm, dt) => stageOneEigenvalues(Math.abs(zm), dt) },
    'ρ² = 1 − dt² σ_zm on both sides': { stageOneSquaredRadius: (zm, dt) => 1 - dt * dt * zm },
  }),
});
