/**
 * Stage 3 for several control penalties, by learning itself and by descent of the order parameters alone: Figs 5c and 5d.
 */

import { scalarMatrix } from '../linalg/matrix.js';
import type { Protocol } from '../problem/protocol.js';
import { startVariance } from '../problem/start.js';
import { stabilisationOf } from '../stages/spectral.js';
import { type LearningCurve, orderParametersAt } from '../training/curve.js';
import { effectiveLearner, gramLearner } from '../training/learner.js';
import { train } from '../training/train.js';
import type { LowRankRun } from './runs.js';

/** The penalties of the paper. */
export const BETAS = [0, 0.5, 2, 5];

/** One penalty. */
export interface Refinement {
  readonly beta: number;
  readonly protocol: Protocol;
  /** Learning from the run's initial weights on the run's starts. */
  readonly learnt: LearningCurve;
  /** First epoch from which the loop is stable for five. */
  readonly from: number;
  /** Descent of the four order parameters from there on, as if each were a weight, on the population of starts. */
  readonly alone: LearningCurve;
}

/** Learning under a penalty, and what the order parameters alone make of its stage 3. */
export function refinementOf({ protocol, initial, plant, moments }: LowRankRun, beta: number): Refinement {
  const penalised: Protocol = { ...protocol, loss: { ...protocol.loss, beta } };
  const learnt = train(gramLearner(penalised, initial), penalised, moments);
  const from = stabilisationOf(penalised, learnt).latest ?? penalised.epochs - 1;
  const population = scalarMatrix(plant.A.rows, startVariance(protocol.start)!);
  const rest = { ...penalised, epochs: penalised.epochs - from };
  const alone = train(effectiveLearner(penalised, orderParametersAt(learnt, from)), rest, () => population);
  return { beta, protocol: penalised, learnt, from, alone };
}
