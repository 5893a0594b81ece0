/**
 * The hops of stage 2, out of the low-rank run, and learning averaged over their two ends: Figs 4a and 4c.
 */
import { agentOfGram } from '../../agent/gram.js';
import { at, type Mat, matrix, times, transpose } from '../../linalg/matrix.js';
import { rateAt } from '../../problem/schema.js';
import { stabilisationOf } from '../../stages/spectral.js';
import { measuredTurn, positionOverlap } from '../../stages/turn.js';
import { hopWidth } from '../../theory/stage-one/stage-one-lasts-as-predicted.js';
import { trainAveraged } from '../../training/averaged.js';
import type { LearningCurve } from '../../training/curve.js';
import type { LowRankRun, StagedRun } from '../kit/runs.js';
import { gramAt } from './agents.js';

/** Width of a clipped hop, in σ_zm. @param gram of [M, Zᵀ, U, V] */
function widthOf({ protocol }: Pick<LowRankRun, 'protocol'>, gram: Mat<number>): number {
  const { optimizer } = protocol;
  return hopWidth(rateAt(optimizer, 0), optimizer.clip!, Math.sqrt(at(gram, 0, 0)));
}

/** Half a hop of Z, in M. @param gram of [M, Zᵀ, U, V] */
export function halfHop(run: Pick<LowRankRun, 'protocol'>, gram: Mat<number>): number {
  return widthOf(run, gram) / (2 * at(gram, 0, 0));
}

/** Share of the width of a clipped hop from which on it counts as a whole one. */
const WHOLE = 0.9;

/** The first epoch from the first turn on whose update takes σ_zm up by a whole hop. */
export function firstHop(run: LowRankRun): number {
  const { curve } = run;
  const whole = (e: number): boolean =>
    positionOverlap(curve, e + 1) - positionOverlap(curve, e) >= WHOLE * widthOf(run, gramAt(run, e));
  let epoch = measuredTurn(curve);
  while (epoch < curve.epochs - 2 && !whole(epoch)) epoch++;
  return epoch;
}

/** The Gram matrix of [M, Zᵀ + share·M, U, V]. */
function movedAlongInput(gram: Mat<number>, share: number): Mat<number> {
  const R = matrix(gram.rows, gram.cols, (i, j) => (i === j ? 1 : i === 0 && j === 1 ? share : 0));
  return times(transpose(R), gram, R);
}

/** Averaged learning goes on for this many times the epochs of the first two stages at most: its plateau may be the longer one. */
const PATIENCE = 3;

/** Learning averaged over both ends of a hop, up to where its loop is stable. */
export interface AveragedLearning {
  /** The run's first hop, whose lower end this is. */
  readonly from: number;
  readonly curve: LearningCurve;
  /** Its first epoch from which the loop is stable for five, counted from `from`. */
  readonly stable: number;
}

/** Averaged learning from the middle of the first hop on. */
export function averagedFromFirstHop(run: StagedRun): AveragedLearning {
  const { protocol, stages } = run;
  const from = firstHop(run);
  const gram = gramAt(run, from);
  const middle = agentOfGram(movedAlongInput(gram, halfHop(run, gram)), run.curve.shape, protocol.agent.leak);
  const curve = trainAveraged({ ...protocol, epochs: PATIENCE * stages.stage2End }, middle);
  return { from, curve, stable: stabilisationOf(protocol, curve).latest ?? curve.epochs - 1 };
}
