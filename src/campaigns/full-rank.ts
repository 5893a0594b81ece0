/**
 * Paired runs of full-rank agents, nonlinear ones too, on whole batches.
 */
import type { Agent } from '../agent/agent.js';
import { kernelFor } from '../kernel/choose.js';
import type { Mat, Matrix } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { deployedGains } from '../stages/gains.js';
import { hasSpectrum, localSpectrum } from '../stages/observation.js';
import { NEGATIVE, type StageRow } from '../stages/spectral.js';
import { divergedAt } from '../training/curve.js';
import { plantOf } from '../training/protocol.js';
import { deployment, type RnnEngine } from '../training/rnn.js';
import {
  batchSource,
  deployedLoop,
  drawRnn,
  openLoopOf,
  type RnnProtocol,
  rnnLearner,
} from '../training/rnn-protocol.js';
import { trainRnn } from '../training/train-rnn.js';
import type { Plan } from './grid.js';
import { isMeasured, trialsOf } from './measurement.js';
import { namedGains, type Pair, type Trace } from './trace.js';

/** A phase of a run, and the agent of its last row. */
interface Followed {
  readonly trace: Trace;
  readonly final: Agent;
}

/** Trains an engine and measures it on the way: the weights that the protocol's rows belong to. */
function follow(
  { measure }: Plan,
  protocol: RnnProtocol,
  engine: RnnEngine<Agent>,
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
  const spectra = random.child('spectra');
  const like = engine.rnn();
  const deployments = horizons.map((steps) =>
    deployment(deployedLoop(protocol, trials.cols, steps), like, trials, kernelFor(precision)),
  );
  const main = deployments[horizons.indexOf(horizon)]!;
  const own = deployed[horizons.indexOf(horizon)]!;
  /** The gains of the last deployment; `undefined` beyond the range of numbers. */
  const gains = (epoch: number): Matrix | undefined =>
    Number.isFinite(own[epoch]) ? deployedGains(main, plant.A.rows, plant.B.cols) : undefined;
  let final = like;
  const observe = (epoch: number): void => {
    if (epoch === epochs - 1) final = engine.rnn();
    if (isMeasured(every, epoch, epochs))
      for (const [k, { run }] of deployments.entries()) {
        const loss = run(engine.kernel);
        deployed[k]![epoch] = Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY;
      }
    if (isMeasured(spectrumEvery, epoch, epochs)) {
      const spectrum = localSpectrum(plant, engine.rnn(), spectra.child(`${epoch}`));
      radius[epoch] = spectrum?.radius ?? Number.POSITIVE_INFINITY;
      if (every === 1 && spectrumEvery === 1)
        stages[epoch] = { gainNegative: (gains(epoch)?.data[0] ?? 0) < NEGATIVE.k1, spectrum };
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
  const last = gains(epochs - 1);
  const trace = {
    ...curve,
    deployed,
    own,
    radius,
    ...(last && { readings: namedGains(last) }),
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
