/**
 * Stage 3 for several control penalties, by learning itself and by descent of the order parameters alone: Figs 5c and 5d.
 */

import { costOf, type Protocol, plantOf } from '../../problem/protocol.js';
import { stabilisationOf } from '../../stages/spectral.js';
import { observationBound } from '../../theory/loop/no-policy-beats-riccati.js';
import { type LearningCurve, orderParametersAt } from '../../training/curve.js';
import { effectiveLearner, gramLearner } from '../../training/learner.js';
import { train } from '../../training/train.js';
import { type LowRankRun, population } from '../kit/runs.js';

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
export function refinementOf({ protocol, initial, moments }: LowRankRun, beta: number): Refinement {
  const penalised: Protocol = { ...protocol, loss: { ...protocol.loss, beta } };
  const learnt = train(gramLearner(penalised, initial), penalised, moments);
  const expected = population(protocol);
  const from = stabilisationOf(penalised, learnt).latest ?? penalised.epochs - 1;
  const rest = { ...penalised, epochs: penalised.epochs - from };
  const alone = train(effectiveLearner(penalised, orderParametersAt(learnt, from)), rest, () => expected);
  return { beta, protocol: penalised, learnt, from, alone };
}

/** The lowest mean loss of any linear policy that sees the same observations as the agents of a protocol. */
export function lowestLoss(protocol: Protocol): number {
  const plant = plantOf(protocol.plant);
  const cost = costOf(protocol, plant.A.rows, plant.B.cols);
  return observationBound(plant, cost, protocol.horizon, population(protocol));
}
