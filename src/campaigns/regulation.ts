/**
 * The regulation task's paired run: an agent learns in closed loop; then a student of the same initial weights learns, on white
 * observations, to act as that agent does. Both are deployed on the same trials while they learn.
 *
 * Deployed losses are of the states alone, normalised as the protocol's loss is.
 */
import { shapeOf } from '../agent/agent.js';
import { lowRankInitial } from '../agent/initial.js';
import { impulseResponse } from '../agent/response.js';
import { linearised, type Rnn } from '../agent/rnn.js';
import type { KernelMaker } from '../kernel/kernel.js';
import { spectralRadius } from '../linalg/eigen.js';
import { identity, type Mat } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { reals } from '../linalg/ring.js';
import { coupledMatrix } from '../loop/coupled.js';
import { divergedAt, type LearningCurve, overlapsAt, spectraOf } from '../training/curve.js';
import { deployedLosses } from '../training/deployed.js';
import { gramDescent } from '../training/gram.js';
import { gramLearner, trainedTensors } from '../training/learner.js';
import { sampledMoments, sequenceLoss } from '../training/open-loop.js';
import { costOf, type Protocol, plantOf } from '../training/protocol.js';
import type { RnnEngine } from '../training/rnn.js';
import {
  batchSource,
  drawRnn,
  imitationWeight,
  openLoopOf,
  type RnnProtocol,
  rnnLearner,
} from '../training/rnn-protocol.js';
import { batchFactor, drawBatch, momentSource } from '../training/start.js';
import { train } from '../training/train.js';
import { trainRnn } from '../training/train-rnn.js';
import { deployedLossOf } from './deployed.js';
import type { Plan } from './grid.js';
import type { Trace } from './trace.js';

/** The phases of a paired run; no student where the agent itself diverged. */
export interface Pair {
  readonly closed: Trace;
  readonly open?: Trace;
}

/** The loss that deployed agents are measured by, at a horizon. */
function deployedCost({ loss, batch }: Protocol | RnnProtocol, horizon: number, n: number, p: number) {
  return costOf({ loss: { ...loss, beta: 0 }, horizon, batch }, n, p);
}

function trialsOf({ problem: { protocol }, measure, trialsSeed }: Plan): Mat<number> {
  return drawBatch(protocol.start!, plantOf(protocol.plant).A.rows, measure.trials, new Stream(trialsSeed))!;
}

const divides = (every: number, epoch: number, epochs: number): boolean => epoch % every === 0 || epoch === epochs - 1;

/** Trains an engine and measures it on the way. Measurements belong to the weights that the protocol's rows belong to. */
function follow(
  plan: Plan,
  protocol: RnnProtocol,
  engine: RnnEngine,
  trials: Mat<number>,
  random: Stream,
  make: KernelMaker,
) {
  const { epochs, rows } = protocol;
  const { every, spectrumEvery, horizons } = plan.measure;
  const plant = plantOf(protocol.plant);
  const column = (): Float64Array => new Float64Array(epochs).fill(Number.NaN);
  const deployed = horizons.map(column);
  const radius = column();
  const [n, p] = [plant.A.rows, plant.B.cols];
  const losses = horizons.map((horizon) =>
    deployedLossOf(
      { plant, cost: deployedCost(protocol, horizon, n, p), horizon, batch: trials.cols },
      engine.kernel.spec,
      make,
    ),
  );
  let final = engine.rnn();
  const observe = (epoch: number): void => {
    if (divides(every, epoch, epochs))
      for (const [k, lossOf] of losses.entries()) {
        const loss = lossOf(engine.kernel, trials);
        deployed[k]![epoch] = Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
      }
    if (spectrumEvery > 0 && divides(spectrumEvery, epoch, epochs)) radius[epoch] = radiusOf(plant, engine.rnn());
    if (epoch === epochs - 1) final = engine.rnn();
  };
  // The loss of a row after its update would take a second evaluation, and nobody asks for it: the batch's own is kept.
  const after = rows === 'after-update';
  const curve = trainRnn(
    engine,
    { ...protocol, rows: 'before-update' },
    batchSource(protocol, random),
    after ? { afterEpoch: observe } : { observe },
  );
  return { trace: { ...curve, deployed, own: deployed[horizons.indexOf(protocol.horizon)]!, radius }, final };
}

