/**
 * Claim: the exact loss without memory, against the rollout. Exact, in rationals.
 */

import fc from 'fast-check';
import { weighing } from '#spec/support/cost.js';
import { canonicalAgentOver } from '#src/agent/canonical.js';
import { scalarOrderParameters } from '#src/agent/order-parameters.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { identity } from '#src/linalg/matrix.js';
import { rationals } from '#src/linalg/rational.js';
import { power } from '#src/linalg/ring.js';
import { rollout } from '#src/loop/rollout.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { geometric, stageOneSum, statement } from '#src/theory/stage-one/stage-one-loss-is-exact.js';
import { lossOf } from '#src/training/loss.js';
import { plain, real } from '../../generators/number.js';
import { timeStep } from '../../generators/plant.js';
import { exactlyEqual, withinRounding } from '../../support/measure.js';

const subject = { stageOneSum, geometric };

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({ zm: real, dt: timeStep, horizon: fc.integer({ min: 1, max: 12 }) }),
    runs: 150,
    block: 50,
  },
  subject,
  check(subject, { zm, dt, horizon }, evidence) {
    const R = rationals;
    const zero = R.of(0);
    const agent = canonicalAgentOver(R, scalarOrderParameters(R.of(zm), zero, zero, zero));
    const ran = rollout(R, integratorChainOver(R, 2, R.of(dt)), agent, identity(R, 2), horizon);
    const direct = lossOf(R, weighing([1, 1], 0), ran);
    exactlyEqual(evidence, 'Σ E‖x_t‖²', [subject.stageOneSum(R, R.of(zm), R.of(dt), horizon)], [direct]);
    withinRounding(evidence, 'Σ E‖x_t‖²', (ring) => [subject.stageOneSum(ring, ring.of(zm), ring.of(dt), horizon)]);
    const r = R.of(zm);
    const closed = R.sub(R.of(1), power(R, r, horizon + 1));
    const summed = R.mul(R.sub(R.of(1), r), subject.geometric(R, r, horizon + 1));
    exactlyEqual(evidence, '(1 − r) Σ r^k', [summed], [closed]);
    evidence.classify('negative σ_zm', zm < 0);
    evidence.classify('positive σ_zm', zm > 0);
    evidence.classify('another dt', dt !== 1);
  },
  floors: { 'negative σ_zm': 0.25, 'positive σ_zm': 0.25, 'another dt': 0.3 },
  mutants: mutantsOf(subject, {
    'horizon off by one': { stageOneSum: (R, zm, dt, horizon) => stageOneSum(R, zm, dt, horizon + 1) },
    'dt left out': { stageOneSum: (R, zm, _, horizon) => stageOneSum(R, zm, R.of(1), horizon) },
    'σ_zm with the opposite sign': {
      stageOneSum: (R, zm, dt, horizon) => stageOneSum(R, R.sub(R.of(0), zm), dt, horizon),
    },
    'geometric sum one term short': { geometric: (R, r, count) => geometric(R, r, count - 1) },
  }),
});
