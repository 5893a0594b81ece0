/**
 * The entry point for fast-check, by the package's own name, as a user's property would use it.
 */
import fc from 'fast-check';
import {
  agentOver,
  coupledMatrix,
  effectiveMatrix,
  fullLearner,
  integratorChain,
  isStable,
  type Mat,
  orderParametersOf,
  plantOver,
  type Rational,
  rationals,
  reals,
  scalarOrderParameters,
  shapeOf,
  spectralRadius,
} from 'loopproof';
import {
  agentOf,
  configuration,
  initialAgent,
  LEARNING,
  learning,
  loop,
  overlaps,
  problem,
  realise,
  startsOf,
} from 'loopproof/fast-check';
import { expect, it } from 'vitest';

it('gives loops whose coupled and effective matrices have one trace, but for 1 − η of the unseen directions', () => {
  const R = rationals;
  const trace = ({ rows, cols, data }: Mat<Rational>): Rational =>
    Array.from({ length: rows }, (_, i) => data[i * cols + i]!).reduce(R.add, R.of(0));
  fc.assert(
    fc.property(loop(6, 2, false), (instance) => {
      const loop = realise(instance);
      const [plant, agent] = [plantOver(R, loop.plant), agentOver(R, loop.agent)];
      const { N, c, r } = shapeOf(agent);
      const whole = trace(coupledMatrix(R, plant, agent));
      const reduced = trace(effectiveMatrix(R, plant, agent.leak, orderParametersOf(R, agent)));
      const unseen = R.mul(R.of(N - c - r), R.sub(R.of(1), agent.leak));
      expect(R.sub(whole, R.add(reduced, unseen)).numerator).toBe(0n);
    }),
    { seed: 1, numRuns: 100 },
  );
});

it('gives agents and starts of the shapes that they say', () => {
  fc.assert(
    fc.property(configuration(LEARNING), learning, problem(8, 3, true), (one, two, three) => {
      expect(agentOf(one).M.rows).toBe((one.protocol.agent as { N: number }).N);
      expect(fullLearner(two.protocol, initialAgent(two)).shape.N).toBe((two.protocol.agent as { N: number }).N);
      expect(startsOf(three, 2).cols).toBe(three.batch);
    }),
    { seed: 1, numRuns: 20 },
  );
});

it('gives order parameters whose loops are stable as their eigenvalues say, where these can tell', () => {
  const outcomes = new Set<boolean>();
  fc.assert(
    fc.property(overlaps, ({ zm, zu, vm, vu }) => {
      const [plant, order] = [integratorChain(2, 1), scalarOrderParameters(zm, zu, vm, vu)];
      const P = effectiveMatrix(reals, plant, 1, order);
      const size = Math.hypot(...Array.from(P.data));
      // Elsner: eigenvalues of n × n matrices that differ by E differ by (‖A‖ + ‖A + E‖)^{1−1/n} ‖E‖^{1/n} at most; here
      // E is the error of an eigenvalue routine, some 100 roundings.
      const error = (2 * size) ** (2 / 3) * (100 * Number.EPSILON * size) ** (1 / 3);
      const radius = spectralRadius(P);
      fc.pre(Math.abs(radius - 1) > error);
      outcomes.add(radius < 1);
      expect(isStable(plant, 1, order)).toBe(radius < 1);
    }),
    { seed: 1, numRuns: 500 },
  );
  expect(outcomes.size).toBe(2);
});
