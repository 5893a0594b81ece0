/**
 * What each kind of learning problem does (problem/kinds.ts): how its parameters are drawn and read from files, which engine learns,
 * and what each epoch is evaluated on.
 */

import { type Agent, type TensorOf, tensorsOf } from '../agent/agent.js';
import { trackingInitial } from '../agent/initial.js';
import { type Rnn, rnnOf } from '../agent/rnn.js';
import { kernelFor } from '../kernel/choose.js';
import type { KernelMaker } from '../kernel/kernel.js';
import { fromRows, type Mat, matrix } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { cursor } from '../plant/cursor.js';
import { balancedPhases, drawPhases } from '../plant/reference.js';
import { agentFrom, drawAgent, drawLinear, type Initial, initialFrom, trainedTensors } from '../problem/agents.js';
import type { ProblemKind } from '../problem/kinds.js';
import {
  costOf,
  noiseOf,
  openLoopWeight,
  type Protocol,
  plantOf,
  type RnnProtocol,
  type TrackingProtocol,
} from '../problem/protocol.js';
import { isNoisy, type RunProtocol, type RunWeights } from '../problem/schema.js';
import { type DataSource, drawBatch, momentSource, momentsOf, withNoise } from '../problem/start.js';
import type { Engine, Learner, Perturbable } from './engine.js';
import { closesOnGram, explicitLearner, gramLearner, trialLearner } from './learner.js';
import { closedLoopRnn, openLoopRnn, type RnnEngine } from './rnn.js';
import type { Explicit } from './snapshots.js';
import { type TrackingEngine, type TrackingTask, trackingEngine } from './tracking.js';

/** What a kind of problem offers. P: its protocol, W: its parameters, L: its learner. */
interface ProblemType<P, W, L extends Learner> {
  /**
   * Initial parameters as the protocol draws them.
   * @param scale of the recurrence, or of all weights of a low-rank agent
   */
  draw(protocol: P, random: Stream, scale?: number): W;
  /** Parameters from a file's weights; their shapes were checked on reading. */
  read(weights: RunWeights, protocol: P): W;
  /** The engine that learns. @throws RangeError if it does not fit its initial parameters. */
  learner(protocol: P, initial: W): L;
  /** A learner of whole weights. @param teacher of an open-loop protocol @throws RangeError as `learner` */
  explicit(protocol: P, initial: W, teacher?: Agent): Explicit<Perturbable, W>;
  /**
   * What each epoch is evaluated on.
   * @param random each epoch draws from its own child stream
   * @param starts of a closed loop in place of drawn ones; noise is drawn as without them
   */
  source(protocol: P, random: Stream, starts?: DataSource): DataSource;
  /** What each epoch draws but for noise, a column per trial; nothing where there are no trials. @param random that of `source` */
  trials(protocol: P, random: Stream): DataSource | undefined;
  /** From what an epoch drew to what it is evaluated on. */
  readonly dataOf: (trials: Mat<number>) => Mat<number>;
}

const asDrawn = (trials: Mat<number>): Mat<number> => trials;

/** Inputs of an open loop, T·c × batch, the rows of step t from t·c on. */
function inputSource(
  { inputs, horizon, batch, plant }: RnnProtocol & { mode: 'open-loop' },
  random: Stream,
): DataSource {
  if (inputs.kind === 'fixed') {
    const y = fromRows(inputs.y);
    return () => y;
  }
  const c = plantOf(plant).C.rows;
  return (epoch) => {
    const stream = random.child(`batch ${epoch}`);
    return matrix(horizon * c, batch, () => stream.normal());
  };
}

/** Starts of a closed loop, n × batch. @throws RangeError for starts that have moments but no trials */
function startSource({ start, plant, batch }: Pick<Protocol, 'start' | 'plant' | 'batch'>, random: Stream): DataSource {
  if (start.kind === 'population') throw new RangeError('a population has moments but no trials: draw a batch');
  if (start.kind === 'fixed') {
    const x0 = fromRows(start.x0);
    return () => x0;
  }
  const n = plantOf(plant).A.rows;
  return (epoch) => drawBatch(start, n, batch, random.child(`batch ${epoch}`))!;
}

/** What a closed loop is evaluated on: starts, and noise below them where there is any. @param starts in place of drawn ones */
function loopSource(
  protocol: Pick<Protocol, 'start' | 'plant' | 'batch' | 'horizon' | 'noise'>,
  random: Stream,
  starts: DataSource = startSource(protocol, random),
): DataSource {
  if (!isNoisy(protocol)) return starts;
  const c = plantOf(protocol.plant).C.rows;
  const levels = noiseOf(protocol);
  return (epoch) => withNoise(starts(epoch), protocol.horizon - 1, c, levels, random.child(`noise ${epoch}`));
}

/** Phases, harmonics × batch. */
function phaseSource(
  { tracking: { phases, harmonics }, batch }: Pick<TrackingProtocol, 'tracking' | 'batch'>,
  random: Stream,
): DataSource {
  const count = harmonics.length;
  if (phases === 'drawn') return (epoch) => drawPhases(count, batch, random.child(`batch ${epoch}`));
  const balanced = balancedPhases(count, batch);
  return () => balanced;
}

/** The tracking task of a protocol. */
export function taskOf({ plant, horizon, tracking }: TrackingProtocol): TrackingTask {
  const { axes, dt } = plant;
  const { limit, weight } = tracking;
  return { plant: cursor(dt, axes), reference: { ...tracking, axes }, dt, steps: horizon, limit, weight };
}

