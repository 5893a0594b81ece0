/**
 * Claim: P S = S P_eff. Exact, in rationals.
 */
import { agentOver } from '#src/agent/linear.js';
import { type OrderParameters, orderParametersOf } from '#src/agent/order-parameters.js';
import { defineClaim } from '#src/claims/claim.js';
import { map, multiply, transpose } from '#src/linalg/matrix.js';
import { rationals } from '#src/linalg/rational.js';
import { negate, type Ring } from '#src/linalg/ring.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { effectiveMatrix } from '#src/loop/effective.js';
import { plantOver } from '#src/plant/plant.js';
import { embedding, statement } from '#src/theory/loop/hidden-state-stays-in-span.js';
import { type LoopCase, loop, realise } from '../../generators/loop.js';
import { exactlyEqual, withinRounding } from '../../support/measure.js';

/** P_eff with the order parameters changed beforehand. */
const withOverlaps =
  (change: <T>(R: Ring<T>, overlaps: OrderParameters<T>) => OrderParameters<T>): typeof effectiveMatrix =>
  (R, plant, leak, overlaps) =>
    effectiveMatrix(R, plant, leak, change(R, overlaps));

export const claim = defineClaim<LoopCase, { effectiveMatrix: typeof effectiveMatrix }>({
  statement,
  cases: { kind: 'drawn', arbitrary: loop(5, 3, false), runs: 200, block: 50 },
  subject: { effectiveMatrix },
  check(subject, instance, evidence) {
    const { plant, agent } = realise(instance);
    const R = rationals;
    const [exactPlant, exactAgent] = [plantOver(R, plant), agentOver(R, agent)];
    const P = coupledMatrix(R, exactPlant, exactAgent);
    const Peff = subject.effectiveMatrix(R, exactPlant, exactAgent.leak, orderParametersOf(R, exactAgent));
    const S = embedding(R, exactAgent, plant.A.rows);
    exactlyEqual(evidence, 'P S = S P_eff', multiply(R, P, S), multiply(R, S, Peff));
    withinRounding(evidence, 'P_eff', (ring) =>
      subject.effectiveMatrix(
        ring,
        plantOver(ring, plant),
        ring.of(agent.leak),
        orderParametersOf(ring, agentOver(ring, agent)),
      ),
    );
    evidence.classify('leaky', agent.leak !== 1);
    evidence.classify('rank 0', agent.U.cols === 0);
    evidence.classify('rank above 1', agent.U.cols > 1);
    evidence.classify('fewer units than columns', agent.M.rows < agent.M.cols + agent.U.cols);
  },
  floors: { leaky: 0.3, 'rank 0': 0.1, 'rank above 1': 0.3, 'fewer units than columns': 0.1 },
  mutants: [
    {
      name: 'σ_vm with the opposite sign',
      subject: {
        effectiveMatrix: withOverlaps((R, overlaps) => ({
          ...overlaps,
          vm: map(overlaps.vm, (value) => negate(R, value)),
        })),
      },
    },
    {
      name: 'σ_vu transposed',
      subject: { effectiveMatrix: withOverlaps((_, overlaps) => ({ ...overlaps, vu: transpose(overlaps.vu) })) },
    },
    {
      name: 'leak taken as 1',
      subject: {
        effectiveMatrix: (R, plant, _, overlaps) => effectiveMatrix(R, plant, R.of(1), overlaps),
      },
    },
  ],
});
