/**
 * Paired runs of full-rank agents, nonlinear ones too, on whole batches.
 */
import type { Recurrent } from '../agent/recurrent.js';
import type { Mat } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { FIRM_GAIN, type StageRow } from '../stages/spectral.js';
import { divergedAt } from '../training/curve.js';
import { plantOf } from '../training/protocol.js';
import type { RnnEngine } from '../training/rnn.js';
import { batchSource, drawRnn, openLoopOf, type RnnProtocol, rnnLearner } from '../training/rnn-protocol.js';
import { trainRnn } from '../training/train-rnn.js';
import { deployment } from './deployed.js';
import type { Plan } from './grid.js';
import { deployedCost, isMeasured, trialsOf } from './measurement.js';
import { hasSpectrum, loopSpectrum } from './spectrum.js';
import { namedGains, type Pair, type Trace } from './trace.js';

/** A phase of a run, and the agent of its last row. */
interface Followed {
  readonly trace: Trace;
  readonly final: Recurrent;
}

/** Trains an engine and measures it on the way: the weights that the protocol's rows belong to. */
function follow(
  { measure }: Plan,
  protocol: RnnProtocol,
  engine: RnnEngine<Recurrent>,
  trials: Mat<number>,
  random: Stream,
): Followed {
  const { epochs, rows, horizon, precision = 'f64' } = protocol;
  const { every, horizons } = measure;
  const spectrumEvery = hasSpectrum(protocol.agent.kind) ? measure.spectrumEvery : 0;
  const plant = plantOf(protocol.plant);
  const column = (): Float64Array => new Float64Array(epochs).fill(Number.NaN);
  const deployed = horizons.map(column);
  const radius = column();
  const stages: StageRow[] = [];
  const deployments = horizons.map((steps) =>
    deployment(plant, deployedCost(protocol, steps), steps, trials, engine.rnn(), precision),
  );
  const main = horizons.indexOf(horizon);
  let final = engine.rnn();
  const observe = (epoch: number): void => {
    if (epoch === epochs - 1) final = engine.rnn();
    if (isMeasured(every, epoch, epochs))
      for (const [k, { lossOf }] of deployments.entries()) deployed[k]![epoch] = lossOf(engine);
    if (isMeasured(spectrumEvery, epoch, epochs)) {
      const spectrum = loopSpectrum(plant, engine.rnn());
      radius[epoch] = spectrum?.radius ?? Number.POSITIVE_INFINITY;
      if (every === 1 && spectrumEvery === 1)
        // Stage 1 ends at a gain that is firmly negative.
        stages[epoch] = { zm: (deployments[main]!.gains()?.data[0] ?? Number.NaN) - FIRM_GAIN, spectrum };
    }
  };
  // A row after its update would have its loss evaluated anew: twice the work for a number that is not used. The batch's loss
  // before the update is kept, and measurements are taken after it.
  const curve = trainRnn(
    engine,
    { ...protocol, rows: 'before-update' },
    batchSource(protocol, random),
    rows === 'after-update' ? { afterEpoch: observe } : { observe },
  );
  const gains = deployments[main]!.gains();
  const trace = {
    ...curve,
    deployed,
    own: deployed[main]!,
    radius,
    ...(gains && { readings: namedGains(gains) }),
    ...(stages.length > 0 && { stages }),
  };
  return { trace, final };
}

/** The paired run of a full-rank agent. */
export function fullRankPair(plan: Plan, protocol: RnnProtocol, weightScale?: number): Pair {
  const random = new Stream(plan.seed);
  const initial = drawRnn(protocol, random.child('weights'), weightScale);
  const trials = trialsOf(plan, protocol);
  const closed = follow(plan, protocol, rnnLearner(protocol, initial), trials, random.child('starts'));
  if (divergedAt(closed.trace) !== undefined) return { closed: closed.trace };
  const imitation = openLoopOf(protocol);
  const student = rnnLearner(imitation, initial, closed.final);
  return { closed: closed.trace, open: follow(plan, imitation, student, trials, random.child('inputs')).trace };
}
