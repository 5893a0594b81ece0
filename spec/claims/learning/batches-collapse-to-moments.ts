/**
 * Claim: a batch of starts acts through its second moments only.
 */

import { shapeOf, type Tensor } from '#src/agent/linear.js';
import { defineClaim, mutantsOf } from '#src/claims/claim.js';
import { at, type Matrix, matrix, times, transpose } from '#src/linalg/matrix.js';
import { adjointRoundings, gamma, semidefiniteFactorError } from '#src/linalg/tolerance.js';
import { batchFactor, momentFactor, momentsOf } from '#src/problem/start.js';
import { statement } from '#src/theory/learning/batches-collapse-to-moments.js';
import { fullEngine } from '#src/training/full.js';
import { realise } from '../../generators/loop.js';
import { batchOf, costOfCase, type ProblemCase, problem } from '../../generators/problem.js';
import { absoluteAgent, absoluteCost, absolutePlant } from '../../support/absolute.js';

const subject = { momentsOf, momentFactor };

const scaled = (A: Matrix, factor: number): Matrix => matrix(A.rows, A.cols, (i, j) => factor * at(A, i, j));

export const claim = defineClaim<ProblemCase, typeof subject>({
  statement,
  cases: { kind: 'drawn', arbitrary: problem(16, 12, true), runs: 300, block: 100 },
  subject,
  check(subject, instance, evidence) {
    const { plant, agent } = realise(instance.loop);
    const { horizon } = instance;
    const shape = shapeOf(agent);
    const n = plant.A.rows;
    const cost = costOfCase(instance, n, shape.p);
    const batch = batchOf(instance, n);
    const moments = momentsOf(batch);
    const tensors: Tensor[] = ['M', 'Z', 'U', 'V', ...(agent.W ? (['W'] as const) : [])];
    const engine = fullEngine(plant, agent, cost, horizon, tensors);
    const gradients = (): number[][] => tensors.map((tensor) => Array.from(engine.gradientOf(tensor).data as number[]));
    const whole = engine.evaluate(batchFactor(batch));
    const wholeGradients = gradients();
    const collapsed = engine.evaluate(subject.momentFactor(subject.momentsOf(batch)));
    const collapsedGradients = gradients();

    // All entries of Σ₀ are at most the largest variance: a start of that size in every component majorises them.
    const largest = Math.max(...Array.from({ length: n }, (_, i) => at(moments, i, i)));
    const majorant = fullEngine(absolutePlant(plant), absoluteAgent(agent), absoluteCost(cost), horizon, tensors);
    const sizes = majorant.evaluate(matrix(n, 1, () => Math.sqrt(largest)));
    const rounding =
      2 * gamma(adjointRoundings({ n, ...shape }, horizon, batch.cols) + batch.cols) + semidefiniteFactorError(n);
    evidence.within('loss', Math.abs(whole.loss - collapsed.loss), rounding * sizes.loss);
    tensors.forEach((tensor, index) => {
      const size = majorant.gradientOf(tensor).data;
      wholeGradients[index]!.forEach((value, k) => {
        evidence.within(`∂L/∂${tensor}`, Math.abs(value - collapsedGradients[index]![k]!), rounding * size[k]!);
      });
    });
    const X = subject.momentFactor(moments);
    const again = times(X, transpose(X));
    let residual = 0;
    for (let k = 0; k < again.data.length; k++)
      residual = Math.max(residual, Math.abs(again.data[k]! - moments.data[k]!));
    evidence.within('X Xᵀ = Σ₀', residual, (semidefiniteFactorError(n) + gamma(2 * n)) * largest);
    evidence.classify('fewer starts than states', batch.cols < n);
    evidence.classify('more starts than states', batch.cols > n);
    evidence.classify('sharp to six digits', rounding * sizes.loss <= 2 ** -20 * whole.loss);
  },
  floors: { 'fewer starts than states': 0.02, 'more starts than states': 0.5, 'sharp to six digits': 0.5 },
  mutants: mutantsOf(subject, {
    'variances only, correlations dropped': {
      momentsOf: (batch) => {
        const moments = momentsOf(batch);
        return matrix(moments.rows, moments.cols, (i, j) => (i === j ? at(moments, i, j) : 0));
      },
    },
    'a factor of one column: the standard deviations': {
      momentFactor: (moments) => matrix(moments.rows, 1, (i) => Math.sqrt(at(moments, i, i))),
    },
    'sum over the batch for the mean': { momentsOf: (batch) => scaled(momentsOf(batch), batch.cols) },
    'unbiased variance (1/(B−1))': {
      momentsOf: (batch) => scaled(momentsOf(batch), batch.cols / Math.max(1, batch.cols - 1)),
    },
  }),
});