function radiusOf(plant: ReturnType<typeof plantOf>, rnn: Rnn): number {
  const P = coupledMatrix(reals, plant, linearised(rnn));
  return Array.from(P.data).every(Number.isFinite) ? spectralRadius(P) : Number.POSITIVE_INFINITY;
}

function pairOfRnn(plan: Plan, protocol: RnnProtocol, random: Stream, make: KernelMaker): Pair {
  const initial = drawRnn(protocol, random.child('weights'), plan.problem.weightScale);
  const trials = trialsOf(plan);
  const closed = follow(
    plan,
    protocol,
    rnnLearner(protocol, initial, undefined, make),
    trials,
    random.child('starts'),
    make,
  );
  if (divergedAt(closed.trace) !== undefined) return { closed: closed.trace };
  const imitation = openLoopOf(protocol);
  const student = rnnLearner(imitation, initial, closed.final, make);
  const open = follow(plan, imitation, student, trials, random.child('inputs'), make);
  return { closed: closed.trace, open: open.trace };
}

/** A low-rank agent's curve as a trace: all that was not recorded follows from its order parameters. */
function traceOf(plan: Plan, protocol: Protocol, curve: LearningCurve, starts: Mat<number>): Trace {
  const plant = plantOf(protocol.plant);
  const { leak } = protocol.agent;
  const rank = curve.shape.r;
  const { every, spectrumEvery, horizons } = plan.measure;
  const { epochs } = curve;
  const thinned = (column: Float64Array, step: number): Float64Array =>
    column.map((value, epoch) => (step > 0 && divides(step, epoch, epochs) ? value : Number.NaN));
  const deployed = horizons.map((horizon) => {
    const cost = deployedCost(protocol, horizon, plant.A.rows, plant.B.cols);
    return thinned(deployedLosses(curve, { plant, leak, cost, horizon, rank }, starts), every);
  });
  const spectra = spectraOf(curve, plant, leak);
  const rows = spectra.map((spectrum, epoch) => ({ zm: overlapsAt(curve, epoch).zm.data[0]!, spectrum }));
  return {
    ...curve,
    deployed,
    own: deployed[horizons.indexOf(protocol.horizon)]!,
    radius: thinned(
      Float64Array.from(spectra, (spectrum) => spectrum?.radius ?? Number.NaN),
      spectrumEvery,
    ),
    ...(spectrumEvery === 1 && { stages: rows }),
  };
}

function pairOfLowRank(plan: Plan, protocol: Protocol, random: Stream): Pair {
  const { horizon, batch, agent } = protocol;
  const plant = plantOf(protocol.plant);
  const [n, p, c] = [plant.A.rows, plant.B.cols, plant.C.rows];
  if (agent.kind !== 'linear-low-rank') throw new RangeError(`${agent.kind} is not low rank`);
  const shape = { N: agent.N, c, p, r: agent.rank };
  const initial = lowRankInitial(shape, agent.leak, random.child('weights'), plan.problem.weightScale);
  const starts = batchFactor(trialsOf(plan));
  const moments = momentSource(protocol.start, n, batch, random.child('starts'));
  const learnt = train(gramLearner(protocol, initial), protocol, moments);
  const closed = traceOf(plan, protocol, learnt, starts);
  if (divergedAt(learnt) !== undefined) return { closed };
  const response = impulseResponse(reals, agent.leak, overlapsAt(learnt, learnt.epochs - 1), horizon);
  const task = { steps: horizon, weight: imitationWeight(protocol.loss, horizon, p) };
  const student = gramDescent(
    initial,
    trainedTensors(protocol),
    sequenceLoss(task, response, agent.leak, shapeOf(initial).r),
  );
  const inputs = sampledMoments(horizon, identity(reals, c), batch, random.child('inputs'));
  return { closed, open: traceOf(plan, protocol, train(student, protocol, inputs), starts) };
}

/** The paired run of a plan. @param make the kernel of full-rank agents */
export function regulationPair(plan: Plan, make: KernelMaker): Pair {
  const random = new Stream(plan.seed);
  const { protocol } = plan.problem;
  return protocol.agent.kind === 'linear-low-rank'
    ? pairOfLowRank(plan, protocol as Protocol, random)
    : pairOfRnn(plan, protocol as RnnProtocol, random, make);
}
