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
];
