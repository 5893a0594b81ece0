/**
 * Claim: the spectrum of P is that of P_eff and N − c − r times 1 − η. Exact, by characteristic polynomials.
 */
import { agentOver, shapeOf } from '#src/agent/linear.js';
import { orderParametersOf } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { map } from '#src/linalg/matrix.js';
import { characteristic } from '#src/linalg/polynomial.js';
import { rationals } from '#src/linalg/rational.js';
import { negate } from '#src/linalg/ring.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { plantOver } from '#src/plant/plant.js';
import { bothSides, statement } from '#src/theory/loop/spectrum-of-coupled-is-effective.js';
import { type LoopCase, loop, realise } from '../../generators/loop.js';
import { exactlyEqual } from '../../support/measure.js';

const subject = { effectiveMatrix, bothSides };

export const claim = defineClaim<LoopCase, typeof subject>({
  statement,
  cases: { kind: 'drawn', arbitrary: loop(4, 2, false), runs: 150, block: 50 },
  subject,
  check(subject, instance, evidence) {
    const { plant, agent } = realise(instance);
    const { N, c, r } = shapeOf(agent);
    const R = rationals;
    const [exactPlant, exactAgent] = [plantOver(R, plant), agentOver(R, agent)];
    const coupled = characteristic(R, coupledMatrix(R, exactPlant, exactAgent));
    const Peff = subject.effectiveMatrix(R, exactPlant, exactAgent.leak, orderParametersOf(R, exactAgent));
    const { left, right } = subject.bothSides(R, coupled, characteristic(R, Peff), exactAgent.leak, N - c - r);
    exactlyEqual(evidence, 'coefficients of det(λI − P)', left, right);
    evidence.classify('silent directions', N > c + r);
    evidence.classify('more columns than units', N < c + r);
    evidence.classify('leaky', agent.leak !== 1);
  },
  floors: { 'silent directions': 0.2, 'more columns than units': 0.1, leaky: 0.3 },
  mutants: mutantsOf(subject, {
    'silent eigenvalues at 0 whatever the leak': {
      bothSides: (R, coupled, effective, _, surplus) => bothSides(R, coupled, effective, R.of(1), surplus),
    },
    'one silent direction too few': {
      bothSides: (R, coupled, effective, leak, surplus) => bothSides(R, coupled, effective, leak, surplus - 1),
    },
    'σ_zm with the opposite sign': {
      effectiveMatrix: (R, plant, leak, overlaps) =>
        effectiveMatrix(R, plant, leak, { ...overlaps, zm: map(overlaps.zm, (value) => negate(R, value)) }),
    },
  }),
});
