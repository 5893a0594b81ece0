/**
 * Configurations in and about the regime of stage 1.
 */
import fc from 'fast-check';
import type { LearningCurve } from '#src/training/curve.js';
import { type Configuration, configuration, population } from './configuration.js';
import { logInteger, logUniform } from './number.js';

/** Epochs of a run. */
const EPOCHS = 400;

const common = {
  rank: fc.constant(1),
  order: fc.constant(2),
  horizon: logInteger(25, 200),
  dt: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: logUniform(0.8, 1) }),
  start: logUniform(0.3, 3).map(population),
  lr: logUniform(2e-3, 2e-2),
  clip: logUniform(0.3, 3),
  epochs: EPOCHS,
};

/** Mostly inside the regime: many units, σ_zm as the weights give it or positive. */
export const insideStageOne: fc.Arbitrary<Configuration> = configuration({
  ...common,
  N: logInteger(50, 300),
  scale: logUniform(0.7, 1.5),
  correlation: fc.constant(0),
  regime: fc.constantFrom('drawn', 'positive', 'positive'),
});

/** Mostly outside: few units and memory at the start turn the gradient away from M. */
export const outsideStageOne: fc.Arbitrary<Configuration> = configuration({
  ...common,
  N: logInteger(2, 8),
  scale: logUniform(1, 2),
  correlation: logUniform(0.3, 0.8),
  regime: fc.constant('drawn'),
});

/** First epoch whose update does not lower σ_zm; the number of epochs if there is none. */
export function measuredTurn({ overlaps, epochs }: LearningCurve): number {
  const width = overlaps.length / epochs;
  let epoch = 0;
  while (epoch < epochs - 1 && overlaps[(epoch + 1) * width]! < overlaps[epoch * width]!) epoch++;
  return epoch < epochs - 1 ? epoch : epochs;
}
