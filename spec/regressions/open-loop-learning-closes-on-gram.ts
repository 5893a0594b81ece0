/**
 * Problems on which the claim was once refuted wrongly or rightly; tried before any random one.
 */
import type { OpenLoopCase } from '../generators/open-loop.js';

export const regressions: readonly OpenLoopCase[] = [
  // An unstable teacher, whose answers' rounding grows with the lag: the shadows must disturb it too.
  {
    plant: { kind: 'integrator', order: 1, dt: 1 },
    inputs: 'tanh',
    horizon: 60,
    student: { N: 1, rank: 1, leak: 0.05, scale: 0.7 },
    teacher: { N: 73, rank: 1, leak: 0.999, scale: 1.97 },
    optimizer: { kind: 'sgd', lr: 0.0001, clip: null },
    trained: ['z', 'U'],
    epochs: 15,
    seed: 1395809295,
  },
];
