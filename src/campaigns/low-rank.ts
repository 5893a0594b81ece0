/**
 * Paired runs of low-rank agents, on engines whose cost does not grow with N: learning closes on the Gram matrix, and W = U·Vᵀ
 * stays low rank. All that is measured follows from the order parameters.
 */

import { lowRankInitial } from '../agent/initial.js';
import { shapeOf } from '../agent/linear.js';
import { orderParameterMatrix } from '../agent/order-parameters.js';
import { impulseResponse } from '../agent/response.js';
import { identity, type Mat } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { reals } from '../linalg/ring.js';
import { effectiveGains } from '../stages/gains.js';
import { stageRowsOf } from '../stages/spectral.js';
import { divergedAt, type LearningCurve, orderParametersAt, spectraOf } from '../training/curve.js';
import { deployedLosses } from '../training/deployed.js';
import { gramDescent } from '../training/gram.js';
import { gramLearner, trainedTensors } from '../training/learner.js';
import { sampledMoments, sequenceLoss } from '../training/open-loop.js';
import { deployedCost, type Protocol, plantOf } from '../training/protocol.js';
import { imitationWeight } from '../training/rnn-protocol.js';
import { batchFactor, momentSource } from '../training/start.js';
import { train } from '../training/train.js';
import type { Plan } from './grid.js';
import { isMeasured, trialsOf } from './measurement.js';
import { namedGains, type Pair, type Trace } from './trace.js';

/** A learning curve as a trace. @param starts factor of the moments of the trials */
function traceOf({ measure }: Plan, protocol: Protocol, curve: LearningCurve, starts: Mat<number>): Trace {
  const plant = plantOf(protocol.plant);
  const { leak } = protocol.agent;
  const { every, spectrumEvery, horizons } = measure;
  const { epochs, shape } = curve;
  const thinned = (column: Float64Array, step: number): Float64Array =>
    column.map((value, epoch) => (isMeasured(step, epoch, epochs) ? value : Number.NaN));
  const deployed = horizons.map((horizon) => {
    const problem = { plant, leak, cost: deployedCost(protocol, horizon), horizon, rank: shape.r };
    return thinned(deployedLosses(curve, problem, starts), every);
  });
  const spectra = spectraOf(curve, plant, leak);
  const own = deployed[horizons.indexOf(protocol.horizon)]!;
  // Loops beyond the range of numbers have no regression.
  const gains =
    Number.isFinite(own.at(-1)) &&
    effectiveGains(plant, leak, orderParameterMatrix(orderParametersAt(curve, epochs - 1)), protocol.horizon, starts);
  const radii = Float64Array.from(spectra, (spectrum) => spectrum?.radius ?? Number.NaN);
  return {
    ...curve,
    deployed,
    own,
    radius: thinned(radii, spectrumEvery),
    ...(gains && { readings: namedGains(gains) }),
    ...(spectrumEvery === 1 && {
      stages: stageRowsOf(curve, spectra),
    }),
  };
}

/** The paired run of a low-rank agent; the student sees white observations at all T steps. */
export function lowRankPair(plan: Plan, protocol: Protocol, weightScale?: number): Pair {
  const { horizon, batch, agent } = protocol;
  if (agent.kind !== 'linear-low-rank') throw new RangeError(`${agent.kind} agents are not low rank`);
  const random = new Stream(plan.seed);
  const plant = plantOf(protocol.plant);
  const [n, p, c] = [plant.A.rows, plant.B.cols, plant.C.rows];
  const shape = { N: agent.N, c, p, r: agent.rank };
  const initial = lowRankInitial(shape, agent.leak, random.child('weights'), weightScale);
  const trials = batchFactor(trialsOf(plan, protocol));
  const moments = momentSource(protocol.start, n, batch, random.child('starts'));
  const learnt = train(gramLearner(protocol, initial), protocol, moments);
  const closed = traceOf(plan, protocol, learnt, trials);
  if (divergedAt(learnt) !== undefined) return { closed };
  const response = impulseResponse(reals, agent.leak, orderParametersAt(learnt, learnt.epochs - 1), horizon);
  const task = { steps: horizon, weight: imitationWeight(protocol.loss, horizon, p) };
  const lossOf = sequenceLoss(task, response, agent.leak, shapeOf(initial).r);
  const inputs = sampledMoments(horizon, identity(reals, c), batch, random.child('inputs'));
  const imitated = train(gramDescent(initial, trainedTensors(protocol), lossOf), protocol, inputs);
  return { closed, open: traceOf(plan, protocol, imitated, trials) };
}
