/**
 * Claim: the adjoint gradient is the derivative of the loss, by dual numbers through the loop's definition.
 */

import { type LinearAgent, shapeOf, type Tensor } from '#src/agent/linear.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { type Dual, dualsOver } from '#src/linalg/dual.js';
import { absolute, build, frobenius, type Mat, map, matrix, times, transpose } from '#src/linalg/matrix.js';
import { Stream } from '#src/linalg/random.js';
import { reals } from '#src/linalg/ring.js';
import { adjointRoundings, gamma } from '#src/linalg/tolerance.js';
import { rollout } from '#src/loop/rollout.js';
import { type Plant, plantOver } from '#src/plant/plant.js';
import type { Cost } from '#src/problem/protocol.js';
import { batchFactor } from '#src/problem/start.js';
import { statement } from '#src/theory/learning/adjoint-gradient-is-the-derivative.js';
import { fullEngine } from '#src/training/full.js';
import { lossOf } from '#src/training/loss.js';
import { isDoubleIntegrator, reducedLoss } from '#src/training/reduced.js';
import { realise } from '../../generators/loop.js';
import { batchOf, costOfCase, problem } from '../../generators/problem.js';
import {
  absoluteAgent,
  absoluteCost,
  absolutePlant,
  inputStack,
  outputStack,
  reducedGradient,
  reducedMajorant,
} from '../../support/absolute.js';

const subject = { fullEngine, reducedLoss };
const duals = dualsOver(reals);

const inner = (A: Mat<number>, B: Mat<number>): number => {
  let total = 0;
  for (let k = 0; k < A.data.length; k++) total += A.data[k]! * B.data[k]!;
  return total;
};

/** A random direction in the space of an agent's weights. */
function directionOf(agent: LinearAgent, random: Stream): LinearAgent {
  const noise = (A: Mat<number>): Mat<number> =>
    matrix(A.rows, A.cols, () => Math.round(random.uniform(-8.5, 8.5)) / 8);
  const { M, Z, U, V, W } = agent;
  return { leak: 0, M: noise(M), Z: noise(Z), U: noise(U), V: noise(V), ...(W && { W: noise(W) }) };
}

/** Loss and its derivative along a direction, by the definition of the loop. */
function derivative(
  plant: Plant,
  agent: LinearAgent,
  direction: LinearAgent,
  cost: Cost,
  starts: Mat<number>,
  horizon: number,
): Dual {
  const pair = (A: Mat<number>, D: Mat<number>): Mat<Dual> =>
    build(A.rows, A.cols, (i, j) => ({ value: A.data[i * A.cols + j]!, tangent: D.data[i * A.cols + j]! }));
  const moving = {
    leak: duals.of(agent.leak),
    M: pair(agent.M, direction.M),
    Z: pair(agent.Z, direction.Z),
    U: pair(agent.U, direction.U),
    V: pair(agent.V, direction.V),
    ...(agent.W && { W: pair(agent.W, direction.W!) }),
  };
  return lossOf(duals, cost, rollout(duals, plantOver(duals, plant), moving, map(starts, duals.of), horizon));
}

/** A mutant of the engine, whose gradient of V is off by a factor. */
const scalingGradientOfV =
  (factorOf: (agent: LinearAgent) => number): typeof fullEngine =>
  (plant, agent, cost, horizon, trained) => {
    const engine = fullEngine(plant, agent, cost, horizon, trained);
    const factor = factorOf(agent);
    return {
      ...engine,
      gradientOf: (tensor) => map(engine.gradientOf(tensor), (value) => (tensor === 'V' ? value * factor : value)),
    };
  };

