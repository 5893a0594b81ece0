/**
 * Claim: the Riccati fixed point. Exact, in rationals, with dt = (p² − 1)/p rational for rational p; and no policy of given
 * gains does better.
 */
import fc from 'fast-check';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { divide, rationals } from '#src/linalg/rational.js';
import { riccatiResidual } from '#src/loop/riccati.js';
import { integratorChainOver } from '#src/plant/integrator.js';
import { scaledGains, scaledValue, statement } from '#src/theory/loop/golden-ratio-is-optimal.js';
import { plain } from '../../generators/number.js';
import { exactlyEqual } from '../../support/measure.js';

const subject = { scaledValue, scaledGains };
const R = rationals;
const integer = fc.integer({ min: -20, max: 20 });

export const claim = defineClaim({
  statement,
  cases: {
    kind: 'drawn',
    arbitrary: plain({
      /** p = 1 + k/16. */
      k: fc.integer({ min: 1, max: 64 }),
      x: integer,
      y: integer,
      u: integer,
    }),
    runs: 300,
    block: 100,
  },
  subject,
  check(subject, { k, x, y, u }, evidence) {
    const p = R.of(1 + k / 16);
    const dt = divide(R.sub(R.mul(p, p), R.of(1)), p);
    const plant = integratorChainOver(R, 2, dt);
    const S = subject.scaledValue(R, dt, p);
    const residual = riccatiResidual(R, plant, S, dt);
    exactlyEqual(evidence, 'Riccati residual', residual, [0, 0, 0, 0].map(R.of));

    // Bellman: V(x) = |x|² + min_u V(A x + B u), the minimum at u = −K x; S is dt·V.
    const value = (a: typeof p, b: typeof p) => {
      const cross = R.mul(R.add(S.data[1]!, S.data[2]!), R.mul(a, b));
      return R.add(R.add(R.mul(S.data[0]!, R.mul(a, a)), cross), R.mul(S.data[3]!, R.mul(b, b)));
    };
    const cost = (control: typeof p) => {
      const [a, b] = [R.of(x), R.of(y)];
      const stage = R.mul(dt, R.add(R.mul(a, a), R.mul(b, b)));
      return R.add(stage, value(R.add(a, R.mul(dt, b)), R.add(b, R.mul(dt, control))));
    };
    const [first, second] = subject.scaledGains(R, dt, p);
    const pull = R.add(R.mul(first, R.of(x)), R.mul(second, R.of(y)));
    const best = R.sub(R.of(0), divide(pull, R.mul(dt, p)));
    exactlyEqual(evidence, 'V(x) = cost of u = −K x', [cost(best)], [value(R.of(x), R.of(y))]);
    evidence.holds('no control does better', R.sign(R.sub(cost(R.of(u)), cost(best))) !== -1);
    evidence.classify('moving start', x !== 0 && y !== 0);
  },
  floors: { 'moving start': 0.6 },
  mutants: mutantsOf(subject, {
    'φ in place of φ² on the diagonal': {
      scaledValue: (R, dt, p) => {
        const S = scaledValue(R, dt, p);
        return { ...S, data: [S.data[0]!, S.data[1]!, S.data[2]!, R.mul(dt, p)] };
      },
    },
    'gains exchanged': {
      scaledGains: (R, dt, p) => {
        const [first, second] = scaledGains(R, dt, p);
        return [second, first];
      },
    },
    'u = +K x': {
      scaledGains: (R, dt, p) => {
        const [first, second] = scaledGains(R, dt, p);
        return [R.sub(R.of(0), first), R.sub(R.of(0), second)];
      },
    },
  }),
});
