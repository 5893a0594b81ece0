/**
 * The learning runs that several figures are drawn of, each made when it is first asked for and then kept.
 */
import type { Agent, AgentShape } from '../agent/agent.js';
import { lowRankInitial } from '../agent/initial.js';
import { overlapsOf } from '../agent/overlaps.js';
import { at } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { reals } from '../linalg/ring.js';
import type { Plant } from '../plant/plant.js';
import { type SpectralStages, spectralStages, stageRowsOf } from '../stages/spectral.js';
import { type LearningCurve, type Spectrum, spectraOf } from '../training/curve.js';
import { gramLearner } from '../training/learner.js';
import { PROTOCOLS, type Protocol, plantOf } from '../training/protocol.js';
import { momentSource } from '../training/start.js';
import { train } from '../training/train.js';

/** A run of `artifact-lowrank` that begins with σ_zm > 0, of which figures 3 to 5 are drawn. */
export interface LowRankRun {
  readonly protocol: Protocol;
  readonly plant: Plant;
  readonly initial: Agent;
  readonly curve: LearningCurve;
  /** Of P_eff, one per epoch; `undefined` where it is not finite. */
  readonly spectra: readonly (Spectrum | undefined)[];
  readonly stages: SpectralStages;
}

/** What figures are drawn of. */
export interface Runs {
  /** All that is drawn at random derives from it. */
  readonly seed: number;
  lowRank(): LowRankRun;
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
function positiveInitial(shape: AgentShape, leak: number, random: Stream): Agent {
  for (let k = 0; ; k++) {
    const agent = lowRankInitial(shape, leak, random.child(`draw ${k}`));
    if (at(overlapsOf(reals, agent).zm, 0, 0) > POSITIVE_START) return agent;
  }
}

function lowRankRun(random: Stream): LowRankRun {
  const protocol = PROTOCOLS['artifact-lowrank'];
  const { agent, start, batch } = protocol;
  const plant = plantOf(protocol.plant);
  const shape = { N: agent.N, c: plant.C.rows, p: plant.B.cols, r: agent.rank };
  const initial = positiveInitial(shape, agent.leak, random.child('weights'));
  const moments = momentSource(start, plant.A.rows, batch, random.child('starts'));
  const curve = train(gramLearner(protocol, initial), protocol, moments);
  const spectra = spectraOf(curve, plant, agent.leak);
  return { protocol, plant, initial, curve, spectra, stages: spectralStages(stageRowsOf(curve, spectra)) };
}

/** The runs of a seed. */
export function runsOf(seed: number): Runs {
  const random = new Stream(seed);
  return { seed, lowRank: once(() => lowRankRun(random.child('low rank'))) };
}
