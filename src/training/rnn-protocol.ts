/**
 * Protocols of RNNs and GRUs trained on whole batches (theory.md §1), and from a protocol to a learner.
 */

import { type Agent, type TensorOf, tensorsOf } from '../agent/agent.js';
import { gruInitial } from '../agent/gru.js';
import { fullRankInitial, RECURRENCE } from '../agent/initial.js';
import { rnnOf } from '../agent/rnn.js';
import { kernelFor } from '../kernel/choose.js';
import type { KernelMaker } from '../kernel/kernel.js';
import type { Activation } from '../kernel/rnn.js';
import type { KernelTensor } from '../kernel/units.js';
import { at, fromRows, type Mat, matrix } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import {
  costOf,
  deployedCost,
  type LossSpec,
  type Protocol,
  plantOf,
  type StartSpec,
  type TrainedName,
} from './protocol.js';
import { type ClosedLoop, closedLoopRnn, openLoopRnn, type RnnEngine } from './rnn.js';
import { drawBatch } from './start.js';

/** What drives student and teacher in open loop. */
export type InputSpec =
  /** y_t ~ N(0, I), drawn afresh every epoch; both are called at t = 0. */
  | { readonly kind: 'white-observation'; readonly calledAtZero?: true }
  /** The same every epoch: T·c rows of one number per trial, those before step t from row t·c on. */
  | { readonly kind: 'fixed'; readonly y: readonly (readonly number[])[] };

/** The trained tensors by their names in run files; biases of GRUs only. */
export type RnnTrainedName = Extract<TrainedName, 'Wih' | 'Whh' | 'Who'> | 'bih' | 'bhh';

interface RnnSchedule extends Omit<Protocol, 'mode' | 'agent' | 'start' | 'trained'> {
  readonly agent:
    | { readonly kind: Activation; readonly N: number; readonly leak: number }
    | { readonly kind: 'gru'; readonly N: number };
  readonly trained: readonly RnnTrainedName[];
  /** In closed loop: standard deviation of the noise on every observation, drawn afresh every epoch; 0 by default. */
  readonly observationNoise?: number;
}

/** A learning problem of an RNN. */
export type RnnProtocol = RnnSchedule &
  (
    | { readonly mode: 'closed-loop'; readonly start: StartSpec }
    | { readonly mode: 'open-loop'; readonly inputs: InputSpec; readonly start?: StartSpec }
  );

const FIGURE = {
  mode: 'closed-loop',
  plant: { kind: 'integrator', order: 2, dt: 1 },
  agent: { kind: 'tanh', N: 100, leak: 1 },
  horizon: 50,
  batch: 100,
  optimizer: { kind: 'sgd', lr: 0.01, clip: 1 },
  trained: ['Wih', 'Whh', 'Who'],
  // Epoch 0 does not step.
  firstUpdate: 1,
} as const;

/** The named protocols of tanh agents. */
export const RNN_PROTOCOLS = {
  'artifact-tanh': {
    ...FIGURE,
    start: { kind: 'uniform', low: -1, high: 1 },
    // The penalty is a sum over the batch.
    loss: { state: 'sum-mean', beta: 0.005, control: 'sum-all' },
    epochs: 1000,
  },
  text: {
    ...FIGURE,
    start: { kind: 'uniform', low: -2, high: 2 },
    loss: { state: 'text', beta: 0 },
    epochs: 1001,
    rows: 'after-update',
  },
} as const satisfies Record<string, RnnProtocol>;

/** A protocol's open-loop counterpart: the student of a teacher, on white observations. */
export function openLoopOf<P extends RnnProtocol>(protocol: P): RnnProtocol {
  return { ...protocol, mode: 'open-loop', inputs: { kind: 'white-observation', calledAtZero: true } };
}

/** Tensors by their names in run files. */
export const TENSOR_OF = {
  Wih: 'M',
  Whh: 'W',
  Who: 'Z',
  bih: 'bih',
  bhh: 'bhh',
} as const satisfies Record<RnnTrainedName, KernelTensor>;

/** Weight of one squared error in open loop, where Σ_t mean over trials is what is weighed. @param p outputs */
export function imitationWeight({ state }: LossSpec, horizon: number, p: number): number {
  return { mean: 1 / (horizon * p), text: 1 / horizon, 'sum-mean': 1 / p, position: 1 / horizon }[state];
}

