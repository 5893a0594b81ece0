/**
 * Configurations in and about the regime of stage 1.
 */
import fc from 'fast-check';
import { ranges, stageOneStart } from '#src/theory/stage-one/stage-one-lasts-as-predicted.js';
import { type Configuration, configuration, EVERYWHERE, PAPER, population } from './configuration.js';
import { logInteger, logUniform, weighted } from './number.js';

/** Epochs of a run. */
const EPOCHS = 400;

const common = {
  ...PAPER,
  horizon: logInteger(...ranges.horizon),
  dt: weighted([2, fc.constant(1)], [1, logUniform(0.7, 1)]),
  start: logUniform(...ranges.variance).map(population),
  lr: logUniform(...ranges.lr),
  clip: logUniform(...ranges.clip),
  loss: EVERYWHERE.loss,
  epochs: EPOCHS,
};

/** Mostly inside the regime: many units, σ_zm as the weights give it or positive. */
export const insideStageOne: fc.Arbitrary<Configuration> = configuration({
  ...common,
  rank: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 2),
  N: logInteger(...ranges.units),
  scale: logUniform(0.7, 1.5),
  regime: fc.constantFrom('drawn', 'positive', 'positive'),
});

const fromBelow = configuration({
  ...common,
  // Gentler slopes than above zero: clipped from a lower norm on.
  clip: logUniform(0.3, 1),
  N: logInteger(...ranges.units),
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

/** A start whose gradient is taken to lie half as much along M: a fault of predictions. */
export const halfAlongInputs: typeof stageOneStart = (protocol, agent) => {
  const start = stageOneStart(protocol, agent);
  return { ...start, alignment: start.alignment / 2 };
};
