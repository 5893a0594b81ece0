/**
 * Conformance vectors: small learning problems and what a correct implementation makes of them, for unit tests in any
 * language (vectors/README.md). Each is a run of one epoch, which `check` judges like any other.
 */

import { type Agent, cellOf } from '../agent/agent.js';
import { linearAgent } from '../agent/linear.js';
import { rnnOf } from '../agent/rnn.js';
import { add, fromRows, type Mat, matrix, times, toRows } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { reals } from '../linalg/ring.js';
import { fullLearner } from '../training/learner.js';
import { type Protocol, plantOf } from '../training/protocol.js';
import { batchSource, type RnnProtocol, rnnLearner } from '../training/rnn-protocol.js';
import { momentSource } from '../training/start.js';
import { train } from '../training/train.js';
import { trainRnn } from '../training/train-rnn.js';
import type { RunWeights } from './format/schema.js';
import { rnnWeightsOf, weightsOf } from './problem.js';

type Rows = readonly (readonly number[])[];

/** The loop between two steps: rows of one number per trial. */
export interface LoopState {
  readonly x: Rows;
  readonly h: Rows;
  readonly u: Rows;
}

/** One step of the loop of a vector, at its initial weights. */
export interface CoupledStep {
  readonly before: LoopState;
  readonly after: LoopState;
}

/** A learning problem and its first epoch. */
export interface ConformanceVector {
  readonly name: string;
  /** A run file, `loop-run/1`, with weights before and after and the gradients between. */
  readonly run: {
    readonly format: 'loop-run/1';
    readonly protocol: Protocol | RnnProtocol;
    readonly curves: Readonly<Record<'loss' | 'gradNorm' | 'clipFactor', readonly number[]>>;
    readonly weights: { readonly initial: RunWeights; readonly final: RunWeights };
    readonly gradients: Readonly<Record<string, readonly unknown[]>>;
  };
  readonly step: CoupledStep;
}

const N = 3;
const SHARED = {
  mode: 'closed-loop',
  // A double integrator in steps of 1/2: the position is seen, the velocity driven.
  plant: {
    kind: 'linear',
    A: [
      [1, 0.5],
      [0, 1],
    ],
    B: [[0], [0.5]],
    C: [[1, 0]],
  },
  horizon: 4,
  batch: 2,
  epochs: 1,
  precision: 'f64',
  rows: 'before-update',
} as const;
const PLANT = plantOf(SHARED.plant);

/** Multiples of 1/8 up to ±size: exact in JSON, and rationals can follow what is computed from them. */
function dyadic(random: Stream, size: number, rows: number, cols: number): Mat<number> {
  return matrix(rows, cols, () => Math.round(random.uniform(-8 * size - 0.5, 8 * size + 0.5)) / 8);
}

/** Plant, observation, update, action, trial by trial. */
function stepped(agent: Agent, { x, h, u }: LoopState): LoopState {
  const next = add(reals, times(PLANT.A, fromRows(x)), times(PLANT.B, fromRows(u)));
  const y = times(PLANT.C, next);
  const column = (A: Mat<number>, b: number): Float64Array =>
    Float64Array.from({ length: A.rows }, (_, i) => A.data[i * A.cols + b]!);
  const cells = h[0]!.map((_, b) => cellOf(agent, column(fromRows(h), b), column(y, b)).next);
  const hidden = matrix(h.length, cells.length, (i, b) => cells[b]![i]!);
  return { x: toRows(next), h: toRows(hidden), u: toRows(times(agent.Z, hidden)) };
}

/** The last step of the first epoch. */
function lastStep(agent: Agent, x0: Rows): CoupledStep {
  const silent = (rows: number): Rows => Array.from({ length: rows }, () => x0[0]!.map(() => 0));
  let before: LoopState = { x: x0, h: silent(N), u: silent(1) };
  for (let t = 1; t < SHARED.horizon - 1; t++) before = stepped(agent, before);
  return { before, after: stepped(agent, before) };
}

type Curve = Readonly<Record<'loss' | 'gradNorm' | 'clipFactor', Float64Array>>;

