/**
 * The entry point for fast-check, by the package's own name, as a user's property would use it.
 */
import fc from 'fast-check';
import {
  coupledMatrix,
  effectiveMatrix,
  fullLearner,
  isStable,
  overlapsOf,
  reals,
  scalarOverlaps,
  spectralRadius,
} from 'loopproof';
import {
  agentOf,
  configuration,
  initialAgent,
  LEARNING,
  learning,
  loop,
  nearStableOverlaps,
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
      const reduced = trace(effectiveMatrix(R, plant, agent.leak, overlapsOf(R, agent)));
      const unseen = R.mul(R.of(N - c - r), R.sub(R.of(1), agent.leak));
      expect(R.sub(whole, R.add(reduced, unseen)).numerator).toBe(0n);
    }),
    { seed: 1, numRuns: 100 },
  );
});

it('gives agents, starts and order parameters of the shapes that they say', () => {
  fc.assert(
    fc.property(configuration(LEARNING), learning, problem(8, 3, true), nearStableOverlaps, (one, two, three, four) => {
      expect(agentOf(one).M.rows).toBe((one.protocol.agent as { N: number }).N);
      expect(fullLearner(two.protocol, initialAgent(two)).shape.N).toBe((two.protocol.agent as { N: number }).N);
      expect(startsOf(three, 2).cols).toBe(three.batch);
      expect(isStable(reals, integratorChain(2, 1), 1, scalarOverlaps(four.zm, four.zu, four.vm, four.vu))).toBeTypeOf(
        'boolean',
      );
    }),
    { seed: 1, numRuns: 20 },
  );
});