/** A kind of problem, whichever it is. */
export type AnyProblem = ProblemType<RunProtocol, Initial | Agent, Learner>;

/** What serves a problem of any kind. @param kind that of the protocols and parameters which it is given */
export const problemOf = (kind: ProblemKind): AnyProblem => PROBLEMS[kind] as unknown as AnyProblem;

/** The parameters of linear agents. */
const LINEAR = {
  draw: (protocol: Protocol, random: Stream, scale?: number): Initial => ({
    agent: drawLinear(protocol, random, scale),
  }),
  read: (weights: RunWeights, protocol: Protocol): Initial => initialFrom(weights, protocol),
};

/** The kinds of problem. */
export const PROBLEMS = {
  /** The source gives second moments of x₀, n × n. */
  moments: {
    ...LINEAR,
    /** The cheapest engine that is exact. */
    learner: (protocol: Protocol, initial: Initial): Engine =>
      'agent' in initial && closesOnGram(protocol)
        ? gramLearner(protocol, initial.agent)
        : explicitLearner(protocol, initial).engine,
    explicit: explicitLearner,
    source: ({ start, plant, batch }: Protocol, random: Stream): DataSource =>
      momentSource(start, plantOf(plant).A.rows, batch, random),
    trials: (protocol: Protocol, random: Stream): DataSource | undefined =>
      protocol.start.kind === 'population' ? undefined : startSource(protocol, random),
    dataOf: momentsOf,
  },

  /** The source gives starts, and noise below them. */
  trials: {
    ...LINEAR,
    learner: (protocol: Protocol, initial: Initial): Engine => trialLearner(protocol, initial).engine,
    explicit: trialLearner,
    source: loopSource,
    trials: startSource,
    dataOf: asDrawn,
  },

  /** The source gives starts in closed loop, and noise below them where there is any, or inputs in open loop. */
  batches: {
    draw: (
      protocol: Pick<RnnProtocol, 'agent' | 'plant'> & Partial<Pick<RnnProtocol, 'trained'>>,
      random: Stream,
      recurrence?: number,
    ): Agent => drawAgent(protocol, random, recurrence),
    read: (weights: RunWeights, protocol: Pick<RnnProtocol, 'agent'>): Agent => agentFrom(weights, protocol),
    /** @param teacher of an open-loop protocol */
    learner<A extends Agent>(
      protocol: RnnProtocol,
      initial: A,
      teacher?: A,
      make: KernelMaker = kernelFor(protocol.precision ?? 'f64'),
    ): RnnEngine<A> {
      const { horizon, batch } = protocol;
      const trained = trainedTensors<TensorOf<A>>(protocol);
      const foreign = protocol.trained.find((_, k) => !tensorsOf(initial).includes(trained[k]!));
      if (foreign) throw new RangeError(`the agent has no ${foreign} to be trained`);
      const plant = plantOf(protocol.plant);
      const p = plant.B.cols;
      if (protocol.mode === 'closed-loop') {
        const cost = costOf(protocol, plant.A.rows, p);
        return closedLoopRnn({ plant, cost, horizon, batch }, initial, trained, make);
      }
      if (!teacher) throw new RangeError('open-loop training needs a teacher');
      const weight = openLoopWeight(protocol.loss, horizon, p);
      return openLoopRnn({ steps: horizon, batch, weight }, initial, teacher, trained, make);
    },
    explicit(protocol: RnnProtocol, initial: Agent, teacher?: Agent): Explicit<RnnEngine<Agent>, Agent> {
      const engine = PROBLEMS.batches.learner(protocol, initial, teacher);
      return { engine, current: engine.rnn };
    },
    source: (protocol: RnnProtocol, random: Stream, starts?: DataSource): DataSource =>
      protocol.mode === 'open-loop' ? inputSource(protocol, random) : loopSource(protocol, random, starts),
    trials: (protocol: RnnProtocol, random: Stream): DataSource =>
      protocol.mode === 'open-loop' ? inputSource(protocol, random) : startSource(protocol, random),
    dataOf: asDrawn,
  },

  /** The source gives phases, harmonics × batch. */
  tracking: {
    draw: ({ agent: { kind, N, leak }, plant: { axes } }: TrackingProtocol, random: Stream): Rnn =>
      rnnOf(trackingInitial({ N, c: 2 * axes, p: axes }, leak, random), kind),
    read: (weights: RunWeights, protocol: TrackingProtocol): Rnn => agentFrom(weights, protocol) as Rnn,
    learner: (protocol: TrackingProtocol, initial: Rnn, make?: KernelMaker): TrackingEngine =>
      trackingEngine(taskOf(protocol), protocol.batch, initial, trainedTensors<TensorOf<Rnn>>(protocol), make),
    explicit(protocol: TrackingProtocol, initial: Rnn): Explicit<TrackingEngine, Rnn> {
      const engine = PROBLEMS.tracking.learner(protocol, initial);
      return { engine, current: engine.rnn };
    },
    source: phaseSource,
    trials: phaseSource,
    dataOf: asDrawn,
  },
} as const satisfies {
  moments: ProblemType<Protocol, Initial, Engine>;
  trials: ProblemType<Protocol, Initial, Engine>;
  batches: ProblemType<RnnProtocol, Agent, RnnEngine<Agent>>;
  tracking: ProblemType<TrackingProtocol, Rnn, TrackingEngine>;
} & Record<ProblemKind, unknown>;
