/**
 * Claim: one coupled step is the simulation. Exact, in rationals.
 */
import { agentOver, type LinearAgent } from '#src/agent/linear.js';
import { defineClaim } from '#src/claims/claim.js';
import { add, at, blocks, build, type Mat, map, matrix, multiply, scale, zeros } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { rationals } from '#src/linalg/rational.js';
import { negate, type Ring } from '#src/linalg/ring.js';
import { coupledMatrix } from '#src/loop/coupled.js';
import { rollout } from '#src/loop/rollout.js';
import { type Plant, plantOver } from '#src/plant/plant.js';
import { statement } from '#src/theory/loop/coupled-step-is-the-simulation.js';
import { type LoopCase, loop, realise } from '../../generators/loop.js';
import { exactlyEqual, withinRounding } from '../../support/measure.js';

const STEPS = 4;

/** P as the paper's notebooks have it: no leak in front of M·C·B·Z. */
function notebookMatrix<T>(R: Ring<T>, plant: Plant<T>, agent: LinearAgent<T>): Mat<T> {
  const { A, B, C } = plant;
  const surplus = scale(R, R.sub(R.of(1), agent.leak), multiply(R, agent.M, C, B, agent.Z));
  const [n, N] = [A.rows, agent.M.rows];
  const corner = blocks([
    [zeros(R, n, n), zeros(R, n, N)],
    [zeros(R, N, n), surplus],
  ]);
  return add(R, coupledMatrix(R, plant, agent), corner);
}

/** P of an agent that sees y_t where it should see y_{t+1}. */
function lateMatrix<T>(R: Ring<T>, plant: Plant<T>, agent: LinearAgent<T>): Mat<T> {
  const n = plant.A.rows;
  const P = coupledMatrix(R, plant, agent);
  const late = scale(R, agent.leak, multiply(R, agent.M, plant.C));
  return build(P.rows, P.cols, (i, j) => (i >= n && j < n ? at(late, i - n, j) : at(P, i, j)));
}

export const claim = defineClaim<LoopCase, { coupledMatrix: typeof coupledMatrix }>({
  statement,
  cases: { kind: 'drawn', arbitrary: loop(4, 2, true), runs: 200, block: 50 },
  subject: { coupledMatrix },
  check(subject, instance, evidence) {
    const { plant, agent } = realise(instance);
    const random = new Stream(instance.seed).child('start');
    const x0 = matrix(plant.A.rows, 1, () => Math.round(random.uniform(-16, 16)) / 8);
    const [exactPlant, exactAgent] = [plantOver(rationals, plant), agentOver(rationals, agent)];
    const P = subject.coupledMatrix(rationals, exactPlant, exactAgent);
    const { x, h } = rollout(rationals, exactPlant, exactAgent, map(x0, rationals.of), STEPS);
    for (let t = 1; t < STEPS; t++) {
      const before = blocks([[x[t - 1]!], [h[t - 1]!]]);
      exactlyEqual(evidence, `s(${t})`, multiply(rationals, P, before), blocks([[x[t]!], [h[t]!]]));
    }
    withinRounding(evidence, 'P', (R) => subject.coupledMatrix(R, plantOver(R, plant), agentOver(R, agent)));
    evidence.classify('leaky', agent.leak !== 1);
    evidence.classify('full-rank part', agent.W !== undefined);
    evidence.classify('several inputs or outputs', plant.B.cols > 1 || plant.C.rows > 1);
  },
  floors: { leaky: 0.3, 'full-rank part': 0.3, 'several inputs or outputs': 0.15 },
  mutants: [
    { name: 'no leak in front of M C B Z, as in the notebooks', subject: { coupledMatrix: notebookMatrix } },
    { name: 'observation one step late', subject: { coupledMatrix: lateMatrix } },
    {
      name: 'control with the opposite sign',
      subject: {
        coupledMatrix: (R, plant, agent) =>
          coupledMatrix(R, { ...plant, B: map(plant.B, (value) => negate(R, value)) }, agent),
      },
    },
  ],
});