export const claim = defineClaim({
  statement,
  cases: { kind: 'drawn', arbitrary: problem(16, 3, true), runs: 400, block: 100 },
  subject,
  check(subject, instance, evidence) {
    const { plant, agent } = realise(instance.loop);
    const { horizon } = instance;
    const shape = shapeOf(agent);
    const n = plant.A.rows;
    const cost = costOfCase(instance, n, shape.p);
    const starts = batchFactor(batchOf(instance, n));
    const tensors: Tensor[] = ['M', 'Z', 'U', 'V', ...(agent.W ? (['W'] as const) : [])];
    const direction = directionOf(agent, new Stream(instance.seed).child('direction'));
    const along = derivative(plant, agent, direction, cost, starts, horizon);

    const engine = subject.fullEngine(plant, agent, cost, horizon, tensors);
    const { loss, gradNorm } = engine.evaluate(starts);
    const majorant = fullEngine(absolutePlant(plant), absoluteAgent(agent), absoluteCost(cost), horizon, tensors);
    const sizes = majorant.evaluate(absolute(starts));
    // Both routes round at most this often; each errs by γ times the majorant.
    const rounding = 2 * gamma(adjointRoundings({ n, ...shape }, horizon, starts.cols));
    let slope = 0;
    let size = 0;
    let squares = 0;
    for (const tensor of tensors) {
      slope += inner(engine.gradientOf(tensor), direction[tensor]!);
      size += inner(majorant.gradientOf(tensor), absolute(direction[tensor]!));
      squares += frobenius(engine.gradientOf(tensor)) ** 2;
    }
    evidence.within('loss of the full engine', Math.abs(loss - along.value), rounding * sizes.loss);
    evidence.within('gradient of the full engine', Math.abs(slope - along.tangent), rounding * size);
    evidence.within('norm of the gradient', Math.abs(gradNorm - Math.sqrt(squares)), rounding * gradNorm);

    if (!agent.W) {
      const reduced = reducedGradient(subject.reducedLoss, plant, agent, cost, horizon, starts);
      const { E } = reducedMajorant(plant, agent, cost, horizon, starts);
      // The change of K along the direction, by the product rule.
      const changeOf = (a: LinearAgent, d: LinearAgent): Mat<number> => {
        const [Ht, dHt] = [transpose(outputStack(a)), transpose(outputStack(d))];
        const [left, right] = [times(dHt, inputStack(a)), times(Ht, inputStack(d))];
        return matrix(left.rows, left.cols, (i, j) => left.data[i * left.cols + j]! + right.data[i * left.cols + j]!);
      };
      const dK = changeOf(agent, direction);
      const bound = rounding * inner(E, changeOf(absoluteAgent(agent), absoluteAgent(direction)));
      evidence.within('loss of the order parameters', Math.abs(reduced.loss - along.value), rounding * sizes.loss);
      evidence.within('gradient of the order parameters', Math.abs(inner(reduced.E, dK) - along.tangent), bound);
      evidence.classify('sharp to six digits', bound <= 2 ** -20 * Math.abs(along.tangent));
      evidence.classify('fast path', isDoubleIntegrator({ plant, leak: agent.leak, cost, horizon, rank: shape.r }));
    }
    evidence.classify('full-rank part', agent.W !== undefined);
    evidence.classify('leaky', agent.leak !== 1);
    evidence.classify('control penalty', frobenius(cost.R) > 0);
    evidence.classify('several inputs or outputs', shape.p > 1 || shape.c > 1);
  },
  floors: {
    'sharp to six digits': 0.3,
    'fast path': 0.15,
    'full-rank part': 0.25,
    leaky: 0.25,
    'control penalty': 0.3,
    'several inputs or outputs': 0.1,
  },
  mutants: mutantsOf(subject, {
    'control penalty missing in the gradient': {
      fullEngine: (plant, agent, cost, horizon, trained) => {
        const whole = fullEngine(plant, agent, cost, horizon, trained);
        const partial = fullEngine(plant, agent, { ...cost, R: matrix(cost.R.rows, cost.R.cols) }, horizon, trained);
        return {
          ...whole,
          evaluate: (starts) => {
            const { gradNorm } = partial.evaluate(starts);
            return { ...whole.evaluate(starts), gradNorm };
          },
          gradientOf: partial.gradientOf,
        };
      },
    },
    'gradient of V off by a part in 2³⁰': { fullEngine: scalingGradientOfV(() => 1 + 2 ** -30) },
    'horizon off by one': {
      fullEngine: (plant, agent, cost, horizon, trained) => fullEngine(plant, agent, cost, horizon + 1, trained),
    },
    'leak missing in the gradient of V': { fullEngine: scalingGradientOfV(({ leak }) => 1 / leak) },
    'gradient of the last entry of K dropped': {
      reducedLoss: (reducedProblem) => {
        const lossOf = reducedLoss(reducedProblem);
        return (K, starts, E) => {
          const loss = lossOf(K, starts, E);
          E[E.length - 1] = 0;
          return loss;
        };
      },
    },
  }),
});
