/**
 * Forecasts of open-loop training: a student of the same initial weights learns to act as the run's last agent does.
 */

import type { LinearAgent } from '../../agent/linear.js';
import { impulseResponse } from '../../agent/response.js';
import { scalarMatrix } from '../../linalg/matrix.js';
import { reals } from '../../linalg/ring.js';
import { costOf, type Protocol, plantOf } from '../../problem/protocol.js';
import { promise } from '../../theory/odds.js';
import * as peaking from '../../theory/open-loop/open-loop-training-peaks.js';
import { orderParametersAt } from '../../training/curve.js';
import { deployedLosses } from '../../training/deployed.js';
import { openLoopTask, trainOpenLoop } from '../../training/open-loop.js';
import { peakRatioOf } from '../peak.js';
import { type Forecast, outside, vouched } from './forecast.js';
import type { KnownCurve } from './gram.js';

/** A student's deployed loss, by the expected-loss dynamics of the Gram matrix. */
export interface OpenLoopForecast {
  /** Epoch of its peak. */
  readonly top: Forecast;
  /** The loss there, in units of the lowest before. */
  readonly climb: Forecast;
  /** The loss in the last epoch. */
  readonly deployedLoss: Forecast;
}

/** Forecasts the student of a run. */
export function openLoopOf(
  protocol: Protocol,
  agent: LinearAgent,
  variance: number,
  { curve, chaoticFrom }: KnownCurve,
): OpenLoopForecast {
  const { epochs, horizon } = protocol;
  const plant = plantOf(protocol.plant);
  const doubts = peaking.regime.doubts(protocol);
  if (chaoticFrom < epochs)
    doubts.push(`double-precision rounding decides the teacher: chaotic from epoch ${chaoticFrom} on`);
  const teacher = doubts.length === 0 ? orderParametersAt(curve, epochs - 1) : undefined;
  if (teacher) doubts.push(...peaking.teachers.doubts({ plant, teacher }));
  if (!teacher || doubts.length > 0) {
    const nothing = outside(peaking, doubts);
    return { top: nothing, climb: nothing, deployedLoss: nothing };
  }
  const task = openLoopTask('low-rank', plant, horizon);
  const student = trainOpenLoop(task, impulseResponse(reals, 1, teacher, task.steps), agent, protocol);
  const starts = scalarMatrix(2, Math.sqrt(variance));
  const deployed = deployedLosses(student, { plant, leak: 1, cost: costOf(protocol, 2, 1), horizon, rank: 1 }, starts);
  const { epoch, factor } = peakRatioOf(deployed);
  return {
    top: vouched(peaking, epoch, promise('within 10 % on sampled inputs', peaking.odds.sampled)),
    climb: vouched(peaking, factor, promise('10 or more', peaking.odds.peaks)),
    deployedLoss: vouched(peaking, deployed[epochs - 1]!, promise('within 1 % of the teacher’s', peaking.odds.alike)),
  };
}