/** A vector from what its epoch came to. */
function vector(
  name: string,
  protocol: Protocol | RnnProtocol,
  { loss, gradNorm, clipFactor }: Curve,
  weights: { readonly initial: RunWeights; readonly final: RunWeights },
  gradient: RunWeights,
  step: CoupledStep,
): ConformanceVector {
  const trained: readonly string[] = protocol.trained;
  const gradients = Object.entries(gradient).filter(([tensor]) => trained.includes(tensor));
  const atEpoch0 = Object.fromEntries(gradients.map(([tensor, value]) => [tensor, [value]]));
  return {
    name,
    run: {
      format: 'loop-run/1',
      protocol,
      curves: { loss: [...loss], gradNorm: [...gradNorm], clipFactor: [...clipFactor] },
      weights,
      gradients: { epochs: [0], ...atEpoch0 },
    },
    step,
  };
}

function lowRankVector(): ConformanceVector {
  const random = new Stream(1);
  const x0 = toRows(dyadic(random, 2, 2, SHARED.batch));
  const protocol: Protocol = {
    ...SHARED,
    agent: { kind: 'linear-low-rank', N, rank: 1, leak: 1 },
    start: { kind: 'fixed', x0 },
    loss: { state: 'mean', beta: 0 },
    optimizer: { kind: 'sgd', lr: 0.125, clip: 0.5 },
    trained: ['z', 'U', 'V'],
  };
  const [M, Z, U, V] = [
    dyadic(random, 1, N, 1),
    dyadic(random, 1, 1, N),
    dyadic(random, 1, N, 1),
    dyadic(random, 1, N, 1),
  ];
  const agent = linearAgent({ leak: 1, M, Z, U, V });
  const engine = fullLearner(protocol, agent);
  const curve = train(engine, protocol, momentSource(protocol.start, 2, protocol.batch, random));
  const gradient = { leak: 1, M, Z: engine.gradientOf('Z'), U: engine.gradientOf('U'), V: engine.gradientOf('V') };
  const weights = { initial: weightsOf(agent), final: weightsOf(engine.agent()) };
  return vector('low-rank', protocol, curve, weights, weightsOf(gradient), lastStep(rnnOf(agent, 'linear'), x0));
}

function recurrentVector(
  name: string,
  seed: number,
  task: Pick<RnnProtocol, 'agent' | 'loss' | 'optimizer' | 'trained'>,
): ConformanceVector {
  const random = new Stream(seed);
  const x0 = toRows(dyadic(random, 2, 2, SHARED.batch));
  const protocol: RnnProtocol = { ...SHARED, ...task, start: { kind: 'fixed', x0 } };
  const { agent } = task;
  const rows = agent.kind === 'gru' ? 3 * N : N;
  const tensors = { M: dyadic(random, 1, rows, 1), W: dyadic(random, 1, rows, N), Z: dyadic(random, 1, 1, N) };
  const initial: Agent =
    agent.kind === 'gru'
      ? { ...tensors, bih: dyadic(random, 1, rows, 1), bhh: dyadic(random, 1, rows, 1) }
      : { activation: agent.kind, leak: agent.leak, ...tensors };
  const engine = rnnLearner(protocol, initial);
  const curve = trainRnn(engine, protocol, batchSource(protocol, random));
  const weights = { initial: rnnWeightsOf(initial), final: rnnWeightsOf(engine.rnn()) };
  return vector(name, protocol, curve, weights, rnnWeightsOf(engine.gradient()), lastStep(initial, x0));
}

/** The vectors: of low rank and clipped, linear and leaky with a control penalty and no clipping, tanh, and GRU. */
export function conformanceVectors(): ConformanceVector[] {
  const clipped = { kind: 'sgd', lr: 0.125, clip: 0.5 } as const;
  const penalised = { state: 'mean', beta: 0.25 } as const;
  const trained = ['Wih', 'Whh', 'Who'] as const;
  return [
    lowRankVector(),
    recurrentVector('linear', 2, {
      agent: { kind: 'linear', N, leak: 0.5 },
      loss: penalised,
      optimizer: { kind: 'sgd', lr: 0.125, clip: null },
      trained,
    }),
    recurrentVector('tanh', 3, { agent: { kind: 'tanh', N, leak: 1 }, loss: penalised, optimizer: clipped, trained }),
    recurrentVector('gru', 4, {
      agent: { kind: 'gru', N },
      loss: penalised,
      optimizer: clipped,
      trained: [...trained, 'bih', 'bhh'],
    }),
  ];
}
