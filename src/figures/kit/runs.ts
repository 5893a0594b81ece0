/**
 * The learning runs that several figures are drawn of, each made when it is first asked for and then kept.
 */

import { lowRankInitial } from '../../agent/initial.js';
import type { AgentShape, LinearAgent } from '../../agent/linear.js';
import { orderParametersOf } from '../../agent/order-parameters.js';
import type { Rnn } from '../../agent/rnn.js';
import { LoopproofError } from '../../error.js';
import { kernelFor } from '../../kernel/choose.js';
import { at, type Mat, scalarMatrix } from '../../linalg/matrix.js';
import { Stream } from '../../linalg/random.js';
import { reals } from '../../linalg/ring.js';
import type { Plant } from '../../plant/plant.js';
import { openLoopOf, PROTOCOLS, type Protocol, plantOf, type RnnProtocol } from '../../problem/protocol.js';
import { type DataSource, momentSource, startVariance } from '../../problem/start.js';
import { type Observations, observedStages, observer } from '../../stages/observation.js';
import { type SpectralStages, spectralStages, stageRowsOf } from '../../stages/spectral.js';
import { type Curve, type LearningCurve, type Spectrum, spectraOf } from '../../training/curve.js';
import { deployedStarts } from '../../training/deployed.js';
import { gramLearner } from '../../training/learner.js';
import { PROBLEMS } from '../../training/problems.js';
import type { RnnEngine } from '../../training/rnn.js';
import { train } from '../../training/train.js';

/** A run of `artifact-lowrank` that begins with σ_zm > 0, of which figures 3 to 5 are drawn. */
export interface LowRankRun {
  readonly protocol: Protocol;
  readonly plant: Plant;
  readonly initial: LinearAgent;
  /** Of the starts, epoch by epoch. */
  readonly moments: DataSource;
  readonly curve: LearningCurve;
  /** Of P_eff, one per epoch; `undefined` where it is not finite. */
  readonly spectra: readonly (Spectrum | undefined)[];
  readonly stages: SpectralStages;
}

/** Such a run that passes all stages. */
export interface StagedRun extends LowRankRun {
  readonly stages: SpectralStages & { readonly stage1End: number; readonly stage2End: number };
}

/** A tanh agent over learning: what it was trained on, and what it did deployed. */
export interface TanhRun {
  readonly curve: Curve;
  readonly seen: Observations;
}

/** A paired run of `artifact-tanh`: an agent in closed loop, and the student of the same initial weights that learns in open loop. */
export interface TanhPair {
  readonly protocol: RnnProtocol;
  readonly closed: TanhRun;
  readonly open: TanhRun;
  /** Of the closed loop. */
  readonly stages: SpectralStages;
}

