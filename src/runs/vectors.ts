/**
 * Conformance vectors: small learning problems and what a correct implementation makes of them, for unit tests in any
 * language (vectors/README.md). Each is a run of one epoch, which `check` judges like any other.
 */

import { type Agent, cellOf } from '../agent/agent.js';
import type { LinearAgent } from '../agent/linear.js';
import { rnnOf } from '../agent/rnn.js';
import { add, fromRows, type Mat, matrix, times, toRows } from '../linalg/matrix.js';
import { Stream } from '../linalg/random.js';
import { reals } from '../linalg/ring.js';
import { AGENTS, type Lists, rankOf, TENSORS, trainedNames, weightsOf } from '../problem/agents.js';
import { type Protocol, plantOf, type RnnProtocol } from '../problem/protocol.js';
import type { OptimizerSpec, RunProtocol, RunWeights } from '../problem/schema.js';
import type { Curve } from '../training/curve.js';
import { fullLearner } from '../training/learner.js';
import { PROBLEMS } from '../training/problems.js';
import { train } from '../training/train.js';

/** The loop between two steps: rows of one number per trial. */
export interface LoopState {
  readonly x: Lists;
  readonly h: Lists;
  readonly u: Lists;
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
function lastStep(agent: Agent, x0: Lists): CoupledStep {
  const silent = (rows: number): Lists => Array.from({ length: rows }, () => x0[0]!.map(() => 0));
  let before: LoopState = { x: x0, h: silent(N), u: silent(1) };
  for (let t = 1; t < SHARED.horizon - 1; t++) before = stepped(agent, before);
  return { before, after: stepped(agent, before) };
}

/** Weights as a file has them, a list after the other. */
function drawnWeights({ agent, plant }: Pick<RunProtocol, 'agent' | 'plant'>, random: Stream): RunWeights {
  const { B, C } = plantOf(plant);
  const { gates, tensors } = AGENTS[agent.kind];
  const sizes = { N, p: B.cols, c: C.rows, r: rankOf(agent), gates };
  return Object.fromEntries(
    tensors.map((name) => {
      const { as, lists } = TENSORS[name];
      const rows = toRows(dyadic(random, 1, ...lists(sizes)));
      return [name, as === 'entries' ? rows.flat() : rows];
    }),
  );
}

/** An epoch of training: its curve, the weights after it, the gradients, and the agent that it began with. */
interface Epoch {
  readonly curve: Curve;
  readonly final: RunWeights;
  readonly gradient: RunWeights;
  readonly agent: Agent;
}

function lowRankEpoch(protocol: Protocol, initial: RunWeights, random: Stream): Epoch {
  const { agent } = PROBLEMS.moments.read(initial, protocol) as { readonly agent: LinearAgent };
  const engine = fullLearner(protocol, agent);
  const curve = train(engine, protocol, PROBLEMS.moments.source(protocol, random));
  const [Z, U, V] = (['Z', 'U', 'V'] as const).map((tensor) => engine.gradientOf(tensor));
  const gradient = { ...agent, Z: Z!, U: U!, V: V! };
  return { curve, final: weightsOf(engine.agent()), gradient: weightsOf(gradient), agent: rnnOf(agent, 'linear') };
}

function recurrentEpoch(protocol: RnnProtocol, initial: RunWeights, random: Stream): Epoch {
  const agent = PROBLEMS.batches.read(initial, protocol);
  const engine = PROBLEMS.batches.learner(protocol, agent);
  const curve = train(engine, protocol, PROBLEMS.batches.source(protocol, random));
  return { curve, final: weightsOf(engine.rnn()), gradient: weightsOf(engine.gradient()), agent };
}

/** A vector: the first epoch of a task from weights of its own. */
function vector<P extends Protocol | RnnProtocol>(
  name: string,
  seed: number,
  task: Pick<P, 'agent' | 'loss' | 'optimizer' | 'trained'>,
  run: (protocol: P, initial: RunWeights, random: Stream) => Epoch,
): ConformanceVector {
  const random = new Stream(seed);
  const x0 = toRows(dyadic(random, 2, 2, SHARED.batch));
  const protocol = { ...SHARED, ...task, start: { kind: 'fixed', x0 } } as unknown as P;
  const initial = drawnWeights(protocol, random);
  const { curve, final, gradient, agent } = run(protocol, initial, random);
  const { loss, gradNorm, clipFactor } = curve;
  const gradients = trainedNames(protocol).map((tensor) => [tensor, [gradient[tensor]]]);
  return {
    name,
    run: {
      format: 'loop-run/1',
      protocol,
      curves: { loss: [...loss], gradNorm: [...gradNorm], clipFactor: [...clipFactor] },
      weights: { initial, final },
      gradients: { epochs: [0], ...Object.fromEntries(gradients) },
    },
    step: lastStep(agent, x0),
  };
}

/** The vectors: of low rank and clipped, linear and leaky with a control penalty and no clipping, tanh, and GRU. */
export function conformanceVectors(): ConformanceVector[] {
  const clipped = { kind: 'sgd', lr: 0.125, clip: 0.5 } as const;
  const penalised = { state: 'mean', beta: 0.25 } as const;
  const recurrent = (name: string, seed: number, agent: RnnProtocol['agent'], optimizer: OptimizerSpec) =>
    vector(name, seed, { agent, loss: penalised, optimizer, trained: AGENTS[agent.kind].tensors }, recurrentEpoch);
  return [
    vector(
      'low-rank',
      9,
      {
        agent: { kind: 'linear-low-rank', N, rank: 1, leak: 1 },
        loss: { state: 'mean', beta: 0 },
        optimizer: clipped,
        trained: ['z', 'U', 'V'],
      },
      lowRankEpoch,
    ),
    recurrent('linear', 10, { kind: 'linear', N, leak: 0.5 }, { kind: 'sgd', lr: 0.125, clip: null }),
    recurrent('tanh', 11, { kind: 'tanh', N, leak: 1 }, clipped),
    recurrent('gru', 12, { kind: 'gru', N }, clipped),
  ];
}