/**
 * Initial weights: of RNNs as the tanh protocols draw them (agent/initial.ts), of GRUs as PyTorch does (agent/gru.ts).
 * @param recurrence W ~ recurrence·N(0, 1/N), of RNNs
 */
export function drawRnn(
  { agent, plant }: Pick<RnnProtocol, 'agent' | 'plant'>,
  random: Stream,
  recurrence = RECURRENCE,
): Agent {
  const { B, C } = plantOf(plant);
  const shape = { N: agent.N, c: C.rows, p: B.cols };
  if (agent.kind === 'gru') return gruInitial(shape, random);
  return rnnOf(fullRankInitial(shape, agent.leak, random, recurrence), agent.kind);
}

/**
 * The learner of a protocol.
 * @param teacher of an open-loop protocol
 * @throws RangeError if what is given does not fit.
 */
export function rnnLearner<A extends Agent>(
  protocol: RnnProtocol,
  initial: A,
  teacher?: A,
  make: KernelMaker = kernelFor(protocol.precision ?? 'f64'),
): RnnEngine<A> {
  const { horizon, batch } = protocol;
  const known: readonly string[] = tensorsOf(initial);
  const trained = protocol.trained.map((name) => {
    if (!known.includes(TENSOR_OF[name])) throw new RangeError(`the agent has no ${name} to be trained`);
    return TENSOR_OF[name] as TensorOf<A>;
  });
  const plant = plantOf(protocol.plant);
  const p = plant.B.cols;
  if (protocol.mode === 'closed-loop')
    return closedLoopRnn({ plant, cost: costOf(protocol, plant.A.rows, p), horizon, batch }, initial, trained, make);
  if (!teacher) throw new RangeError('open-loop training needs a teacher');
  const weight = imitationWeight(protocol.loss, horizon, p);
  return openLoopRnn({ steps: horizon, batch, weight }, initial, teacher, trained, make);
}

/** Trials that a deployed loss is measured on. */
export const DEPLOYED_TRIALS = 10;

/** The loop that a protocol's agents are deployed in, at its own horizon or another: its loss is `deployedCost`. */
export function deployedLoop(protocol: RnnProtocol, trials: number, horizon = protocol.horizon): ClosedLoop {
  return { plant: plantOf(protocol.plant), cost: deployedCost(protocol, horizon), horizon, batch: trials };
}

/** Fixed trials to deploy agents on, n × `DEPLOYED_TRIALS`; `undefined` for protocols without starts that have trials. */
export function deployedStarts(protocol: RnnProtocol, random: Stream): Mat<number> | undefined {
  return protocol.start && drawBatch(protocol.start, plantOf(protocol.plant).A.rows, DEPLOYED_TRIALS, random);
}

/**
 * What each epoch is evaluated on, a function of the epoch: starts, n × batch, and below them, where observations are noisy,
 * what is added to y_1 … y_{T−1}, (T−1)·c × batch; in open loop inputs, T·c × batch.
 */
export type BatchSource = (epoch: number) => Mat<number>;

/**
 * Batches as a protocol draws them.
 * @param random each epoch draws from its own child stream
 * @throws RangeError for starts that have moments but no trials.
 */
export function batchSource(protocol: RnnProtocol, random: Stream): BatchSource {
  const { batch, horizon } = protocol;
  const { A, C } = plantOf(protocol.plant);
  if (protocol.mode === 'open-loop') {
    const { inputs } = protocol;
    if (inputs.kind === 'fixed') {
      const y = fromRows(inputs.y);
      return () => y;
    }
    return (epoch) => {
      const stream = random.child(`batch ${epoch}`);
      return matrix(horizon * C.rows, batch, () => stream.normal());
    };
  }
  const { start } = protocol;
  if (start.kind === 'population') throw new RangeError('a population has moments but no trials: draw a batch');
  if (start.kind === 'fixed') {
    const x0 = fromRows(start.x0);
    return () => x0;
  }
  const { observationNoise = 0 } = protocol;
  return (epoch) => {
    const starts = drawBatch(start, A.rows, batch, random.child(`batch ${epoch}`))!;
    if (observationNoise === 0) return starts;
    const stream = random.child(`noise ${epoch}`);
    const n = A.rows;
    return matrix(n + (horizon - 1) * C.rows, batch, (i, b) =>
      i < n ? at(starts, i, b) : observationNoise * stream.normal(),
    );
  };
}
