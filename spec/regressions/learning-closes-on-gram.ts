/**
 * Problems on which the claim was once refuted wrongly or rightly; tried before any random one.
 */
import type { LearningCase } from '../generators/learning.js';

export const regressions: readonly LearningCase[] = [
  // The clip factor of all shadows saturates at 1 while the order parameters are already chaotic.
  {
    protocol: {
      mode: 'closed-loop',
      plant: { kind: 'integrator', order: 2, dt: 0.13 },
      agent: { kind: 'linear-low-rank', N: 28, rank: 0, leak: 1 },
      horizon: 200,
      start: { kind: 'normal', sd: 1 },
      batch: 8,
      loss: { state: 'position', beta: 0.001, control: 'sum-all' },
      optimizer: { kind: 'sgd', lr: 0.0245, clip: 7.86 },
      trained: ['m', 'z'],
      epochs: 60,
    },
    weights: { seed: 26, scale: 0.779, drift: 1.5 },
  },
  // The batch of epoch 6 cancels the gradient to a thousandth of that of others.
  {
    protocol: {
      mode: 'closed-loop',
      plant: { kind: 'integrator', order: 2, dt: 0.5 },
      agent: { kind: 'linear-low-rank', N: 9, rank: 1, leak: 0.05 },
      horizon: 3,
      start: { kind: 'normal', sd: 1 },
      batch: 11,
      loss: { state: 'mean', beta: 0.001, control: 'sum-time' },
      optimizer: { kind: 'sgd', lr: 0.015, clip: 1 },
      trained: ['z', 'U', 'V'],
      epochs: 60,
    },
    weights: { seed: 754414084, scale: 0.7, drift: 0.625 },
  },
];
