/**
 * Claim: the closed form of det(λI − P_eff) for chains of integrators. Exact, in rationals.
 */
import fc from 'fast-check';
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { defineClaim } from '#src/claims/claim.js';
import { characteristic, difference } from '#src/linalg/polynomial.js';
import { rationals } from '#src/linalg/rational.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { characteristicPolynomial, statement } from '#src/theory/loop/effective-characteristic-polynomial.js';
import { plain } from '../../generators/number.js';
import { overlaps } from '../../generators/order-parameters.js';
import { timeStep } from '../../generators/plant.js';
import { exactlyEqual, withinRounding } from '../../support/measure.js';

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({ k: fc.integer({ min: 1, max: 5 }), dt: timeStep, overlaps }),
    runs: 300,
    block: 100,
  },
  subject: { characteristicPolynomial },
  check(subject, { k, dt, overlaps: { zm, zu, vm, vu } }, evidence) {
    const R = rationals;
    const order = scalarOrderParameters(R.of(zm), R.of(zu), R.of(vm), R.of(vu));
    const Peff = effectiveMatrix(R, integratorChainOver(R, k, R.of(dt)), R.of(1), order);
    const gains = { zm: R.of(zm), vu: R.of(vu), q: R.mul(R.of(vm), R.of(zu)) };
    const chi = subject.characteristicPolynomial(R, k, R.of(dt), gains);
    exactlyEqual(evidence, 'det(λI − P_eff) = λ χ(λ)', characteristic(R, Peff), [R.of(0), ...chi]);
    withinRounding(evidence, 'χ', (ring) =>
      subject.characteristicPolynomial(ring, k, ring.of(dt), {
        zm: ring.of(zm),
        vu: ring.of(vu),
        q: ring.mul(ring.of(vm), ring.of(zu)),
      }),
    );
    evidence.classify('double integrator', k === 2);
    evidence.classify('another dt', dt !== 1);
  },
  floors: { 'double integrator': 0.1, 'another dt': 0.3 },
  mutants: [
    {
      name: 'q with the opposite sign',
      subject: {
        characteristicPolynomial: (R, k, dt, gains) =>
          characteristicPolynomial(R, k, dt, { ...gains, q: R.sub(R.of(0), gains.q) }),
      },
    },
    {
      name: 'one integrator too many',
      subject: {
        characteristicPolynomial: (R, k, dt, gains) => characteristicPolynomial(R, k + 1, dt, gains),
      },
    },
    {
      name: 'dt^k q without the dt^k',
      subject: {
        characteristicPolynomial: (R, k, dt, gains) => {
          const zero = { ...gains, q: R.of(0) };
          return difference(R, characteristicPolynomial(R, k, dt, zero), [gains.q]);
        },
      },
    },
  ],
});
