/**
 * Configurations in and about the regime of stage 1.
 */
import fc from 'fast-check';
import type { LearningCurve } from '#src/training/curve.js';
import { type Configuration, configuration, EVERYWHERE, PAPER, population } from './configuration.js';
import { logInteger, logUniform } from './number.js';

/** Epochs of a run. */
const EPOCHS = 400;

const common = {
  ...PAPER,
  horizon: logInteger(25, 200),
  dt: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: logUniform(0.7, 1) }),
  start: logUniform(0.3, 3).map(population),
  lr: logUniform(2e-3, 2e-2),
  clip: logUniform(0.3, 3),
  loss: EVERYWHERE.loss,
  epochs: EPOCHS,
};

/** Mostly inside the regime: many units, σ_zm as the weights give it or positive. */
export const insideStageOne: fc.Arbitrary<Configuration> = configuration({
  ...common,
  rank: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 2),
  N: logInteger(50, 300),
  scale: logUniform(0.7, 1.5),
  regime: fc.constantFrom('drawn', 'positive', 'positive'),
});

const fromBelow = configuration({
  ...common,
  // Gentler slopes than above zero: clipped from a lower norm on.
  clip: logUniform(0.3, 1),
  N: logInteger(50, 300),
  scale: logUniform(0.7, 1.5),
});

/** Below the minima without memory, which lie above σ_zm T dt² = −4 or so: σ_zm ascends. */
export const belowStageOne: fc.Arbitrary<Configuration> = fc
  .tuple(fromBelow, fc.integer({ min: 20, max: 48 }), fc.integer({ min: -8, max: 8 }), fc.integer({ min: -8, max: 8 }))
  .map(([{ protocol, weights }, quarters, memory, vu]) => {
    const dt = protocol.plant.kind === 'integrator' ? protocol.plant.dt : 1;
    const zm = -quarters / (4 * protocol.horizon * dt ** 2);
    const place = [
      [zm, 1 / 32],
      [memory / 128, vu / 400],
    ];
    return { protocol, weights: { ...weights, regime: 'valley', place } };
  });

/** Mostly outside: few units and memory at the start turn the gradient away from M. */
export const outsideStageOne: fc.Arbitrary<Configuration> = configuration({
  ...common,
  N: logInteger(2, 5),
  scale: logUniform(1, 2),
  correlation: logUniform(0.5, 1),
});

/** σ_zm of an epoch, the first of its order parameters. */
export function positionOverlap({ overlaps, epochs }: LearningCurve, epoch: number): number {
  return overlaps[(epoch * overlaps.length) / epochs]!;
}

/**
 * First epoch whose update does not move σ_zm in a direction, down by default; the number of epochs if there is none, NaN where
 * σ_zm leaves the finite numbers before it turns.
 */
export function measuredTurn(curve: LearningCurve, direction: 1 | -1 = -1): number {
  const last = curve.epochs - 1;
  const moves = (epoch: number): boolean =>
    (positionOverlap(curve, epoch + 1) - positionOverlap(curve, epoch)) * direction > 0;
  let epoch = 0;
  while (epoch < last && moves(epoch)) epoch++;
  if (epoch === last) return curve.epochs;
  return Number.isFinite(positionOverlap(curve, epoch + 1)) ? epoch : Number.NaN;
}
