/**
 * What each kind of learning problem does (problem/kinds.ts): how its parameters are drawn and read from files, which engine learns,
 * and what each epoch is evaluated on.
 */

import type { Agent, TensorOf } from '../agent/agent.js';
import { trackingInitial } from '../agent/initial.js';
import { type Rnn, rnnOf } from '../agent/rnn.js';
import { kernelFor } from '../kernel/choose.js';
import type { KernelMaker } from '../kernel/kernel.js';
import type { RnnTensor } from '../kernel/rnn.js';
import { at, fromRows, matrix } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { cursor } from '../plant/cursor.js';
import { balancedPhases, drawPhases } from '../plant/reference.js';
import {
  AGENTS,
  agentFrom,
  drawAgent,
  drawLinear,
  type Initial,
  initialFrom,
  trainedTensors,
} from '../problem/agents.js';
import type { ProblemKind } from '../problem/kinds.js';
import {
  costOf,
  openLoopWeight,
  type Protocol,
  plantOf,
  type RnnProtocol,
  type TrackingProtocol,
} from '../problem/protocol.js';
import type { RunWeights, TrainedName } from '../problem/schema.js';
import { type DataSource, drawBatch, momentSource } from '../problem/start.js';
import type { Engine } from './engine.js';
import { closesOnGram, explicitLearner, gramLearner } from './learner.js';
import { closedLoopRnn, openLoopRnn, type RnnEngine } from './rnn.js';
import { type TrackingEngine, type TrackingTask, trackingEngine } from './tracking.js';

/** What a kind of problem offers. P: its protocol, W: its parameters, L: its learner. */
interface ProblemType<P, W, L> {
  /**
   * Initial parameters as the protocol draws them.
   * @param scale of the recurrence, or of all weights of a low-rank agent
   */
  draw(protocol: P, random: Stream, scale?: number): W;
  /** Parameters from a file's weights; their shapes were checked on reading. */
  read(weights: RunWeights, protocol: P): W;
  /** The engine that learns. @throws RangeError if it does not fit its initial parameters. */
  learner(protocol: P, initial: W): L;
  /** What each epoch is evaluated on. @param random each epoch draws from its own child stream */
  source(protocol: P, random: Stream): DataSource;
}

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

/**
 * Starts of a closed loop, n × batch; where observations are noisy, below them what is added to y_1 … y_{T−1}, (T−1)·c × batch.
 * @throws RangeError for starts that have moments but no trials.
 */
function startSource(
  { start, plant, batch, horizon, observationNoise = 0 }: RnnProtocol & { mode: 'closed-loop' },
  random: Stream,
): DataSource {
  if (start.kind === 'population') throw new RangeError('a population has moments but no trials: draw a batch');
  if (start.kind === 'fixed') {
    const x0 = fromRows(start.x0);
    return () => x0;
  }
  const { A, C } = plantOf(plant);
  const n = A.rows;
  return (epoch) => {
    const starts = drawBatch(start, n, batch, random.child(`batch ${epoch}`))!;
    if (observationNoise === 0) return starts;
    const stream = random.child(`noise ${epoch}`);
    return matrix(n + (horizon - 1) * C.rows, batch, (i, b) =>
      i < n ? at(starts, i, b) : observationNoise * stream.normal(),
    );
  };
}

/** The tracking task of a protocol. */
export function taskOf({ plant, horizon, tracking }: TrackingProtocol): TrackingTask {
  const { axes, dt } = plant;
  const { limit, weight } = tracking;
  return { plant: cursor(dt, axes), reference: { ...tracking, axes }, dt, steps: horizon, limit, weight };
}

/** The kinds of problem. */
export const PROBLEMS = {
  /** The source gives second moments of x₀, n × n. */
  moments: {
    draw: (protocol: Protocol, random: Stream, scale?: number): Initial => ({
      agent: drawLinear(protocol, random, scale),
    }),
    read: (weights: RunWeights, protocol: Protocol): Initial => initialFrom(weights, protocol),
    /** The cheapest engine that is exact. */
    learner: (protocol: Protocol, initial: Initial): Engine =>
      'agent' in initial && closesOnGram(protocol)
        ? gramLearner(protocol, initial.agent)
        : explicitLearner(protocol, initial).engine,
    source: ({ start, plant, batch }: Protocol, random: Stream): DataSource =>
      momentSource(start, plantOf(plant).A.rows, batch, random),
  },

  /** The source gives starts in closed loop, inputs in open loop. */
  batches: {
    draw: (protocol: Pick<RnnProtocol, 'agent' | 'plant'>, random: Stream, recurrence?: number): Agent =>
      drawAgent(protocol, random, recurrence),
    read: (weights: RunWeights, protocol: Pick<RnnProtocol, 'agent'>): Agent => agentFrom(weights, protocol),
    /** @param teacher of an open-loop protocol */
    learner<A extends Agent>(
      protocol: RnnProtocol,
      initial: A,
      teacher?: A,
      make: KernelMaker = kernelFor(protocol.precision ?? 'f64'),
    ): RnnEngine<A> {
      const { horizon, batch, loss, agent } = protocol;
      const known: readonly TrainedName[] = AGENTS[agent.kind].tensors;
      const foreign = protocol.trained.find((name) => !known.includes(name));
      if (foreign) throw new RangeError(`the agent has no ${foreign} to be trained`);
      const trained = trainedTensors<TensorOf<A>>(protocol);
      const plant = plantOf(protocol.plant);
      const p = plant.B.cols;
      if (protocol.mode === 'closed-loop') {
        const cost = costOf(protocol, plant.A.rows, p);
        return closedLoopRnn({ plant, cost, horizon, batch }, initial, trained, make);
      }
      if (!teacher) throw new RangeError('open-loop training needs a teacher');
      const weight = openLoopWeight(loss, horizon, p);
      return openLoopRnn({ steps: horizon, batch, weight }, initial, teacher, trained, make);
    },
    source: (protocol: RnnProtocol, random: Stream): DataSource =>
      protocol.mode === 'open-loop' ? inputSource(protocol, random) : startSource(protocol, random),
  },

  /** The source gives phases, harmonics × batch. */
  tracking: {
    draw: ({ agent: { kind, N, leak }, plant: { axes } }: TrackingProtocol, random: Stream): Rnn =>
      rnnOf(trackingInitial({ N, c: 2 * axes, p: axes }, leak, random), kind),
    read: (weights: RunWeights, protocol: TrackingProtocol): Rnn => agentFrom(weights, protocol) as Rnn,
    learner: (protocol: TrackingProtocol, initial: Rnn, make?: KernelMaker): TrackingEngine =>
      trackingEngine(taskOf(protocol), protocol.batch, initial, trainedTensors<RnnTensor>(protocol), make),
    source({ tracking: { phases, harmonics }, batch }: TrackingProtocol, random: Stream): DataSource {
      const count = harmonics.length;
      if (phases === 'drawn') return (epoch) => drawPhases(count, batch, random.child(`batch ${epoch}`));
      const balanced = balancedPhases(count, batch);
      return () => balanced;
    },
  },
} as const satisfies {
  moments: ProblemType<Protocol, Initial, Engine>;
  batches: ProblemType<RnnProtocol, Agent, RnnEngine<Agent>>;
  tracking: ProblemType<TrackingProtocol, Rnn, TrackingEngine>;
} & Record<ProblemKind, unknown>;