/** What figures are drawn of. */
export interface Runs {
  /** All that is drawn at random derives from it. */
  readonly seed: number;
  /** @throws LoopproofError if the run of this seed does not pass all stages */
  lowRank(): StagedRun;
  /** Half a minute. */
  tanh(): TanhPair;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** From here on σ_zm has a stage 1 to go through: some ten epochs of clipped steps. */
const POSITIVE_START = 0.03;

/** Weights as the protocol draws them, the first that begin with σ_zm above `POSITIVE_START`: one in five or six. */
function positiveInitial(shape: AgentShape, leak: number, random: Stream): LinearAgent {
  for (let k = 0; ; k++) {
    const agent = lowRankInitial(shape, leak, random.child(`draw ${k}`));
    if (at(orderParametersOf(reals, agent).zm, 0, 0) > POSITIVE_START) return agent;
  }
}

/** The second moment of the starts of a protocol, for learning on the expected loss. */
export function population({ start, plant }: Protocol): Mat<number> {
  return scalarMatrix(plantOf(plant).A.rows, startVariance(start)!);
}

/** Learning on the expected loss. */
export function trainedOnPopulation(protocol: Protocol, agent: LinearAgent): LearningCurve {
  const moments = population(protocol);
  return train(gramLearner(protocol, agent), protocol, () => moments);
}

/** Such a run, of a stream of its own. */
export function lowRankRun(random: Stream): LowRankRun {
  const protocol = PROTOCOLS['artifact-lowrank'];
  const { agent, start, batch } = protocol;
  const plant = plantOf(protocol.plant);
  const shape = { N: agent.N, c: plant.C.rows, p: plant.B.cols, r: agent.rank };
  const initial = positiveInitial(shape, agent.leak, random.child('weights'));
  const moments = momentSource(start, plant.A.rows, batch, random.child('starts'));
  const curve = train(gramLearner(protocol, initial), protocol, moments);
  const spectra = spectraOf(curve, plant, agent.leak);
  return { protocol, plant, initial, moments, curve, spectra, stages: spectralStages(stageRowsOf(curve, spectra)) };
}

/** @throws LoopproofError if it does not pass all stages */
function stagedRun(random: Stream, seed: number): StagedRun {
  const run = lowRankRun(random);
  const { stage1End, stage2End } = run.stages;
  if (stage1End !== undefined && stage2End !== undefined)
    return { ...run, stages: { ...run.stages, stage1End, stage2End } };
  throw new LoopproofError('unsupported', {
    where: 'figures: --seed',
    received: `${seed}, whose run is not stable within its ${run.protocol.epochs} epochs`,
    expected: 'a run that passes the stages that are to be shown',
    hint: 'take another seed',
  });
}

/** Trains a tanh agent, and deploys it in every epoch. */
function observed(
  engine: RnnEngine,
  protocol: RnnProtocol,
  spectrum: boolean,
  trials: Mat<number>,
  random: Stream,
  note: (text: string) => void,
): TanhRun {
  const strides = { deployedLoss: 1, gains: 1, ...(spectrum && { spectrum: 1 }) };
  const seen = observer(protocol, engine, strides, {
    starts: trials,
    random: random.child('spectra'),
    make: kernelFor(protocol.precision ?? 'f64'),
  });
  const curve = train(engine, protocol, PROBLEMS.batches.source(protocol, random.child('batches')), {
    observe: seen.observe,
    afterEpoch: (epoch) => note(`epoch ${epoch + 1} of ${protocol.epochs} in ${protocol.mode.replace('-', ' ')}`),
  });
  return { curve, seen };
}

/** In single precision, as in the paper. */
const TANH = { ...PROTOCOLS['artifact-tanh'], precision: 'f32' } as const satisfies RnnProtocol;

function tanhPair(protocol: RnnProtocol, random: Stream, note: (text: string) => void): TanhPair {
  const initial = PROBLEMS.batches.draw(protocol, random.child('weights')) as Rnn;
  const trials = deployedStarts(protocol, random.child('deployed'))!;
  const agent = PROBLEMS.batches.learner(protocol, initial);
  const closed = observed(agent, protocol, true, trials, random.child('closed'), note);
  const openLoop = openLoopOf(protocol);
  const student = PROBLEMS.batches.learner(openLoop, initial, agent.rnn());
  const open = observed(student, openLoop, false, trials, random.child('open'), note);
  return { protocol, closed, open, stages: observedStages(closed.seen) };
}

/** Options of runs. */
export interface RunsOptions {
  /** Protocol of the tanh pair: the paper’s, unless it is too long. */
  readonly tanh?: RnnProtocol;
  /** Called after each epoch of long runs. */
  readonly note?: (text: string) => void;
}

/** The runs of a seed. */
export function runsOf(seed: number, { tanh = TANH, note = () => undefined }: RunsOptions = {}): Runs {
  const random = new Stream(seed);
  return {
    seed,
    lowRank: once(() => stagedRun(random.child('low rank'), seed)),
    tanh: once(() => tanhPair(tanh, random.child('tanh'), note)),
  };
}
